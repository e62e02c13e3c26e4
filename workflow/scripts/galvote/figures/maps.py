"""Maps of the galaxies."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from galvote.figures.style import cluster_style, figure

THUMBNAILS = 80


def places_on_map(points: np.ndarray, seed: int) -> np.ndarray:
    """Place points (N, n_dimensions) in a plane so that neighbours stay near: (N, 2).

    t-SNE (van der Maaten & Hinton 2008).
    """
    from sklearn.manifold import TSNE  # not loaded where maps are only drawn

    model = TSNE(
        perplexity=min(30.0, (len(points) - 1) / 3.0),
        init="pca" if points.shape[1] > 1 else "random",
        random_state=seed,
    )
    return model.fit_transform(points.astype(np.float64))


def plot_map(
    places: np.ndarray, clusters: np.ndarray, images: np.ndarray, path: str | Path
) -> None:
    """Plot galaxies in two dimensions, coloured by cluster, some as thumbnails.

    Parameters
    ----------
    places : (n, 2).
    clusters : int (n,), -1 for rest.
    images : uint8 (n, ny, nx, n_channels).
    """
    with figure(path, width=15, height=7.5) as drawing:
        dots, pictures = drawing.subplots(1, 2)
        for cluster in [-1, *sorted(set(clusters.tolist()) - {-1})]:
            inside = clusters == cluster
            name = "rest" if cluster < 0 else f"cluster {cluster}"
            dots.scatter(
                *places[inside].T,
                s=18,
                alpha=0.8,
                linewidths=0,
                label=f"{name} ({inside.sum()})",
                **cluster_style(cluster),
            )
        dots.legend(fontsize=8, ncols=2, loc="best", framealpha=0.9)
        pictures.scatter(*places.T, s=0)
        for i in _spread(places, THUMBNAILS):
            _put_thumbnail(pictures, images[i], places[i], int(clusters[i]))
        for axes in (dots, pictures):
            axes.set(xticks=[], yticks=[], xlabel="t-SNE 1", ylabel="t-SNE 2")
        pictures.set_xlim(dots.get_xlim())
        pictures.set_ylim(dots.get_ylim())


def _spread(places: np.ndarray, count: int) -> list[int]:
    """Choose points far from each other, each the furthest from those before."""
    chosen = [0]
    distance = np.full(len(places), np.inf)
    while len(chosen) < min(count, len(places)):
        distance = np.fmin(distance, ((places - places[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(distance.argmax()))
    return chosen


def _put_thumbnail(
    axes: Axes, image: np.ndarray, place: np.ndarray, cluster: int
) -> None:
    picture = OffsetImage(_as_shown(image), zoom=36.0 / image.shape[0], cmap="gray")
    frame = {"edgecolor": cluster_style(cluster)["color"], "linewidth": 2.5}
    axes.add_artist(
        AnnotationBbox(picture, place, pad=0.1, bboxprops=frame, frameon=True)
    )
    if cluster >= 0:  # colours repeat
        offset = {"xytext": (-17, 10), "textcoords": "offset points"}
        axes.annotate(str(cluster), place, fontsize=7, color="white", **offset)


def _as_shown(image: np.ndarray) -> np.ndarray:
    return image if image.shape[2] == 3 else image[:, :, 0]
