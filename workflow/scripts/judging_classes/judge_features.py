"""Judge the features that networks learned, by neighbours and clusters."""

import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.classes.labels import labels_that_are_known
from galvote.classes.splits import TEST
from galvote.figures.classes import plot_confusions
from galvote.judging.features import cluster_scores, feature_report, feature_scores
from galvote.run.jobs import job

settings = snakemake.params.settings
given, made = snakemake.input, snakemake.output
WHEN = {"before": "before", "after": "features"}  # arrays of a file

with job(snakemake.log[0], threads=settings["threads"]):
    labels = labels_that_are_known(settings["labels"], given.truth)
    splits = pd.read_parquet(given.splits)
    tested = splits[splits["part"] == TEST].drop_duplicates("group")  # copies are alike
    judging = labels[labels.index.isin(tested["id"])]
    teaching = pd.read_parquet(given.teaching).set_index("id")["label"]
    names = sorted({*judging, *teaching})
    ks = {"one to one": len(names), "majority": max(settings["k"], len(names))}
    scores, epochs, reports, counts = [], [], [], []
    for method, path in zip(settings["methods"], given.features, strict=True):
        stored = read_arrays(path)
        truth = pd.Categorical(judging.reindex(stored["ids"]), names).codes.astype(int)
        for when, key in WHEN.items():
            if key in stored:
                trial = settings["k"], settings["seeds"]
                found = feature_scores(stored[key], truth, *trial)
                scores.append({"method": method, "when": when} | found)
        for epoch, clusters in enumerate(stored.get("clusters", []), 1):
            row = {"method": method, "epoch": epoch}
            epochs.append(row | cluster_scores(truth, clusters))
        report, cells = feature_report(
            stored["ids"], stored["features"], teaching, judging, ks
        )
        reports.append(report.assign(method=method))
        counts.append(cells.assign(method=method + ", " + cells["match"]))
    write_table(pd.DataFrame(scores), made.features)
    columns = ["method", "epoch", "purity", "nmi"]
    write_table(pd.DataFrame(epochs, columns=columns), made.epochs)
    write_table(pd.concat(reports), made.clusters)
    plot_confusions(pd.concat(counts), made.figure)
