"""Judge clusterings and votes against the true classes, beside baselines."""

import numpy as np
import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.clusters.means import Clustering
from galvote.codes.hand_made import hand_made_points
from galvote.judging import methods, scores
from galvote.judging.evaluation import judge_methods, truth_of
from galvote.run.jobs import job

settings = snakemake.params.settings | {"workers": snakemake.threads}

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)
    points = codes["codes"].astype(np.float64)
    labels = pd.read_parquet(snakemake.input.truth).set_index("id")["label"]
    truth = truth_of(codes["ids"], labels)
    numbers = pd.concat([pd.read_parquet(path) for path in snakemake.input.hand_made])
    by_hand = hand_made_points(numbers.set_index("id").reindex(truth.ids))
    tables = [pd.read_parquet(path) for path in snakemake.input.labels]
    own = {
        model: Clustering(table["label"].to_numpy(), table["confidence"].to_numpy())
        for model, table in zip(settings["models"], tables, strict=True)
    }
    by_seed, curves = judge_methods(points, by_hand, truth, own, settings)
    write_table(by_seed, snakemake.output.by_seed)
    medians = scores.median_over_seeds(by_seed.drop(columns="seed"))
    write_table(medians, snakemake.output.summary)
    write_table(methods.voter_agreement(own), snakemake.output.voters)

    votes = pd.read_parquet(snakemake.input.votes).set_index("id").loc[truth.ids]
    counts = pd.crosstab(labels.loc[truth.ids], votes["cluster"])
    counts = counts.rename(columns={-1: "rest"}).reset_index()
    write_table(counts, snakemake.output.confusion)
    table = pd.concat(curves, names=["method"]).reset_index("method")
    write_table(table, snakemake.output.risk)
