"""What methods guess of unlabelled galaxies, and the features that they make."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from galvote.judging.classification import class_scores, confusion_of
from galvote.vote.matching import align, align_by_majority

EVERY = "all"  # classes together
NO_CLASS = "(no class)"
MATCHES: dict[str, Callable] = {"one to one": align, "majority": align_by_majority}
MEASURES = ("precision", "recall", "f1")


def guess_scores(
    guesses: pd.DataFrame, truth: pd.Series, threshold: float
) -> pd.DataFrame:
    """Compare guesses with what is true, class by class, as the training goes on.

    Parameters
    ----------
    guesses : `epoch`, `id`, `class`, `probability`.
    truth : labels that do not teach, indexed by id.
    threshold : probability from which a guess is sure.

    Returns
    -------
    `epoch`, `class` (the true one, or `all`), `galaxies`, `sure` (share of them that is
    guessed surely), `accuracy`, `accuracy_of_sure` (NaN where no guess is).
    """
    known = guesses[guesses["id"].isin(truth.index)]
    true = truth.loc[known["id"]].to_numpy()
    table = pd.DataFrame(
        {
            "epoch": known["epoch"].to_numpy(),
            "class": true,
            "sure": known["probability"].to_numpy() >= threshold,
            "right": known["class"].to_numpy() == true,
        }
    )
    both = pd.concat([table.assign(**{"class": EVERY}), table])
    both["sure_and_right"] = both["sure"] & both["right"]
    groups = both.groupby(["epoch", "class"], sort=False)
    found = groups[["sure", "right", "sure_and_right"]].mean()
    of_sure = found["sure_and_right"] / found["sure"].replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "galaxies": groups.size(),
            "sure": found["sure"],
            "accuracy": found["right"],
            "accuracy_of_sure": of_sure,
        }
    ).reset_index()


def feature_report(
    ids: np.ndarray,
    features: np.ndarray,
    teaching: pd.Series,
    judging: pd.Series,
    ks: Mapping[str, int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cluster features by K-means, and give each cluster a class.

    The labels that teach match clusters to classes: one to one (Kuhn 1955, the
    Hungarian method), so that some clusters have no class where there are more clusters
    than classes, and each to the class of most of its members. The others judge.

    Parameters
    ----------
    ids, features : (N,) and float (N, n_features).
    teaching, judging : labels, indexed by id.
    ks : numbers of clusters, by the name of the match: a key of `MATCHES`.

    Returns
    -------
    `match`, `clusters`, `class`, `precision`, `recall`, `f1`, `support`, `accuracy` (of
    all classes), a row a class; and `match`, `label`, `class`, `galaxies`. A galaxy
    whose cluster has no class is given none, and counts as wrong.
    """
    names = sorted({*teaching, *judging})
    rows, counts = [], []
    for match, k in ks.items():
        model = KMeans(min(k, len(ids)), n_init=5, random_state=0).fit(features)
        clusters = pd.Series(model.labels_, index=ids)
        taught = clusters.index.isin(teaching.index)
        numbers = np.full(len(ids), -1)
        numbers[taught] = pd.Categorical(teaching.loc[ids[taught]], names).codes
        classes = pd.Series(MATCHES[match](numbers, model.labels_), index=ids)
        known = judging.index[judging.index.isin(ids)]
        truth = pd.Categorical(judging.loc[known], names).codes
        given = classes.loc[known].to_numpy()
        given = np.where(given < 0, len(names), given)  # a column of its own
        confusion = confusion_of(truth.astype(int), given, len(names) + 1)
        scores = class_scores(confusion)[:, : len(names)]
        about = {"match": match, "clusters": k, "accuracy": np.mean(given == truth)}
        for i, name in enumerate(names):
            row = about | {"class": name, "support": int(confusion[i].sum())}
            rows.append(row | dict(zip(MEASURES, scores[:, i], strict=True)))
        cells = pd.DataFrame(confusion[:-1], names, [*names, NO_CLASS])
        long = cells.rename_axis("label").reset_index()
        long = long.melt("label", None, "class", "galaxies")
        counts.append(long.assign(match=match))
    return pd.DataFrame(rows), pd.concat(counts, ignore_index=True)
