"""Judging clusters against labels: the one place where it is done."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.model_selection import train_test_split

from galvote.classes.estimators import STRENGTH, logistic
from galvote.vote import tally

KEPT_SHARES = (0.37, 0.53, 0.70, 0.85, 1.0)
FLOOR_DRAWS = 5
LEAST_JUDGED = 30  # galaxies; a probe judged on fewer says nothing


@dataclass
class Assignment:
    """What a method says of labelled galaxies.

    Attributes
    ----------
    method : its name in tables.
    weights : float32 (N, K), what speaks for each cluster (or class), at most 1 in
        all; a single clustering has its confidence at its own cluster.
    min_agreement : weight of the winner that the method asks for before it stands by a
        galaxy; None where it stands by all.
    least_share : of each answer that it stands by all the same, the surest.
    on_names : agreement is taken on the names of clusters; else on the clusters, as in
        the published vote.
    classes : True where the columns are the truth's classes (a classifier), False
        where they are clusters to be named by their majority.
    """

    method: str
    weights: np.ndarray
    min_agreement: float | None = None
    least_share: float = 0.0
    on_names: bool = True
    classes: bool = False


def single_weights(labels: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return the weights of a single clustering, float32 (N, K).

    Parameters
    ----------
    labels : int (N,), -1 for noise, which has no weight.
    confidence : (N,), 0..1.
    """
    weights = np.zeros((len(labels), max(labels.max(initial=0) + 1, 1)), np.float32)
    inside = np.flatnonzero(labels >= 0)
    least = np.finfo(np.float32).tiny
    weights[inside, labels[inside]] = np.maximum(confidence[inside], least)
    return weights


def purity(truth: np.ndarray, cluster: np.ndarray) -> float:
    """Return the sum over clusters of the largest class count / number of galaxies."""
    if len(truth) == 0:
        return np.nan
    return float(contingency_matrix(truth, cluster).max(axis=0).sum() / len(truth))


def name_clusters(
    truth: np.ndarray, cluster: np.ndarray, k: int, n_classes: int
) -> np.ndarray:
    """Return the most frequent class of each cluster, int (k,).

    Clusters without a galaxy take the most frequent class of all.

    Parameters
    ----------
    truth : int (n,), classes below `n_classes`.
    cluster : int (n,), below `k`; -1 counts for none.
    """
    counts = np.zeros((k, n_classes), dtype=np.int64)
    inside = cluster >= 0
    np.add.at(counts, (cluster[inside], truth[inside]), 1)
    counts[counts.sum(axis=1) == 0] = np.bincount(truth, minlength=n_classes)
    return counts.argmax(axis=1)


