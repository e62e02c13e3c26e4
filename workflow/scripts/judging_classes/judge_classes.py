"""Judge what methods say of the galaxies whose labels did not teach."""

from pathlib import Path

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import counted, log
from galvote.classes.labels import labels_that_are_known
from galvote.judging.classification import (
    Judged,
    label_errors,
    labels_that_judge,
    tables_of,
)
from galvote.networks.training_states import forget_states
from galvote.run.jobs import job
from galvote.vote.tally import REST

settings = snakemake.params.settings
made = snakemake.output


with job(snakemake.log[0], threads=1):
    teaching = pd.read_parquet(snakemake.input.teaching)
    groups = pd.read_parquet(snakemake.input.groups).set_index("id")["group"]
    labels = labels_that_are_known(settings["labels"], snakemake.input.truth)
    parts, judging = labels_that_judge(teaching, labels, groups)
    write_table(parts, made.splits)
    log.info("%s", counted(parts["part"]))
    tables = tables_of(settings["methods"], snakemake.input.tables)
    judged = Judged(tables, judging, teaching.set_index("id")["label"])
    for name in sorted(set(judged.names) - set(judging)):
        log.warning("no label that judges is of the class %s", name)
    votes = pd.read_parquet(snakemake.input.votes).set_index("id")["cluster"]
    voted = votes.reindex(judged.ids, fill_value=REST).to_numpy() != REST
    sets = {"all": voted | True, "voted": voted, "rest": ~voted}
    scores = judged.scores(sets, settings["bootstrap"])
    for row in scores[scores["set"] == "all"].itertuples():
        log.info(
            "%s: accuracy %.3f, macro F1 %.3f", row.method, row.accuracy, row.macro_f1
        )
    write_table(scores, made.scores)
    write_table(judged.by_class(settings["bootstrap"]), made.by_class)
    write_table(judged.confusions(), made.confusion)
    write_table(judged.roc(), made.roc)
    write_table(judged.curves(), made.risk)
    write_table(judged.reliability(), made.reliability)
    checks = tables_of(settings["methods"], snakemake.input.checks)
    write_table(label_errors(judged, checks, settings["doubted"]), made.errors)
    for method in settings["methods"]:  # Snakemake has noted the end of trainings
        forget_states(Path(made.scores).parent / method)
