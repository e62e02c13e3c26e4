"""Show the galaxies that are least like others."""

import numpy as np
import pandas as pd

from galvote.base.pngs import read_image
from galvote.base.shards import folders_of
from galvote.figures import sheets
from galvote.run.jobs import job

ROWS = 5
members = snakemake.params.settings["members"]

with job(snakemake.log[0], threads=1):
    galaxies = pd.read_parquet(snakemake.input.galaxies, columns=["id"])["id"]
    place = folders_of(galaxies, snakemake.input.cutouts)
    table = pd.read_parquet(snakemake.input.outliers, columns=["id", "outlier"])
    table = table.sort_values("outlier", ascending=False, kind="stable")
    rows = {}
    for part in np.array_split(np.arange(min(len(table), ROWS * members)), ROWS):
        if len(part):
            some = table.iloc[part]
            most, least = some["outlier"].iloc[[0, -1]]
            caption = f"{part[0] + 1} to {part[-1] + 1}: {most:.1f} to {least:.1f}"
            rows[f"{caption} times as far from others as usual"] = [
                read_image(f"{place[id_]}/{id_}.png") for id_ in some["id"]
            ]
    title = "The galaxies least like others"
    sheets.draw_page(title, rows, members, snakemake.output.sheet)
