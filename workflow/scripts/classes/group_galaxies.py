"""Find which galaxies are one object, so that its labels are all on one side."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.classes.groups import groups_of
from galvote.classes.reading import read_cutouts
from galvote.run.jobs import job

with job(snakemake.log[0], threads=snakemake.params.settings["threads"]):
    ids, images = read_cutouts(snakemake.input.galaxies, snakemake.input.cutouts)
    places = pd.read_parquet(snakemake.input.galaxies, columns=["id", "ra", "dec"])
    sky = places.set_index("id").loc[ids].to_numpy(dtype=float)
    groups = groups_of(ids, sky, images)
    again = int(groups.duplicated().sum())
    log.info("%d galaxies, of which %d are one object with another", len(groups), again)
    write_table(groups.rename_axis("id").reset_index(), snakemake.output.groups)
