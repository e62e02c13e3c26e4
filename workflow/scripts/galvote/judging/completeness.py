"""What a vote selects: the share voted by agreement, by magnitude and by size."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from galvote.judging import scores
from galvote.judging.scores import Assignment
from galvote.vote import tally

BINS = 10
THRESHOLDS = np.round(np.arange(0.0, 1.001, 0.02), 2)


def quantities_of(galaxies: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Return magnitude and size of galaxies, by which a vote may select.

    Parameters
    ----------
    galaxies : catalogue rows, indexed by id, with `frame`.
    frames : `source`, `frame` and `psf_fwhm` (px) of the frames; empty for pictures.

    Returns
    -------
    The magnitude (without a zero point -2.5 log10 of the flux), and the radius over the
    PSF's FWHM, or in px where no PSF is known; indexed by id.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        instrumental = -2.5 * np.log10(galaxies["flux"].astype(np.float64))
    if galaxies["mag"].notna().any():
        found = {"magnitude": galaxies["mag"]}
    else:
        found = {"instrumental magnitude": instrumental}
    seeing = np.full(len(galaxies), np.nan)
    if "psf_fwhm" in frames:
        place = zip(frames["source"], frames["frame"], strict=True)
        psf = dict(zip(place, frames["psf_fwhm"], strict=True))
        rows = zip(galaxies["source"], galaxies["frame"], strict=True)
        seeing = np.array([psf.get(row, np.nan) for row in rows], dtype=np.float64)
    if np.isfinite(seeing).any():
        found["radius / FWHM of the PSF"] = galaxies["radius"] / seeing
    else:
        found["radius (px)"] = galaxies["radius"]
    return pd.DataFrame(found, index=galaxies.index)


def voted_shares(quantities: pd.DataFrame, voted: np.ndarray) -> pd.DataFrame:
    """Count the voted in bins of equal numbers of galaxies.

    Parameters
    ----------
    quantities : a column each, a row a galaxy.
    voted : bool (N,), of them.

    Returns
    -------
    `quantity`, `low`, `high`, `middle` (median) of each bin, `galaxies`, `voted`,
    `share`, `error` (Agresti & Coull 1998).
    """
    rows = []
    for quantity in quantities:
        values = quantities[quantity].to_numpy(dtype=np.float64)
        known = np.isfinite(values)
        if not known.any():
            continue
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)))
        part = np.searchsorted(edges[1:-1], values, side="right")
        for number in np.unique(part[known]):
            inside = known & (part == number)
            n, kept = int(inside.sum()), int(voted[inside].sum())
            middle = (kept + 2.0) / (n + 4.0)
            row = {"quantity": quantity, "low": values[inside].min()}
            row |= {"high": values[inside].max(), "middle": np.median(values[inside])}
            row |= {"galaxies": n, "voted": kept, "share": kept / n}
            rows.append(row | {"error": np.sqrt(middle * (1 - middle) / (n + 4.0))})
    columns = ["quantity", "low", "high", "middle"]
    columns += ["galaxies", "voted", "share", "error"]
    return pd.DataFrame(rows, columns=columns)


def agreement_table(
    memberships: np.ndarray, names: Sequence[str], labels: pd.Series | None
) -> pd.DataFrame:
    """Return the share of galaxies that reach each agreement, and their accuracy.

    Parameters
    ----------
    memberships : (N, K).
    names : (K,), of the clusters.
    labels : (N,), true classes, NaN where unknown; or None. Half of them name the
        clusters by their majority, agreement is then on these names, and the other
        half is judged.

    Returns
    -------
    `min_agreement`, `galaxies` that reach it, their `share`; with labels also
    `labelled_share` and `accuracy` of the judged.
    """
    agreement = tally.tally(memberships, names).agreement
    table = pd.DataFrame(_reaching(agreement, {"galaxies": np.ones(len(agreement))}))
    table["share"] = table["galaxies"] / max(len(agreement), 1)
    if labels is None or labels.notna().sum() < 2:
        return table
    known = np.flatnonzero(labels.notna())
    truth, classes = pd.factorize(labels.iloc[known], sort=True)
    learning = scores.learning_half(truth, 0)
    weights = memberships[known].astype(np.float32)
    named = scores.name_clusters(
        truth[learning],
        tally.winners(weights)[learning],
        weights.shape[1],
        len(classes),
    )
    outcome = scores.by_names(Assignment("vote", weights), named)
    right = (outcome.predicted == truth)[~learning]
    judged = outcome.agreement[~learning]
    values = {"right": right.astype(float), "all": np.ones(len(right))}
    reached = pd.DataFrame(_reaching(judged, values))
    table["labelled_share"] = reached["all"] / max(len(right), 1)
    table["accuracy"] = reached["right"] / reached["all"].where(reached["all"] > 0)
    return table


def _reaching(agreement: np.ndarray, values: dict[str, np.ndarray]) -> list[dict]:
    """Sum values over the galaxies that reach each threshold."""
    rows = []
    for least in THRESHOLDS:
        reached = agreement >= least - tally.ROUNDING
        sums = {name: value[reached].sum() for name, value in values.items()}
        rows.append({"min_agreement": least, **sums})
    return rows
