"""Galaxies as a network in training sees them: resized, turned, blurred, normalised."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from galvote.networks.weights import import_timm

MIRRORED = 0.52  # of the side, mirrored about the image: no turn reaches beyond it
SHIFT, ZOOM = 0.07, (0.8, 1.25)
BLUR, BLUR_SHARE = (0.3, 1.5), 0.5  # px; share of the galaxies that are blurred
MOST_NOISE = 0.02  # of full scale, at most
COLOUR_JITTER = (0.4, 0.4, 0.4, 0.1)  # brightness, contrast, saturation, hue
HIDDEN_SHARE = (0.02, 0.1)  # share of the image that a patch hides
LEAST_SPREAD = 1e-3  # standard deviation that whitening divides by, at least

Change = Callable[[Tensor], Tensor]  # (n, n_channels, size, size), all alike


class Pictures:
    """Prepares images for a network.

    Parameters
    ----------
    images : uint8 (N, ny, nx, n_channels).
    size : side of the network's input (px).
    mean, std : of each channel of the network's input, in full scales; images of one
        channel are given to all of them, and of three the mean to a single one.
    whiten : give each channel of each image mean 0 and standard deviation 1 instead.
    device : of torch.
    """

    def __init__(
        self,
        images: np.ndarray,
        size: int,
        mean: list[float],
        std: list[float],
        whiten: bool,
        device: str,
    ) -> None:
        self.images, self.size, self.device = images, size, device
        self.channels, self.whiten = len(mean), whiten
        self.mean, self.std = (
            torch.tensor(v).reshape(1, -1, 1, 1) for v in (mean, std)
        )
        self.changes: dict[str, Change] = {}

    def __call__(self, rows: np.ndarray, augment: str) -> Tensor:
        """Return the input of some galaxies on the device, (n, n_channels, size, size).

        Whatever is random comes from torch's default generator.

        Parameters
        ----------
        augment : what changes the images: `none`; `turns`, quarter turns and mirror
            images; `sky`, turns by any angle, mirror images, shifts, zoom, blur and
            noise; `strong`, these and contrast, colours and a hidden patch.
        """
        levels = torch.from_numpy(self.images[rows]).permute(0, 3, 1, 2).float() / 255.0
        if self.channels == 1:
            levels = levels.mean(dim=1, keepdim=True)
        elif levels.shape[1] == 1:
            levels = levels.expand(-1, self.channels, -1, -1)
        if levels.shape[2:] != (self.size, self.size):
            wanted = (self.size, self.size)
            levels = functional.interpolate(
                levels, wanted, mode="bilinear", antialias=True
            )
        if augment != "none":
            alike, makes = CHANGES[augment]
            if augment not in self.changes:
                self.changes[augment] = makes(self.size)
            parts = levels.split(alike)
            levels = torch.cat([self.changes[augment](part) for part in parts])
        inputs = self._normalised(levels).to(self.device)
        return inputs.contiguous(memory_format=torch.channels_last)

    def _normalised(self, levels: Tensor) -> Tensor:
        if not self.whiten:
            return (levels - self.mean) / self.std
        std, mean = torch.std_mean(levels, dim=(2, 3), keepdim=True)
        return (levels - mean) / std.clamp_min(LEAST_SPREAD)


def quarter_turn(size: int) -> Change:
    """Return what turns images by a random multiple of 90 degrees, and mirrors them."""

    def change(images: Tensor) -> Tensor:
        quarter, flip = torch.randint(4, (1,)).item(), torch.randint(2, (1,)).item()
        turned = torch.rot90(images, quarter, (2, 3))
        return turned.flip(3) if flip else turned

    return change


def sky_change(size: int) -> Change:
    """Return what changes images as the sky and the telescope might.

    Parameters
    ----------
    size : side of the images (px).
    """
    import_timm()  # makes torchvision load where its operators do not
    from torchvision.transforms import v2

    margin = round(MIRRORED * size)
    inside = SHIFT * size / (size + 2 * margin)
    bilinear = v2.InterpolationMode.BILINEAR
    kernel = 2 * round(2 * BLUR[1]) + 1
    changes = v2.Compose(
        [
            v2.Pad(margin, padding_mode="reflect"),
            v2.RandomAffine(180, (inside, inside), ZOOM, interpolation=bilinear),
            v2.CenterCrop(size),
            v2.RandomHorizontalFlip(),
            v2.RandomApply([v2.GaussianBlur(kernel, BLUR)], BLUR_SHARE),
        ]
    )

    def change(images: Tensor) -> Tensor:
        changed = changes(images)
        sigma = MOST_NOISE * torch.rand(1)
        return (changed + sigma * torch.randn(changed.shape)).clamp(0.0, 1.0)

    return change


def strong_change(size: int) -> Change:
    """Return what changes images so much that a network hardly knows them again."""
    sky = sky_change(size)
    from torchvision.transforms import v2

    more = v2.Compose(
        [v2.ColorJitter(*COLOUR_JITTER), v2.RandomErasing(0.5, HIDDEN_SHARE)]
    )
    return lambda images: more(sky(images))


CHANGES = {  # how many images are changed alike, and what makes the change
    "turns": (1, quarter_turn),
    "sky": (1, sky_change),
    "strong": (8, strong_change),
}
