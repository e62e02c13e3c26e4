"""How stable clusterings and vote are: models of two halves of the galaxies."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from galvote.base.progress import progress
from galvote.clusters.fitting import cluster
from galvote.clusters.means import cluster_means, margins, nearest_means
from galvote.vote.matching import ABSTAINS
from galvote.vote.tally import SOFT_VOTE, decide, is_voted, least_agreements, tally
from galvote.vote.voters import fit_voters

REPEATS = 5


def _said(
    points: np.ndarray, third: np.ndarray, settings: dict, seed: int
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield method, labels and confidence (NaN: not voted) that a half gives others.

    Parameters
    ----------
    points : (n, n_dimensions), of the half.
    third : (m, n_dimensions), of the others.
    """
    for name in settings["models"]:
        model = settings[name]
        found = cluster(name, points, settings["k"], seed, model, settings["limits"])
        labels = nearest_means(third, points, found.labels)
        _, means = cluster_means(points, found.labels)
        yield name, labels, margins(third, means)
        if name == settings["reference"]:
            reference = found.labels
    voters, memberships = fit_voters(
        points, reference, settings["soft"], seed, settings["workers"]
    )
    asked = settings["min_agreement"], settings["least_share"]
    least = least_agreements(tally(memberships), *asked)
    counted = tally(voters.ask(third))
    voted = is_voted(decide(counted, least, asked[0]))
    labels = np.where(counted.answer >= 0, counted.cluster, ABSTAINS)
    yield SOFT_VOTE, labels, np.where(voted, counted.agreement, np.nan)


def _agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index, NaN where nothing is clustered."""
    if len(one) < 2 or (one < 0).all() or (other < 0).all():
        return np.nan
    return adjusted_rand_score(one, other)


def stability_table(points: np.ndarray, settings: dict, seed: int) -> pd.DataFrame:
    """Measure the agreement of models of two disjoint halves on a third part.

    Parameters
    ----------
    points : (N, n_dimensions).
    settings : of the clusterings and of the vote.
    seed : of the parts and the models.

    Returns
    -------
    `method`; `ari`, adjusted Rand index of all galaxies of the third part; `share` that
    both halves vote; `ari_voted`, of those (for a single clustering: of as many, the
    surest of both); their lowest and highest of the repeats; `galaxies` in the third
    part. NaN where nothing was clustered or voted; empty where a part has fewer
    galaxies than clusters.
    """
    rng = np.random.default_rng(seed)
    size = min(len(points) // 3, settings["soft"]["bag_size"])
    rows = []
    if size <= settings["k"]:
        return pd.DataFrame(columns=["method", "ari", "share", "ari_voted"])
    for repeat in progress(range(REPEATS), "halves"):
        order = rng.permutation(len(points))
        one, two, third = (points[order[i * size : (i + 1) * size]] for i in range(3))
        both = [
            list(_said(half, third, settings, seed + repeat)) for half in (one, two)
        ]
        both_voted = ~np.isnan(both[0][-1][2] + both[1][-1][2])
        for (name, mine, surely), (_, theirs, surely_too) in zip(*both, strict=True):
            if name == SOFT_VOTE:
                kept = both_voted
            else:
                least = np.nan_to_num(np.minimum(surely, surely_too))
                kept = np.argsort(-least, kind="stable")[: both_voted.sum()]
            row = {"method": name, "ari": _agreement(mine, theirs)}
            row["ari_voted"] = _agreement(mine[kept], theirs[kept])
            rows.append(row | {"share": both_voted.mean(), "galaxies": size})
    groups = pd.DataFrame(rows).groupby("method", sort=False)
    table = groups.median()
    table["ari_voted_lowest"] = groups["ari_voted"].min()
    table["ari_voted_highest"] = groups["ari_voted"].max()
    return table.reset_index()
