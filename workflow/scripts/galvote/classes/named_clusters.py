"""The vote, its clusters named by the labels that teach."""

import numpy as np

from galvote.classes.majority import majority_names
from galvote.classes.method import Galaxies, Method, Teaching, Work


class NamedClusters(Method):
    """Settings of the vote named by labels; it has none."""

    _shares: np.ndarray | None = None
    _usual: np.ndarray | None = None

    def needs(self) -> tuple[str, ...]:
        """Return what the voters say."""
        return ("memberships",)

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Name the clusters."""
        named = majority_names(galaxies.views["memberships"], teaching)
        self._shares = np.eye(len(teaching.names))[named]
        self._usual = teaching.shares()

    def predict(self, galaxies: Galaxies) -> np.ndarray:
        """Return the voters' weight for each name.

        A galaxy that is not clustered has the shares of the classes among the labels.
        """
        weights = galaxies.views["memberships"].astype(np.float64)
        total = weights.sum(axis=1, keepdims=True)
        chances = weights @ self._shares / np.maximum(total, np.finfo(float).tiny)
        return np.where(total > 0, chances, self._usual)
