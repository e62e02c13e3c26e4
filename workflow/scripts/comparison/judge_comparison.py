"""Judge all methods at all numbers of labels and seeds."""

import json
from itertools import product
from pathlib import Path

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.classes.labels import labels_that_are_known
from galvote.judging import comparison
from galvote.judging.classification import Judged, labels_that_judge
from galvote.networks.training_states import forget_states
from galvote.run.jobs import job

given, made, settings = snakemake.input, snakemake.output, snakemake.params.settings
METHODS = settings["methods"]

with job(snakemake.log[0], threads=1):
    labels = labels_that_are_known(settings["labels"], given.truth)
    groups = pd.read_parquet(given.groups).set_index("id")["group"]
    shared = {
        method: pd.read_csv(path)["seconds"].sum()
        for method, path in zip(settings["shared"], given.shared, strict=True)
    }
    tables, facts = iter(given.tables), iter(given.facts)
    cells, scores, differences = {}, [], []
    for cell, path in zip(
        product(settings["label_counts"], settings["seeds"]),
        given.teaching,
        strict=True,
    ):
        teaching = pd.read_parquet(path)
        _, judging = labels_that_judge(teaching, labels, groups)
        said = {method: pd.read_parquet(next(tables)) for method in METHODS}
        told = {m: json.loads(Path(next(facts)).read_text()) for m in METHODS}
        judged = Judged(said, judging, teaching.set_index("id")["label"])
        place = dict(zip(comparison.CELL, cell, strict=True))
        found = judged.scores({"all": judged.truth >= 0}, settings["bootstrap"])
        for kind in ("training", "prediction"):
            spent = {method: told[method]["seconds"][kind] for method in METHODS}
            found[f"{kind}_seconds"] = found["method"].map(spent)
        found["training_seconds"] += found["method"].map(shared).fillna(0.0)
        scores.append(found.assign(**place, taught=len(teaching)))
        differences.append(comparison.differences_of(judged).assign(**place))
        cells[cell] = judged
        log.info("%d labels, seed %d: %d galaxies judge", *cell, len(judged.ids))
    by_seed = pd.concat(scores, ignore_index=True)
    joined = comparison.joined_differences(pd.concat(differences))
    write_table(by_seed, made.by_seed)
    write_table(comparison.summary_of(by_seed, joined), made.summary)
    write_table(joined, made.differences)
    write_table(comparison.curves_of(cells), made.risk)
    write_table(comparison.reliability_over_seeds(cells), made.reliability)
    ended = [Path(table).with_suffix("") for table in given.tables]
    for folder in [*ended, *(Path(history).parent for history in given.shared)]:
        forget_states(folder)  # Snakemake has noted the end of trainings
