"""Bring the encoder's weights and preprocessing into the project."""

from galvote.networks.pretrained import build_encoder, save_encoder
from galvote.networks.weights import find_weights
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    weights = find_weights(
        settings["encoder"],
        settings["weights"],
        settings["preprocessing"],
        settings["sha256"],
    )
    network, description = build_encoder(weights)
    save_encoder(
        network, description, snakemake.output.weights, snakemake.output.description
    )
