"""What a method says of every galaxy, with probabilities that are calibrated."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from galvote.base.errors import InputError
from galvote.base.progress import log
from galvote.classes.calibration import inverse_temperature, scaled
from galvote.classes.method import CALIBRATION, Galaxies, Method, Teaching, Work
from galvote.classes.reading import Inputs, files_of, read_galaxies

FOLDS = 5
CHANCE = "p_"  # before the name of a class


@dataclass
class Answers:
    """What a method says.

    Attributes
    ----------
    table : a row a galaxy: `id`, `class`, `probability`, `p_<class>` for each class,
        `entropy` (nats).
    checks : of the labels that teach, those whose own galaxy the method did not learn
        from: `id`, `label`, `p_<class>`, before calibration and after
        (`calibrated_<class>`).
    inverse_temperature : by which logits were scaled; None where there were too few
        labels.
    seconds : that `training` on all labels that teach, and `prediction` for all
        galaxies took.
    """

    table: pd.DataFrame
    checks: pd.DataFrame
    inverse_temperature: float | None
    seconds: dict[str, float]

    def facts(self) -> dict:
        """Return what is worth noting beside the table."""
        return {
            "inverse_temperature": self.inverse_temperature,
            "calibrated_on": len(self.checks),
        }


def answers_of(
    method: Method,
    galaxies: Galaxies,
    teaching: Teaching,
    groups: np.ndarray,
    work: Work,
) -> Answers:
    """Fit a method and let it give every galaxy a class.

    Parameters
    ----------
    groups : (n,) of the labels that teach; a group stays together in a fold.
    """
    if not method.trains:
        held, unseen = _out_of_folds(method, galaxies, teaching, groups, work)
    begun = time.monotonic()
    method.fit(galaxies, teaching, work)
    fitted = time.monotonic()
    chances = method.predict(galaxies)
    seconds = {"training": fitted - begun, "prediction": time.monotonic() - fitted}
    if method.trains:
        held = np.flatnonzero(teaching.parts == CALIBRATION)
        unseen = chances[teaching.rows[held]]
    inverse = inverse_temperature(unseen, teaching.classes[held])
    if inverse is None:
        log.warning(
            "too few labels to calibrate probabilities by (%d, of %d of the classes):"
            " they are as the method gives them",
            len(held),
            len(set(teaching.classes[held])),
        )
    else:
        log.info("temperature %.2f, of %d labels", 1.0 / inverse, len(held))
    ids = galaxies.ids[teaching.rows[held]]
    labels = np.array(teaching.names)[teaching.classes[held]]
    checks = pd.DataFrame({"id": ids, "label": labels}, dtype=str)
    checks = checks.join(_columns(unseen, teaching.names, CHANCE))
    after = _columns(scaled(unseen, inverse), teaching.names, "calibrated_")
    table = table_of(galaxies.ids, scaled(chances, inverse), teaching.names)
    return Answers(table, checks.join(after), inverse, seconds)


def _out_of_folds(
    method: Method,
    galaxies: Galaxies,
    teaching: Teaching,
    groups: np.ndarray,
    work: Work,
) -> tuple[np.ndarray, np.ndarray]:
    """Return indices of labels and what the method says of them without having them.

    A label whose class no other fold has is left out.
    """
    count, classes = len(teaching.rows), teaching.classes
    number = min(FOLDS, count, len(np.unique(groups)))
    if number < 2:
        return np.zeros(0, dtype=int), np.zeros((0, len(teaching.names)))
    folds = StratifiedGroupKFold(number, shuffle=True, random_state=work.seed)
    unseen = np.zeros((count, len(teaching.names)))
    judged = np.zeros(count, dtype=bool)
    rarest = np.bincount(classes)[classes].min()
    stratified = np.zeros(count, dtype=int) if rarest < number else classes
    for learn, judge in folds.split(np.zeros(count), stratified, groups):
        part = teaching.some(learn)
        if len(np.unique(part.classes)) < 2:
            continue
        method.fit(galaxies, part, work)
        some = Galaxies(
            galaxies.ids[teaching.rows[judge]],
            {name: view[teaching.rows[judge]] for name, view in galaxies.views.items()},
        )
        unseen[judge] = method.predict(some)
        judged[judge] = np.isin(classes[judge], part.classes)
    kept = np.flatnonzero(judged)
    return kept, unseen[kept]


def table_of(ids: np.ndarray, chances: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return the table of classes of galaxies.

    Parameters
    ----------
    ids : (N,) text.
    chances : (N, n_classes), each row with the sum 1.
    names : of the classes.
    """
    best = chances.argmax(axis=1)
    logs = np.log(np.maximum(chances, np.finfo(float).tiny))
    table = pd.DataFrame(
        {
            "id": ids,
            "class": np.array(names, dtype=object)[best],
            "probability": chances.max(axis=1),
        }
    ).astype({"id": str, "class": str})
    table = table.join(_columns(chances, names, CHANCE))
    return table.assign(entropy=-(chances * logs).sum(axis=1))


def _columns(chances: np.ndarray, names: list[str], start: str) -> pd.DataFrame:
    return pd.DataFrame(chances, columns=[f"{start}{name}" for name in names])


def read_for(
    method: Method, inputs: Inputs, galaxies: str, teaching: str
) -> tuple[Galaxies, Teaching, np.ndarray]:
    """Read what a job needs: galaxies, the labels that teach, and their groups.

    Parameters
    ----------
    inputs : names and files of the views, as `files_of` takes them.
    galaxies, teaching : paths of the list of galaxies and of the labels that teach.
    """
    found = read_galaxies(method.needs(), galaxies, files_of(inputs))
    labels, groups = teaching_of(pd.read_parquet(teaching), found.ids)
    return found, labels, groups


def teaching_of(table: pd.DataFrame, ids: np.ndarray) -> tuple[Teaching, np.ndarray]:
    """Find the galaxies of the labels that teach.

    Parameters
    ----------
    table : `id`, `group`, `label`, `part`.
    ids : (N,) of the galaxies, sorted.

    Returns
    -------
    the labels, and their groups (n,).

    Raises
    ------
    InputError
        Where labels of fewer than two classes are left.
    """
    known = table[table["id"].isin(ids)].reset_index(drop=True)
    if len(known) < len(table):
        log.warning(
            "%d galaxies with labels that teach have no image or code (rejects.csv"
            " says why)",
            len(table) - len(known),
        )
    names = sorted(set(known["label"]))
    if len(names) < 2:
        raise InputError(
            f"the {len(known)} labels that teach, and have an image or code, are of"
            f" fewer than two classes ({', '.join(names) or 'none'}); let more labels"
            " teach (`classes.teach`, `compare.label_counts`)"
        )
    classes = known["label"].map({name: i for i, name in enumerate(names)})
    rows = np.searchsorted(ids, known["id"].to_numpy(dtype=str))
    parts = known["part"].to_numpy(dtype=object)
    found = Teaching(rows, classes.to_numpy(dtype=int), parts, names)
    return found, known["group"].to_numpy()
