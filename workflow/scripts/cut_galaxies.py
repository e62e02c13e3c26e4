"""Make the pictures of one shard's galaxies."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from galvote import cutouts
from galvote.frames import read_frame, read_segments
from galvote.images import write_image
from galvote.jobs import job, log, progress
from galvote.tables import read_shard, reject_table, whole_folder, write_table

settings = snakemake.params.settings


def cutter_of(source: dict) -> Callable[..., np.ndarray]:
    """Return what makes the picture of one catalogue row of a source."""
    name, size, channels = source["name"], settings["size"], settings["channels"]
    if source["kind"] == "images":
        folder, crop = Path(source["path"]).parent, source["crop"]
        return lambda row: cutouts.cut_from_image(
            folder / row.image_path, crop, size, channels
        )
    kind = source["stretch"]
    frame = read_frame(
        source["path"], source["hdu"], settings["background_box"], kind != "none"
    )
    cutouts.check_bands(name, len(frame.planes), channels)
    segments = None
    if settings["hide_neighbours"]:
        place = [s["name"] for s in settings["sources"]].index(name)
        segments = read_segments(snakemake.input.segments[place])
    return lambda row: cutouts.cut_from_frame(
        frame,
        row,
        kind=kind,
        size=size,
        channels=channels,
        softening=settings["softening"],
        segments=segments,
    )


with job(snakemake.log[0], threads=1):
    shard = read_shard(snakemake.input.galaxies, snakemake.wildcards.shard)
    rejects = []
    with whole_folder(snakemake.output.folder) as folder:
        for source in settings["sources"]:
            rows = shard[shard["source"] == source["name"]]
            if rows.empty:
                continue
            cut = cutter_of(source)
            for row in progress(rows.itertuples(), "cutting out", len(rows)):
                try:
                    picture = cut(row)
                except (OSError, ValueError) as error:
                    fields = {"source": row.source, "id": row.id, "stage": "cut_out"}
                    rejects.append({**fields, "reason": f"cannot be cut out: {error}"})
                else:
                    write_image(picture, folder, row.id)
    log.info(
        "shard %s: %d cutouts, %d rejected",
        snakemake.wildcards.shard,
        len(shard) - len(rejects),
        len(rejects),
    )
    write_table(reject_table(rejects), snakemake.output.rejects)
