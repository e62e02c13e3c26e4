"""The same regression on the eight hand-made numbers, without any network."""

from typing import TYPE_CHECKING

from pydantic import Field

from galvote.classes.estimators import EstimatorMethod, logistic

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


class HandMade(EstimatorMethod):
    """Settings of the logistic regression on the eight hand-made numbers."""

    view = "hand_made"
    strength: float = Field(
        1.0,
        gt=0,
        description="Inverse of the regularisation of the logistic regression.",
    )

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the regression."""
        return logistic(self.strength)
