"""Sources of frames: what of a frame is searched, shown or kept."""

import numpy as np

from galvote.base.errors import InputError
from galvote.inputs import fits_images
from galvote.inputs.bands import band_frames, joined_bands
from galvote.inputs.companion_maps import hide_bad, read_maps
from galvote.inputs.frames import Frame, plane_of, read_frame
from galvote.inputs.sources import Bands, FrameSource


def check_end_of_file(source: FrameSource) -> None:
    """Refuse a file of several frames that hides some after a broken header.

    Raises
    ------
    InputError
        Where it does.
    """
    if not isinstance(source, Bands) and isinstance(source.hdu, str):
        fits_images.check_end(source.path)


def detection_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read what is searched for detections, as a frame of one plane.

    The mean of a cube's planes; of `bands` the one that `detect` names, or the mean of
    all, weighted by the inverse square of their noise, in the counts of the first.

    Parameters
    ----------
    source : of the config.
    name : of the frame.
    box : side of the boxes of the background (px).

    Raises
    ------
    InputError
        Where an image cannot be read or does not fit the others.
    """
    if isinstance(source, Bands):
        return joined_bands(source, name, box)
    planes, frame, rms = _read_with_maps(source, name)
    mean = planes[0] if len(planes) == 1 else planes.mean(axis=0)
    frame.planes = [plane_of(mean, rms, box, source.subtracts_sky)]
    return frame


def colour_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read the three bands that are shown as red, green and blue; one is shown grey.

    Raises
    ------
    InputError
        Where there are neither three nor one, or they do not fit together.
    """
    if isinstance(source, Bands):
        shown = dict(band_frames(source, name, box, source.colour))
        planes = [shown[band].planes[0] for band in source.colour]
        return Frame(name, planes)
    planes, frame, _ = _read_with_maps(source, name)
    check_colour(source.name, len(planes))
    subtract = source.subtracts_sky
    shown = [plane_of(plane, None, box, subtract) for plane in planes]
    frame.planes = shown * (3 // len(shown))
    return frame


def check_colour(name: str, n_bands: int) -> None:
    """Refuse to show other than three bands, or one, as red, green and blue.

    Raises
    ------
    InputError
        That names the source and the other choices.
    """
    if n_bands not in (1, 3):
        raise InputError(
            f"config key `cutouts.channels` is colour but source {name} has {n_bands}"
            " bands; choose grey or depths, or three `planes`"
        )


def all_bands_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read all bands of a frame, background subtracted."""
    if isinstance(source, Bands):
        names = source.band_names
        frames = [frame for _, frame in band_frames(source, name, box, names)]
        frames[0].planes = [frame.planes[0] for frame in frames]
        return frames[0]
    planes, frame, rms = _read_with_maps(source, name)
    frame.planes = [plane_of(plane, rms, box, subtract=True) for plane in planes]
    return frame


def _read_with_maps(
    source: FrameSource, name: str
) -> tuple[np.ndarray, Frame, np.ndarray | None]:
    """Read planes, NaN where a map says so, and the pattern of their noise."""
    planes, frame = read_frame(source, name, source)
    bad, rms = read_maps(source, name, frame.shape)
    hide_bad(planes, bad, source)
    return planes, frame, rms
