"""Fit the voters of the soft vote and ask them about every galaxy."""

import numpy as np
import pandas as pd

from galvote.base.files import read_arrays, write_arrays
from galvote.base.progress import log
from galvote.run.jobs import job
from galvote.vote.voters import fit_voters

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)
    reference = pd.read_parquet(snakemake.input.reference)["label"].to_numpy()
    voters, memberships = fit_voters(
        codes["codes"], reference, settings, settings["seed"], snakemake.threads
    )
    log.info("%d voters with %d clusters in all", len(voters.sizes), voters.sizes.sum())
    write_arrays(snakemake.output.voters, **vars(voters))
    write_arrays(
        snakemake.output.memberships,
        ids=codes["ids"],
        memberships=memberships.astype(np.float16),
    )
