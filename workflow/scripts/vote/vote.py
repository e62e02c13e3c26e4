"""Count what the voters say of every galaxy, by cluster or by its name."""

import pandas as pd

from galvote.base.files import read_arrays, write_table
from galvote.base.progress import counted, log
from galvote.catalog.rows import add_sky
from galvote.naming.names import name_of_each, read_names
from galvote.run.jobs import job
from galvote.vote.keys import cluster_keys
from galvote.vote.tally import hold_vote, vote_table, winners

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    said = read_arrays(snakemake.input.memberships)
    ids, memberships = said["ids"], said["memberships"]
    keys = cluster_keys(ids, memberships)
    given = read_names(snakemake.input.names) if snakemake.input.names else {}
    names = name_of_each(keys, given)
    asked = settings["min_agreement"], settings["least_share"]
    tally, reason = hold_vote(memberships, *asked, names)
    aside = pd.read_parquet(snakemake.input.set_aside)
    table = vote_table(ids, tally, reason, settings["voters"], aside)
    log.info("%s", counted(table["reason"]))
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.votes)

    found = pd.Series(winners(memberships))
    voted = table.loc[table["cluster"] >= 0].groupby("cluster")
    clusters = pd.DataFrame({"cluster": range(len(keys)), "key": keys})
    clusters["name"] = [given.get(key, "") for key in keys]
    clusters["galaxies"] = clusters["cluster"].map(found.value_counts()).fillna(0)
    clusters["voted"] = clusters["cluster"].map(voted.size()).fillna(0)
    clusters = clusters.astype({"galaxies": int, "voted": int})
    clusters["agreement"] = clusters["cluster"].map(voted["agreement"].mean())
    write_table(clusters, snakemake.output.clusters)
    gone = sorted(name for key, name in given.items() if key not in keys)
    nameless = clusters.loc[clusters["name"] == "", "cluster"].tolist()
    if gone:
        log.info("named clusters that have changed: %s", ", ".join(gone))
    if given and nameless:
        log.info(
            "clusters without a name: %s; look at their sheets, and name them as in %s",
            ", ".join(map(str, nameless)),
            snakemake.output.clusters,
        )
