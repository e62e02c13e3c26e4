"""Make the pictures of one shard's galaxies."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from galvote.base.files import whole_folder, write_table
from galvote.base.pngs import write_image
from galvote.base.progress import log, progress
from galvote.base.rejects import reject_row, reject_table
from galvote.base.shards import read_shard
from galvote.cutouts.pictures import frame_pictures, image_pictures
from galvote.detection.in_single_images import galaxy_frames
from galvote.inputs.sources import ImageSource, Source, source_of
from galvote.run.jobs import job

settings = snakemake.params.settings
sources = [source_of(given) for given in settings["sources"]]
searches = dict(zip([s.name for s in sources], settings["searches"], strict=True))
keys = "size", "channels", "softening", "hide_neighbours"
look = {key: settings[key] for key in keys}


def pictures_of(
    source: Source, rows: pd.DataFrame
) -> Iterator[tuple[str, np.ndarray | ValueError]]:
    """Yield the id and the picture, or what is wrong, of the galaxies of a source."""
    search, place = searches[source.name], sources.index(source)
    if isinstance(source, ImageSource):
        images = galaxy_frames(source, rows, search, source.subtracts_sky)
        return image_pictures(source, images, look)
    files = snakemake.input.frame_tables[place], snakemake.input.segments[place]
    return frame_pictures(source, rows, search["background_box"], *files, look)


with job(snakemake.log[0], threads=1):
    shard = read_shard(snakemake.input.galaxies, snakemake.wildcards.shard)
    rejects = []
    with whole_folder(snakemake.output.folder) as folder:
        for source in sources:
            rows = shard[shard["source"] == source.name]
            if rows.empty:
                continue
            pictures = pictures_of(source, rows)
            for id_, picture in progress(pictures, "cutting out", len(rows)):
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
