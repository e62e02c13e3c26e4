"""A small convolutional network for small images, of no pretrained weights."""

import torch
from torch import Tensor, nn

from galvote.networks.last_layer import LastLayer

KERNEL = 5  # px
N_MAPS = (6, 16)
HIDDEN = (512, 84)


class SmallNetwork(nn.Module):
    """Two convolutions with pooling, and three dense layers (LeCun et al. 1998).

    The layout that SDSSGalCat published for Galaxy10 SDSS.

    Parameters
    ----------
    channels : of the images.
    size : side of the images (px).
    n_classes : number of outputs.
    dropout : share of the features that training drops before the last layer.
    """

    def __init__(
        self, channels: int, size: int, n_classes: int, dropout: float
    ) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, N_MAPS[0], KERNEL),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(N_MAPS[0], N_MAPS[1], KERNEL),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        with torch.no_grad():
            n_features = self.features(torch.zeros(1, channels, size, size)).shape[1]
        self.classifier = nn.Sequential(
            nn.Linear(n_features, HIDDEN[0]),
            nn.ReLU(),
            nn.Linear(HIDDEN[0], HIDDEN[1]),
            nn.ReLU(),
            LastLayer(HIDDEN[1], n_classes, dropout),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (N, C, size, size) into logits (N, n_classes)."""
        return self.classifier(self.features(images))
