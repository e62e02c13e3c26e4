"""Training of the autoencoder: noise is added, the image as it is is the target."""

import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from galvote.base.errors import InputError
from galvote.base.files import whole_file
from galvote.base.pngs import as_levels
from galvote.base.progress import log, progress, steps
from galvote.networks.training_states import forget_states, state_path
from galvote.views.autoencoder import Autoencoder

LARGEST_VALIDATION = 512  # galaxies; more only cost time


@dataclass
class State:
    """Everything that training needs to go on where it was."""

    network: dict
    best: dict
    optimizer: dict = field(default_factory=dict)
    epoch: int = 0
    best_loss: float = float("inf")
    best_epoch: int = 0
    history: list[dict] = field(default_factory=list)


def state_key(images: np.ndarray, settings: dict, code: str) -> str:
    """Return a digest of what a training depends on: images, settings, code, torch."""
    digest = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    facts = [images.shape, settings, code, torch.__version__, torch.get_num_threads()]
    digest.update(json.dumps(facts, sort_keys=True).encode())
    return digest.hexdigest()[:16]


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


def batch_indices(count: int, batch_size: int, step: int, seed: int) -> np.ndarray:
    """Return which galaxies are in a step's batch, whatever ran before.

    Galaxies are drawn without repetition until all have been; each pass has an order
    of its own.
    """
    places = np.arange(step * batch_size, (step + 1) * batch_size)
    passes = places // count
    indices = np.empty(batch_size, dtype=np.int64)
    for number in np.unique(passes):
        order = np.random.default_rng([seed, 1, int(number)]).permutation(count)
        mine = passes == number
        indices[mine] = order[places[mine] % count]
    return indices


def seed_of_step(seed: int, step: int) -> int:
    """Return a seed of its own for each step."""
    return int(np.random.SeedSequence([seed, 2, step]).generate_state(1)[0])


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


class Trainer:
    """Trains an autoencoder so that an interrupted run goes on exactly as it would.

    Everything random in a step is drawn from the seed and the step's number; the
    state is saved after each validation.

    Parameters
    ----------
    images : uint8 (n, ny, nx, n_channels) in id order.
    settings : section `autoencoder` of the config, and `seed`.
    code : digest of the code that trains; a state of other code is not gone on with.
    device : of torch.
    folder : where the state is kept while training goes on.
    """

    def __init__(
        self,
        images: np.ndarray,
        settings: dict,
        code: str,
        device: str,
        folder: Path,
    ) -> None:
        self.settings, self.device = settings, device
        self.shape = {
            "channels": images.shape[3],
            "size": images.shape[1],
            "layers": settings["layers"],
            "latent_dim": settings["latent_dim"],
        }
        seed = settings["seed"]
        self.train, self.held = split_galaxies(
            len(images), settings["validation_share"], seed
        )
        self.images = images
        rng = torch.Generator().manual_seed(seed)
        self.targets = torch.from_numpy(as_levels(images[self.held]))
        self.noisy = add_noise(self.targets, settings["noise"], rng)
        torch.manual_seed(seed)
        self.network = Autoencoder(**self.shape)
        self.network.to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=settings["learning_rate"]
        )
        self.state_path = state_path(folder, state_key(images, settings, code))
        self.state = State(self._weights(), self._weights())

    def _weights(self) -> dict:
        stored = self.network.state_dict()
        return {name: tensor.detach().cpu().clone() for name, tensor in stored.items()}

    def run(self) -> tuple[Autoencoder, pd.DataFrame]:
        """Train to the end; return the best network and the history.

        The history has a row per validation: `epoch`, `step`, `learning_rate`,
        `train_loss`, `validation_loss` (mean squared error) and `psnr` (dB, mean over
        the validation galaxies).
        """
        self._resume()
        settings = self.settings
        epochs = range(self.state.epoch, settings["max_epochs"])
        for epoch in progress(epochs, "training"):
            if epoch - self.state.best_epoch >= settings["patience"]:
                log.info("no better validation for %d; ending", settings["patience"])
                break
            train_loss = self._train_epoch(epoch)
            self._record(epoch + 1, train_loss)
        self.network.load_state_dict(self.state.best)
        return self.network, pd.DataFrame(self.state.history)

    def _train_epoch(self, epoch: int) -> float:
        settings, steps = self.settings, self.settings["epoch_steps"]
        self.network.train()
        total = 0.0
        for step in range(epoch * steps, (epoch + 1) * steps):
            for group in self.optimizer.param_groups:
                group["lr"] = self._rate(step)
            chosen = batch_indices(
                len(self.train), settings["batch_size"], step, settings["seed"]
            )
            rng = torch.Generator().manual_seed(seed_of_step(settings["seed"], step))
            clean = torch.from_numpy(as_levels(self.images[self.train[chosen]]))
            clean = turn(clean, rng)
            noisy = add_noise(clean, settings["noise"], rng)
            loss = torch.nn.functional.mse_loss(
                self.network(self._placed(noisy)), self._placed(clean)
            )
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / steps

    def _rate(self, step: int) -> float:
        settings = self.settings
        power = step / settings["decay_steps"]
        return settings["learning_rate"] * settings["decay"] ** power

    def _placed(self, images: Tensor) -> Tensor:
        return images.to(self.device).contiguous(memory_format=torch.channels_last)

    def _record(self, epoch: int, train_loss: float) -> None:
        loss, psnr = self._validate()
        state = self.state
        step = epoch * self.settings["epoch_steps"]
        row = {
            "epoch": epoch,
            "step": step,
            "learning_rate": self._rate(step - 1),
            "train_loss": train_loss,
            "validation_loss": loss,
            "psnr": psnr,
        }
        steps.info("epoch %(epoch)d: loss %(validation_loss).6f, %(psnr).2f dB", row)
        state.history.append(row)
        state.epoch, state.network = epoch, self._weights()
        state.optimizer = self.optimizer.state_dict()
        if loss < state.best_loss:
            state.best_loss, state.best_epoch, state.best = loss, epoch, state.network
        stored = io.BytesIO()
        torch.save(vars(state), stored)
        with whole_file(self.state_path) as partial:
            partial.write_bytes(stored.getbuffer())

    @torch.inference_mode()
    def _validate(self) -> tuple[float, float]:
        self.network.eval()
        squares = [
            (self.network(self._placed(noisy)).clamp(0, 1).cpu() - clean).square()
            for noisy, clean in zip(
                self.noisy.split(32), self.targets.split(32), strict=True
            )
        ]
        errors = torch.cat(squares).mean(dim=(1, 2, 3))
        psnr = -10.0 * torch.log10(errors.clamp_min(1e-10)).mean()
        return errors.mean().item(), psnr.item()

    def _resume(self) -> None:
        """Go on from the saved state of the same images and settings, if there is one.

        States of other trainings are removed.
        """
        forget_states(self.state_path.parent, but=self.state_path)
        if not self.state_path.is_file():
            return
        try:
            stored = torch.load(self.state_path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch has no one kind for a damaged file
            log.info("the saved state cannot be read (%s); starting anew", error)
            return
        self.state = State(**stored)
        self.network.load_state_dict(self.state.network)
        self.optimizer.load_state_dict(self.state.optimizer)
        log.info("going on after epoch %d", self.state.epoch)
