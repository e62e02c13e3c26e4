"""Galaxies clustered by a model of the registry, however many they are."""

import numpy as np

from galvote.base.enough import refuse_more_clusters
from galvote.clusters.means import (
    Clustering,
    draw_sample,
    nearest_means,
    number_by_size,
    with_margins,
)
from galvote.clusters.models import MODELS


def cluster(
    name: str,
    points: np.ndarray,
    k: int,
    seed: int | None,
    settings: dict,
    limits: dict[str, int],
) -> Clustering:
    """Cluster points with one model of the registry.

    Beyond the model's limit a sample of the galaxies is clustered and the others belong
    to the nearest mean of its clusters.

    Parameters
    ----------
    name : key of `MODELS`.
    points : (N, n_dimensions).
    k : number of clusters, for the models that take one.
    seed : of the models that draw.
    settings : the model's own section of the config.
    limits : `bag_size` and `exact_limit`, galaxies.

    Raises
    ------
    InputError
        Where there are fewer galaxies than clusters.
    """
    refuse_more_clusters(name, k, len(points))
    model = MODELS[name](**settings)
    most = limits[model.limit] if model.limit else len(points)
    chosen = draw_sample(len(points), most)
    sample = np.asarray(points[chosen], dtype=np.float64)
    result = model.fit(sample, k, seed)
    if isinstance(result, tuple):
        labels, confidence = result
        return Clustering(number_by_size(labels), confidence)
    if len(sample) < len(points):
        result = nearest_means(points, sample, result)
    return with_margins(points, result)
