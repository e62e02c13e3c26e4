"""Judge what the vote selects: the share voted by agreement, magnitude and size."""

import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.figures import curves
from galvote.inputs.ids import frame_keys
from galvote.judging import completeness
from galvote.naming.names import names_of_run
from galvote.run.jobs import job
from galvote.vote.tally import REST

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    said = read_arrays(snakemake.input.memberships)
    names = names_of_run(snakemake.input.clusters)
    labels = None
    if snakemake.input.truth:
        truth = pd.read_parquet(snakemake.input.truth[0]).set_index("id")["label"]
        labels = truth.reindex(said["ids"])
    table = completeness.agreement_table(said["memberships"], names, labels)
    write_table(table, snakemake.output.agreement)
    votes = pd.read_parquet(snakemake.input.votes).set_index("id")["cluster"]
    voted_share = float((votes[said["ids"]] != REST).mean())
    asked = settings["min_agreement"]
    curves.plot_agreement(table, asked, voted_share, snakemake.output.curve)

    galaxies = pd.read_parquet(snakemake.input.catalog).set_index("id").loc[votes.index]
    as_text = {"hdu": str, "frame": str}
    frames = pd.concat(
        pd.read_csv(path, converters=as_text).assign(source=name)
        for name, path in zip(settings["sources"], snakemake.input.frames, strict=True)
    )
    quantities = completeness.quantities_of(
        galaxies.assign(frame=frame_keys(galaxies)),
        frames.assign(frame=frame_keys(frames)),
    )
    voted = (votes != REST).to_numpy()
    shares = completeness.voted_shares(quantities, voted)
    write_table(shares, snakemake.output.completeness)
    curves.plot_completeness(shares, float(voted.mean()), snakemake.output.selection)
