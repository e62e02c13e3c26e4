"""Sources of several bands: one after the other, or joined for the search."""

from collections.abc import Iterator

import numpy as np

from galvote.base.errors import InputError
from galvote.inputs.companion_maps import hide_bad, read_maps
from galvote.inputs.frames import (
    Frame,
    Plane,
    background_of,
    plane_of,
    read_frame,
    scaled_rms,
    size_of,
)
from galvote.inputs.sources import SUM, Bands, FrameSource


def band_frames(
    source: FrameSource, name: str, box: int, wanted: list[str]
) -> Iterator[tuple[str, Frame]]:
    """Read bands of a source of kind `bands` one after the other, with their names.

    A mask, weight or noise map belongs to all of them; each noise has its own level.

    Raises
    ------
    InputError
        Where they are not of one shape.
    """
    shape: tuple[int, int] | None = None
    for band in source.bands:
        if band.name not in wanted:
            continue
        planes, frame = read_frame(band, name)
        if shape is None:
            shape = frame.shape
            bad, rms = read_maps(source, name, shape)
        if frame.shape != shape:
            raise InputError(
                f"{band.path} is {size_of(frame.shape)} but the other bands of source"
                f" {source.name} are {size_of(shape)}; align them first"
            )
        hide_bad(planes, bad, source)
        frame.planes = [plane_of(planes[0], rms, box)]
        yield band.name, frame


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
