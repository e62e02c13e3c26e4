"""Assign galaxies to the clusters and names of a fitted run."""

import pandas as pd

from galvote.codes import StoredCodes
from galvote.errors import InputError
from galvote.features import reasons_not_clustered
from galvote.fitted import read_fitted
from galvote.jobs import counted, job, log
from galvote.tables import add_sky, write_table

with job(snakemake.log[0], threads=1):
    fitted = read_fitted(snakemake.input.fitted)
    stored = StoredCodes(snakemake.input.codes)
    if stored.fingerprint != fitted.fingerprint:
        raise InputError(
            f"config key `assign.fitted`: the galaxies of {snakemake.input.fitted} were"
            " encoded in another way; take over the sections `cutouts`, `polar` and"
            " `codes` of that run"
        )
    include = snakemake.params.settings["include_unresolved"]
    reasons = reasons_not_clustered(stored.ids, snakemake.input.galaxies, include)
    parts = [
        fitted.assign(stored.ids[place], codes, reasons[place])
        for place, codes in stored.blocks()
    ]
    table = pd.concat(parts, ignore_index=True)
    log.info("%s", counted(table["reason"]))
    log.info("%d galaxies are unlike any seen", table["unlike"].sum())
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.votes)
