"""Bring a network's weights to this machine, or start it at random and say so."""

from pathlib import Path

from galvote.base.progress import log
from galvote.networks.pretrained import build_encoder, random_encoder, save_encoder
from galvote.networks.weights import NotDownloadedError, find_weights
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    name = snakemake.wildcards.network
    try:
        weights = find_weights(name, key="classes.<method>.architecture")
        network, description = build_encoder(weights)
    except NotDownloadedError:
        log.warning(
            "the weights of %s could not be downloaded, so that it starts at random; to"
            " try again, delete %s",
            name,
            Path(snakemake.output.weights).parent,
        )
        network, description = random_encoder(name)
    save_encoder(
        network, description, snakemake.output.weights, snakemake.output.description
    )
