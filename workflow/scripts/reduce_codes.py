"""Join all codes, sort them by id and find their principal components."""

import numpy as np
import pandas as pd

from galvote.codes import fingerprint_of, join_changes, join_codes
from galvote.flags import reason_not_clustered
from galvote.jobs import job, log
from galvote.measurements import measured_points
from galvote.reduction import (
    find_invariance,
    join_measured,
    reduce_codes,
    residuals,
)
from galvote.tables import write_arrays, write_table

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    tables = [pd.read_parquet(path) for path in snakemake.input.measured]
    measured = pd.concat(tables).set_index("id").sort_index() if tables else None
    if snakemake.input.codes:
        ids, codes = join_codes(snakemake.input.codes)
    else:
        ids = measured.index.to_numpy(dtype=str)
    flags = pd.read_parquet(snakemake.input.galaxies, columns=["id", "flags"])
    flags = flags.set_index("id")["flags"].loc[ids].to_numpy()
    include = settings["include_unresolved"]
    reasons = np.array([reason_not_clustered(f, include) for f in flags], dtype=object)
    clustered = reasons == ""
    numbers = measured_points(measured.loc[ids[clustered]]) if tables else None
    arrays = {}
    if snakemake.input.codes:
        changes = join_changes(snakemake.input.changes)
        invariance = find_invariance(codes[clustered], changes, settings["invariance"])
        arrays = {"directions": invariance.directions, "factors": invariance.factors}
        arrays["fingerprint"] = np.array(fingerprint_of(snakemake.input.codes[0]))
        codes = invariance.apply(codes[clustered])
        if tables:
            codes = join_measured(codes, numbers, settings["measured"])
    else:
        codes = numbers
    reduction = reduce_codes(codes, settings["dimensions"])
    kept = int(reduction.scree["kept"].sum())
    log.info("%d galaxies, %d components kept", clustered.sum(), kept)
    write_arrays(
        snakemake.output.components,
        mean=reduction.mean,
        components=reduction.components,
        **arrays,
    )
    write_arrays(snakemake.output.raw, ids=ids[clustered], codes=codes)
    left_out = residuals(codes, reduction.mean, reduction.scores)
    found = {"codes": reduction.scores, "residual": left_out}
    write_arrays(snakemake.output.pca, ids=ids[clustered], **found)
    aside = {"id": ids[~clustered], "reason": reasons[~clustered]}
    aside = pd.DataFrame(aside, dtype=str)
    write_table(aside, snakemake.output.set_aside)
    write_table(reduction.scree, snakemake.output.scree)
