"""Draw the judging: classes in each cluster, accuracy against the share kept."""

import pandas as pd

from galvote.base.files import read_table
from galvote.figures.curves import plot_confusion, plot_risk_coverage
from galvote.run.jobs import job
from galvote.vote.tally import SOFT_VOTE

with job(snakemake.log[0], threads=1):
    counts = read_table(snakemake.input.confusion, ["label"]).set_index("label")
    plot_confusion(counts, snakemake.output.confusion)
    rest = counts.get("rest", pd.Series([0]))
    voted_share = 1.0 - rest.sum() / counts.to_numpy().sum()
    curves = read_table(snakemake.input.risk)
    plot_risk_coverage(curves, SOFT_VOTE, voted_share, snakemake.output.risk)
