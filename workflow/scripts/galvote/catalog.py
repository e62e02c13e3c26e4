"""The catalogue of galaxies: its columns and ids."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.rejects import reject_table
from galvote.flags import FLAG_REASONS, Flag
from galvote.inputs.user_tables import free_name, joined

PATH_COLUMNS = ["image_path", "mask_path", "rms_path", "psf_path"]
GALAXY_COLUMNS = [
    "id",
    "source",
    "hdu",
    "x",
    "y",
    "ra",
    "dec",
    "radius",
    "flux",
    "axis_ratio",
    "position_angle",
    "fwhm",
    "signal_to_noise",
    "star_probability",
    "segment",
    "n_neighbours",
    "flags",
]


def empty_rows() -> pd.DataFrame:
    """Return a table of no galaxies."""
    texts = dict.fromkeys(("id", "source", "hdu"), str)
    whole = dict.fromkeys(("segment", "n_neighbours", "flags"), np.int32)
    numbers = dict.fromkeys(GALAXY_COLUMNS, np.float64)
    return pd.DataFrame(columns=GALAXY_COLUMNS).astype(numbers | texts | whole)


def split_rejects(
    rows: pd.DataFrame, reject: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the sources that cannot be used out of the rows of one source.

    Parameters
    ----------
    rows : catalogue rows.
    reject : names of the flags (lower case) that rule a source out.

    Returns
    -------
    kept rows and the rejects with their reasons.
    """
    reasons = pd.Series("", index=rows.index)
    for name in reject:
        flag = Flag[name.upper()]
        reasons[(reasons == "") & (rows["flags"] & flag.value != 0)] = FLAG_REASONS[
            flag
        ]
    unmeasured = rows["flux"].notna() & ~(rows["radius"] > 0)
    reasons[(reasons == "") & unmeasured] = "has no measurable radius"
    reasons[(reasons == "") & rows["id"].duplicated()] = "lies on another source"
    bad = reasons != ""
    rejects = reject_table(
        {
            "source": row.source,
            "id": row.id,
            "stage": "detect_sources",
            "reason": reasons[row.Index],
            "ra": row.ra,
            "dec": row.dec,
        }
        for row in rows[bad].itertuples()
    )
    return rows[~bad].reset_index(drop=True), rejects


def merge_sources(
    tables: Sequence[pd.DataFrame], reasons: Sequence[str] = ()
) -> pd.DataFrame:
    """Join the sources' rows, sorted by id.

    Columns that only some sources have are empty for the others.

    Parameters
    ----------
    tables : rows of the sources.
    reasons : why something was rejected, told where nothing is left.

    Raises
    ------
    InputError
        Where no galaxy is left.
    """
    filled = [table for table in tables if len(table)]
    if not filled:
        if reasons:
            raise InputError(
                f"no galaxy is left of any source, there are {len(reasons)} rejects;"
                f" the first: {reasons[0]}"
            )
        raise InputError(
            "no galaxy was found in any source; lower `detection.threshold` or"
            " `detection.min_area` for frames"
        )
    galaxies = pd.concat(filled, ignore_index=True)
    for column in PATH_COLUMNS:
        if column in galaxies:
            galaxies[column] = galaxies[column].fillna("").astype(str)
    if "row" in galaxies:
        galaxies["row"] = galaxies["row"].fillna(-1).astype(np.int32)
    return galaxies.sort_values("id", ignore_index=True)


def drop_repeated(
    galaxies: pd.DataFrame, sources: Sequence[str], within: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one of the galaxies that overlapping frames show more than once.

    The best is kept: the one that is not at an edge, then of the highest signal to
    noise, then the first id.

    Parameters
    ----------
    galaxies : with `ra`, `dec` (deg), `source`, `hdu`.
    sources : names of those whose galaxies may be repeated: the frames.
    within : arcsec; None keeps all.

    Returns
    -------
    kept galaxies, and the others as rejects that name the one that was kept.
    """
    from astropy import units  # not loaded where galaxies are only read
    from astropy.coordinates import SkyCoord

    on_sky = galaxies["ra"].notna() & galaxies["source"].isin(list(sources))
    frames = galaxies["source"] + " " + galaxies["hdu"]
    if within is None or frames[on_sky].nunique() < 2:
        return galaxies, reject_table([])
    edge = galaxies["flags"] & (Flag.EDGE | Flag.PADDED).value
    rank = galaxies.assign(edge=edge != 0, faint=-galaxies["signal_to_noise"])
    order = rank[on_sky].sort_values(["edge", "faint", "id"]).index.to_numpy()
    places = SkyCoord(galaxies.loc[order, "ra"], galaxies.loc[order, "dec"], unit="deg")
    better, worse, _, _ = places.search_around_sky(places, within * units.arcsec)
    frame = frames[order].to_numpy()
    pairs = np.stack([better, worse], axis=1)
    pairs = pairs[(better < worse) & (frame[better] != frame[worse])]
    seen_as: dict[int, int] = {}
    for better, worse in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if better not in seen_as and worse not in seen_as:
            seen_as[int(worse)] = int(better)
    rejects = reject_table(
        {
            "source": galaxies.at[order[worse], "source"],
            "id": galaxies.at[order[worse], "id"],
            "stage": "list_galaxies",
            "reason": f"is seen again as {galaxies.at[order[better], 'id']}",
            "ra": galaxies.at[order[worse], "ra"],
            "dec": galaxies.at[order[worse], "dec"],
        }
        for worse, better in sorted(seen_as.items())
    )
    kept = galaxies.drop(index=order[list(seen_as)]) if seen_as else galaxies
    return kept.reset_index(drop=True), rejects


def add_magnitudes(
    galaxies: pd.DataFrame,
    zero_points: dict[str, float | None],
    column: str = "flux",
) -> pd.DataFrame:
    """Add the column `mag` after `flux`; NaN without a zero point or a positive flux.

    Parameters
    ----------
    galaxies : with `source` and a flux (counts).
    zero_points : magnitude of one count, by source.
    column : `flux`, or `flux_<band>` for `mag_<band>`.
    """
    zero_point = galaxies["source"].map(zero_points).astype(np.float64)
    bright = galaxies[column].where(galaxies[column] > 0)
    catalog = galaxies.copy()
    place = catalog.columns.get_loc(column) + 1
    name = column.replace("flux", "mag", 1)
    catalog.insert(place, name, zero_point - 2.5 * np.log10(bright))
    return catalog


def add_columns(catalog: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add the columns of tables with `id`, empty for galaxies that are in none.

    A column whose name is taken gets `user_` before it.
    """
    if not tables:
        return catalog
    added = joined(tables).set_index("id")
    while len(taken := added.columns.intersection(catalog.columns)):
        added = added.rename(columns={c: free_name(c, added) for c in taken})
    return catalog.join(added, on="id")
