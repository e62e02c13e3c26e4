"""What simulated galaxies truly are, for those that were found."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

WITHIN = 2.0  # px: a detection farther from every true object is spurious


def match(
    galaxies: pd.DataFrame, truth: pd.DataFrame, within: float = WITHIN
) -> np.ndarray:
    """Return for each galaxy the row of the true object at its place, -1 for none.

    Parameters
    ----------
    galaxies : with `x`, `y` (0-based px) and `hdu`, name of the frame.
    truth : with `x`, `y` and `frame`, counted from 0.
    within : px.
    """
    matched = np.full(len(galaxies), -1)
    for name, places in galaxies.reset_index(drop=True).groupby("hdu"):
        frame = int(name) - 1 if name else 0
        there = np.flatnonzero(truth["frame"] == frame)
        if len(there) == 0:
            continue
        tree = cKDTree(truth[["x", "y"]].to_numpy()[there])
        distance, nearest = tree.query(places[["x", "y"]].to_numpy())
        near = distance <= within
        matched[places.index[near]] = there[nearest[near]]
    return matched


def matched_rows(
    galaxies: pd.DataFrame, truth: pd.DataFrame, column: str
) -> pd.DataFrame:
    """Return `id` and `label` of the galaxies of a simulated source.

    Parameters
    ----------
    galaxies : of this source.
    truth : of this source.
    column : of `truth`, with the label.
    """
    rows = match(galaxies, truth)
    known = rows >= 0
    labels = truth[column].to_numpy()[rows[known]].astype(str)
    return pd.DataFrame({"id": galaxies["id"].to_numpy()[known], "label": labels})
