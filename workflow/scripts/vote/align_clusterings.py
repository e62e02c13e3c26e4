"""Match the clusterings to the reference, as the published vote does."""

import numpy as np
import pandas as pd

from galvote.base.files import write_arrays
from galvote.run.jobs import job
from galvote.vote.matching import aligned_memberships

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    tables = {
        model: pd.read_parquet(path)
        for model, path in zip(settings["models"], snakemake.input.labels, strict=True)
    }
    reference = tables[settings["reference"]]
    memberships = aligned_memberships(
        reference["label"].to_numpy(),
        [table["label"].to_numpy() for table in tables.values()],
    )
    write_arrays(
        snakemake.output.memberships,
        ids=reference["id"].to_numpy().astype(str),
        memberships=memberships.astype(np.float16),
    )
