"""Score how unlike all others each galaxy is, and show the strangest."""

import numpy as np
import pandas as pd

from galvote import sheets
from galvote.images import read_image
from galvote.jobs import job
from galvote.novelty import fit_novelty, with_residual
from galvote.paths import folders_of
from galvote.tables import add_sky, read_arrays, write_table

settings = snakemake.params.settings
ROWS = 5

with job(snakemake.log[0], threads=settings["threads"]):
    codes = read_arrays(snakemake.input.codes)
    _, scores = fit_novelty(with_residual(codes["codes"], codes.get("residual")))
    table = pd.DataFrame({"id": codes["ids"], "outlier": scores})
    write_table(add_sky(table, snakemake.input.galaxies), snakemake.output.outliers)

    ids = pd.read_parquet(snakemake.input.galaxies, columns=["id"])["id"]
    place = folders_of(ids, snakemake.input.cutouts)
    strangest = np.argsort(-scores, kind="stable")[: ROWS * settings["members"]]
    rows = {}
    for part in np.array_split(strangest, ROWS):
        if len(part):
            caption = f"{scores[part].max():.1f} to {scores[part].min():.1f} times"
            rows[f"{caption} as far from others as usual"] = [
                read_image(f"{place[id_]}/{id_}.png") for id_ in codes["ids"][part]
            ]
    sheets.draw_page(
        "The galaxies least like others", rows, settings["members"],
        snakemake.output.sheet,
    )  # fmt: skip
