"""Collect the true classes, kept apart from all that does not judge."""

import pandas as pd

from galvote.errors import InputError
from galvote.image_tables import read_image_table, truth_rows
from galvote.jobs import job
from galvote.tables import write_table

with job(snakemake.log[0], threads=1):
    tables = [
        truth_rows(read_image_table(path), source["name"], source["label_column"])
        for path, source in zip(
            snakemake.input.tables, snakemake.params.settings["sources"], strict=True
        )
    ]
    truth = pd.concat(tables, ignore_index=True).sort_values("id", ignore_index=True)
    if truth.empty:
        raise InputError(
            "no image has a label; fill in the source's `label_column` or set it to"
            " null"
        )
    write_table(truth, snakemake.output.truth)
