"""Judge clusterings and votes against the true classes, beside baselines."""

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.files import read_arrays, write_table
from galvote.base.progress import progress
from galvote.clusters.means import Clustering
from galvote.codes.hand_made import hand_made_points
from galvote.judging import methods, scores
from galvote.run.jobs import job
from galvote.vote.tally import SOFT_VOTE

settings = snakemake.params.settings | {"workers": snakemake.threads}
PROBES = [f"logistic probe, {n} labels" for n in (20, 100)]
CURVES = (
    SOFT_VOTE,
    methods.PUBLISHED,
    settings["reference"],
    "co-association",
    "eight hand-made numbers",
    *PROBES,
)

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
    if np.bincount(true).max() < 2:
        raise InputError(
            "no class has two labelled galaxies, of which one can name clusters and the"
            " other be judged; label more, or leave out `label_column`"
        )
    numbers = pd.concat([pd.read_parquet(path) for path in snakemake.input.hand_made])
    by_hand = hand_made_points(numbers.set_index("id").reindex(known_ids))
    tables = [pd.read_parquet(path) for path in snakemake.input.labels]
    own = {
        model: Clustering(table["label"].to_numpy(), table["confidence"].to_numpy())
        for model, table in zip(settings["models"], tables, strict=True)
    }
    rows, curves = [], {}
    everyone = np.arange(len(known))

    def judge(seed: int, chosen: np.ndarray, said: scores.Assignment) -> None:
        """Score a method with one seed, and keep its first curve."""
        learning = scores.learning_half(true, seed)[chosen]
        found, curve = scores.score(
            true[chosen], said, classes, settings["bootstrap"], learning
        )
        rows.extend({"seed": seed, **row} for row in found)
        if said.method in CURVES and said.method not in curves and len(curve):
            share = np.arange(1, len(curve) + 1) / len(curve)
            curves[said.method] = pd.DataFrame({"share": share, "accuracy": curve})

    for seed in progress(settings["seeds"], "judging"):
        again = methods.refit(points, settings, seed, own)
        for said in methods.assignments(points, again, settings, seed, known):
            judge(seed, everyone, said)
        for name, found in methods.other_clusterings(points, settings, seed).items():
            judge(seed, everyone, methods.single(name, found, known))
        for chosen, said in methods.baselines(
            points[known], by_hand, true, settings, seed
        ):
            judge(seed, chosen, said)
    by_seed = pd.DataFrame(rows)
    write_table(by_seed, snakemake.output.by_seed)
    medians = scores.median_over_seeds(by_seed.drop(columns="seed"))
    write_table(medians, snakemake.output.summary)
    write_table(methods.voter_agreement(own), snakemake.output.voters)

    votes = pd.read_parquet(snakemake.input.votes).set_index("id").loc[known_ids]
    counts = pd.crosstab(truth.loc[known_ids], votes["cluster"])
    counts = counts.rename(columns={-1: "rest"}).reset_index()
    write_table(counts, snakemake.output.confusion)
    table = pd.concat(curves, names=["method"]).reset_index("method")
    write_table(table, snakemake.output.risk)
