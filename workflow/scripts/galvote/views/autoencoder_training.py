"""Training of the autoencoder: noise is added, the image as it is is the target."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from galvote.base.errors import InputError
from galvote.base.files import write_table
from galvote.base.pngs import as_levels
from galvote.base.progress import log
from galvote.networks.training import (
    Schedule,
    Task,
    batch_indices,
    exponential_decay,
    state_key,
    train,
)
from galvote.networks.training_states import state_path
from galvote.views.autoencoder import Autoencoder, save_autoencoder

LARGEST_VALIDATION = 512  # galaxies; more only cost time
VALIDATION_BATCH = 32


def train_autoencoder(
    images: np.ndarray, settings: dict, code: str, device: str, folder: Path
) -> tuple["Denoising", pd.DataFrame]:
    """Train an autoencoder; an interrupted training goes on exactly as it would.

    Parameters
    ----------
    images : uint8 (n, ny, nx, n_channels) in id order.
    settings : section `autoencoder` of the config, and `seed`.
    code : digest of the code that trains; a state of other code is not gone on with.
    device : of torch.
    folder : where the state is kept while training goes on.

    Returns
    -------
    task : with the best network and its shape.
    history : a row per validation (see `networks.training.train`), with
        `validation_loss` (mean squared error) and `psnr` (dB, mean over the validation
        galaxies).
    """
    task = Denoising(images, settings, device)
    rate = exponential_decay(
        settings["learning_rate"], settings["decay"], settings["decay_steps"]
    )
    schedule = Schedule(
        settings["epoch_steps"], settings["max_epochs"], settings["patience"], rate
    )
    state_file = state_path(folder, state_key([images], settings, code))
    return task, train(task, schedule, settings["seed"], state_file)


def train_and_save(
    images: np.ndarray, settings: dict, code: str, device: str, files: dict[str, str]
) -> None:
    """Train an autoencoder, and write what a run keeps of it.

    Parameters
    ----------
    images, settings, code, device : see `train_autoencoder`.
    files : paths of the `weights`, of the `settings` that build the network, and of the
        `history`; the state is kept beside the weights.
    """
    log.info("training on %d galaxies, device %s", len(images), device)
    folder = Path(files["weights"]).parent
    task, history = train_autoencoder(images, settings, code, device, folder)
    write_table(history, files["history"])
    facts = {"device": device, "torch": torch.__version__, "galaxies": len(images)}
    written = files["weights"], files["settings"]
    save_autoencoder(task.network, task.shape, *written, facts)


class Denoising(Task):
    """The task of the autoencoder: to turn noisy galaxies into those they were.

    Parameters
    ----------
    images : uint8 (n, ny, nx, n_channels) in id order.
    settings : section `autoencoder` of the config, and `seed`.
    device : of torch.

    Attributes
    ----------
    shape : arguments of `Autoencoder`.
    network, optimizer : see `networks.training.Task`.
    train, held : indices of the galaxies that are trained on and validated on.
    targets : of the validation, (N, C, H, W).
    noisy : the same with noise.
    """

    def __init__(self, images: np.ndarray, settings: dict, device: str) -> None:
        self.images, self.settings, self.device = images, settings, device
        self.shape = {
            "channels": images.shape[3],
            "size": images.shape[1],
            "layers": settings["layers"],
            "latent_dim": settings["latent_dim"],
            "decoder": settings["decoder"],
        }
        seed = settings["seed"]
        self.train, self.held = split_galaxies(
            len(images), settings["validation_share"], seed
        )
        rng = torch.Generator().manual_seed(seed)
        self.targets = torch.from_numpy(as_levels(images[self.held]))
        self.noisy = add_noise(self.targets, settings["noise"], rng)
        torch.manual_seed(seed)
        self.network = Autoencoder(**self.shape)
        self.network.to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.network.parameters())

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the mean squared error of a batch of turned galaxies with noise."""
        settings = self.settings
        chosen = batch_indices(
            len(self.train), settings["batch_size"], step, settings["seed"]
        )
        clean = torch.from_numpy(as_levels(self.images[self.train[chosen]]))
        clean = turn(clean, rng)
        noisy = add_noise(clean, settings["noise"], rng)
        return mse_loss(self.network(self._placed(noisy)), self._placed(clean))

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return mean squared error and PSNR (dB), each the mean over galaxies."""
        squares = [
            (network(self._placed(noisy)).clamp(0, 1).cpu() - clean).square()
            for noisy, clean in zip(
                self.noisy.split(VALIDATION_BATCH),
                self.targets.split(VALIDATION_BATCH),
                strict=True,
            )
        ]
        errors = torch.cat(squares).mean(dim=(1, 2, 3))
        psnr = -10.0 * torch.log10(errors.clamp_min(1e-10)).mean()
        return {"validation_loss": errors.mean().item(), "psnr": psnr.item()}

    def _placed(self, images: Tensor) -> Tensor:
        return images.to(self.device).contiguous(memory_format=torch.channels_last)


def split_galaxies(
    count: int, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split `count` galaxies into training and validation indices, each sorted.

    Raises
    ------
    InputError
        Where fewer than two galaxies are there.
    """
    if count < 2:
        raise InputError(
            f"the autoencoder cannot learn from {count} galaxy; add sources or lower"
            " `detection.threshold`"
        )
    order = np.random.default_rng(seed).permutation(count)
    held = min(max(1, round(share * count)), LARGEST_VALIDATION)
    return np.sort(order[held:]), np.sort(order[:held])


def add_noise(images: Tensor, noise: list[float], rng: torch.Generator) -> Tensor:
    """Add Gaussian noise to (N, C, H, W), its sigma drawn per image from a range."""
    low, high = noise
    draws = torch.rand(len(images), 1, 1, 1, generator=rng)
    sigma = low + (high - low) * draws
    return images + sigma * torch.randn(images.shape, generator=rng)


def turn(images: Tensor, rng: torch.Generator) -> Tensor:
    """Rotate a batch by a random multiple of 90 degrees and flip it at random."""
    quarter = int(torch.randint(4, (1,), generator=rng))
    flip = int(torch.randint(2, (1,), generator=rng))
    images = torch.rot90(images, quarter, (2, 3))
    return images.flip(3) if flip else images
