"""Cluster the galaxies with one model."""

import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.base.progress import log
from galvote.catalog.rows import add_sky
from galvote.clusters.fitting import cluster
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)
    result = cluster(
        snakemake.wildcards.model,
        codes["codes"],
        settings["k"],
        settings.get("seed"),
        settings["model"],
        settings["limits"],
    )
    log.info("%s: %d clusters", snakemake.wildcards.model, result.labels.max() + 1)
    table = {
        "id": codes["ids"],
        "label": result.labels,
        "confidence": result.confidence,
    }
    labels = add_sky(pd.DataFrame(table), snakemake.input.galaxies)
    write_table(labels, snakemake.output.labels)
