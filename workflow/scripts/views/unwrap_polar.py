"""Unwrap one shard's denoised galaxies to polar coordinates."""

from galvote.base.files import whole_folder, write_table
from galvote.base.pngs import read_images, write_image
from galvote.base.progress import log
from galvote.base.shards import read_shard
from galvote.run.jobs import job
from galvote.views.polar import unwrap

with job(snakemake.log[0], threads=1):
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    images, kept, rejects = read_images(rows, snakemake.input.denoised, "unwrap_polar")
    unwrapped = unwrap(images, **snakemake.params.settings)
    with whole_folder(snakemake.output.folder) as folder:
        for id_, image in zip(kept["id"], unwrapped, strict=True):
            write_image(image, folder, id_)
    log.info(
        "shard %s: %d unwrapped, %d rejected",
        snakemake.wildcards.shard,
        len(kept),
        len(rejects),
    )
    write_table(rejects, snakemake.output.rejects)
