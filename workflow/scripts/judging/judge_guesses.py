"""Judge the guesses of methods that learn from unlabelled galaxies."""

import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.classes.labels import labels_that_are_known
from galvote.classes.splits import TEST
from galvote.figures.classes import plot_confusions
from galvote.figures.curves import plot_guesses
from galvote.judging.guesses import feature_report, guess_scores
from galvote.run.jobs import job

settings = snakemake.params.settings
given, made = snakemake.input, snakemake.output

with job(snakemake.log[0], threads=settings["threads"]):
    labels = labels_that_are_known(settings["labels"], given.truth)
    parts = pd.read_parquet(given.splits).set_index("id")["part"]
    judging = labels[labels.index.isin(parts.index[parts == TEST])]
    teaching = pd.read_parquet(given.teaching).set_index("id")["label"]
    count = len({*judging, *teaching})
    ks = {"one to one": count, "majority": max(settings["k"], count)}
    scores, reports, counts = [], [], []
    for method, guesses, features in zip(
        settings["methods"], given.guesses, given.features, strict=True
    ):
        table = pd.read_parquet(guesses)
        found = guess_scores(table, judging, settings["threshold"])
        scores.append(found.assign(method=method))
        stored = read_arrays(features)
        report, cells = feature_report(
            stored["ids"], stored["features"], teaching, judging, ks
        )
        reports.append(report.assign(method=method))
        counts.append(cells.assign(method=method + ", " + cells["match"]))
    write_table(pd.concat(scores), made.guesses)
    write_table(pd.concat(reports), made.clusters)
    plot_guesses(pd.concat(scores), made.figure)
    plot_confusions(pd.concat(counts), made.confusion)
