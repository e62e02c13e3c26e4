"""Encode one shard's galaxies, and some of them degraded."""

import json
from pathlib import Path

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.base.rejects import reject_table
from galvote.base.shards import read_shard
from galvote.catalog.enough import check_galaxies
from galvote.codes.degradations import galaxies_to_degrade
from galvote.codes.encoder import encoder_of, fingerprint
from galvote.codes.encoding import encode_galaxies
from galvote.codes.stored_codes import write_changes, write_codes
from galvote.networks.devices import choose_device, require_units
from galvote.networks.pretrained import load_encoder
from galvote.run.jobs import job

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=1):
    check_galaxies(snakemake.input.galaxies, snakemake.config)
    galaxies = pd.read_parquet(snakemake.input.galaxies, columns=["id", "flags"])
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    device = choose_device(snakemake.resources.get("gpu", 0))
    workers = snakemake.threads if device == "cpu" else 1
    settings |= json.loads(Path(snakemake.input.plan).read_text())
    require_units(settings["dtype"], device)
    network, description = load_encoder(
        snakemake.input.weights, snakemake.input.description
    )
    encoder = encoder_of(network, description, settings, device, workers)
    encoded = encode_galaxies(
        encoder,
        rows,
        snakemake.input.images,
        [settings["polar"] if view == "polar" else None for view in settings["views"]],
        galaxies_to_degrade(galaxies, settings["degraded"]),
        workers,
    )
    made = {"device": device, "engine": encoder.engine}
    made["fingerprint"] = fingerprint(description, settings)
    write_codes(snakemake.output.codes, encoded.ids, encoded.codes, **made)
    write_changes(snakemake.output.changes, encoded.degraded, encoded.changes)
    log.info(
        "shard %s: %d encoded by %s on %s in %s, %d of them degraded, too",
        snakemake.wildcards.shard,
        len(encoded.ids),
        encoder.engine,
        device,
        settings["dtype"],
        len(encoded.degraded),
    )
    write_table(reject_table(encoded.rejects), snakemake.output.rejects)
