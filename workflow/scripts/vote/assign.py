"""Assign galaxies to the clusters and names of a fitted run."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import counted, log
from galvote.catalog.rows import add_sky
from galvote.codes.features import reasons_not_clustered
from galvote.codes.stored_codes import StoredCodes
from galvote.run.jobs import job
from galvote.vote.fitted_run import read_fitted

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    fitted = read_fitted(snakemake.input.fitted)
    stored = StoredCodes(snakemake.input.codes)
    fitted.check(snakemake.input.fitted, stored.fingerprint, settings["cutouts"])
    include = settings["include_unresolved"]
    reasons = reasons_not_clustered(stored.ids, snakemake.input.galaxies, include)
    parts = [
        fitted.assign(stored.ids[place], codes, reasons[place])
        for place, codes in stored.blocks()
    ]
    table = pd.concat(parts, ignore_index=True)
    log.info("%s", counted(table["reason"]))
    log.info("%d galaxies are unlike any seen", table["unlike"].sum())
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.votes)
