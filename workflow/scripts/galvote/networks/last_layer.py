"""The last layer of a classifier."""

from torch import Tensor, nn
from torch.nn.functional import dropout


class LastLayer(nn.Linear):
    """A linear layer before which training drops features.

    It holds the weights of a linear layer and no more, whatever it drops.

    Parameters
    ----------
    n_features, n_classes : numbers of inputs and outputs.
    share : of the features that are dropped in training.
    """

    def __init__(self, n_features: int, n_classes: int, share: float) -> None:
        super().__init__(n_features, n_classes)
        self.share = share

    def forward(self, features: Tensor) -> Tensor:
        """Turn features (N, n_features) into logits (N, n_classes)."""
        return super().forward(dropout(features, self.share, self.training))
