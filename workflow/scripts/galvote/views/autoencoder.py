"""The convolutional autoencoder that denoises galaxies."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from galvote.base.files import whole_file
from galvote.base.pngs import as_levels, batches, count_batches, from_levels
from galvote.base.progress import progress

DENOISE_BATCH = 32


class Autoencoder(nn.Module):
    """Convolutions with pooling down to a bottleneck, mirrored on the way up.

    As in Fang et al. 2025 (arXiv:2501.00380) the encoder is [convolution, ReLU, max
    pooling] per layer. The way up is bilinear upsampling and convolution, which leaves
    no checkerboard; or transposed convolutions of a stride, with a last tanh, as in
    GalaxyMorphology-CAE. Without `latent_dim` the last layer's maps are the bottleneck.

    Parameters
    ----------
    channels : of the images.
    size : side of the images (px).
    layers : dicts with `kernel`, `channels` and `pool`.
    latent_dim : numbers in a dense bottleneck, or None for a spatial one.
    decoder : the way up, `upsampling` or `transposed`.
    """

    def __init__(
        self,
        channels: int,
        size: int,
        layers: list[dict],
        latent_dim: int | None,
        decoder: str = "upsampling",
    ) -> None:
        super().__init__()
        widths = [channels, *(layer["channels"] for layer in layers)]
        self.pools = [layer["pool"] for layer in layers]
        self.sizes = [size]
        for pool in self.pools:
            self.sizes.append(self.sizes[-1] // pool)
        kernels = [layer["kernel"] for layer in layers]
        self.down = nn.ModuleList(
            nn.Conv2d(n_in, n_out, kernel, padding="same")
            for n_in, n_out, kernel in zip(
                widths[:-1], widths[1:], kernels, strict=True
            )
        )
        self.transposed = decoder == "transposed"
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(n_out, n_in, pool + 2, pool, padding=1)
            if self.transposed
            else nn.Conv2d(n_out, n_in, kernel, padding="same")
            for n_in, n_out, kernel, pool in zip(
                widths[:-1], widths[1:], kernels, self.pools, strict=True
            )
        )
        self.dense = None
        if latent_dim is not None:
            maps = widths[-1] * self.sizes[-1] ** 2
            self.dense = nn.ModuleList(
                [nn.Linear(maps, latent_dim), nn.Linear(latent_dim, maps)]
            )

    def encode(self, images: Tensor) -> Tensor:
        """Turn (N, C, H, W) into the bottleneck: (N, c, h, w) or (N, latent_dim)."""
        maps = images
        for convolution, pool in zip(self.down, self.pools, strict=True):
            maps = functional.max_pool2d(functional.relu(convolution(maps)), pool)
        if self.dense is None:
            return maps
        return functional.relu(self.dense[0](maps.flatten(1)))

    def decode(self, latent: Tensor) -> Tensor:
        """Turn the bottleneck into images (N, C, H, W), not yet clipped to 0..1."""
        maps = latent
        if self.dense is not None:
            shape = (-1, self.up[-1].in_channels, self.sizes[-1], self.sizes[-1])
            maps = functional.relu(self.dense[1](latent)).reshape(shape)
        if self.transposed:
            return self._decode_transposed(maps)
        for depth in range(len(self.up) - 1, -1, -1):
            size = self.sizes[depth]
            maps = functional.interpolate(maps, size=(size, size), mode="bilinear")
            maps = self.up[depth](maps)
            if depth > 0:
                maps = functional.relu(maps)
        return maps

    def _decode_transposed(self, maps: Tensor) -> Tensor:
        """Turn maps into images by transposed convolutions and a last tanh.

        Black is tanh's middle, where it learns.
        """
        for depth in range(len(self.up) - 1, -1, -1):
            size = self.sizes[depth]
            maps = self.up[depth](maps, output_size=(size, size))
            if depth > 0:
                maps = functional.relu(maps)
        return torch.tanh(maps)

    def forward(self, images: Tensor) -> Tensor:
        """Turn noisy images (N, C, H, W) into denoised ones of the same shape."""
        return self.decode(self.encode(images))


def save_autoencoder(
    network: Autoencoder,
    shape: dict,
    weights: str | Path,
    settings: str | Path,
    facts: dict,
) -> None:
    """Write the weights (safetensors) and the arguments that build the network.

    Parameters
    ----------
    network : trained.
    shape : arguments of `Autoencoder`.
    weights, settings : paths.
    facts : about the training, kept in the head of the weights' file.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }
    with whole_file(weights) as partial:
        partial.write_bytes(save(tensors, {"training": json.dumps(facts)}))
    with whole_file(settings) as partial:
        partial.write_text(json.dumps(shape, indent=2, sort_keys=True) + "\n")


def load_autoencoder(weights: str | Path, settings: str | Path) -> Autoencoder:
    """Rebuild a network that `save_autoencoder` wrote."""
    network = Autoencoder(**json.loads(Path(settings).read_text()))
    network.load_state_dict(load_file(weights))
    return network.eval()


@torch.inference_mode()
def denoise(network: Autoencoder, images: np.ndarray, device: str) -> np.ndarray:
    """Denoise uint8 images (n, ny, nx, n_channels); same shape and type."""
    network = network.to(device, memory_format=torch.channels_last).eval()
    cleaned = np.empty_like(images)
    total = count_batches(images, DENOISE_BATCH)
    parts = progress(batches(images, DENOISE_BATCH), "denoising", total)
    for part, batch in parts:
        levels = torch.from_numpy(as_levels(batch)).to(device)
        levels = levels.contiguous(memory_format=torch.channels_last)
        output = network(levels).float().cpu().numpy()
        cleaned[part] = from_levels(output[: part.stop - part.start])
    return cleaned
