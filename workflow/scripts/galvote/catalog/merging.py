"""The galaxies of all sources in one list, each once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.rejects import reject_row, reject_table
from galvote.catalog.flags import Flag
from galvote.catalog.rows import FRAME_COLUMNS, PATH_COLUMNS
from galvote.inputs.ids import frame_keys


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
        Where no galaxy is left, or two have one id.
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
    _refuse_one_id(galaxies)
    for column in (*PATH_COLUMNS, *FRAME_COLUMNS):
        if column in galaxies:
            galaxies[column] = galaxies[column].fillna("").astype(str)
    if "row" in galaxies:
        galaxies["row"] = galaxies["row"].fillna(-1).astype(np.int32)
    return galaxies.sort_values("id", ignore_index=True)


def _refuse_one_id(galaxies: pd.DataFrame) -> None:
    """Refuse two galaxies of one id, as `a_b` + `c` and `a` + `b_c` make them."""
    again = galaxies["id"].str.lower().duplicated(keep=False)
    if again.any():
        same = galaxies[again].sort_values("id", key=lambda ids: ids.str.lower())
        names = " and ".join(sorted(set(same["source"].iloc[:2])))
        raise InputError(
            f"a galaxy of each of the sources {names} has the id {same['id'].iloc[0]};"
            " change the name of one source"
        )


def drop_repeated(
    galaxies: pd.DataFrame, sources: Sequence[str], within: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep one of the galaxies that overlapping frames show more than once.

    The best is kept: the one that is not at an edge, then of the highest signal to
    noise, then the first id.

    Parameters
    ----------
    galaxies : with `ra`, `dec` (deg), `source`, and their frames.
    sources : names of those whose galaxies may be repeated: the frames.
    within : arcsec; None keeps all.

    Returns
    -------
    kept galaxies, and the others as rejects that name the one that was kept.
    """
    from astropy import units  # not loaded where galaxies are only read
    from astropy.coordinates import SkyCoord

    on_sky = galaxies["ra"].notna() & galaxies["source"].isin(list(sources))
    frames = galaxies["source"] + " " + frame_keys(galaxies)
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
        reject_row(
            galaxies.at[order[worse], "source"],
            galaxies.at[order[worse], "id"],
            "list_galaxies",
            f"is seen again as {galaxies.at[order[better], 'id']}",
            galaxies.at[order[worse], "ra"],
            galaxies.at[order[worse], "dec"],
        )
        for worse, better in sorted(seen_as.items())
    )
    kept = galaxies.drop(index=order[list(seen_as)]) if seen_as else galaxies
    return kept.reset_index(drop=True), rejects
