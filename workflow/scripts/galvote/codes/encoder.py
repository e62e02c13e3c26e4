"""Images turned into codes by a pretrained network."""

import hashlib
import json

import numpy as np
import torch
from torch import Tensor, nn

from galvote.base.errors import InputError
from galvote.base.pngs import batches
from galvote.codes.copies import Copies
from galvote.networks.inference import ready

# settings that decide codes, beside the encoder; others change last digits at most
DECIDING = ("views", "rotations", "flips", "zooms", "polar", "input_size")


class Encoder:
    """Turns images into codes with a network's own preprocessing.

    The whole image is resampled to the input size, with no crop: a galaxy's outskirts
    count, and a polar image has no middle to crop to. Grey images are given to all
    channels of a network; one for grey images is given the mean of the colours.

    Parameters
    ----------
    network, description : from `load_encoder`.
    input_size : side of the network's input (px); None for its own.
    copies : over whose codes is averaged.
    batch_size : images that the network is given at once.
    dtype, device, engine, workers : see `inference.ready`.

    Raises
    ------
    InputError
        Where the network takes no images of that size.
    """

    def __init__(
        self,
        network: nn.Module,
        description: dict,
        *,
        input_size: int | None,
        copies: Copies,
        batch_size: int,
        dtype: str,
        device: str,
        engine: str = "auto",
        workers: int = 1,
    ) -> None:
        self.size = input_size_of(description, input_size)
        self.channels, self.batch_size = description["channels"], batch_size
        shape = (batch_size, self.channels, self.size, self.size)
        self.run, self.engine = ready(
            network.eval(), shape, dtype, device, engine, workers
        )
        self.device = device
        self.copies, self.n_features = copies, description["n_features"]
        interpolation = description["interpolation"]
        self.mode = (
            interpolation if interpolation in ("bilinear", "bicubic") else "bicubic"
        )
        mean, std = (
            torch.tensor(description[key], device=device).reshape(1, -1, 1, 1)
            for key in ("mean", "std")
        )
        self.scale, self.offset = 1.0 / (255.0 * std), -mean / std

    def encode(self, images: np.ndarray, polar: str | None = None) -> np.ndarray:
        """Return the codes of images, float32 (n, n_features).

        The network is always given full batches, so that the last bits of a code do not
        depend on the number of images.

        Parameters
        ----------
        images : uint8 (n, ny, nx, n_channels).
        polar : None for images of the sky; for polar images `mirrored` or `plain`, by
            how they show the radii.
        """
        codes = np.empty((len(images), self.n_features), np.float32)
        for part, batch in batches(images, self.batch_size):
            codes[part] = self._encode(batch, polar)[: part.stop - part.start]
        return codes

    @torch.inference_mode()
    def _encode(self, images: np.ndarray, polar: str | None) -> np.ndarray:
        pixels = torch.from_numpy(images)
        if self.device == "cuda":
            pixels = pixels.pin_memory()
        pixels = pixels.to(self.device, non_blocking=True)
        pixels = pixels.permute(0, 3, 1, 2).contiguous().float()
        if self.channels == 1:
            pixels = pixels.mean(dim=1, keepdim=True)
        wanted = (self.size, self.mode)
        if polar is None:
            copies = self.copies.of(pixels, *wanted, self.normalised)
        else:
            mirrored = polar == "mirrored"
            copies = self.copies.of_polar(pixels, *wanted, mirrored, self.normalised)
        total = torch.zeros(len(images), self.n_features, device=self.device)
        for copy in copies:
            total += self.run(copy)
        return (total / len(self.copies)).cpu().numpy()

    def normalised(self, levels: Tensor) -> Tensor:
        """Turn grey levels 0..255 into the network's input, (N, C, size, size)."""
        return torch.addcmul(self.offset, levels.clamp(0.0, 255.0), self.scale)


def encoder_of(
    network: nn.Module, description: dict, settings: dict, device: str, workers: int
) -> Encoder:
    """Make the encoder that the config asks for.

    Parameters
    ----------
    network, description : from `load_encoder`.
    settings : section `codes` of the config, and the plan of the run.
    device, workers : see `inference.ready`.
    """
    copies = settings["rotations"], settings["flips"], tuple(settings["zooms"])
    return Encoder(
        network,
        description,
        input_size=settings["input_size"],
        copies=Copies(*copies),
        batch_size=settings["batch_size"],
        dtype=settings["dtype"],
        device=device,
        engine=settings["engine"],
        workers=workers,
    )


def input_size_of(description: dict, wanted: int | None) -> int:
    """Return the side (px) of a network's input: the wanted one, or its own for None.

    Raises
    ------
    InputError
        Where the network takes no images of that size.
    """
    own = description["input_size"]
    if wanted not in (None, own) and description["fixed_input_size"]:
        raise InputError(
            f"config key `codes.input_size` is {wanted} but the encoder"
            f" {description['origin']} takes {own} px only; set it to null"
        )
    return wanted or own


def fingerprint(description: dict, settings: dict) -> str:
    """Return a digest of what decides codes: weights, preprocessing, views, copies.

    Parameters
    ----------
    description : of the encoder.
    settings : with all of `DECIDING`.
    """
    deciding = {key: settings[key] for key in DECIDING}
    text = json.dumps([description, deciding], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
