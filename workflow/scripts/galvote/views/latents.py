"""Latents of the autoencoder: what its bottleneck holds of each galaxy."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from galvote.base.pngs import as_levels, batches, count_batches, from_levels
from galvote.base.progress import progress
from galvote.views.autoencoder import Autoencoder

TOGETHER = 64  # galaxies


def resized_images(images: np.ndarray, size: int) -> np.ndarray:
    """Resample uint8 images (n, ny, nx, n_channels) to a side of `size` px."""
    if images.shape[1:3] == (size, size):
        return images
    resized = np.empty((len(images), size, size, images.shape[3]), np.uint8)
    for part, batch in batches(images, TOGETHER):
        levels = functional.interpolate(
            torch.from_numpy(as_levels(batch)),
            (size, size),
            mode="bilinear",
            antialias=True,
        )
        resized[part] = from_levels(levels.numpy())[: part.stop - part.start]
    return resized


@torch.inference_mode()
def latents_of(
    network: Autoencoder, images: np.ndarray, turned: bool, device: str
) -> np.ndarray:
    """Encode images by the autoencoder.

    Parameters
    ----------
    network : trained.
    images : uint8 (N, ny, nx, n_channels).
    turned : average over the four quarter turns and their mirror images.
    device : of torch.

    Returns
    -------
    float32 (N, n_latents).
    """
    network = network.to(device, memory_format=torch.channels_last).eval()
    latents: np.ndarray | None = None
    total = count_batches(images, TOGETHER)
    for part, batch in progress(batches(images, TOGETHER), "encoding", total):
        levels = torch.from_numpy(as_levels(batch)).to(device)
        codes = _mean_code(network, levels, turned).cpu().numpy()
        if latents is None:
            latents = np.empty((len(images), codes.shape[1]), np.float32)
        latents[part] = codes[: part.stop - part.start]
    return latents


def _mean_code(network: Autoencoder, levels: Tensor, turned: bool) -> Tensor:
    copies = [levels]
    if turned:
        quarters = [torch.rot90(levels, quarter, (2, 3)) for quarter in range(4)]
        copies = [*quarters, *(copy.flip(3) for copy in quarters)]
    total = sum(
        network.encode(copy.contiguous(memory_format=torch.channels_last)).flatten(1)
        for copy in copies
    )
    return total.float() / len(copies)
