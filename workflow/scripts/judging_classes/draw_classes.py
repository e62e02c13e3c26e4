"""Draw how well methods tell the classes, and what they are most wrong about."""

import pandas as pd

from galvote.base.files import read_table, whole_folder
from galvote.base.pngs import read_image
from galvote.base.shards import folders_of
from galvote.figures import classes
from galvote.figures.curves import plot_risk_coverage
from galvote.run.jobs import job

settings = snakemake.params.settings
NAMES = ["id", "label", "class"]

with job(snakemake.log[0], threads=1):
    given, made = snakemake.input, snakemake.output
    classes.plot_confusions(read_table(given.confusion, NAMES), made.confusion)
    classes.plot_roc(read_table(given.roc, NAMES), made.roc)
    classes.plot_reliability(read_table(given.reliability), made.reliability)
    scores = read_table(given.scores)
    share = scores.loc[scores["set"] == "voted", "share"]
    voted = float(share.iloc[0]) if len(share) else 0.0
    plot_risk_coverage(read_table(given.risk), "names", voted, made.risk)
    ids = pd.read_parquet(given.galaxies, columns=["id"])["id"]
    folders = folders_of(ids, given.cutouts)
    errors = read_table(given.errors, NAMES)
    with whole_folder(made.doubted) as folder:
        for method, doubted in errors.groupby("method", sort=False):
            classes.draw_doubted(
                method,
                doubted,
                lambda id_: read_image(f"{folders[id_]}/{id_}.png"),
                settings["members"],
                folder / f"{method}.png",
            )
