"""Support vectors that give probabilities."""

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


class VectorsWithChances(ClassifierMixin, BaseEstimator):
    """Support vectors with a Gaussian kernel; a softmax makes probabilities of margins.

    The temperature that follows calibrates them.
    """

    def __init__(self, penalty: float = 1.0) -> None:
        self.penalty = penalty

    def fit(self, points: np.ndarray, classes: np.ndarray) -> "VectorsWithChances":
        """Fit on standardised points, each class against the others."""
        vectors = SVC(C=self.penalty, class_weight="balanced")
        model = make_pipeline(StandardScaler(), OneVsRestClassifier(vectors))
        self.model_ = model.fit(points, classes)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, points: np.ndarray) -> np.ndarray:
        """Return (N, n_classes)."""
        margins = self.model_.decision_function(points)
        if margins.ndim == 1:  # of two classes
            margins = np.stack([-margins / 2.0, margins / 2.0], axis=1)
        return softmax(margins, axis=1)
