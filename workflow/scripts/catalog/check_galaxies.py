"""Refuse galaxies that are too few to be clustered, before the long work begins."""

import pandas as pd

from galvote.base.files import whole_file
from galvote.clusters.enough import refuse_too_few
from galvote.codes.features import reasons_not_clustered
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    galaxies = snakemake.input.galaxies
    ids = pd.read_parquet(galaxies, columns=["id"])["id"].to_numpy()
    reasons = reasons_not_clustered(ids, galaxies, settings["include_unresolved"])
    if settings["wanted"] is not None:
        refuse_too_few(reasons, **settings["wanted"])
    with whole_file(snakemake.output.checked) as partial:
        partial.write_text(
            f"{(reasons == '').sum()} of {len(reasons)} galaxies can be clustered\n"
        )
