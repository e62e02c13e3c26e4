"""The training loop of every network: an interrupted run resumes to the same bytes.

What is trained is a `Task`. Everything random in a step comes from the seed and the
step's number, and the state is saved after each validation, so that nothing depends on
how often a training was interrupted.
"""

import hashlib
import io
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from galvote.base.errors import InputError, first_line
from galvote.base.files import whole_file
from galvote.base.progress import log, progress, steps
from galvote.networks.training_states import forget_states


class Task:
    """What is trained, and on what.

    Between two epochs a task keeps nothing but `network`, `optimizer` and `notes`:
    these are what a saved state restores.

    Attributes
    ----------
    network : all that is learned.
    optimizer : of the network's parameters; the schedule sets its learning rate, times
        the `factor` of a group of parameters, where it has one.
    teacher : the network that is validated and kept, set by `train`: the moving average
        of the weights where there is one, else `network`.
    notes : what `note` returned after each epoch.
    keeps_norms : whether batch norms go on with the means and variances that they have,
        as is right for pretrained networks: small batches, changed in few ways,
        measure them badly.
    """

    keeps_norms: bool = False
    network: nn.Module
    optimizer: torch.optim.Optimizer
    teacher: nn.Module
    notes: Sequence[dict[str, Tensor]] = ()

    def loss(self, step: int, rng: torch.Generator) -> Tensor:
        """Return the loss of a step, a scalar.

        Parameters
        ----------
        step : counted from 0 over the whole training.
        rng : of this step. It is torch's default generator, so that dropout and
            torchvision's transforms draw from the step's seed too.
        """
        raise NotImplementedError

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return what the history is to have; see `standing`.

        A schedule without patience needs no loss. Called without gradients.

        Parameters
        ----------
        network : that is judged, in evaluation mode: the one that is trained, or its
            moving average.
        """
        raise NotImplementedError

    def standing(self, measured: dict[str, float]) -> tuple[float, float]:
        """Return what is to be low, and by how much more is still as good.

        Parameters
        ----------
        measured : what `validate` returned.
        """
        return measured["validation_loss"], 0.0

    def note(self, network: nn.Module) -> dict[str, Tensor]:
        """Return what is worth keeping of an epoch beside its row of the history.

        Called after `validate`, in the same way.
        """
        return {}

    @torch.no_grad()
    def ask_teacher(self, inputs: Tensor) -> Tensor:
        """Return what the teacher gives in evaluation mode; it learns nothing by it."""
        modes = [(layer, layer.training) for layer in self.teacher.modules()]
        answers = self.teacher.eval()(inputs)
        for layer, mode in modes:
            layer.training = mode
        return answers

    def set_to_learn(self) -> None:
        """Set the network to training mode."""
        self.network.train()
        for layer in self.network.modules():
            if self.keeps_norms and isinstance(layer, nn.BatchNorm2d):
                layer.eval()


@dataclass(frozen=True)
class Schedule:
    """How long a training goes on, and how fast it learns.

    Attributes
    ----------
    epoch_steps : steps of an epoch; it ends with a validation.
    max_epochs : after which training ends.
    patience : epochs after which it ends early if none of them stood as well as the
        best; None goes on to the end, and keeps the last weights in any case.
    rate : gives the learning rate of a step, counted from 0.
    average : decay per step of the exponential moving average of the weights, which is
        then what is validated and kept; None keeps the weights themselves.
    """

    epoch_steps: int
    max_epochs: int
    patience: int | None
    rate: Callable[[int], float]
    average: float | None = None


@dataclass
class State:
    """Everything that a training needs to go on where it was, at the end of an epoch.

    Attributes
    ----------
    network : weights after `epoch` epochs, by name, on the CPU.
    average : their moving average with the number of steps in it; empty without one.
    best : weights of the last epoch that stood as well as the best.
    best_loss, margin : what `Task.standing` returned of the best epoch.
    best_epoch : the last one that stood as well.
    notes : of each epoch.
    optimizer : what the optimizer remembers.
    history : a row per epoch.
    """

    network: dict[str, Tensor]
    best: dict[str, Tensor]
    average: dict[str, Tensor] = field(default_factory=dict)
    notes: list[dict[str, Tensor]] = field(default_factory=list)
    optimizer: dict = field(default_factory=dict)
    epoch: int = 0
    best_loss: float = float("inf")
    margin: float = 0.0
    best_epoch: int = 0
    history: list[dict] = field(default_factory=list)


def train(task: Task, schedule: Schedule, seed: int, state_file: Path) -> pd.DataFrame:
    """Train to the end; the task's network then has the kept weights, for evaluation.

    Parameters
    ----------
    task : newly made from the same seed, also where a saved state is resumed from.
    schedule : when to validate, and when to end.
    seed : of everything random in a step.
    state_file : where the state is kept (see `training_states.state_path`); states of
        other trainings in its folder are removed.

    Returns
    -------
    The history, a row per epoch: `epoch` and `step` (both counted from 1),
    `learning_rate` of the last step, `train_loss` (mean over the epoch's steps), what
    `task.validate` returns, the `seconds` that the epoch took, and whether its weights
    were `kept`, of which the last remain.

    Raises
    ------
    InputError
        Where the loss is no longer a finite number.
    """
    forget_states(state_file.parent, but=state_file)
    average = _average_of(task, schedule)
    task.teacher = task.network if average is None else average.module
    state = _resume(task, average, state_file)
    task.notes = state.notes
    for epoch in progress(range(state.epoch, schedule.max_epochs), "training"):
        waited = epoch - state.best_epoch
        if schedule.patience is not None and waited >= schedule.patience:
            log.info("no validation as good as the best for %d; ending", waited)
            break
        begun = time.monotonic()
        train_loss = _train_epoch(task, average, schedule, seed, epoch)
        last_step = (epoch + 1) * schedule.epoch_steps
        if not np.isfinite(train_loss):
            raise InputError(
                f"the training came apart in epoch {epoch + 1} (its loss is no longer a"
                " finite number); lower its `learning_rate`"
            )
        measured = _validate(task)
        row = {
            "epoch": epoch + 1,
            "step": last_step,
            "learning_rate": schedule.rate(last_step - 1),
            "train_loss": train_loss,
            **measured,
            "seconds": round(time.monotonic() - begun, 3),
        }
        numbers = (f"{name} {value:.6g}" for name, value in measured.items())
        steps.info("epoch %d: %s", epoch + 1, ", ".join(numbers).replace("_", " "))
        _update(state, task, average, row, schedule)
        _save(state, state_file)
    task.network.load_state_dict(state.best)
    task.network.eval()
    return pd.DataFrame(state.history)


def _average_of(task: Task, schedule: Schedule) -> AveragedModel | None:
    """Make the moving average of a network, running means of its layers included."""
    if schedule.average is None:
        return None
    averaging = _warming_average(schedule.average)
    return AveragedModel(task.network, multi_avg_fn=averaging, use_buffers=True)


def _warming_average(decay: float) -> Callable[[list, list, Tensor], None]:
    """Return a moving average whose decay rises to `decay`: it soon forgets the start.

    The first n steps decay by (1 + n) / (10 + n) at most, so that a short training is
    not judged by weights that have hardly moved.
    """

    def update(averages: list, weights: list, count: Tensor) -> None:
        reached = (1.0 + count.item()) / (10.0 + count.item())
        get_ema_multi_avg_fn(min(decay, reached))(averages, weights, count)

    return update


def _train_epoch(
    task: Task,
    average: AveragedModel | None,
    schedule: Schedule,
    seed: int,
    epoch: int,
) -> float:
    """Take the steps of an epoch, counted from 0; return their mean loss."""
    task.set_to_learn()
    first, total = epoch * schedule.epoch_steps, 0.0
    for step in range(first, first + schedule.epoch_steps):
        for group in task.optimizer.param_groups:
            group["lr"] = schedule.rate(step) * group.get("factor", 1.0)
        loss = task.loss(step, torch.manual_seed(seed_of_step(seed, step)))
        task.optimizer.zero_grad()
        loss.backward()
        task.optimizer.step()
        if average is not None:
            average.update_parameters(task.network)
        total += loss.item()
    return total / schedule.epoch_steps


@torch.inference_mode()
def _validate(task: Task) -> dict[str, float]:
    """Validate the teacher, and note what is to be kept of the epoch."""
    measured = task.validate(task.teacher.eval())
    if noted := task.note(task.teacher):
        task.notes.append(noted)
    return measured


def _weights(network: nn.Module) -> dict[str, Tensor]:
    """Copy the weights to the CPU."""
    stored = network.state_dict()
    return {name: tensor.detach().cpu().clone() for name, tensor in stored.items()}


def _update(
    state: State,
    task: Task,
    average: AveragedModel | None,
    row: dict,
    schedule: Schedule,
) -> None:
    """Bring the state to the end of the epoch that the row is about."""
    state.epoch, state.network = row["epoch"], _weights(task.network)
    state.optimizer = task.optimizer.state_dict()
    kept = state.network
    if average is not None:
        state.average, kept = _weights(average), _weights(average.module)
    row["kept"] = True
    if schedule.patience is not None:
        loss, margin = task.standing(row)
        row["kept"] = loss < state.best_loss + state.margin
        if loss < state.best_loss:
            state.best_loss, state.margin = loss, margin
    if row["kept"]:
        state.best, state.best_epoch = kept, state.epoch
    state.history.append(row)


def _save(state: State, state_file: Path) -> None:
    stored = io.BytesIO()
    torch.save(vars(state), stored)
    with whole_file(state_file) as partial:
        partial.write_bytes(stored.getbuffer())


def _resume(task: Task, average: AveragedModel | None, state_file: Path) -> State:
    """Return the saved state and restore the task to it, or that of a new training."""
    weights = _weights(task.network)
    new = State(network=weights, best=weights)
    if not state_file.is_file():
        return new
    try:
        stored = torch.load(state_file, map_location="cpu", weights_only=True)
        state = State(**stored)
    except Exception as error:  # torch has no one kind for a damaged file
        told = first_line(error)
        log.info("the saved state cannot be read (%s); starting again", told)
        return new
    task.network.load_state_dict(state.network)
    task.optimizer.load_state_dict(state.optimizer)
    if average is not None:
        average.load_state_dict(state.average)
    log.info("going on after epoch %d", state.epoch)
    return state


def state_key(arrays: list[np.ndarray], settings: dict, code: str) -> str:
    """Return a digest of what a training depends on, torch and its threads included.

    Parameters
    ----------
    arrays : of numbers; all that is learned from.
    settings : of the training, with its seed.
    code : digest of the code that trains.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    shapes = [array.shape for array in arrays]
    facts = [shapes, settings, code, torch.__version__, torch.get_num_threads()]
    digest.update(json.dumps(facts, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def exponential_decay(
    learning_rate: float, decay: float, decay_steps: int
) -> Callable[[int], float]:
    """Return a learning rate by step that falls to `decay` of it in `decay_steps`."""
    return lambda step: learning_rate * decay ** (step / decay_steps)


def warm_cosine(learning_rate: float, steps: int, warm: int) -> Callable[[int], float]:
    """Return a learning rate by step that rises for `warm` steps, then falls to zero.

    The fall is half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983).
    """

    def rate(step: int) -> float:
        if step < warm:
            return learning_rate * (step + 1) / warm
        done = (step - warm) / max(1, steps - warm)
        return learning_rate * (1.0 + math.cos(math.pi * min(done, 1.0))) / 2.0

    return rate


def batch_indices(count: int, batch_size: int, step: int, seed: int) -> np.ndarray:
    """Return which of `count` galaxies are in a step's batch, whatever ran before.

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
