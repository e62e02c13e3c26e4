"""Sources of several bands: one after the other, or joined for the search."""

from collections.abc import Iterator

import numpy as np

from galvote.base.errors import InputError
from galvote.inputs.alignment import Grid, offset_between, resampled
from galvote.inputs.companion_maps import hide_bad, read_maps
from galvote.inputs.frames import (
    LEAST_VALID,
    Frame,
    Plane,
    background_of,
    plane_of,
    read_frame,
    scaled_rms,
    size_of,
)
from galvote.inputs.source_parts import SUM
from galvote.inputs.sources import (
    Band,
    Bands,
)


def band_frames(
    source: Bands, name: str, box: int, wanted: list[str]
) -> Iterator[tuple[str, Frame]]:
    """Read bands of a source one after the other, with their names, on equal pixels.

    The pixels are those of the band that galaxies are detected in. A mask, weight or
    noise map belongs to all bands; each noise has its own level.

    Raises
    ------
    InputError
        Where they do not match and are not to be resampled, or cannot be.
    """
    leading = leading_band(source)
    grid: Grid | None = None
    for band in source.bands:
        if band.name not in wanted:
            continue
        planes, frame = read_frame(band, name, source)
        if grid is None:
            _, first = (
                (planes, frame)
                if band is leading
                else read_frame(leading, name, source)
            )
            grid = Grid(first.shape, first.wcs)
            bad, rms = read_maps(source, name, grid.shape)
        planes = _aligned(planes, frame, grid, band, source)
        hide_bad(planes, bad, source)
        frame.planes = [plane_of(planes[0], rms, box)]
        frame.notes = [f"band {band.name}: {note}" for note in frame.notes]
        yield band.name, frame


def leading_band(source: Bands) -> Band:
    """Return the band on whose pixels the others are looked at."""
    named = [band for band in source.bands if band.name == source.detect]
    return (named or source.bands)[0]


def _aligned(
    planes: np.ndarray, frame: Frame, grid: Grid, band: Band, source: Bands
) -> np.ndarray:
    """Return the planes of a band, (1, ny, nx), on the pixels of a grid.

    Where they are resampled the frame gets the grid's WCS, and a note.
    """
    if frame.wcs is None or grid.wcs is None:
        if frame.shape != grid.shape:
            raise InputError(
                f"{band.path} is {size_of(frame.shape)} but the other bands of source"
                f" {source.name} are {size_of(grid.shape)}; align them first"
            )
        return planes
    offset = offset_between(grid, Grid(frame.shape, frame.wcs))
    if not offset:
        return planes
    leading = leading_band(source).name
    if source.align == "refuse":
        raise InputError(
            f"{band.path} does not lie on the pixels of band {leading} of source"
            f" {source.name}, it is {offset}; align the bands first, or set the key"
            " `align: resample`"
        )
    planes = resampled(planes[0], frame.wcs, grid)[None]
    if np.isfinite(planes).mean() < LEAST_VALID:
        raise InputError(
            f"{band.path} does not show the sky of band {leading} of source"
            f" {source.name}, it is {offset}; leave it out or change its `path`"
        )
    frame.wcs = grid.wcs
    frame.notes.append(f"resampled to band {leading}; it was {offset}")
    return planes


def joined_bands(source: Bands, name: str, box: int) -> Frame:
    """Read what is searched: the band that `detect` names, or the mean of all."""
    wanted = source.band_names if source.detect == SUM else [source.detect]
    joined: Frame | None = None
    for _, frame in band_frames(source, name, box, wanted):
        plane = frame.planes[0]
        if joined is None:
            joined, first = frame, plane
            total, weights = (np.zeros(frame.shape, np.float32) for _ in range(2))
        weight = np.float32((first.noise / plane.noise) ** 2) if plane.noise else 1.0
        there = np.isfinite(plane.data)  # a gap in one band is none in the others
        total[there] += weight * plane.data[there]
        weights[there] += weight
    covered, rms = weights > 0, first.rms
    mean = np.where(covered, total / np.where(covered, weights, 1), np.float32(np.nan))
    noise = background_of(mean, box).globalrms if len(wanted) > 1 else first.noise
    if rms is None and weights.min() < weights.max():
        rms = np.where(covered, 1.0 / np.sqrt(np.where(covered, weights, 1)), np.nan)
    joined.planes = [Plane(mean, noise, first.level, 0.0, scaled_rms(rms, noise))]
    return joined
