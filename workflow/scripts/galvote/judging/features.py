"""Features that networks learned, judged by their neighbours and clusters."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import NearestNeighbors

from galvote.judging.classification import class_scores, confusion_of, confusion_table
from galvote.judging.scores import purity
from galvote.vote.matching import align, align_by_majority

NO_CLASS = "(no class)"
MATCHES: dict[str, Callable] = {"one to one": align, "majority": align_by_majority}
CLASS_MEASURES = ("precision", "recall", "f1")
COMPONENTS = 50  # of the features, in which neighbours and clusters are sought
N_NEAREST = 5


def feature_scores(
    features: np.ndarray, truth: np.ndarray, k: int, seeds: Sequence[int]
) -> dict[str, float]:
    """Judge features by their neighbours and clusters, which know no label.

    Parameters
    ----------
    features : float (N, n_features).
    truth : int (N,), classes, -1 for galaxies without a label, which count for nothing.
    k : number of K-means clusters.
    seeds : of K-means, over which scores are means.

    Returns
    -------
    `purity` and `nmi` of the clusters, and `neighbours`: the mean share of the five
    nearest galaxies with a label that have the same class.
    """
    count = min(COMPONENTS, *features.shape)
    points = PCA(count, random_state=0).fit_transform(features)
    known = np.flatnonzero(truth >= 0)
    found = []
    for seed in seeds:
        model = KMeans(min(k, len(points)), n_init=5, random_state=seed).fit(points)
        found.append(cluster_scores(truth, model.labels_))
    scores = dict(pd.DataFrame(found).mean()) | {"neighbours": np.nan}
    if len(known) > 1:
        near = NearestNeighbors(n_neighbors=min(N_NEAREST, len(known) - 1))
        others = near.fit(points[known]).kneighbors(return_distance=False)
        same = truth[known][others] == truth[known][:, None]
        scores["neighbours"] = float(same.mean())
    return scores


def cluster_scores(truth: np.ndarray, clusters: np.ndarray) -> dict[str, float]:
    """Return `purity` and `nmi` (normalised mutual information) of clusters.

    Parameters
    ----------
    truth : int (N,), -1 for galaxies that count for nothing.
    clusters : int (N,).
    """
    known = truth >= 0
    classes, numbers = truth[known], clusters[known]
    return {
        "purity": purity(classes, numbers),
        "nmi": float(normalized_mutual_info_score(classes, numbers)),
    }


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
    for match, most in ks.items():
        k = min(most, len(ids))
        model = KMeans(k, n_init=5, random_state=0).fit(features)
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
            rows.append(row | dict(zip(CLASS_MEASURES, scores[:, i], strict=True)))
        spare = NO_CLASS + "*" * (NO_CLASS in names)
        table = confusion_table(confusion[:-1], names, [*names, spare])
        counts.append(table.assign(match=match))
    return pd.DataFrame(rows), pd.concat(counts, ignore_index=True)
