"""Train the autoencoder on all cutouts."""

from pathlib import Path

import pandas as pd

from galvote.autoencoder import save_autoencoder
from galvote.devices import choose_device
from galvote.figures import plot_training
from galvote.images import shards_of_images
from galvote.jobs import job, log
from galvote.tables import write_table
from galvote.training import Trainer

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    catalog = pd.read_parquet(snakemake.input.catalog, columns=["id", "source"])
    images, _ = shards_of_images(catalog, snakemake.input.cutouts, "train_autoencoder")
    device = choose_device(snakemake.resources.get("gpu", 0))
    log.info("training on %d galaxies, device %s", len(images), device)
    trainer = Trainer(images, settings, device, Path(snakemake.output.weights).parent)
    network, history = trainer.run()
    write_table(history, snakemake.output.history)
    plot_training(history, snakemake.output.curve)
    save_autoencoder(
        network, trainer.shape, snakemake.output.weights, snakemake.output.settings
    )
    trainer.forget_state()
