"""Draw how many principal components the codes need."""

import pandas as pd

from galvote.figures.curves import plot_elbow
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    plot_elbow(pd.read_csv(snakemake.input.scree), snakemake.output.elbow)
