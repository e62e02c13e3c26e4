"""Bring the encoder's weights and preprocessing into the project."""

from galvote.encoder_weights import find_weights
from galvote.jobs import job
from galvote.pretrained import build_encoder, save_encoder

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
