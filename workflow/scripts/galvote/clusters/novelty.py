"""How unlike others a galaxy is, and which galaxies are most like it."""

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from galvote.clusters.means import draw_sample

MOST_COMPARED = 20_000  # galaxies that others are compared with
NEIGHBOURS = 10
USUAL = 0.995  # of the fitted galaxies score lower than one unlike any seen
BATCH = 10_000


def with_residual(points: np.ndarray, residual: np.ndarray | None) -> np.ndarray:
    """Put what the principal components leave out beside them, as one coordinate.

    Parameters
    ----------
    points : (N, n_dimensions).
    residual : (N,), distance of each code from the space of the components, or None.
    """
    points = np.asarray(points, dtype=np.float32)
    if residual is None:
        return points
    return np.column_stack([points, residual.astype(np.float32)])


class Novelty:
    """Scores galaxies by the distance to their nearest neighbours in a sample.

    The score is the mean distance to the ten nearest galaxies of the sample, over the
    median of the fitted galaxies': 1 is usual (Ramaswamy, Rastogi & Shim 2000).

    Attributes
    ----------
    sample : float32 (n, n_dimensions).
    usual_distance : the unit of scores.
    unlike_above : the score that `USUAL` of the fitted galaxies stay below.
    """

    def __init__(
        self, sample: np.ndarray, usual_distance: float = 1.0, unlike_above: float = 0.0
    ) -> None:
        self.sample = sample
        self.usual_distance = usual_distance
        self.unlike_above = unlike_above
        self._nearest = NearestNeighbors(algorithm="brute").fit(sample)

    def score(self, points: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
        """Score points (N, n_dimensions).

        Parameters
        ----------
        own : bool (N,), galaxies of the sample, whose nearest neighbour is themselves
            and does not count; None for none.
        """
        count = min(NEIGHBOURS + (own is not None), len(self.sample))
        scores = []
        for start in range(0, len(points), BATCH):
            part = points[start : start + BATCH]
            distance = self._nearest.kneighbors(part, count)[0]
            if own is not None:
                inside = own[start : start + BATCH, None]
                distance = np.where(inside, distance[:, 1:], distance[:, :-1])
            scores.append(distance.mean(axis=1) / self.usual_distance)
        return np.concatenate(scores) if scores else np.zeros(0)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that makes the novelty again, as arrays by parameter."""
        return {
            "sample": self.sample,
            "usual_distance": np.array(self.usual_distance),
            "unlike_above": np.array(self.unlike_above),
        }


def fit_novelty(points: np.ndarray) -> tuple[Novelty, np.ndarray]:
    """Learn what is usual from galaxies (N, n_dimensions), and score them.

    Returns
    -------
    the novelty, and the scores (N,) of the galaxies themselves.
    """
    chosen = draw_sample(len(points), MOST_COMPARED)
    novelty = Novelty(points[chosen])
    distance = novelty.score(points, np.isin(np.arange(len(points)), chosen))
    usual = float(np.median(distance))
    novelty.usual_distance = usual if usual > 0 else 1.0
    scores = distance / novelty.usual_distance
    novelty.unlike_above = float(np.quantile(scores, USUAL))
    return novelty, scores


def most_alike(
    ids: np.ndarray, points: np.ndarray, wanted: list[str], count: int
) -> pd.DataFrame:
    """List the galaxies that are most like given ones.

    Parameters
    ----------
    ids : (N,) of all galaxies.
    points : (N, n_dimensions), their coordinates.
    wanted : ids of the given galaxies, among them.
    count : how many for each.

    Returns
    -------
    `id`, `rank` (from 1), `alike`, `distance`; a row a neighbour.
    """
    place = {id_: number for number, id_ in enumerate(ids.tolist())}
    rows = [place[id_] for id_ in wanted]
    most = min(count + 1, len(ids))
    nearest = NearestNeighbors(n_neighbors=most, algorithm="brute").fit(points)
    distances, found = nearest.kneighbors(points[rows])
    lines = []
    for id_, row, distance, others in zip(wanted, rows, distances, found, strict=True):
        near = [(d, ids[o]) for d, o in zip(distance, others, strict=True) if o != row]
        lines += [
            {"id": id_, "rank": rank, "alike": other, "distance": d}
            for rank, (d, other) in enumerate(near[:count], start=1)
        ]
    return pd.DataFrame(lines, columns=["id", "rank", "alike", "distance"])
