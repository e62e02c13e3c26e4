"""Measure one shard's cutouts: eight numbers each, the baseline of the judging."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.pngs import read_images
from galvote.base.progress import progress
from galvote.base.shards import read_shard
from galvote.jobs import job
from galvote.measurements import MEASURED, measure

with job(snakemake.log[0], threads=1):
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    images, kept, _ = read_images(rows, snakemake.input.cutouts, "measure_shapes")
    numbers = [measure(image) for image in progress(images, "measuring")]
    table = pd.DataFrame(numbers, columns=MEASURED)
    table.insert(0, "id", kept["id"])
    write_table(table, snakemake.output.measured)
