"""Join all codes, sort them by id and find their principal components."""

import numpy as np
import pandas as pd

from galvote.catalog import Flag
from galvote.codes import join_codes
from galvote.jobs import job, log
from galvote.reduction import reduce_codes
from galvote.tables import write_arrays, write_table

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    ids, codes = join_codes(snakemake.input.codes)
    flags = pd.read_parquet(snakemake.input.galaxies, columns=["id", "flags"])
    flags = flags.set_index("id")["flags"].loc[ids].to_numpy()
    reasons = np.full(len(ids), "", dtype=object)
    if not settings["include_unresolved"]:
        reasons[flags & Flag.UNRESOLVED != 0] = "unresolved"
        reasons[flags & Flag.STAR != 0] = "star"
    clustered = reasons == ""
    reduction = reduce_codes(codes[clustered], settings["dimensions"])
    kept = int(reduction.scree["kept"].sum())
    log.info("%d galaxies, %d components kept", clustered.sum(), kept)
    write_arrays(
        snakemake.output.components,
        mean=reduction.mean,
        components=reduction.components,
    )
    write_arrays(snakemake.output.raw, ids=ids[clustered], codes=codes[clustered])
    write_arrays(snakemake.output.pca, ids=ids[clustered], codes=reduction.scores)
    aside = {"id": ids[~clustered], "reason": reasons[~clustered]}
    aside = pd.DataFrame(aside, dtype=str)
    write_table(aside, snakemake.output.set_aside)
    write_table(reduction.scree, snakemake.output.scree)
