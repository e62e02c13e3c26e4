"""Collect the true classes, kept apart from all that does not judge."""

from galvote.base.errors import InputError
from galvote.base.files import write_table
from galvote.classes.labels import labels_of_sources
from galvote.inputs.sources import source_of
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    sources = [source_of(given) for given in settings["sources"]]
    galaxies = snakemake.input.galaxies if settings["truths"] else ""
    truth = labels_of_sources(sources, galaxies, settings["truths"])
    if truth.empty:
        raise InputError(
            "no image has a label; fill in the source's `label_column` or set it to"
            " null"
        )
    write_table(truth.rename_axis("id").reset_index(), snakemake.output.truth)
