"""Draw the curves of the autoencoder's training."""

from pathlib import Path

import pandas as pd

from galvote.figures.curves import plot_training
from galvote.networks.training_states import forget_states
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    plot_training(pd.read_csv(snakemake.input.history), snakemake.output.curve)
    # only now has Snakemake noted that the training is done: a kill before it did has
    # the training's job run again, which then finds the state at its end
    forget_states(Path(snakemake.output.curve).parent)
