"""Measure how much the clusters tell of brightness, size, noise and neighbours."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.judging.nuisances import nuisance_table
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    galaxies = pd.read_parquet(snakemake.input.galaxies).set_index("id")
    if snakemake.input.truth:
        truth = pd.read_parquet(snakemake.input.truth[0]).set_index("id")
        galaxies = galaxies.join(truth["label"])
    clusterings = {
        model: pd.read_parquet(path).set_index("id")["label"]
        for model, path in zip(settings["models"], snakemake.input.labels, strict=True)
    }
    votes = pd.read_parquet(snakemake.input.votes).set_index("id")["cluster"]
    table = nuisance_table(galaxies, clusterings | {"vote": votes})
    told = table[table["quantity"] != "label"].dropna()
    for row in told.itertuples():
        log.info("%s tells of %s: AMI %.2f", row.clustering, row.quantity, row.ami)
    write_table(table, snakemake.output.nuisances)
