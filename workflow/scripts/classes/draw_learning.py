"""Draw the curves of a training."""

import pandas as pd

from galvote.figures.curves import plot_training
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    plot_training(pd.read_csv(snakemake.input.history), snakemake.output.curve)
