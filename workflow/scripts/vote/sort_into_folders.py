"""Sort the cutouts into a folder per cluster, and `rest`."""

import shutil
from pathlib import Path

import pandas as pd

from galvote.base.files import whole_folder
from galvote.base.progress import log
from galvote.base.shards import folders_of
from galvote.naming.names import folder_names
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    catalog = pd.read_parquet(snakemake.input.galaxies, columns=["id"])
    place = folders_of(catalog["id"], snakemake.input.cutouts)
    votes = pd.read_parquet(snakemake.input.votes)
    folders = folder_names(votes["name"])
    for name, folder in folders.items():
        if folder != name:
            log.info("the folder of %s is called %s", name, folder)
    with whole_folder(snakemake.output.folder) as final:
        for name, members in votes.groupby("name")["id"]:
            folder = final / folders[name]
            folder.mkdir()
            for id_ in members:
                cutout = Path(place[id_]) / f"{id_}.png"
                # no link: whoever edits the copy must not change the cutout
                shutil.copyfile(cutout, folder / cutout.name)
        (final / "rest").mkdir(exist_ok=True)
    log.info("%d galaxies in folders", len(votes))
