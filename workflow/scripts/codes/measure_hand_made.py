"""Measure one shard's cutouts: eight numbers each, the baseline of the judging."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.pngs import read_images
from galvote.base.progress import progress
from galvote.base.shards import read_shard
from galvote.codes.hand_made import HAND_MADE, measure_by_hand
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    images, kept, _ = read_images(rows, snakemake.input.cutouts, "measure_hand_made")
    numbers = [measure_by_hand(image) for image in progress(images, "measuring")]
    table = pd.DataFrame(numbers, columns=HAND_MADE)
    table.insert(0, "id", kept["id"])
    write_table(table, snakemake.output.hand_made)