def learning_half(truth: np.ndarray, seed: int) -> np.ndarray:
    """Choose half of each class, from which clusters get their names; bool (N,)."""
    rng = np.random.default_rng(seed)
    learning = np.zeros(len(truth), dtype=bool)
    for label in np.unique(truth):
        members = rng.permutation(np.flatnonzero(truth == label))
        learning[members[: (len(members) + 1) // 2]] = True
    return learning


def random_floor(truth: np.ndarray, cluster: np.ndarray) -> float:
    """Return the mean purity of random clusters of the same sizes."""
    rng = np.random.default_rng(0)
    draws = [purity(truth, rng.permutation(cluster)) for _ in range(FLOOR_DRAWS)]
    return float(np.mean(draws))


def bootstrap_error(right: np.ndarray, samples: int) -> float:
    """Return the standard deviation of the share of True over bootstrap samples."""
    if len(right) == 0:
        return np.nan
    chosen = np.random.default_rng(0).integers(len(right), size=(samples, len(right)))
    return float(right[chosen].mean(axis=1).std())


def class_completeness(
    truth: np.ndarray, named: np.ndarray, n_classes: int
) -> np.ndarray:
    """Return for each class the share of its galaxies that are named so."""
    with np.errstate(invalid="ignore"):
        right = np.bincount(truth[truth == named], minlength=n_classes)
        return right / np.bincount(truth, minlength=n_classes)


def risk_coverage(right: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return the accuracy of the n surest galaxies, n = 1 .. N.

    Galaxies of one confidence count with their mean, so that their order is no matter.
    """
    key = np.where(np.isnan(confidence), -np.inf, confidence)
    _, group = np.unique(-key, return_inverse=True)
    sums = np.bincount(group, weights=right)
    sizes = np.bincount(group)
    order = np.argsort(group, kind="stable")
    mean = (sums / sizes)[group[order]]
    return np.cumsum(mean) / np.arange(1, len(right) + 1)


def accuracy_at(curve: np.ndarray, share: float) -> float:
    """Read a risk-coverage curve at a share of the galaxies."""
    return float(curve[max(1, round(share * len(curve))) - 1])


@dataclass
class Named:
    """Classes that a method gives to galaxies, by the names of its clusters.

    Attributes
    ----------
    predicted : int (N,), class, -1 for none.
    agreement : (N,), weight of the winner.
    order : (N,), the surest first: those of each class that `least_share` keeps, then
        by agreement.
    voted : bool (N,), the galaxies that the method stands by.
    """

    predicted: np.ndarray
    agreement: np.ndarray
    order: np.ndarray
    voted: np.ndarray


def by_names(said: Assignment, names: np.ndarray) -> Named:
    """Turn what a method says of clusters into classes.

    Parameters
    ----------
    said : of N galaxies, with K clusters.
    names : int (K,), class of each cluster.
    """
    given = [str(name) for name in names] if said.on_names else None
    counted = tally.tally(said.weights, given)
    agreement = counted.agreement.astype(np.float64)
    kept = tally.least_agreements(counted, np.inf, said.least_share)
    order = agreement + (agreement >= kept[counted.answer])
    voted = np.ones(len(agreement), dtype=bool)
    if said.min_agreement is not None:
        asked = said.min_agreement, said.least_share
        voted = tally.is_voted(tally.hold_vote(said.weights, *asked, given)[1])
    predicted = np.where(counted.answer >= 0, names[counted.cluster], -1)
    return Named(predicted, agreement, order, voted)


def score(
    truth: np.ndarray,
    said: Assignment,
    classes: list[str],
    samples: int,
    learning: np.ndarray,
) -> tuple[list[dict], np.ndarray]:
    """Score a method on all galaxies, and on the voted and the others apart.

    Clusters are named by their majority in one half of the labelled galaxies, and the
    other half is judged; a classifier is judged on all galaxies given.

    Parameters
    ----------
    truth : int (N,), index into `classes`.
    samples : bootstrap samples behind `error`.
    learning : bool (N,), the half that gives the names.

    Returns
    -------
    One dict a set: `method`, `set`, `galaxies`, `share`; `purity` (majority of each
    cluster in the set itself), `random_floor`, `ami`, `ari`; of the judged half
    `accuracy`, `error`, `balanced_accuracy`, `completeness_<class>`, and of the voted
    `kept_<class>`; for all also `accuracy_at_<share>` and `area`. And the accuracy of
    the surest n galaxies of the judged half, n = 1 ...
    """
    n_classes, k = len(classes), said.weights.shape[1]
    cluster = tally.winners(said.weights)
    names, judged = np.arange(k), np.ones(len(truth), dtype=bool)
    if not said.classes:
        names = name_clusters(truth[learning], cluster[learning], k, n_classes)
        judged = ~learning
    named = by_names(said, names)
    right = named.predicted == truth
    sets = {"all": np.ones(len(truth), dtype=bool)}
    if said.min_agreement is not None:
        sets |= {"voted": named.voted, "rest": ~named.voted}
    curve = risk_coverage(right[judged], named.order[judged])
    rows = []
    for name, chosen in sets.items():
        if not chosen.any():
            continue
        inside = chosen & judged
        shares = class_completeness(truth[inside], named.predicted[inside], n_classes)
        row = {
            "method": said.method,
            "set": name,
            "galaxies": int(chosen.sum()),
            "share": float(chosen.mean()),
            "purity": purity(truth[chosen], cluster[chosen]),
            "random_floor": random_floor(truth[chosen], cluster[chosen]),
            "ami": adjusted_mutual_info_score(truth[chosen], cluster[chosen]),
            "ari": adjusted_rand_score(truth[chosen], cluster[chosen]),
            "accuracy": float(right[inside].mean()) if inside.any() else np.nan,
            "error": bootstrap_error(right[inside], samples),
            "balanced_accuracy": mean_known(shares),
        }
        row |= {f"completeness_{c}": s for c, s in zip(classes, shares, strict=True)}
        if name == "voted":
            with np.errstate(invalid="ignore"):
                kept = np.bincount(truth[inside], minlength=n_classes) / np.bincount(
                    truth[judged], minlength=n_classes
                )
            row |= {f"kept_{c}": s for c, s in zip(classes, kept, strict=True)}
        if name == "all" and len(curve):
            row |= {f"accuracy_at_{s:.2f}": accuracy_at(curve, s) for s in KEPT_SHARES}
            row["area"] = float(curve.mean())
        rows.append(row)
    return rows, curve


def mean_known(values: np.ndarray) -> float:
    """Return the mean of what is not NaN, NaN of nothing."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def logistic_probe(
    points: np.ndarray, truth: np.ndarray, n_labels: int, seed: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Learn the classes from single labels and predict the other galaxies.

    Parameters
    ----------
    points : (N, n_dimensions).
    truth : int (N,).
    n_labels : galaxies whose label is used, drawn in proportion to the classes.
    seed : of the draw.

    Returns
    -------
    indices of the other galaxies and the probabilities of their classes, float32
    (n, n_classes); None where there are too few galaxies or too rare a class for such
    a draw.
    """
    n_classes = len(np.unique(truth))
    rarest = np.bincount(truth)[np.unique(truth)].min()
    judged = len(truth) - n_labels
    few = n_labels < n_classes or judged < max(n_classes, LEAST_JUDGED)
    if n_classes < 2 or rarest < 2 or few:
        return None
    learn, judge = train_test_split(
        np.arange(len(truth)), train_size=n_labels, stratify=truth, random_state=seed
    )
    if len(np.unique(truth[learn])) < 2:
        return None
    model = logistic(STRENGTH)
    model.fit(points[learn], truth[learn])
    chances = np.zeros((len(judge), truth.max() + 1), dtype=np.float32)
    chances[:, model.classes_] = model.predict_proba(points[judge])
    return judge, chances


def median_over_seeds(rows: list[dict]) -> pd.DataFrame:
    """Return the median of each method and set over seeds, and purity's range.

    Parameters
    ----------
    rows : dicts of `score` of all seeds; a method keeps the place where it came first.
    """
    table = pd.DataFrame(rows)
    groups = table.groupby(["method", "set"], sort=False)
    summary = groups.median(numeric_only=True)
    after = summary.columns.get_loc("purity") + 1
    summary.insert(after, "purity_lowest", groups["purity"].min())
    summary.insert(after + 1, "purity_highest", groups["purity"].max())
    return summary.reset_index()
