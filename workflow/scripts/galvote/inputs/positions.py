"""Positions that a user brings: read, and placed in frames."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.rejects import reject_row, reject_table
from galvote.inputs.frames import Frame
from galvote.inputs.sky_columns import check_pixels, sky_degrees
from galvote.inputs.source_parts import Positions
from galvote.inputs.user_tables import (
    as_numbers,
    as_text,
    own_columns,
    read_user_table,
    table_digest,
)

POSITION_KEYS = ("x", "y", "ra", "dec", "id", "radius")  # keys that name one


def read_positions(given: Positions) -> pd.DataFrame:
    """Read a catalogue of positions.

    Parameters
    ----------
    given : key `positions` of a source.

    Returns
    -------
    `row` (from 0), `x`, `y` (0-based px) or `ra`, `dec` (deg, ICRS), `radius` (px), all
    NaN where there is no number, and `own_id` (text, empty without one). Its
    `attrs["notes"]` say how the table was read, where that was guessed.

    Raises
    ------
    InputError
        Where the table or a column is missing, or holds something else.
    """
    table = _table_of(given)
    places = pd.DataFrame({"row": np.arange(len(table))})
    for key in ("x", "y", "ra", "dec", "radius"):
        places[key] = np.nan
        if key in ("x", "y", "radius") and (column := _column(given, key)):
            check_pixels(column, table.attrs, f"config key `positions.{key}`")
            places[key] = as_numbers(table[column])
    notes = table.attrs.get("notes", [])
    if given.ra and given.dec:
        where = f"config key `positions` ({given.path})"
        sky = sky_degrees(table, given.ra, given.dec, where)
        places["ra"], places["dec"], converted = sky
        notes = notes + [f"{given.path}: {note}" for note in converted]
    places[["x", "y"]] -= given.first_pixel
    places["own_id"] = as_text(table[given.id]) if given.id else ""
    places.attrs["notes"] = notes
    return places


def _table_of(given: Positions) -> pd.DataFrame:
    """Read the table of positions, with all columns that the config names."""
    table = _positions_table(given)
    for key in POSITION_KEYS:
        if _column(given, key) and _column(given, key) not in table:
            raise InputError(
                f"config key `positions.{key}`: the table {given.path} has no"
                f" column `{_column(given, key)}`; it has: {', '.join(map(str, table))}"
            )
    return table


def _positions_table(given: Positions) -> pd.DataFrame:
    wanted = [_column(given, key) for key in POSITION_KEYS if _column(given, key)]
    return read_user_table(given.path, wanted)


def places_in(places: pd.DataFrame, frame: Frame, name: str) -> pd.DataFrame:
    """Return the rows of `read_positions` that lie in a frame, with `x`, `y` in px.

    Raises
    ------
    InputError
        Where ra and dec meet a frame without a WCS.
    """
    inside = places[~_repeats(places)].copy()
    if places["x"].isna().all() and places["ra"].notna().any():
        if frame.wcs is None:
            raise InputError(
                f"config key `positions`: source {name} has no celestial WCS, so that"
                " `ra` and `dec` have no place in it; give `x` and `y`"
            )
        inside = inside[inside["ra"].notna() & inside["dec"].between(-90.0, 90.0)]
        inside["x"], inside["y"] = _pixels_of(inside, frame)
    ny, nx = frame.shape
    within = inside["x"].between(-0.5, nx - 0.5, inclusive="left")
    within &= inside["y"].between(-0.5, ny - 0.5, inclusive="left")
    within &= ~(inside["radius"] > max(frame.shape))
    return inside[within].reset_index(drop=True)


def _pixels_of(places: pd.DataFrame, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return where `ra`, `dec` (deg, ICRS) lie in a frame (px), NaN where they do not.

    Far outside of the frame its distortion may lead anywhere: what does not lead back
    is not there.
    """
    from astropy.coordinates import SkyCoord

    sky = SkyCoord(places["ra"].to_numpy(), places["dec"].to_numpy(), unit="deg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of places that are far away
        x, y = frame.wcs.world_to_pixel(sky)
        back = frame.wcs.pixel_to_world(x, y).icrs.separation(sky).arcsec
    there = back < frame.pixel_scale
    return np.where(there, x, np.nan), np.where(there, y, np.nan)


def _repeats(places: pd.DataFrame) -> pd.Series:
    """Tell which rows have the id of a row before them."""
    return places["own_id"].duplicated() & (places["own_id"] != "")


def unplaced(
    places: pd.DataFrame,
    placed: set[int],
    given: Positions,
    name: str,
    sides: Sequence[int],
    broken: int,
) -> pd.DataFrame:
    """Return the rejects: rows of a catalogue that lie in no frame of their source.

    Parameters
    ----------
    places : from `read_positions`.
    placed : rows that lie in a frame.
    given : key `positions` of the source.
    name : of the source.
    sides : longer sides of the frames (px).
    broken : number of frames that could not be searched.
    """
    rejects = []
    first = places.drop_duplicates("own_id").set_index("own_id")["row"]
    repeats = _repeats(places)
    for row in places[~places["row"].isin(placed)].itertuples():
        numbers = (row.x, row.y) if given.x else (row.ra, row.dec)
        if not np.isfinite(numbers).all():
            reason = "its position is no number"
            reason += "" if given.x else ", give degrees"
        elif given.x is None and not -90.0 <= row.dec <= 90.0:
            reason = f"its declination is {row.dec}"
        elif repeats[row.Index]:
            reason = f"row {first[row.own_id] + 1} has the same id, {row.own_id}"
        elif not sides:
            reason = "no image of its source could be searched"
        elif row.radius > max(sides):
            reason = f"its radius of {row.radius:g} px is larger than the image"
        elif broken:
            reason = "its position lies in no image that could be searched"
        else:
            reason = "its position lies outside of the image"
        reason = f"row {row.row + 1} of {given.path}: {reason}"
        id_ = f"{name}_row{row.row + 1}"
        rejects.append(reject_row(name, id_, "detect", reason))
    return reject_table(rejects)


def position_columns(given: Positions, galaxies: pd.DataFrame) -> pd.DataFrame:
    """Return the user's own columns of a catalogue of positions, by `id`.

    Parameters
    ----------
    given : key `positions` of the source.
    galaxies : of this source, with `id` and `row`.
    """
    table = _positions_table(given).iloc[galaxies["row"].to_numpy()]
    ids = galaxies["id"].reset_index(drop=True)
    return own_columns(table.reset_index(drop=True), ids, _named_columns(given))


def places_digest(given: Positions) -> str:
    """Return a digest of where the galaxies are, and how large.

    Raises
    ------
    InputError
        Where the table or a column is missing, or holds something else.
    """
    return table_digest(read_positions(given).dropna(axis=1, how="all"))


def position_columns_digest(given: Positions) -> str:
    """Return a digest of all cells of a catalogue of positions."""
    return table_digest(_positions_table(given))


def _column(given: Positions, key: str) -> str | None:
    return getattr(given, key)


def _named_columns(given: Positions) -> list[str]:
    return [
        _column(given, key) for key in ("x", "y", "ra", "dec") if _column(given, key)
    ]
