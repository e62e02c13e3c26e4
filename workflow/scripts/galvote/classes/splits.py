"""Which labels teach and which judge, and a test that nothing is on both sides.

Whether a label teaches is decided by the galaxy's id, the seed and the labels that
teach themselves; no other label has a say, so that a corrected label of a galaxy that
judges trains nothing again.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.classes.method import CALIBRATION, TRAIN, VALIDATION

TEST = "test"
ASIDE = "aside"  # labelled, but the same object as a galaxy that teaches
TEACH = "config key `classes.teach`"
# of every ten labels of a class, the surest split that few labels allow
PATTERN = (*[TRAIN] * 3, VALIDATION, *[TRAIN] * 2, CALIBRATION, *[TRAIN] * 3)
MOST_CLASSES = 50


def places_in_draw(ids: np.ndarray, seed: int) -> np.ndarray:
    """Return a number in 0..1 for each id (n,), whatever other ids there are."""
    digests = (hashlib.sha256(f"{seed} {id_}".encode()).digest()[:8] for id_ in ids)
    return np.array([int.from_bytes(digest) / 2.0**64 for digest in digests])


def draw_teaching(
    labels: pd.Series,
    teach: int | float | Mapping[str, int],
    per_class: bool,
    seed: int,
    place: str = TEACH,
) -> pd.DataFrame:
    """Draw the labels that teach, and what each is for.

    Parameters
    ----------
    labels : text, indexed by id.
    teach : a number of labels, a share of them (a float), or a number for each class.
    per_class : a number of labels holds for each class.
    seed : of the draw.
    place : in the config, where `teach` is said.

    Returns
    -------
    `id`, `label` and `part`, sorted by id.

    Raises
    ------
    InputError
        Where fewer than two classes would teach, or a class has too few labels.
    """
    table = pd.DataFrame({"id": labels.index, "label": labels.to_numpy()}, dtype=str)
    table["place"] = places_in_draw(table["id"].to_numpy(), seed)
    table = table.sort_values("place", ignore_index=True)
    if per_class and isinstance(teach, int):
        teach = dict.fromkeys(sorted(set(table["label"])), teach)
    if isinstance(teach, Mapping):
        drawn = table[_of_classes(table, teach)]
    elif isinstance(teach, float):
        drawn = table[table["place"] < teach]
    else:
        drawn = table.head(teach)
    known = table["label"].drop_duplicates().sort_values().tolist()
    if len(known) > MOST_CLASSES:
        raise InputError(
            f"the labels are of {len(known)} classes ({known[0]}, {known[1]}...); join"
            f" them to {MOST_CLASSES} at most, or name another column"
        )
    if drawn["label"].nunique() < 2:
        classes = ", ".join(sorted(set(drawn["label"]))) or "none"
        raise InputError(
            f"{place}: the {len(drawn)} labels that teach are of fewer"
            f" than two classes ({classes}); let more labels teach, or label more"
            " galaxies"
        )
    turn = drawn.groupby("label").cumcount() % len(PATTERN)
    drawn = drawn.assign(part=np.array(PATTERN)[turn])
    return drawn.drop(columns="place").sort_values("id", ignore_index=True)


def _of_classes(table: pd.DataFrame, teach: Mapping[str, int]) -> pd.Series:
    """Tell which rows, in the order of the draw, teach when each class has a number."""
    counts = table["label"].value_counts()
    for name, wanted in teach.items():
        if counts.get(name, 0) < wanted:
            known = ", ".join(f"{label} {n}" for label, n in counts.items())
            raise InputError(
                f"{TEACH} asks for {wanted} labels of the class {name};"
                f" there are: {known or 'none'}"
            )
    wanted = table["label"].map(dict(teach)).fillna(0)
    return table.groupby("label").cumcount() < wanted


def join_groups(teaching: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Keep the labels of galaxies that are there; a group is all for one part.

    Parameters
    ----------
    teaching : from `draw_teaching`.
    groups : of every galaxy of the run, indexed by id.

    Returns
    -------
    `id`, `group`, `label`, `part`.
    """
    kept = teaching[teaching["id"].isin(groups.index)].copy()
    kept["group"] = groups.loc[kept["id"]].to_numpy()
    kept["part"] = kept.groupby("group")["part"].transform("first")
    return kept[["id", "group", "label", "part"]].reset_index(drop=True)


def split(teaching: pd.DataFrame, labels: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Say of every labelled galaxy whether it teaches or judges.

    Parameters
    ----------
    teaching : from `join_groups`.
    labels : of all labelled galaxies, indexed by id.
    groups : of every galaxy of the run, indexed by id.

    Returns
    -------
    `id`, `group`, `part` (train, validation, calibration, test, or aside: the same
    object as a galaxy that teaches), sorted by id.
    """
    others = labels.index[labels.index.isin(groups.index)].difference(teaching["id"])
    judging = pd.DataFrame({"id": others, "group": groups.loc[others].to_numpy()})
    taught = judging["group"].isin(teaching["group"])
    judging["part"] = np.where(taught, ASIDE, TEST)
    both = pd.concat([teaching[["id", "group", "part"]], judging])
    return both.sort_values("id", ignore_index=True)


def refuse_leaks(parts: pd.DataFrame, groups: pd.Series) -> None:
    """Refuse a split in which an object is on both sides.

    Parameters
    ----------
    parts : `id` and `part`; a galaxy may be there more than once, as augmented copies.
    groups : from `groups.groups_of`, of the galaxies, indexed by id.

    Raises
    ------
    InputError
        That names two galaxies that are one object.
    """
    known = parts[parts["part"] != ASIDE]
    tested = known["part"] == TEST
    groups_of_id = groups.loc[known["id"]].to_numpy()
    shared = np.intersect1d(groups_of_id[tested], groups_of_id[~tested])
    if len(shared) == 0:
        return
    inside = groups_of_id == shared[0]
    judged = known["id"][inside & tested].iloc[0]
    taught = known["id"][inside & ~tested].iloc[0]
    raise InputError(
        f"{taught} teaches and {judged} judges, but they are one object;"
        f" {len(shared)} objects are on both sides of this split, of which no score"
        " can be believed"
    )
