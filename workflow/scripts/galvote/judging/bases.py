"""What to learn classes from: bases compared by one probe, by number of labels."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from galvote.base.progress import progress
from galvote.classes.estimators import STRENGTH, logistic
from galvote.classes.one_scale import OneScale
from galvote.classes.splits import places_in_draw
from galvote.judging.scores import LEAST_JUDGED

PIXEL_COMPONENTS = 50
LARGEST_SAMPLE = 5000  # galaxies that the components of pixels are found of


def pixel_components(images: np.ndarray) -> np.ndarray:
    """Return the principal components of pixels, (N, PIXEL_COMPONENTS) or fewer.

    Parameters
    ----------
    images : uint8 (N, ny, nx, n_channels).
    """
    pixels = images.reshape(len(images), -1)
    sample = pixels[:: -(-len(pixels) // LARGEST_SAMPLE)].astype(np.float32)
    count = min(PIXEL_COMPONENTS, *sample.shape)
    model = PCA(count, svd_solver="randomized", random_state=0).fit(sample)
    starts = range(0, len(pixels), LARGEST_SAMPLE)
    parts = [model.transform(pixels[i : i + LARGEST_SAMPLE]) for i in starts]
    return np.concatenate(parts)


def joined_bases(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join coordinates (N, n_dimensions) of several bases, each of joint variance 1."""
    return np.concatenate([OneScale().fit_transform(part) for part in parts], axis=1)


def compare_bases(
    bases: Mapping[str, np.ndarray],
    ids: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    counts: Sequence[int],
    seeds: Sequence[int],
) -> pd.DataFrame:
    """Teach the same probe on several bases by the same labels.

    Parameters
    ----------
    bases : coordinates (n, n_dimensions) of the labelled galaxies, by name.
    ids, labels : (n,) text.
    groups : (n,), a galaxy of a group that teaches does not judge.
    counts : numbers of labels that teach.
    seeds : of the draws.

    Returns
    -------
    a row for each base and number of labels: medians over the seeds, and lowest and
    highest, of `accuracy` and `balanced_accuracy`.
    """
    rows = []
    for seed in progress(seeds, "comparing bases"):
        order = np.argsort(places_in_draw(ids, seed), kind="stable")
        for count in counts:
            learn = order[:count]
            judge = order[count:][~np.isin(groups[order[count:]], groups[learn])]
            if len(judge) < LEAST_JUDGED or len(np.unique(labels[learn])) < 2:
                continue
            for name, points in bases.items():
                probe = logistic(STRENGTH).fit(points[learn], labels[learn])
                said = probe.predict(points[judge])
                row = {"base": name, "labels": count, "judged": len(judge)}
                row["accuracy"] = np.mean(said == labels[judge])
                row["balanced_accuracy"] = _balanced(labels[judge], said)
                rows.append(row)
    columns = ["base", "labels", "judged", "accuracy", "balanced_accuracy"]
    table = pd.DataFrame(rows, columns=columns)
    groups_of = table.groupby(["base", "labels"], sort=False)
    found = groups_of.median()
    for measure in columns[3:]:
        found[f"{measure}_low"] = groups_of[measure].min()
        found[f"{measure}_high"] = groups_of[measure].max()
    return found.reset_index()


def _balanced(truth: np.ndarray, said: np.ndarray) -> float:
    """Return the mean recall of the classes that are there."""
    return float(np.mean([np.mean(said[truth == c] == c) for c in np.unique(truth)]))
