"""Train the autoencoder on all cutouts."""

from pathlib import Path

import pandas as pd
import torch

from galvote.base.files import write_table
from galvote.base.pngs import images_of_shards
from galvote.base.progress import log
from galvote.catalog.enough import check_galaxies
from galvote.networks.devices import choose_device
from galvote.run.jobs import job
from galvote.views.autoencoder import save_autoencoder
from galvote.views.autoencoder_training import train_autoencoder

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    check_galaxies(snakemake.input.galaxies, snakemake.config)
    galaxies = pd.read_parquet(snakemake.input.galaxies, columns=["id", "source"])
    _, images = images_of_shards(galaxies, snakemake.input.cutouts)
    device = choose_device(snakemake.resources.get("gpu", 0))
    log.info("training on %d galaxies, device %s", len(images), device)
    folder = Path(snakemake.output.weights).parent
    task, history = train_autoencoder(
        images, settings, snakemake.params.code, device, folder
    )
    write_table(history, snakemake.output.history)
    save_autoencoder(
        task.network,
        task.shape,
        snakemake.output.weights,
        snakemake.output.settings,
        {"device": device, "torch": torch.__version__, "galaxies": len(images)},
    )
