"""Keep one shard's galaxies as they are: counts, noise, mask and PSF in FITS."""

from collections.abc import Iterator

import pandas as pd

from galvote.base.files import whole_folder
from galvote.base.progress import log, progress
from galvote.base.shards import read_shard
from galvote.cutouts.linear import linear_cutout, write_linear
from galvote.detection.in_single_images import galaxy_frames, given_psf
from galvote.inputs.frame_views import all_bands_frame
from galvote.inputs.frames import Frame
from galvote.inputs.ids import frame_keys
from galvote.inputs.listings import folder_of
from galvote.inputs.many_frames import part_with
from galvote.inputs.maps import map_reader
from galvote.inputs.sources import FrameSource, ImageSource, source_of
from galvote.run.jobs import job

settings = snakemake.params.settings
sources = [source_of(given) for given in settings["sources"]]
searches = dict(zip([s.name for s in sources], settings["searches"], strict=True))


def from_frames(source: FrameSource, rows: pd.DataFrame) -> Iterator[tuple]:
    """Yield frame, segmentation map, PSF and galaxy for a source of frames."""
    place, box = sources.index(source), searches[source.name]["background_box"]
    with (
        map_reader(snakemake.input.segments[place]) as read_segments,
        map_reader(snakemake.input.psf[place]) as read_psf,
    ):
        for key, galaxies in rows.groupby(frame_keys(rows), sort=False):
            frame = all_bands_frame(*part_with(source, galaxies), box)
            segments, psf = read_segments(key), read_psf(key)
            for galaxy in galaxies.itertuples():
                yield frame, segments, psf, galaxy


def from_pictures(source: ImageSource, rows: pd.DataFrame) -> Iterator[tuple]:
    """Yield frame, segmentation map, PSF and galaxy for images of one galaxy each."""
    folder = folder_of(source)
    images = galaxy_frames(source, rows, searches[source.name], subtract=True)
    for galaxy, frame, segments in images:
        if isinstance(frame, Frame):
            psf = given_psf(source, galaxy, folder)
            yield frame, segments, None if psf is None else psf.image, galaxy


with job(snakemake.log[0], threads=1):
    shard = read_shard(snakemake.input.galaxies, snakemake.wildcards.shard)
    kept = 0
    with whole_folder(snakemake.output.folder) as folder:
        for source in sources:
            rows = shard[shard["source"] == source.name]
            read = from_pictures if isinstance(source, ImageSource) else from_frames
            for *images, galaxy in progress(read(source, rows), "cutting", len(rows)):
                write_linear(linear_cutout(*images, galaxy), folder, galaxy.id)
                kept += 1
    log.info("shard %s: %d linear cutouts", snakemake.wildcards.shard, kept)
