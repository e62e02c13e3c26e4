"""Train the autoencoder on all cutouts."""

import pandas as pd

from galvote.base.pngs import images_of_shards
from galvote.catalog.enough import check_galaxies
from galvote.networks.devices import choose_device
from galvote.run.jobs import job
from galvote.views.autoencoder_training import train_and_save

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    check_galaxies(snakemake.input.galaxies, snakemake.config)
    galaxies = pd.read_parquet(snakemake.input.galaxies, columns=["id", "source"])
    _, images = images_of_shards(galaxies, snakemake.input.cutouts)
    device = choose_device(snakemake.resources.get("gpu", 0))
    files = dict(snakemake.output.items())
    train_and_save(images, settings, snakemake.params.code, device, files)
