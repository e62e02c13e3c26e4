"""Assign galaxies to the clusters and names of a fitted run."""

import numpy as np
import pandas as pd

from galvote.codes import fingerprint_of, join_codes
from galvote.errors import InputError
from galvote.fitted import read_fitted
from galvote.flags import reason_not_clustered
from galvote.jobs import counted, job, log
from galvote.tables import add_sky, write_table

with job(snakemake.log[0], threads=1):
    fitted = read_fitted(snakemake.input.fitted)
    ids, codes = join_codes(snakemake.input.codes)
    if fingerprint_of(snakemake.input.codes[0]) != fitted.fingerprint:
        raise InputError(
            f"config key `assign.fitted`: the galaxies of {snakemake.input.fitted} were"
            " encoded in another way; take over the sections `cutouts`, `polar` and"
            " `codes` of that run"
        )
    flags = pd.read_parquet(snakemake.input.galaxies, columns=["id", "flags"])
    flags = flags.set_index("id")["flags"].loc[ids]
    include = snakemake.params.settings["include_unresolved"]
    reasons = np.array([reason_not_clustered(f, include) for f in flags], dtype=object)
    table = fitted.assign(ids, codes, reasons)
    log.info("%s", counted(table["reason"]))
    log.info("%d galaxies are unlike any seen", table["unlike"].sum())
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.votes)
