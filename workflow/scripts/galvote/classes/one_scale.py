"""One scale for all coordinates, which keeps what is large among them large."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class OneScale(TransformerMixin, BaseEstimator):
    """Centres points and divides all coordinates by one number: their joint deviation.

    Principal components fall off, and the first tell most; with each of them at unit
    variance a regression of few labels learns from noise.
    """

    def fit(self, points: np.ndarray, classes: np.ndarray | None = None) -> "OneScale":
        """Learn the centre and the scale of points (n, n_dimensions)."""
        self.mean_ = points.mean(axis=0)
        self.scale_ = max(float(np.sqrt(points.var(axis=0).mean())), 1e-12)
        return self

    def transform(self, points: np.ndarray) -> np.ndarray:
        """Return points of joint unit variance."""
        return (points - self.mean_) / self.scale_
