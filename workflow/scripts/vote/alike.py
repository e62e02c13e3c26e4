"""List and show the galaxies that are most like given ones."""

import pandas as pd

from galvote.base.errors import InputError
from galvote.base.files import read_arrays, write_table
from galvote.base.pngs import read_image
from galvote.base.shards import folders_of
from galvote.catalog.rows import add_sky
from galvote.clusters.novelty import most_alike
from galvote.figures import sheets
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)
    known = set(codes["ids"].tolist())
    for id_ in settings["ids"]:
        if id_ not in known:
            raise InputError(
                f"config key `alike.ids`: {id_} is no galaxy that was clustered; ids"
                " are in catalog.parquet"
            )
    found = most_alike(codes["ids"], codes["codes"], settings["ids"], settings["count"])
    votes = pd.read_parquet(snakemake.input.votes).set_index("id")
    for column in ("cluster", "name", "agreement"):
        found[column] = found["alike"].map(votes[column])
    write_table(add_sky(found, snakemake.input.galaxies), snakemake.output.alike)

    ids = pd.read_parquet(snakemake.input.galaxies, columns=["id"])["id"]
    place = folders_of(ids, snakemake.input.cutouts)
    places = 1 + min(settings["count"], sheets.OVERVIEW_MEMBERS)
    rows = {}
    for id_, group in found.groupby("id", sort=False):
        shown = [id_, *group["alike"]]
        for start in range(0, len(shown), places):
            some = shown[start : start + places]
            caption = f"{id_} and the galaxies most like it"
            if start:
                caption = f"{id_}: {start} to {start + len(some) - 1}"
            rows[caption] = [read_image(f"{place[one]}/{one}.png") for one in some]
    sheets.draw_page("More like this", rows, places, snakemake.output.sheet)
