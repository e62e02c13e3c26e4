"""Probabilities that mean what they say: temperature scaling."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

LEAST_LABELS = 8  # of which a temperature is learned
LEAST_CHANCE = 1e-7  # whose logarithm is taken
SHARPEST, FLATTEST = 20.0, 0.05  # inverse temperatures that are believed


class _Given(ClassifierMixin, BaseEstimator):
    """A classifier whose input is its answer: logits, a column a class."""

    def __init__(self, n_classes: int = 2) -> None:
        self.n_classes = n_classes
        self.classes_ = np.arange(n_classes)

    def fit(self, logits: np.ndarray, classes: np.ndarray) -> "_Given":
        """Learn nothing."""
        return self

    def decision_function(self, logits: np.ndarray) -> np.ndarray:
        """Return the logits; of two classes their difference."""
        return logits if self.n_classes > 2 else logits[:, 1] - logits[:, 0]

    def predict(self, logits: np.ndarray) -> np.ndarray:
        """Return the likeliest classes."""
        return logits.argmax(axis=1)


def inverse_temperature(chances: np.ndarray, classes: np.ndarray) -> float | None:
    """Learn by how much logits are to be scaled (Guo et al. 2017, arXiv:1706.04599).

    Few labels, all of them right, would make every answer certain. So the mean
    confidence on these labels is at most what they can prove, (right + 1) / (n + 2)
    (Laplace's rule of succession).

    Parameters
    ----------
    chances : (n, n_classes), of labelled galaxies that were not learned from.
    classes : int (n,), of these.

    Returns
    -------
    One over the temperature; None where there are too few labels for it.
    """
    seen, numbered = np.unique(classes, return_inverse=True)
    if len(classes) < LEAST_LABELS or len(seen) < 2:
        return None
    rows = np.arange(len(classes))
    once = [(rows, rows)]  # folds are refused to a class with a single label
    model = CalibratedClassifierCV(
        FrozenEstimator(_Given(len(seen))), method="temperature", cv=once
    )
    model.fit(_logits(chances[:, seen]), numbered)
    one_apart = np.eye(1, len(seen)) - 2.0  # scikit-learn takes a sum of 1 for chances
    apart = model.predict_proba(one_apart)[0]
    found = np.log(np.maximum(apart, np.finfo(float).tiny))
    inverse = float(np.clip(found[0] - found[1], FLATTEST, SHARPEST))
    right = (chances.argmax(axis=1) == classes).sum()
    return _not_above(inverse, chances, (right + 1.0) / (len(classes) + 2.0))


def _not_above(inverse: float, chances: np.ndarray, confidence: float) -> float:
    """Lower an inverse temperature until the mean confidence is not above a limit."""

    def excess(tried: float) -> float:
        return scaled(chances, tried).max(axis=1).mean() - confidence

    if excess(inverse) <= 0.0:
        return inverse
    return FLATTEST if excess(FLATTEST) >= 0.0 else brentq(excess, FLATTEST, inverse)


def scaled(chances: np.ndarray, inverse: float | None) -> np.ndarray:
    """Scale the logits of probabilities (N, n_classes); each row then has the sum 1."""
    return softmax((1.0 if inverse is None else inverse) * _logits(chances), axis=1)


def _logits(chances: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(chances, LEAST_CHANCE))
