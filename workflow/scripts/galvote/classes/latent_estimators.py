"""Traditional classifiers on the latents of the autoencoder."""

from typing import TYPE_CHECKING

from pydantic import Field

from galvote.base.settings import Whole
from galvote.classes.estimators import EstimatorMethod, LogisticMethod

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


class LatentLogistic(LogisticMethod):
    """Settings of the logistic regression on the latents."""

    view = "latents"


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
