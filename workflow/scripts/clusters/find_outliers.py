"""Learn what is usual among the galaxies, and score how unlike all others each is."""

import pandas as pd

from galvote.base.files import read_arrays, write_arrays, write_table
from galvote.catalog.rows import add_sky
from galvote.clusters.novelty import fit_novelty, with_residual
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    codes = read_arrays(snakemake.input.codes)
    novelty, scores = fit_novelty(with_residual(codes["codes"], codes.get("residual")))
    write_arrays(snakemake.output.novelty, **novelty.arrays())
    table = pd.DataFrame({"id": codes["ids"], "outlier": scores})
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.outliers)
