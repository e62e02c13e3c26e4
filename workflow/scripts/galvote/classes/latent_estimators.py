"""Traditional classifiers on the latents of the autoencoder."""

from typing import TYPE_CHECKING

from pydantic import Field

from galvote.base.settings import Whole
from galvote.classes.estimators import STRENGTH, EstimatorMethod, logistic

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


class LatentLogistic(EstimatorMethod):
    """Settings of the logistic regression on the latents."""

    view = "latents"
    strength: float = Field(
        STRENGTH,
        gt=0,
        description="Inverse of the regularisation of the logistic regression.",
    )

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the regression."""
        return logistic(self.strength)


class LatentForest(EstimatorMethod):
    """Settings of the random forest on the latents."""

    view = "latents"
    trees: Whole = Field(300, ge=1, description="Number of trees.")

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return the forest."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            self.trees, class_weight="balanced_subsample", random_state=seed
        )


class LatentVectors(EstimatorMethod):
    """Settings of the support vectors on the latents."""

    view = "latents"
    penalty: float = Field(
        3.0, gt=0, description="Price of a label on the wrong side, scikit-learn's C."
    )

    def estimator(self, seed: int) -> "ClassifierMixin":
        """Return support vectors whose margins become probabilities by a softmax."""
        from galvote.classes.margins import VectorsWithChances

        return VectorsWithChances(self.penalty)
