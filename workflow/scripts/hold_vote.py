"""Let the clusterings vote on every galaxy."""

import pandas as pd

from galvote.jobs import counted, job, log
from galvote.tables import add_sky, write_arrays, write_table
from galvote.voting import hold_vote, vote_table

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    labels = {
        model: pd.read_parquet(path)
        for model, path in zip(settings["models"], snakemake.input.labels, strict=True)
    }
    ids = labels[settings["reference"]]["id"].to_numpy()
    outcome = hold_vote(
        labels[settings["reference"]]["label"].to_numpy(),
        [table["label"].to_numpy() for table in labels.values()],
        settings["min_votes"],
    )
    table = vote_table(ids, outcome, pd.read_parquet(snakemake.input.set_aside))
    log.info("%s", counted(table["reason"]))
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.votes)
    write_arrays(
        snakemake.output.memberships,
        ids=ids.astype(str),
        memberships=outcome.memberships,
    )
