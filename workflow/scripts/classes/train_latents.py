"""Train the autoencoder whose latents galaxies are classified by, without labels."""

from pathlib import Path

import torch

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.classes.reading import read_cutouts
from galvote.networks.devices import choose_device
from galvote.run.jobs import job
from galvote.views.autoencoder import save_autoencoder
from galvote.views.autoencoder_training import train_autoencoder
from galvote.views.latents import resized_images

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    _, images = read_cutouts(snakemake.input.galaxies, snakemake.input.cutouts)
    images = resized_images(images, settings.pop("size"))
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
