"""List the galaxies of one source: found in its frames, or in images of their own."""

import numpy as np

from galvote.base.checksums import write_checksums
from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.base.rejects import join_rejects
from galvote.catalog.rows import split_rejects
from galvote.detection.framing import LARGEST_RADIUS
from galvote.detection.in_frames import Search, search_frames
from galvote.detection.in_single_images import search_images
from galvote.inputs import listings
from galvote.inputs.maps import map_file
from galvote.inputs.sources import ImageSource, Source, source_of
from galvote.run.jobs import job

settings = snakemake.params.settings


def search_source(source: Source, search: dict, resolved_above: float) -> Search:
    """Find the galaxies of a source; maps of frames are written as they are made."""
    with (
        map_file(snakemake.output.segments) as add_segments,
        map_file(snakemake.output.psf) as add_psf,
    ):

        def keep(name: str, segments: np.ndarray, psf: np.ndarray) -> None:
            add_segments(name, segments)
            add_psf(name, psf.astype(np.float32))

        if isinstance(source, ImageSource):
            return Search(*search_images(source, search, resolved_above))
        return search_frames(source, search, resolved_above, keep)


with job(snakemake.log[0], threads=1):
    source = source_of(settings["source"])
    result = search_source(source, settings["search"], settings["resolved_above"])
    rows, rejects = split_rejects(result.rows, settings["reject"], LARGEST_RADIUS)
    rejects = join_rejects([result.rejects, rejects])
    log.info(
        "source %s: %d galaxies, %d rejected", source.name, len(rows), len(rejects)
    )
    files = [*snakemake.input.files]
    if isinstance(source, ImageSource):
        files = listings.image_files(source)
    write_checksums(files, snakemake.output.checksums)
    write_table(result.frames, snakemake.output.frames)
    write_table(rows, snakemake.output.rows)
    write_table(rejects, snakemake.output.rejects)
