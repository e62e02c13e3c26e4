"""Methods that give galaxies classes, judged on labels that did not teach."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import auc, roc_curve

from galvote.base.errors import InputError
from galvote.classes.splits import TEST, refuse_leaks, split
from galvote.judging.scores import KEPT_SHARES, accuracy_at, risk_coverage

LARGE = 20  # galaxies from which a class counts in `macro_f1_large`
RELIABILITY_BINS = 10  # of probability, of a reliability diagram
LEVELS = 16.0, 84.0  # percentiles of intervals
BASELINES = MAJORITY, GUESS = "largest class", "random"
PROBE = "probe"
ROC_COLUMNS = ["method", "class", "false_positive", "true_positive", "area"]


def labels_that_judge(
    teaching: pd.DataFrame, labels: pd.Series, groups: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the part of each labelled galaxy, and the labels that judge.

    Parameters
    ----------
    teaching : from `splits.join_groups`.
    labels : of all labelled galaxies, indexed by id.
    groups : of every galaxy of the run, indexed by id.

    Raises
    ------
    InputError
        Where an object is on both sides, or no label is left to judge.
    """
    parts = split(teaching, labels, groups)
    refuse_leaks(parts, groups)
    judging = labels[labels.index.isin(parts["id"][parts["part"] == TEST])]
    if judging.empty:
        raise InputError(
            f"all {len(teaching)} labels teach, so that none is left to judge; lower"
            " `classes.teach`, or for `snakemake compare` `compare.label_counts` (the"
            " classes of all galaxies are in <method>.parquet)"
        )
    return parts, judging


def baseline_tables(
    ids: np.ndarray, teaching: pd.Series, names: list[str]
) -> dict[str, pd.DataFrame]:
    """Return what two baselines say: always the largest class, and a random one.

    Parameters
    ----------
    ids : (N,) of the galaxies that are judged.
    teaching : labels that teach, whose shares both know.
    names : of all classes.
    """
    shares = teaching.value_counts(normalize=True).reindex(names, fill_value=0.0)
    drawn = np.random.default_rng(0).choice(names, len(ids), p=shares.to_numpy())
    rows = pd.DataFrame({"id": ids, **{f"p_{n}": shares[n] for n in names}})
    rows.insert(1, "probability", shares.max())
    largest = rows.assign(**{"class": shares.idxmax()})
    return {MAJORITY: largest, GUESS: rows.assign(**{"class": drawn})}


