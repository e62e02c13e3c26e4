"""Judging clusters against labels: the one place where it is done."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SHARES = (0.37, 0.53, 0.70, 0.85, 1.0)
FLOOR_DRAWS = 5
LEAST_JUDGED = 30  # galaxies; a probe judged on fewer says nothing


@dataclass
class Assignment:
    """What a method says of labelled galaxies.

    Attributes
    ----------
    method : its name in tables.
    cluster : int (N,), its cluster for every galaxy.
    confidence : (N,), larger is surer; orders the galaxies, NaN comes last.
    voted : bool (N,), the galaxies it stands by; all for a single clustering.
    classes : True where clusters are the truth's class numbers (a classifier), False
        where they are to be named by their majority.
    """

    method: str
    cluster: np.ndarray
    confidence: np.ndarray
    voted: np.ndarray
    classes: bool = False


def purity(truth: np.ndarray, cluster: np.ndarray) -> float:
    """Return the sum over clusters of the largest class count / number of galaxies."""
    if len(truth) == 0:
        return np.nan
    return float(contingency_matrix(truth, cluster).max(axis=0).sum() / len(truth))


def name_by_majority(truth: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return for each galaxy the most frequent class of its cluster (int, (N,))."""
    if len(truth) == 0:
        return truth
    clusters, index = np.unique(cluster, return_inverse=True)
    counts = np.zeros((len(clusters), truth.max() + 1), dtype=np.int64)
    np.add.at(counts, (index, truth), 1)
    return counts.argmax(axis=1)[index]


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


def completeness(truth: np.ndarray, named: np.ndarray, n_classes: int) -> np.ndarray:
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


def score(
    truth: np.ndarray, assignment: Assignment, classes: list[str], samples: int
) -> list[dict]:
    """Score a method on all galaxies, and on the voted and the others apart.

    Parameters
    ----------
    truth : int (N,), index into `classes`.
    samples : bootstrap samples behind `error`.

    Returns
    -------
    One dict a set: `method`, `set`, `galaxies`, `share`, `purity` (for a classifier
    its accuracy), `error`, `random_floor`, `balanced_accuracy`, `ami`, `ari`,
    `completeness_<class>`; for all also `accuracy_at_<share>` and `area`.
    """
    everything = np.ones(len(truth), dtype=bool)
    sets = {"all": everything}
    if not assignment.voted.all():
        sets |= {"voted": assignment.voted, "rest": ~assignment.voted}
    rows = []
    for name, chosen in sets.items():
        if not chosen.any():
            continue
        true, cluster = truth[chosen], assignment.cluster[chosen]
        named = cluster if assignment.classes else name_by_majority(true, cluster)
        right = named == true
        shares = completeness(true, named, len(classes))
        row = {
            "method": assignment.method,
            "set": name,
            "galaxies": int(chosen.sum()),
            "share": float(chosen.mean()),
            "purity": float(right.mean()),
            "error": bootstrap_error(right, samples),
            "random_floor": random_floor(true, cluster),
            "balanced_accuracy": float(np.nanmean(shares)),
            "ami": adjusted_mutual_info_score(true, cluster),
            "ari": adjusted_rand_score(true, cluster),
        }
        row |= {f"completeness_{c}": s for c, s in zip(classes, shares, strict=True)}
        if name == "all":
            curve = risk_coverage(right, assignment.confidence)
            row |= {f"accuracy_at_{s:.2f}": accuracy_at(curve, s) for s in SHARES}
            row["area"] = float(curve.mean())
        rows.append(row)
    return rows


def logistic_probe(
    points: np.ndarray, truth: np.ndarray, n_labels: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Learn the classes from single labels and predict the other galaxies.

    Parameters
    ----------
    points : (N, n_dimensions).
    truth : int (N,).
    n_labels : galaxies whose label is used, drawn in proportion to the classes.
    seed : of the draw.

    Returns
    -------
    indices of the other galaxies, their predicted class and its probability; None
    where there are too few galaxies or too rare a class for such a draw.
    """
    n_classes = len(np.unique(truth))
    rarest = np.bincount(truth)[np.unique(truth)].min()
    judged = len(truth) - n_labels
    if n_classes < 2 or rarest < 2 or n_labels < n_classes or judged < LEAST_JUDGED:
        return None
    learn, judge = train_test_split(
        np.arange(len(truth)), train_size=n_labels, stratify=truth, random_state=seed
    )
    if len(np.unique(truth[learn])) < 2:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, C=0.1))
    model.fit(points[learn], truth[learn])
    chances = model.predict_proba(points[judge])
    return judge, model.classes_[chances.argmax(axis=1)], chances.max(axis=1)


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
