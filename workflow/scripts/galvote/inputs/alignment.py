"""Bands that do not match: how far one lies from another, and how it is resampled."""

import warnings
from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS
from astropy.wcs.utils import pixel_to_pixel
from astropy.wcs.wcsapi import HighLevelWCSWrapper, SlicedLowLevelWCS

from galvote.inputs.frames import size_of

MOST_OFFSET = 0.5  # px anywhere, up to which bands are aligned
GRID_SIDE = 17  # places a side at which two WCS are compared, corners included
ROWS_AT_ONCE = 256  # that are resampled, so that memory is bounded


@dataclass(frozen=True)
class Grid:
    """The pixels of a band: their number (ny, nx), and their WCS or None."""

    shape: tuple[int, int]
    wcs: WCS | None


def offset_between(grid: Grid, other: Grid) -> str:
    """Say how the pixels of `other` lie on those of `grid`; empty where they are equal.

    Both have a WCS. What turns or scales by less than half a pixel is not said.
    """
    ny, nx = grid.shape
    x, y = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(-0.5, nx - 0.5, GRID_SIDE),
            np.linspace(-0.5, ny - 0.5, GRID_SIDE),
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of places that are far away
        moved = np.stack(pixel_to_pixel(grid.wcs, other.wcs, x, y))
    there = np.isfinite(moved).all(axis=0)
    if there.sum() < 3:
        return "far away on the sky"
    places = np.stack([x, y])[:, there]
    distance = np.hypot(*(moved[:, there] - places)).max()
    if distance <= MOST_OFFSET and there.all() and grid.shape == other.shape:
        return ""
    terms = np.stack([*places, np.ones(there.sum())], axis=1)
    slope = np.linalg.lstsq(terms, moved[:, there].T)[0][:2].T
    reach, area = np.hypot(nx, ny) / 2.0, np.linalg.det(slope)
    said = [f"shifted by up to {distance:.1f} px"] if distance > MOST_OFFSET else []
    if area < 0:
        slope = slope * [-1.0, 1.0]
        said.append("mirrored")
    turn = np.arctan2(slope[1, 0] - slope[0, 1], slope[0, 0] + slope[1, 1])
    if abs(turn) * reach > MOST_OFFSET:
        said.append(f"rotated by {np.degrees(turn):.2g} deg")
    scale = 1.0 / np.sqrt(abs(area))
    if abs(scale - 1.0) * reach > MOST_OFFSET:
        said.append(f"of pixels {scale:.4g} times as large")
    if grid.shape != other.shape:
        said.append(f"{size_of(other.shape)}, not {size_of(grid.shape)}")
    return _listed(said)


def _listed(parts: list[str]) -> str:
    """Join parts of a sentence with commas and a last `and`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def resampled(data: np.ndarray, wcs: WCS, grid: Grid) -> np.ndarray:
    """Resample a band to other pixels, its light conserved.

    Each new pixel is the mean of the old ones under a Hann window as wide as the larger
    of both (DeForest 2004): nothing is aliased on larger pixels, and a pixel without
    data spoils only those that touch it.

    Parameters
    ----------
    data : float32 (ny, nx), counts; NaN where there is no value.
    wcs : of the band.
    grid : of the result.

    Returns
    -------
    float32 of the grid's shape; NaN where the band has no value.
    """
    from reproject import reproject_adaptive  # takes a second to load

    result = np.empty(grid.shape, np.float32)
    for first in range(0, grid.shape[0], ROWS_AT_ONCE):
        rows = result[first : first + ROWS_AT_ONCE]
        part = SlicedLowLevelWCS(grid.wcs, np.s_[first : first + len(rows), :])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of places that are far away
            reproject_adaptive(
                (data, wcs),
                HighLevelWCSWrapper(part),
                rows.shape,
                kernel="hann",
                conserve_flux=True,
                output_array=rows,
                return_footprint=False,
            )
    return result