def tables_of(methods: Sequence[str], paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Read the tables of methods, by name."""
    return dict(zip(methods, map(pd.read_parquet, paths), strict=True))


def chances_of(table: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Return the probabilities (N, n_classes) of a table, zero for unknown classes."""
    columns = {f"p_{name}": table.get(f"p_{name}", 0.0) for name in names}
    return pd.DataFrame(columns, index=table.index).to_numpy()


def confusion_of(truth: np.ndarray, said: np.ndarray, n_classes: int) -> np.ndarray:
    """Count galaxies, (n_classes of truth, n_classes said)."""
    cells = np.bincount(truth * n_classes + said, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


def confusion_table(
    counts: np.ndarray, labels: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """Return `label`, `class`, `galaxies` of a confusion (n_labels, n_classes)."""
    rows, columns = np.indices(counts.shape)
    return pd.DataFrame(
        {
            "label": np.array(labels, dtype=object)[rows.ravel()],
            "class": np.array(classes, dtype=object)[columns.ravel()],
            "galaxies": counts.ravel(),
        }
    ).astype({"label": str, "class": str})


def class_scores(confusion: np.ndarray) -> np.ndarray:
    """Return precision, recall and F1 of each class, (3, ..., n_classes).

    NaN for a class without a galaxy; a class that nothing is given has precision 0.

    Parameters
    ----------
    confusion : (..., n_classes of truth, n_classes said).
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    there, said = confusion.sum(axis=-1), confusion.sum(axis=-2)
    known = np.where(there > 0, 1.0, np.nan)
    precision = known * right / np.maximum(said, 1)
    recall = known * right / np.maximum(there, 1)
    f1 = known * 2.0 * right / np.maximum(there + said, 1)
    return np.stack([precision, recall, f1])


def resampled_confusions(
    truth: np.ndarray, said: np.ndarray, n_classes: int, samples: int
) -> np.ndarray:
    """Count galaxies in bootstrap samples, (samples, n_classes, n_classes)."""
    shares = confusion_of(truth, said, n_classes).ravel() / len(truth)
    drawn = np.random.default_rng(0).multinomial(len(truth), shares, samples)
    return drawn.reshape(samples, n_classes, n_classes)


def calibration_error(right: np.ndarray, probability: np.ndarray) -> float:
    """Return the expected calibration error (Guo et al. 2017), bins of like number."""
    bins = reliability(right, probability)
    gaps = (bins["accuracy"] - bins["probability"]).abs()
    return float((gaps * bins["galaxies"]).sum() / len(right))


def reliability(right: np.ndarray, probability: np.ndarray) -> pd.DataFrame:
    """Return `probability`, `accuracy`, `galaxies` of bins of like number.

    Equal probabilities are in one bin.
    """
    ranks = np.searchsorted(np.sort(probability), probability)
    table = pd.DataFrame({"probability": probability, "accuracy": right})
    bins = table.groupby(ranks * RELIABILITY_BINS // len(ranks))
    return bins.mean().assign(galaxies=bins.size()).reset_index(drop=True)


def score_classes(
    truth: np.ndarray,
    chances: np.ndarray,
    said: np.ndarray,
    samples: int,
    probe_right: np.ndarray | None,
) -> dict[str, float]:
    """Score what a method says of galaxies that did not teach.

    Parameters
    ----------
    truth, said : int (n,), classes.
    chances : (n, n_classes).
    samples : of the bootstrap.
    probe_right : bool (n,), whether the probe is right of the same galaxies.
    """
    n_classes = chances.shape[1]
    right = truth == said
    probability = chances[np.arange(len(said)), said]
    counts = np.bincount(truth, minlength=n_classes)
    precision, recall, f1 = class_scores(confusion_of(truth, said, n_classes))
    drawn = resampled_confusions(truth, said, n_classes, samples)
    macro = mean_over_classes(class_scores(drawn)[2])
    low, high = np.nanpercentile(macro, LEVELS)
    curve = risk_coverage(right, probability)
    row = {
        "galaxies": len(truth),
        "accuracy": right.mean(),
        "error": np.sqrt(right.mean() * (1.0 - right.mean()) / len(right)),
        "balanced_accuracy": mean_over_classes(recall),
        "macro_precision": mean_over_classes(precision),
        "macro_recall": mean_over_classes(recall),
        "macro_f1": mean_over_classes(f1),
        "macro_f1_low": low,
        "macro_f1_high": high,
        "macro_f1_large": mean_over_classes(np.where(counts >= LARGE, f1, np.nan)),
        "calibration_error": calibration_error(right, probability),
    }
    row |= {f"accuracy_at_{s:.2f}": accuracy_at(curve, s) for s in KEPT_SHARES}
    row["area"] = curve.mean()
    if probe_right is not None:
        difference = right.astype(float) - probe_right
        row["over_probe"] = difference.mean()
        row["over_probe_error"] = difference.std() / np.sqrt(len(difference))
    return row


def mean_over_classes(values: np.ndarray) -> np.ndarray | float:
    """Return the mean over the last axis of what is not NaN; NaN of nothing."""
    known = ~np.isnan(values)
    total, count = np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1)
    means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means if means.ndim else float(means)


class Judged:
    """What methods say of the galaxies that judge all of them.

    Parameters
    ----------
    tables : of the methods, as `classes/<method>.parquet`.
    labels : of the galaxies that judge, indexed by id.
    teaching : labels that teach.

    Attributes
    ----------
    ids : (n,) of the galaxies that every method gives a class.
    names : of the classes, of those that teach and those that judge.
    truth : int (n,).
    said : of each method int (n,).
    chances : of each method (n, n_classes).

    Raises
    ------
    InputError
        Where no galaxy is left to judge by.
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        labels: pd.Series,
        teaching: pd.Series,
    ) -> None:
        ids = labels.index
        for table in tables.values():
            ids = ids[ids.isin(table["id"])]
        if ids.empty:
            raise InputError(
                "no galaxy with a label that judges is given a class by every method:"
                " they have no image or code (rejects.csv says why)"
            )
        self.ids = ids.to_numpy()
        self.names = sorted({*labels, *teaching})
        number = {name: i for i, name in enumerate(self.names)}
        self.truth = labels.loc[ids].map(number).to_numpy(dtype=int)
        every = dict(tables) | baseline_tables(self.ids, teaching, self.names)
        self.said, self.chances = {}, {}
        for method, table in every.items():
            rows = table.set_index("id").loc[ids]
            self.said[method] = rows["class"].map(number).to_numpy(dtype=int)
            self.chances[method] = chances_of(rows, self.names)

    def right(self, method: str) -> np.ndarray:
        """Tell of which galaxies a method is right, bool (n,)."""
        return self.said[method] == self.truth

    def probability(self, method: str) -> np.ndarray:
        """Return the probability of the class that a method gives, (n,)."""
        return self.chances[method][np.arange(len(self.ids)), self.said[method]]

    def scores(self, sets: Mapping[str, np.ndarray], samples: int) -> pd.DataFrame:
        """Score all methods on sets of the galaxies, bool (n,) each."""
        return pd.DataFrame(self._score_rows(sets, samples))

    def _score_rows(
        self, sets: Mapping[str, np.ndarray], samples: int
    ) -> Iterator[dict]:
        for method in self.said:
            for name, inside in sets.items():
                if not inside.any():
                    continue
                probe = self.right(PROBE)[inside] if PROBE in self.said else None
                found = score_classes(
                    self.truth[inside],
                    self.chances[method][inside],
                    self.said[method][inside],
                    samples,
                    probe,
                )
                share = float(inside.mean())
                yield {"method": method, "set": name, "share": share, **found}

    def by_class(self, samples: int) -> pd.DataFrame:
        """Return precision, recall and F1 of each class, with intervals (68 %)."""
        n_classes, rows = len(self.names), []
        support = np.bincount(self.truth, minlength=n_classes)
        for method, said in self.said.items():
            found = class_scores(confusion_of(self.truth, said, n_classes))
            drawn = resampled_confusions(self.truth, said, n_classes, samples)
            low, high = np.nanpercentile(class_scores(drawn), LEVELS, axis=1)
            for i, name in enumerate(self.names):
                row = {"method": method, "class": name, "support": support[i]}
                for k, measure in enumerate(("precision", "recall", "f1")):
                    row[measure] = found[k, i]
                    row |= {f"{measure}_low": low[k, i], f"{measure}_high": high[k, i]}
                rows.append(row)
        return pd.DataFrame(rows)

    def confusions(self) -> pd.DataFrame:
        """Return `method`, `label`, `class`, `galaxies`."""
        tables = []
        for method, said in self.said.items():
            counts = confusion_of(self.truth, said, len(self.names))
            table = confusion_table(counts, self.names, self.names)
            tables.append(table.assign(method=method))
        return pd.concat(tables, ignore_index=True)

    def roc(self) -> pd.DataFrame:
        """Return ROC curves of each class against the others, and their areas.

        Of classes that some galaxies have, and others have not.
        """
        tables = [pd.DataFrame(columns=ROC_COLUMNS)]
        for method, chances in self.chances.items():
            for i, name in enumerate(self.names):
                own = self.truth == i
                if method in BASELINES or not own.any() or own.all():
                    continue
                false, true, _ = roc_curve(own, chances[:, i])
                curve = pd.DataFrame({"false_positive": false, "true_positive": true})
                about = {"method": method, "class": name, "area": auc(false, true)}
                tables.append(curve.assign(**about)[ROC_COLUMNS])
        return pd.concat(tables[1:] or tables, ignore_index=True)

    def curves(self) -> pd.DataFrame:
        """Return `method`, `share` kept, `accuracy` of the surest."""
        count, tables = len(self.ids), []
        for method in self.said:
            curve = risk_coverage(self.right(method), self.probability(method))
            share = np.arange(1, count + 1) / count
            table = pd.DataFrame({"share": share, "accuracy": curve})
            tables.append(table.assign(method=method))
        return pd.concat(tables, ignore_index=True)

    def reliability(self) -> pd.DataFrame:
        """Return the reliability of each method's probabilities."""
        tables = [
            reliability(self.right(m), self.probability(m)).assign(method=m)
            for m in self.said
            if m not in BASELINES
        ]
        return pd.concat(tables, ignore_index=True)


def label_errors(
    judged: Judged, checks: Mapping[str, pd.DataFrame], most: int
) -> pd.DataFrame:
    """Rank the labels that methods, which did not learn from them, believe least.

    Labels that judge are looked at by the methods as they are, those that teach by
    methods that learned from the others; labels of a class that nothing taught are left
    out. The rank follows the margin of the label
    (Northcutt et al. 2021, arXiv:1911.00068): its probability less that of the
    likeliest other class.

    Parameters
    ----------
    checks : of the labels that teach, by method.
    most : rows of a method.

    Returns
    -------
    `method`, `id`, `label`, `class`, `margin`, `part` (`teaching` or `test`).
    """
    tables = []
    for method, table in checks.items():
        names = judged.names
        own = table.rename(columns=lambda c: c.replace("calibrated_", "p_", 1))
        own = own.loc[:, ~own.columns.duplicated(keep="last")]
        labels = np.concatenate([own["label"], np.array(names)[judged.truth]])
        chances = np.concatenate([chances_of(own, names), judged.chances[method]])
        ids = np.concatenate([own["id"], judged.ids])
        parts = np.repeat(["teaching", "test"], [len(own), len(judged.ids)])
        taught = np.isin(labels, [n for n in names if f"p_{n}" in own])
        labels, chances = labels[taught], chances[taught]
        rows = np.arange(len(labels))
        label = np.searchsorted(names, labels)
        others = chances.copy()
        others[rows, label] = -1.0
        best = others.argmax(axis=1)
        margin = chances[rows, label] - others[rows, best]
        ranked = pd.DataFrame(
            {
                "method": method,
                "id": ids[taught],
                "label": labels,
                "class": np.array(names)[best],
                "margin": margin,
                "part": parts[taught],
            }
        )
        doubted = ranked[ranked["margin"] < 0.0]
        tables.append(doubted.sort_values(["margin", "id"]).head(most))
    return pd.concat(tables, ignore_index=True)
