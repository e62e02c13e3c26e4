"""Write the catalogue: the galaxies, their magnitudes and the user's own columns."""

import pandas as pd

from galvote.catalog import add_columns, add_magnitudes
from galvote.image_tables import read_image_table, user_columns
from galvote.jobs import job, log
from galvote.tables import write_table

sources = snakemake.params.settings["sources"]

with job(snakemake.log[0], threads=1):
    galaxies = pd.read_parquet(snakemake.input.galaxies)
    zero_points = {s["name"]: s["zero_point"] for s in sources if "zero_point" in s}
    tables = [
        user_columns(read_image_table(s["path"]), s["name"], s["label_column"])
        for s in sources
        if s["kind"] == "images"
    ]
    catalog = add_columns(add_magnitudes(galaxies, zero_points), tables)
    log.info("%d galaxies, %d columns", *catalog.shape)
    write_table(catalog, snakemake.output.catalog)
