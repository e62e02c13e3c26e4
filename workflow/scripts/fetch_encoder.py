"""Bring the encoder's weights and preprocessing into the project."""

from galvote import encoders
from galvote.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    network, description = encoders.fetch_encoder(
        settings["encoder"], settings["weights"]
    )
    encoders.save_encoder(
        network, description, snakemake.output.weights, snakemake.output.description
    )
