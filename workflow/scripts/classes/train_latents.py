"""Train the autoencoder whose latents galaxies are classified by, without labels."""

from galvote.classes.reading import read_cutouts
from galvote.networks.devices import choose_device
from galvote.run.jobs import job
from galvote.views.autoencoder_training import train_and_save
from galvote.views.latents import resized_images

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    _, images = read_cutouts(snakemake.input.galaxies, snakemake.input.cutouts)
    images = resized_images(images, settings.pop("size"))
    device = choose_device(snakemake.resources.get("gpu", 0))
    files = dict(snakemake.output.items())
    train_and_save(images, settings, snakemake.params.code, device, files)
