"""Collect the true classes, kept apart from all that does not judge."""

import pandas as pd

from galvote.base.errors import InputError
from galvote.base.files import write_table
from galvote.inputs.listings import truth_rows
from galvote.inputs.sources import ImageSource, Source, source_of
from galvote.run.jobs import job
from galvote.simulation.truth import matched_rows

settings = snakemake.params.settings


def truth_of(source: Source) -> pd.DataFrame:
    """Return `id` and `label` of the labelled galaxies of a source."""
    if isinstance(source, ImageSource):
        return truth_rows(source)
    galaxies = pd.read_parquet(snakemake.input.galaxies)
    return matched_rows(
        galaxies[galaxies["source"] == source.name],
        pd.read_parquet(settings["truths"][source.name]),
        source.label_column,
    )


with job(snakemake.log[0], threads=1):
    tables = [truth_of(source_of(given)) for given in settings["sources"]]
    truth = pd.concat(tables, ignore_index=True).sort_values("id", ignore_index=True)
    if truth.empty:
        raise InputError(
            "no image has a label; fill in the source's `label_column` or set it to"
            " null"
        )
    write_table(truth, snakemake.output.truth)
