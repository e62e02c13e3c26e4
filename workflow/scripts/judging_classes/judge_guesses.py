"""Judge the guesses of methods that learn from unlabelled galaxies."""

import pandas as pd

from galvote.base.files import write_table
from galvote.classes.labels import labels_that_are_known
from galvote.classes.splits import TEST
from galvote.figures.curves import plot_guesses
from galvote.judging.guesses import guess_scores
from galvote.run.jobs import job

settings = snakemake.params.settings
given, made = snakemake.input, snakemake.output

with job(snakemake.log[0], threads=1):
    labels = labels_that_are_known(settings["labels"], given.truth)
    parts = pd.read_parquet(given.splits).set_index("id")["part"]
    judging = labels[labels.index.isin(parts.index[parts == TEST])]
    scores = []
    for method, guesses in zip(settings["methods"], given.guesses, strict=True):
        table = pd.read_parquet(guesses)
        found = guess_scores(table, judging, settings["threshold"])
        scores.append(found.assign(method=method))
    write_table(pd.concat(scores), made.table)
    plot_guesses(pd.concat(scores), made.figure)
