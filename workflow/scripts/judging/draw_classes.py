"""Draw how well methods tell the classes, and what they are most wrong about."""

import pandas as pd

from galvote.base.files import whole_folder
from galvote.base.pngs import read_image
from galvote.base.shards import folders_of
from galvote.figures import classes
from galvote.figures.curves import plot_risk_coverage
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    given, made = snakemake.input, snakemake.output
    classes.plot_confusions(pd.read_csv(given.confusion), made.confusion)
    classes.plot_roc(pd.read_csv(given.roc), made.roc)
    classes.plot_reliability(pd.read_csv(given.reliability), made.reliability)
    scores = pd.read_csv(given.scores)
    share = scores.loc[scores["set"] == "voted", "share"]
    voted = float(share.iloc[0]) if len(share) else 0.0
    plot_risk_coverage(pd.read_csv(given.risk), "names", voted, made.risk)
    ids = pd.read_parquet(given.galaxies, columns=["id"])["id"]
    folders = folders_of(ids, given.cutouts)
    errors = pd.read_csv(given.errors, dtype={"id": str, "label": str, "class": str})
    with whole_folder(made.doubted) as folder:
        for method, doubted in errors.groupby("method", sort=False):
            classes.draw_doubted(
                method,
                doubted.head(settings["members"] * 3),
                lambda id_: read_image(f"{folders[id_]}/{id_}.png"),
                settings["members"],
                folder / f"{method}.png",
            )
