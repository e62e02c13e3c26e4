"""Catalogues that lie outside of their frames: how far, and why, if it can be told."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from galvote.inputs.source_parts import Positions

LEAST_INSIDE = 0.5  # of the rows of a catalogue; fewer are worth a warning
Sky = tuple[np.ndarray, np.ndarray]  # ra, dec (deg)


def warning_of(
    places: pd.DataFrame, n_placed: int, given: Positions, frames: pd.DataFrame
) -> str:
    """Say where catalogue and frames lie, if most rows lie in no frame; "" otherwise.

    Parameters
    ----------
    places : from `read_positions`.
    n_placed : number of its rows that lie in a frame.
    given : key `positions` of the source.
    frames : a row a frame: `width`, `height` (px), `pixel_scale` (arcsec), and `ra`,
        `dec` (deg, ICRS) of its middle.
    """
    keys = ["x", "y"] if given.x else ["ra", "dec"]
    numbers = places[keys].dropna()
    if len(frames) == 0 or len(numbers) == 0 or n_placed >= LEAST_INSIDE * len(places):
        return ""
    first = given.first_pixel if given.x else 0
    ranges = _ranges_in_pixels if given.x else _ranges_on_sky
    lows, highs = ranges(frames)
    theirs = ", ".join(
        f"{key} {low:.6g} to {high:.6g}"
        for key, low, high in zip(keys, lows, highs, strict=True)
    )
    own = ", ".join(
        f"{key} {numbers[key].min() + first:.6g} to {numbers[key].max() + first:.6g}"
        for key in keys
    )
    reason = (_reason_in_pixels if given.x else _reason_on_sky)(numbers, frames, given)
    return (
        f"only {n_placed} of the {len(places)} rows of {given.path} lie in the"
        f" image{'s' if len(frames) > 1 else ''}: there {theirs}, in the catalogue"
        f" {own}{'; ' if reason else ''}{reason}"
    )


def _ranges_in_pixels(frames: pd.DataFrame) -> tuple[list[float], list[float]]:
    return [1, 1], [frames["width"].max(), frames["height"].max()]


def _ranges_on_sky(frames: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return the lowest and highest ra and dec (deg) of all frames, about."""
    half = _half_diagonals(frames) / np.sqrt(2.0)
    across = half / np.cos(np.radians(frames["dec"]))
    middles = {"ra": (frames["ra"], across), "dec": (frames["dec"], half)}
    return (
        [(middle - width).min() for middle, width in middles.values()],
        [(middle + width).max() for middle, width in middles.values()],
    )


def _half_diagonals(frames: pd.DataFrame) -> pd.Series:
    """Return half of the diagonal of each frame (deg)."""
    pixels = np.hypot(frames["width"], frames["height"]) / 2.0
    return pixels * frames["pixel_scale"] / 3600.0


def _share_within(sky: Sky, frames: pd.DataFrame) -> float:
    """Return the share of positions that are near the middle of a frame."""
    from astropy.coordinates import angular_separation

    ra, dec = (np.radians(np.asarray(values, np.float64)) for values in sky)
    near = np.zeros(len(ra), dtype=bool)
    for frame, reach in zip(frames.itertuples(), _half_diagonals(frames), strict=True):
        middle = np.radians([frame.ra, frame.dec])
        near |= np.degrees(angular_separation(ra, dec, *middle)) <= reach
    return float(near.mean())


def _reason_on_sky(
    numbers: pd.DataFrame, frames: pd.DataFrame, given: Positions
) -> str:
    """Say what else `ra` and `dec` may be, if they lie in the frames as that."""
    ra, dec = numbers["ra"].to_numpy(), numbers["dec"].to_numpy()
    hours = f"`{given.ra}` looks like hours; give degrees, or the column its unit"
    ways: list[tuple[Callable[[], Sky], str]] = [
        (lambda: (15.0 * ra, dec), hours),
        (
            lambda: (np.degrees(ra), np.degrees(dec)),
            "they look like radians; give degrees, or the columns their unit",
        ),
        (lambda: (dec, ra), "`ra` and `dec` look exchanged; change the keys"),
        (
            lambda: _as_icrs(ra, dec, "galactic"),
            "they look like galactic coordinates; convert them to ICRS",
        ),
        (
            lambda: _as_icrs(ra, dec, "fk4"),
            "they look like those of the equinox B1950; convert them to ICRS",
        ),
    ]
    best = _share_within((ra, dec), frames)
    for convert, reason in ways:
        if _share_within(convert(), frames) >= max(LEAST_INSIDE, best + 0.25):
            return reason
    elsewhere = (_ranges_on_sky(frames)[0][0] > 24.0) and ra.min() >= 0.0
    return hours if elsewhere and ra.max() < 24.0 else ""


def _as_icrs(ra: np.ndarray, dec: np.ndarray, system: str) -> Sky:
    from astropy.coordinates import SkyCoord

    sky = SkyCoord(ra, np.clip(dec, -90.0, 90.0), unit="deg", frame=system).icrs
    return sky.ra.deg, sky.dec.deg


def _reason_in_pixels(
    numbers: pd.DataFrame, frames: pd.DataFrame, given: Positions
) -> str:
    """Say what else `x` and `y` may be, if they lie in the frame as that."""
    x, y = numbers["x"].to_numpy(), numbers["y"].to_numpy()
    width, height = frames["width"].max(), frames["height"].max()

    def share(x: np.ndarray, y: np.ndarray) -> float:
        inside = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
        return float(inside.mean())

    first = given.first_pixel
    sky = (x + first, y + first)
    if frames["ra"].notna().any() and _share_within(sky, frames) >= LEAST_INSIDE:
        return "they look like right ascension and declination; name them `ra`, `dec`"
    if share(y, x) >= max(LEAST_INSIDE, share(x, y) + 0.25):
        return "`x` and `y` look exchanged; change the keys"
    shift = 1.0 if first else -1.0  # from this to the other `first_pixel`
    if share(x + shift, y + shift) >= max(LEAST_INSIDE, share(x, y) + 0.25):
        return f"they fit with `first_pixel: {1 - first}`"
    return ""
