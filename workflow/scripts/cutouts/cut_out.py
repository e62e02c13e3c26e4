"""Make the pictures of one shard's galaxies."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from galvote.base.files import whole_folder, write_table
from galvote.base.pngs import write_image
from galvote.base.progress import log, progress
from galvote.base.rejects import reject_row, reject_table
from galvote.base.shards import read_shard
from galvote.cutouts.cutter import Cutter
from galvote.detection.in_single_images import galaxy_frames, mean_plane
from galvote.inputs.frames import Frame, colour_frame, detection_frame
from galvote.inputs.maps import read_map
from galvote.inputs.sources import Bands, FrameSource, ImageSource, source_of
from galvote.run.jobs import job

settings = snakemake.params.settings
sources = [source_of(given) for given in settings["sources"]]
searches = dict(zip([s.name for s in sources], settings["searches"], strict=True))
colour = settings["channels"] == "colour"
look = {
    key: settings[key] for key in ("size", "channels", "softening", "hide_neighbours")
}


def scales_of(source: Bands, measured: pd.Series) -> list[float]:
    """Return the factors on the three bands of colour pictures."""
    given = {band.name: band.scale for band in source.bands}
    return [given[band] or measured[f"scale_{band}"] for band in source.colour]


def cut_frames(
    source: FrameSource, rows: pd.DataFrame
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the id and the picture of each galaxy of a source of frames."""
    place = sources.index(source)
    frames = pd.read_csv(snakemake.input.frame_tables[place], dtype={"hdu": str})
    frames = frames.set_index(frames["hdu"].fillna(""))
    read = colour_frame if colour else detection_frame
    for name, galaxies in rows.groupby("hdu", sort=False):
        frame = read(source, name, searches[source.name]["background_box"])
        scales = None
        if isinstance(source, Bands) and colour:
            scales = scales_of(source, frames.loc[name])
        segments = read_map(snakemake.input.segments[place], name)
        cutter = Cutter(frame, segments, kind=source.stretch, scales=scales, **look)
        for galaxy in galaxies.itertuples():
            yield galaxy.id, cutter.cut(galaxy)


def cut_pictures(
    source: ImageSource, rows: pd.DataFrame
) -> Iterator[tuple[str, np.ndarray | ValueError]]:
    """Yield the id and the picture, or what is wrong, of images of one galaxy each."""
    kind = source.stretch
    images = galaxy_frames(source, rows, searches[source.name], source.subtracts_sky)
    for galaxy, frame, segments in images:
        if isinstance(frame, ValueError):
            yield galaxy.id, frame
            continue
        if not colour:
            frame = Frame("", [mean_plane(frame)])
        elif len(frame.planes) in (1, 3):
            frame.planes *= 3 // len(frame.planes)
        else:
            yield galaxy.id, ValueError(f"it has {len(frame.planes)} bands, not 1 or 3")
            continue
        cutter = Cutter(frame, segments, kind=kind, **look)
        yield galaxy.id, cutter.cut(galaxy, source.crop)


with job(snakemake.log[0], threads=1):
    shard = read_shard(snakemake.input.galaxies, snakemake.wildcards.shard)
    rejects = []
    with whole_folder(snakemake.output.folder) as folder:
        for source in sources:
            rows = shard[shard["source"] == source.name]
            if rows.empty:
                continue
            cut = cut_pictures if isinstance(source, ImageSource) else cut_frames
            for id_, picture in progress(cut(source, rows), "cutting out", len(rows)):
                if isinstance(picture, ValueError):
                    reason = f"cannot be cut out: {picture}"
                    rejects.append(reject_row(source.name, id_, "cut_out", reason))
                else:
                    write_image(picture, folder, id_)
    log.info(
        "shard %s: %d cutouts, %d rejected",
        snakemake.wildcards.shard,
        len(shard) - len(rejects),
        len(rejects),
    )
    write_table(reject_table(rejects), snakemake.output.rejects)
