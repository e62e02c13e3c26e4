"""Turn every cutout into the latents of the autoencoder."""

from pathlib import Path

from galvote.base.files import write_arrays
from galvote.base.progress import log
from galvote.classes.reading import read_cutouts
from galvote.figures.sheets import draw_page
from galvote.networks.devices import choose_device
from galvote.networks.training_states import forget_states
from galvote.run.jobs import job
from galvote.views.autoencoder import denoise, load_autoencoder
from galvote.views.latents import latents_of, resized_images

settings = snakemake.params.settings
SHOWN = 10  # galaxies with their reconstructions

with job(snakemake.log[0], threads=settings["threads"]):
    ids, images = read_cutouts(snakemake.input.galaxies, snakemake.input.cutouts)
    images = resized_images(images, settings["size"])
    network = load_autoencoder(snakemake.input.weights, snakemake.input.settings)
    device = choose_device(snakemake.resources.get("gpu", 0))
    latents = latents_of(network, images, settings["turned"], device)
    log.info("%d galaxies, %d latents each", *latents.shape)
    write_arrays(snakemake.output.latents, ids=ids, latents=latents)
    some = images[:: max(1, len(images) // SHOWN)][:SHOWN]
    rows = {
        "cutout": list(some),
        "reconstruction": list(denoise(network, some, device)),
    }
    draw_page("Reconstructions", rows, len(some), snakemake.output.sheet)
    forget_states(Path(snakemake.input.weights).parent)  # Snakemake has noted its end
