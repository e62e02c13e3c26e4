"""The pictures of the galaxies of a source, from its frames or its images."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.files import read_table
from galvote.cutouts.cutter import Cutter
from galvote.cutouts.windows import Galaxy
from galvote.inputs.frame_views import colour_frame, detection_frame
from galvote.inputs.frames import Frame
from galvote.inputs.ids import frame_keys
from galvote.inputs.many_frames import part_with
from galvote.inputs.maps import map_reader
from galvote.inputs.single_images import mean_plane
from galvote.inputs.sources import Bands, FrameSource, ImageSource

Image = tuple[Galaxy, Frame | ValueError, np.ndarray | None]


def frame_pictures(
    source: FrameSource,
    rows: pd.DataFrame,
    box: int,
    frame_table: str | Path,
    segments: str | Path,
    look: dict,
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the id and the picture of each galaxy of a source of frames.

    Parameters
    ----------
    rows : of the catalogue, of this source.
    box : side of the boxes of the background (px).
    frame_table, segments : files that detection wrote for this source.
    look : `size`, `channels`, `softening`, `hide_neighbours` of the config.
    """
    frames = read_table(frame_table, ["hdu"])
    frames = frames.set_index(frames["hdu"].fillna(""))
    colour = look["channels"] == "colour"
    read = colour_frame if colour else detection_frame
    with map_reader(segments) as read_map:
        for key, galaxies in rows.groupby(frame_keys(rows), sort=False):
            frame = read(*part_with(source, galaxies), box)
            scales = None
            if isinstance(source, Bands) and colour:
                scales = _scales_of(source, frames.loc[key])
            numbers = read_map(key)
            cutter = Cutter(frame, numbers, kind=source.stretch, scales=scales, **look)
            for galaxy in galaxies.itertuples():
                yield galaxy.id, cutter.cut(galaxy)


def _scales_of(source: Bands, measured: pd.Series) -> list[float]:
    """Return the factors on the three bands of colour pictures."""
    given = {band.name: band.scale for band in source.bands}
    return [given[band] or measured[f"scale_{band}"] for band in source.colour]


def image_pictures(
    source: ImageSource, images: Iterable[Image], look: dict
) -> Iterator[tuple[str, np.ndarray | ValueError]]:
    """Yield the id and the picture, or what is wrong, of images of one galaxy each.

    Parameters
    ----------
    images : row of the catalogue, frame and segmentation map of each galaxy.
    look : as for `frame_pictures`.
    """
    for galaxy, frame, segments in images:
        if isinstance(frame, ValueError):
            yield galaxy.id, frame
            continue
        if look["channels"] != "colour":
            frame = Frame("", [mean_plane(frame)])
        elif len(frame.planes) in (1, 3):
            frame.planes *= 3 // len(frame.planes)
        else:
            yield galaxy.id, ValueError(f"it has {len(frame.planes)} bands, not 1 or 3")
            continue
        cutter = Cutter(frame, segments, kind=source.stretch, **look)
        yield galaxy.id, cutter.cut(galaxy, source.crop)
