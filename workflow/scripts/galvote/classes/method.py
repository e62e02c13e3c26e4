"""What a method that gives galaxies classes is, and what it is given.

A new method is a class below `Method` in a module of its own, and a line in
`registry.METHODS`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from galvote.base.settings import Section

TRAIN, VALIDATION, CALIBRATION = "train", "validation", "calibration"


@dataclass
class Galaxies:
    """Galaxies and what a method may look at.

    Attributes
    ----------
    ids : (N,) text, sorted.
    views : by the names in `Method.needs`, arrays whose rows are the galaxies.
        `codes`: float64 (N, n_dimensions), as they are clustered; `hand_made`: float64
        (N, 8), of unit variance; `latents`: float32 (N, n_latents); `moco` and
        `deepcluster`: features of adapted encoders, float32 (N, n_features);
        `cutouts`: uint8 (N, ny, nx, n_channels); `memberships`: float (N, K), zero for
        galaxies that are not clustered; `votes`: int (N,), the cluster that a galaxy is
        voted into, -1 for none.
    """

    ids: np.ndarray
    views: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Teaching:
    """The labels that teach.

    Attributes
    ----------
    rows : int (n,), which galaxies.
    classes : int (n,), index into `names`.
    parts : text (n,), one of `TRAIN`, `VALIDATION`, `CALIBRATION`.
    names : of the classes, sorted.
    """

    rows: np.ndarray
    classes: np.ndarray
    parts: np.ndarray
    names: list[str]

    def of(self, *parts: str) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and classes of some parts."""
        inside = np.isin(self.parts, parts)
        return self.rows[inside], self.classes[inside]

    def some(self, kept: np.ndarray) -> "Teaching":
        """Return some of the labels, by indices or by bool (n,)."""
        chosen = self.rows[kept], self.classes[kept], self.parts[kept]
        return Teaching(*chosen, self.names)

    def shares(self) -> np.ndarray:
        """Return the share of each class, (n_classes,); zeros where there are none."""
        counts = np.bincount(self.classes, minlength=len(self.names))
        return counts / max(len(self.classes), 1)


@dataclass
class Work:
    """Where and how a method is fitted.

    Attributes
    ----------
    seed : of everything random.
    device : of torch, for methods that train a network.
    folder : where a training keeps its state.
    code : digest of the code, so that a state of other code is not gone on with.
    start : files of a pretrained network, weights and description, if there are any.
    """

    seed: int = 0
    device: str = "cpu"
    folder: Path = Path()
    code: str = ""
    start: tuple[str, str] | None = None


@dataclass
class Trained:
    """What is kept of a network.

    Attributes
    ----------
    tensors : weights by name.
    facts : how it is built and was trained.
    history : a row per epoch.
    guesses : of a method that guesses classes in training: `epoch`, `id`, `class`,
        `probability` of galaxies without a label.
    """

    tensors: dict
    facts: dict
    history: pd.DataFrame = field(repr=False)
    guesses: pd.DataFrame | None = field(default=None, repr=False)


class Method(Section):
    """Settings of a method; it learns from labels and gives every galaxy a class.

    Attributes
    ----------
    trains : whether a network is trained, on a GPU where there is one. Such a method
        keeps labels back to end its training early (`VALIDATION`) and to calibrate its
        probabilities (`CALIBRATION`); any other learns from all labels, and is
        calibrated on predictions of parts that it did not learn from.
    adapts : whether an encoder is adapted to all galaxies first, without labels; the
        method then looks at its features.
    keeps_features : whether what its last layer takes is kept, too, and its guesses.
    guesses : whether it guesses the classes of galaxies without a label in training.
    settings_of : another method, by whose section of the config this one is set.
    ignores : keys of that section that make no difference to it.
    """

    trains: ClassVar[bool] = False
    adapts: ClassVar[bool] = False
    keeps_features: ClassVar[bool] = False
    guesses: ClassVar[bool] = False
    settings_of: ClassVar[str | None] = None
    ignores: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[str, ...]:
        """Return the names of the `views` that the method looks at."""
        raise NotImplementedError

    def fit(self, galaxies: Galaxies, teaching: Teaching, work: Work) -> None:
        """Learn from the labels of some galaxies, and from all galaxies without."""
        raise NotImplementedError

    def predict(self, galaxies: Galaxies) -> np.ndarray:
        """Return probabilities (N, n_classes), one at most in a row."""
        raise NotImplementedError

    def trained(self) -> Trained:
        """Return what is kept of the network, of a method that trains one."""
        raise NotImplementedError

    def features(self) -> np.ndarray:
        """Return what the last layer takes, float32 (N, n_features), of all galaxies.

        Of a method that keeps its features.
        """
        raise NotImplementedError


class NetworkMethod(Method):
    """Settings of a method that trains a network on one view.

    Attributes
    ----------
    view : that the network looks at.
    """

    trains = True
    view: ClassVar[str]
    _found: Any = None

    def needs(self) -> tuple[str, ...]:
        """Return the one view."""
        return (self.view,)

    def predict(self, galaxies: Galaxies) -> np.ndarray:
        """Return probabilities."""
        return self._found.chances(galaxies.views[self.view])

    def trained(self) -> Trained:
        """Return weights, how they were made, and the history of the training."""
        return self._found.kept()


def method_of(place: str, settings: dict) -> Method:
    """Make a method by its module and class, `module:Class`, and its settings.

    Jobs do not import the registry, so that a new method makes no other run again.
    """
    return resolve_name(place)(**settings)
