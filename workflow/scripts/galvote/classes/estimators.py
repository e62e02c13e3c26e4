"""Methods that are an estimator of scikit-learn on one view of the galaxies."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from galvote.classes.method import Galaxies, Method, Teaching, Work

STRENGTH = 0.3  # of the probe: the inverse of its regularisation

if TYPE_CHECKING:  # loaded where it is used: a config is read without
    from sklearn.base import ClassifierMixin


class EstimatorMethod(Method):
    """Settings of a method that is an estimator of scikit-learn.

    Attributes
    ----------
    view : that it looks at.
    """

    view: ClassVar[str]
    _fitted: Any = None
    _n_classes: int = 0

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the estimator, not fitted, with `predict_proba`."""
        raise NotImplementedError

    def needs(self) -> tuple[str, ...]:
        """Return the one view."""
        return (self.view,)

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Fit the estimator on the labelled galaxies."""
        points = galaxies.views[self.view][teaching.rows]
        self._n_classes = len(teaching.names)
        self._fitted = self.estimator(work.seed).fit(points, teaching.classes)

    def predict(self, galaxies: Galaxies) -> np.ndarray:
        """Return probabilities (N, n_classes), zero for a class without a label."""
        chances = np.zeros((len(galaxies), self._n_classes))
        found = self._fitted.predict_proba(galaxies.views[self.view])
        chances[:, self._fitted.classes_] = found
        return chances


class LogisticMethod(EstimatorMethod):
    """Settings of a class-balanced logistic regression on one view."""

    strength: float = Field(
        STRENGTH,
        gt=0,
        description="Inverse of the regularisation of the logistic regression.",
    )

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the regression."""
        return logistic(self.strength)


def logistic(strength: float) -> "ClassifierMixin":
    """Make a class-balanced logistic regression on points of one scale.

    Parameters
    ----------
    strength : inverse of the regularisation, scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from galvote.classes.one_scale import OneScale

    regression = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    return make_pipeline(OneScale(), regression)
