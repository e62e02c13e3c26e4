"""Denoise one shard's cutouts."""

from galvote.base.files import whole_folder, write_table
from galvote.base.pngs import read_images, write_image
from galvote.base.progress import log
from galvote.base.shards import read_shard
from galvote.networks.devices import choose_device
from galvote.run.jobs import job
from galvote.views.autoencoder import denoise, load_autoencoder

with job(snakemake.log[0], threads=snakemake.params.settings["threads"]):
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    images, kept, rejects = read_images(rows, snakemake.input.cutouts, "denoise")
    network = load_autoencoder(snakemake.input.weights, snakemake.input.settings)
    device = choose_device(snakemake.resources.get("gpu", 0))
    with whole_folder(snakemake.output.folder) as folder:
        for id_, image in zip(
            kept["id"], denoise(network, images, device), strict=True
        ):
            write_image(image, folder, id_)
    log.info(
        "shard %s: %d denoised, %d rejected",
        snakemake.wildcards.shard,
        len(kept),
        len(rejects),
    )
    write_table(rejects, snakemake.output.rejects)
