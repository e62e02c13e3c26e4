"""Compare codes, latents, hand-made numbers and pixels by one probe."""

import numpy as np
import pandas as pd

from galvote.base.files import write_table
from galvote.classes.labels import labels_that_are_known
from galvote.classes.reading import files_of, read_galaxies
from galvote.figures.curves import plot_efforts
from galvote.judging.bases import compare_bases, joined_bases, pixel_components
from galvote.run.jobs import job

settings = snakemake.params.settings
NAMES = {"codes": "codes", "latents": "latents", "hand_made": "eight numbers"}

with job(snakemake.log[0], threads=settings["threads"]):
    labels = labels_that_are_known(settings["labels"], snakemake.input.truth)
    files = files_of(snakemake.input.items())
    galaxies = read_galaxies(settings["views"], snakemake.input.galaxies, files)
    groups = pd.read_parquet(snakemake.input.groups).set_index("id")["group"]
    known = np.flatnonzero(np.isin(galaxies.ids, labels.index))
    ids, views = galaxies.ids[known], galaxies.views
    bases = {NAMES[n]: views[n][known] for n in settings["views"] if n in NAMES}
    if {"codes", "latents"} <= set(views):
        bases["codes and latents"] = joined_bases([bases["codes"], bases["latents"]])
    bases["components of pixels"] = pixel_components(views["cutouts"])[known]
    table = compare_bases(
        bases,
        ids,
        labels.loc[ids].to_numpy(dtype=str),
        groups.loc[ids].to_numpy(),
        settings["label_counts"],
        settings["seeds"],
    )
    write_table(table, snakemake.output.table)
    plot_efforts(table, "base", snakemake.output.figure)
