"""Methods compared at several numbers of labels and seeds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api.typing import DataFrameGroupBy

from galvote.judging.classification import BASELINES, PROBE, Judged
from galvote.judging.classification import reliability as reliability_of
from galvote.judging.scores import accuracy_at, risk_coverage

COMPARED_BY = ("accuracy", "balanced_accuracy")
SPREAD = (*COMPARED_BY, "calibration_error")  # whose range over the seeds is given
SHARES_DRAWN = np.round(np.arange(0.05, 1.001, 0.05), 2)  # of galaxies kept
CELL = ["labels", "seed"]
TOLD_APART = 2.0  # standard errors from which a difference counts


def differences_of(judged: Judged) -> pd.DataFrame:
    """Compare each pair of methods on the same galaxies.

    Returns
    -------
    `method`, `other`, and by how much the first is better, in `accuracy` and in
    `balanced_accuracy`, each with its standard error (`_error`).
    """
    names = list(judged.said)
    right = np.array([judged.right(name) for name in names], dtype=float)
    classes = [np.flatnonzero(judged.truth == c) for c in np.unique(judged.truth)]
    rows = []
    for i, method in enumerate(names):
        for j, other in enumerate(names):
            if i == j:
                continue
            better = right[i] - right[j]
            parts = [better[inside] for inside in classes]
            errors = np.array([_error_of_mean(part) for part in parts])
            rows.append(
                {
                    "method": method,
                    "other": other,
                    "accuracy": better.mean(),
                    "accuracy_error": _error_of_mean(better),
                    "balanced_accuracy": np.mean([part.mean() for part in parts]),
                    "balanced_accuracy_error": np.sqrt((errors**2).mean() / len(parts)),
                }
            )
    return pd.DataFrame(rows)


def _error_of_mean(better: np.ndarray) -> float:
    """Return the standard error of the mean of differences -1, 0 or 1, (n,).

    As if two more galaxies had been seen, one better and one worse: of few galaxies,
    all alike, the error is not zero.
    """
    count = len(better)
    spread = ((better**2).sum() + 2.0) / (count + 2.0)
    mean = better.sum() / (count + 2.0)
    return float(np.sqrt((spread - mean**2) / count))


def joined_differences(cells: pd.DataFrame) -> pd.DataFrame:
    """Join the differences of all seeds.

    The error holds that of the galaxies, which are much the same for all seeds, and the
    scatter between seeds.

    Parameters
    ----------
    cells : from `differences_of`, with `labels` and `seed`.

    Returns
    -------
    The same columns without `seed`.
    """
    groups = cells.groupby(["labels", "method", "other"], sort=False)
    found = {}
    for measure in COMPARED_BY:
        found[measure] = groups[measure].mean()
        found[f"{measure}_error"] = _joined_error(groups, measure, f"{measure}_error")
    return pd.DataFrame(found).reset_index()


def _joined_error(groups: DataFrameGroupBy, value: str, error: str) -> pd.Series:
    """Join the errors of the galaxies and the scatter between seeds."""
    of_galaxies = groups[error].apply(lambda errors: (errors**2).mean())
    of_seeds = groups[value].var().fillna(0.0) / groups.size()
    return np.sqrt(of_galaxies + of_seeds)


def summary_of(by_seed: pd.DataFrame, differences: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each method and number of labels: means over the seeds.

    Parameters
    ----------
    by_seed : scores of each method, with `labels`, `seed`, `training_seconds` and
        `prediction_seconds`.
    differences : from `joined_differences`.

    Returns
    -------
    `method`, `labels`, `seeds` (their number), means of the scores, lowest and highest
    values of accuracies and calibration error, and by how much a method is better than
    the probe (`over_probe`) and than its twin (`over_twin`), with errors.
    """
    beside = ["set", "share", "over_probe", "over_probe_error"]
    scores = by_seed.drop(columns=beside, errors="ignore")
    groups = scores.groupby(["labels", "method"], sort=False)
    found = groups.mean().drop(columns="seed")
    found.insert(0, "seeds", groups.size())
    found["error"] = _joined_error(groups, "accuracy", "error")
    for name in SPREAD:
        found[f"{name}_low"] = groups[name].min()
        found[f"{name}_high"] = groups[name].max()
    found = found.reset_index()
    known = differences.set_index(["labels", "method", "other"])
    others = {"over_probe": PROBE, "over_twin": found["method"] + "_twin"}
    for column, other in others.items():
        pairs = found[["labels", "method"]].assign(other=other)
        rows = known.reindex(pd.MultiIndex.from_frame(pairs))
        found[column] = rows["accuracy"].to_numpy()
        found[f"{column}_error"] = rows["accuracy_error"].to_numpy()
    return found


def curves_of(cells: Mapping[tuple[int, int], Judged]) -> pd.DataFrame:
    """Return the accuracy of the surest galaxies, the mean over seeds.

    Parameters
    ----------
    cells : by number of labels and seed.

    Returns
    -------
    `labels`, `method`, `share` kept, `accuracy`.
    """
    rows = []
    for (labels, _), judged in cells.items():
        for method in judged.said:
            curve = risk_coverage(judged.right(method), judged.probability(method))
            for share in SHARES_DRAWN:
                row = {"labels": labels, "method": method, "share": share}
                rows.append(row | {"accuracy": accuracy_at(curve, share)})
    keys = ["labels", "method", "share"]
    return pd.DataFrame(rows).groupby(keys, sort=False).mean().reset_index()


def reliability_over_seeds(cells: Mapping[tuple[int, int], Judged]) -> pd.DataFrame:
    """Return the reliability of each method's probabilities, of all seeds together.

    Parameters
    ----------
    cells : by number of labels and seed.

    Returns
    -------
    `labels`, `method`, `probability`, `accuracy`, `galaxies`.
    """
    tables = []
    for labels in dict.fromkeys(count for count, _ in cells):
        mine = [judged for (count, _), judged in cells.items() if count == labels]
        for method in mine[0].said:
            if method in BASELINES:
                continue
            right = np.concatenate([judged.right(method) for judged in mine])
            chance = np.concatenate([judged.probability(method) for judged in mine])
            table = reliability_of(right, chance)
            tables.append(table.assign(labels=labels, method=method))
    return pd.concat(tables, ignore_index=True)


def best_of(
    summary: pd.DataFrame, differences: pd.DataFrame, labels: int, measure: str
) -> tuple[str, list[str], list[str]]:
    """Return the best method, those that cannot be told from it, and the others.

    The two that ignore the images are left out.

    Parameters
    ----------
    summary, differences : from `summary_of` and `joined_differences`.
    labels : number that teach.
    measure : one of `COMPARED_BY`.
    """
    rows = summary[summary["labels"] == labels].sort_values(
        [measure, "method"], ascending=[False, True]
    )
    best, *others = [name for name in rows["method"] if name not in BASELINES]
    known = differences.set_index(["labels", "method", "other"])
    alike, behind = [], []
    for other in others:
        pair = known.loc[(labels, best, other)]
        close = pair[measure] <= TOLD_APART * pair[f"{measure}_error"]
        (alike if close else behind).append(other)
    return best, alike, behind
