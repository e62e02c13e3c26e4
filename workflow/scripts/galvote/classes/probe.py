"""A class-balanced logistic regression on the codes: the plain baseline."""

from typing import TYPE_CHECKING

from pydantic import Field

from galvote.classes.estimators import STRENGTH, EstimatorMethod, logistic

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


class Probe(EstimatorMethod):
    """Settings of the logistic regression on the codes."""

    view = "codes"
    strength: float = Field(
        STRENGTH,
        gt=0,
        description="Inverse of the regularisation of the logistic regression.",
    )

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the regression."""
        return logistic(self.strength)
