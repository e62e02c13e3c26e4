"""Judge clusterings and vote against the true classes, beside baselines."""

import numpy as np
import pandas as pd

from galvote import evaluation, judging
from galvote.clustering import Clustering
from galvote.errors import InputError
from galvote.jobs import job, progress
from galvote.measurements import measured_points
from galvote.tables import read_arrays, write_table

settings = snakemake.params.settings
CURVES = ("vote", settings["reference"], "eight measured numbers")

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)
    points = codes["codes"].astype(np.float64)
    truth = pd.read_parquet(snakemake.input.truth).set_index("id")["label"]
    known = np.flatnonzero(np.isin(codes["ids"], truth.index))
    if len(known) == 0:
        raise InputError(
            "none of the clustered galaxies has a label; fill in the column"
        )
    known_ids = codes["ids"][known]
    true, classes = pd.factorize(truth.loc[known_ids], sort=True)
    classes = classes.tolist()
    measured = pd.concat([pd.read_parquet(path) for path in snakemake.input.measured])
    by_hand = measured_points(measured.set_index("id").reindex(known_ids))

    tables = [pd.read_parquet(path) for path in snakemake.input.labels]
    own = {
        model: Clustering(table["label"].to_numpy(), table["confidence"].to_numpy())
        for model, table in zip(settings["models"], tables, strict=True)
    }
    vote = settings["reference"], settings["min_votes"], known
    rows, curves = [], {}

    def judge(seed: int | str, chosen: np.ndarray, said: evaluation.Assignment) -> None:
        """Score a method and keep its curve, once."""
        found = evaluation.score(true[chosen], said, classes, settings["bootstrap"])
        rows.extend({"seed": str(seed), **row} for row in found)
        if said.method in CURVES and said.method not in curves:
            named = evaluation.name_by_majority(true[chosen], said.cluster)
            accuracy = evaluation.risk_coverage(named == true[chosen], said.confidence)
            share = np.arange(1, len(accuracy) + 1) / len(accuracy)
            curves[said.method] = pd.DataFrame({"share": share, "accuracy": accuracy})

    everyone = np.arange(len(known))
    for said in judging.assignments(own, *vote):
        judge("run", everyone, said)
    for seed in progress(settings["seeds"], "judging"):
        again = judging.refit(points, settings, seed, own)
        for said in judging.assignments(again, *vote):
            judge(seed, everyone, said)
        for chosen, said in judging.baselines(
            points[known],
            by_hand,
            true,
            settings["k"],
            settings["probe_labels"],
            seed,
        ):
            judge(seed, chosen, said)
    by_seed = pd.DataFrame(rows)
    write_table(by_seed, snakemake.output.by_seed)
    seeded = by_seed[by_seed["seed"] != "run"]
    write_table(evaluation.median_over_seeds(seeded), snakemake.output.summary)
    write_table(judging.voter_agreement(own), snakemake.output.voters)

    votes = pd.read_parquet(snakemake.input.votes).set_index("id").loc[known_ids]
    counts = pd.crosstab(truth.loc[known_ids], votes["cluster"])
    counts = counts.rename(columns={-1: "rest"}).reset_index()
    write_table(counts, snakemake.output.confusion)
    table = pd.concat(curves, names=["method"]).reset_index("method")
    write_table(table, snakemake.output.risk)
