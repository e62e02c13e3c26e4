"""A network trained on labelled cutouts, and what it then says of all galaxies."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from galvote.base.errors import InputError
from galvote.base.progress import log
from galvote.classes.method import Trained, Work
from galvote.classes.pictures import Pictures
from galvote.classes.supervised import Labelled, Supervised, outputs_of_all
from galvote.networks.last_layer import LastLayer
from galvote.networks.pretrained import RANDOM_WEIGHTS, load_encoder
from galvote.networks.small_network import SmallNetwork
from galvote.networks.training import Schedule, state_key, train, warm_cosine
from galvote.networks.training_states import state_path

MOMENTUM = 0.9
WARM_SHARE = 0.1  # of the steps


class Tuned:
    """A network that was trained on labelled cutouts.

    Parameters
    ----------
    network : gives logits (n, n_classes).
    facts : how it is built, its preprocessing and classes.
    history : of its training.
    device : of torch.
    notes : of each epoch of the training.
    """

    def __init__(
        self,
        network: nn.Module,
        facts: dict,
        history: pd.DataFrame,
        device: str,
        notes: Sequence[dict[str, Tensor]] = (),
    ) -> None:
        self.network, self.facts = network.eval(), facts
        self.history, self.device, self.notes = history, device, notes

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return what the last layer takes, float32 (N, n_features), of images."""
        prepare = pictures_of(images, self.facts, self.device)
        if isinstance(self.network, nn.Sequential):
            body = self.network[0]
        else:
            small = self.network
            body = nn.Sequential(small.features, small.classifier[:-1])
        return outputs_of_all(body, prepare, len(images), turned=False).numpy()

    def chances(self, images: np.ndarray) -> np.ndarray:
        """Return probabilities (N, n_classes) of images, uint8 (N, ny, nx, n_channels).

        Where training turned images, the mean of the logits over quarter turns and
        mirror images decides.
        """
        prepare = pictures_of(images, self.facts, self.device)
        turned = self.facts["augment"] != "none"
        logits = outputs_of_all(self.network, prepare, len(images), turned)
        return torch.softmax(logits.double(), dim=1).numpy()

    def kept(self) -> Trained:
        """Return what is kept of the network."""
        tensors = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in self.network.state_dict().items()
        }
        return Trained(tensors, self.facts, self.history)


def fine_tune(
    images: np.ndarray,
    learn: Labelled,
    validate: Labelled,
    names: list[str],
    settings: dict,
    work: Work,
    task_of: Callable[..., Supervised] = Supervised,
) -> Tuned:
    """Train a network on labelled cutouts, or go on with an interrupted training.

    Parameters
    ----------
    images : uint8 (N, ny, nx, n_channels), of all galaxies.
    learn, validate : rows and classes of labelled ones.
    names : of the classes.
    settings : of `classes.network.FineTuned`.
    work : seed, device, folder, and the pretrained weights.
    task_of : makes the task, of what `Supervised` is made of.
    """
    network, facts = build(settings, images.shape[3], names, work)
    network.to(work.device, memory_format=torch.channels_last)
    prepare = pictures_of(images, facts, work.device)
    task = task_of(
        network,
        optimizer_of(network, settings),
        prepare,
        learn,
        validate,
        settings | {"seed": work.seed},
    )
    task.keeps_norms = settings["keep_norms"] and is_pretrained(facts)
    steps = settings["epoch_steps"] * settings["max_epochs"]
    rate = warm_cosine(
        settings["learning_rate"], steps, max(1, round(WARM_SHARE * steps))
    )
    schedule = Schedule(
        settings["epoch_steps"],
        settings["max_epochs"],
        settings["patience"],
        rate,
        settings["average"],
    )
    log.info("learning from %d galaxies, device %s", len(learn[0]), work.device)
    facts_of_state = {"settings": settings, "seed": work.seed, "start": facts}
    arrays = [images, *learn, *validate]
    key = state_key(arrays, facts_of_state, work.code)
    history = train(task, schedule, work.seed, state_path(work.folder, key))
    return Tuned(network, facts, history, work.device, task.notes)


def build(
    settings: dict, channels: int, names: list[str], work: Work
) -> tuple[nn.Module, dict]:
    """Build the network, and say how it is built and its images are prepared."""
    facts = {key: settings[key] for key in ("input_size", "augment", "whiten")}
    facts |= {"architecture": settings["architecture"], "classes": names}
    torch.manual_seed(work.seed)
    if work.start is None:
        sizes = channels, settings["input_size"], len(names)
        network = SmallNetwork(*sizes, settings["dropout"])
        half = [0.5] * channels
        return network, facts | {"mean": half, "std": half}
    body, described = encoder_for(settings, work)
    torch.manual_seed(work.seed)
    head = LastLayer(described["n_features"], len(names), settings["dropout"])
    facts |= {key: described[key] for key in ("origin", "sha256", "mean", "std")}
    facts["architecture"] = described["architecture"]
    return nn.Sequential(body, head), facts


def encoder_for(
    settings: dict, work: Work, untrained: bool = False
) -> tuple[nn.Module, dict]:
    """Load the encoder that a training starts from, and its description.

    Raises
    ------
    InputError
        Where it takes no images of `settings["input_size"]`.
    """
    body, described = load_encoder(*work.start, untrained)
    if untrained:
        described = described | {"origin": f"{RANDOM_WEIGHTS} of {described['origin']}"}
    if not is_pretrained(described):
        log.warning("the network starts from random weights")
    size = described["input_size"]
    if described["fixed_input_size"] and settings["input_size"] != size:
        raise InputError(
            f"config key `classes.<method>.input_size` is {settings['input_size']} but"
            f" {described['origin']} takes {size} px only"
        )
    return body, described


def is_pretrained(facts: dict) -> bool:
    """Tell whether a network starts from weights that were learned, by its `origin`."""
    origin = facts.get("origin")
    return origin is not None and not origin.startswith(RANDOM_WEIGHTS)


def optimizer_of(network: nn.Module, settings: dict) -> torch.optim.Optimizer:
    """Make the optimizer; pretrained layers learn more slowly than the new one."""
    groups = [{"params": list(network.parameters())}]
    if isinstance(network, nn.Sequential):
        body, head = network
        factor = settings["body_factor"]
        groups = [
            {"params": list(body.parameters()), "factor": factor},
            {"params": list(head.parameters())},
        ]
    if settings["optimizer"] == "sgd":
        return torch.optim.SGD(groups, lr=0.0, momentum=MOMENTUM)
    return torch.optim.AdamW(groups, weight_decay=settings["weight_decay"])


def pictures_of(images: np.ndarray, facts: dict, device: str) -> Pictures:
    """Prepare images as a network wants them."""
    keys = ("mean", "std", "whiten")
    return Pictures(images, facts["input_size"], *(facts[key] for key in keys), device)
