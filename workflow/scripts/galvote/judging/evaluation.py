"""All methods of a run judged against true classes, over several seeds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.progress import progress
from galvote.judging import methods, scores
from galvote.judging.methods import Clusterings
from galvote.vote.tally import SOFT_VOTE

PROBES = [f"logistic probe, {n} labels" for n in (20, 100)]


@dataclass
class Truth:
    """True classes of clustered galaxies.

    Attributes
    ----------
    known : indices of the labelled galaxies among the clustered ones, (n,).
    ids : of the labelled galaxies, (n,).
    classes : int (n,), index into `names`.
    names : of the classes, sorted.
    """

    known: np.ndarray
    ids: np.ndarray
    classes: np.ndarray
    names: list[str]


def truth_of(ids: np.ndarray, labels: pd.Series) -> Truth:
    """Find the true classes of clustered galaxies.

    Parameters
    ----------
    ids : of the clustered galaxies, (N,).
    labels : true classes, indexed by id.

    Raises
    ------
    InputError
        Where there are too few to name clusters with one half and judge the other.
    """
    known = np.flatnonzero(np.isin(ids, labels.index))
    if len(known) == 0:
        raise InputError(
            "none of the clustered galaxies has a label; fill in the column"
        )
    classes, names = pd.factorize(labels.loc[ids[known]], sort=True)
    if np.bincount(classes).max() < 2:
        raise InputError(
            "no class has two labelled galaxies, of which one can name clusters and the"
            " other be judged; label more, or leave out `label_column`"
        )
    return Truth(known, ids[known], classes, names.tolist())


def judge_methods(
    points: np.ndarray,
    by_hand: np.ndarray,
    truth: Truth,
    own: Clusterings,
    settings: dict,
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Score the run's clusterings and votes, and the baselines, with each seed.

    Parameters
    ----------
    points : (N, n_dimensions), of the clustered galaxies.
    by_hand : (n, 8), hand-made numbers of the labelled galaxies.
    own : the run's clusterings, (N,).
    settings : section `evaluation` of the config, clusterings and votes.

    Returns
    -------
    a row for each seed, method and set of `scores.score`; and for some methods the
    accuracy against the `share` kept, with the first seed.
    """
    shown = {SOFT_VOTE, methods.PUBLISHED, settings["reference"], *PROBES}
    shown |= {"co-association", "eight hand-made numbers"}
    rows: list[dict] = []
    curves: dict[str, pd.DataFrame] = {}
    everyone = np.arange(len(truth.known))

    def judge(seed: int, chosen: np.ndarray, method: scores.Assignment) -> None:
        learning = scores.learning_half(truth.classes, seed)[chosen]
        found, curve = scores.score(
            truth.classes[chosen], method, truth.names, settings["bootstrap"], learning
        )
        rows.extend({"seed": seed, **row} for row in found)
        if method.method in shown and method.method not in curves and len(curve):
            share = np.arange(1, len(curve) + 1) / len(curve)
            curves[method.method] = pd.DataFrame({"share": share, "accuracy": curve})

    for seed in progress(settings["seeds"], "judging"):
        again = methods.refit(points, settings, seed, own)
        for method in methods.assignments(points, again, settings, seed, truth.known):
            judge(seed, everyone, method)
        for name, other in methods.other_clusterings(points, settings, seed).items():
            judge(seed, everyone, methods.single(name, other, truth.known))
        for chosen, method in methods.baselines(
            points[truth.known], by_hand, truth.classes, settings, seed
        ):
            judge(seed, chosen, method)
    return pd.DataFrame(rows), curves
