"""Encode one shard's galaxies, each view, and join the views' codes."""

import numpy as np
import pandas as pd

from galvote.codes import write_codes
from galvote.devices import choose_device
from galvote.encoders import Encoder, fingerprint, load_encoder
from galvote.images import read_images
from galvote.jobs import job, log
from galvote.tables import read_shard, reject_table, write_table

settings = dict(snakemake.params.settings)

with job(snakemake.log[0], threads=settings.pop("threads")):
    rows = read_shard(
        snakemake.input.galaxies, snakemake.wildcards.shard, snakemake.input.rejects
    )
    network, description = load_encoder(
        snakemake.input.weights, snakemake.input.description
    )
    device = choose_device(snakemake.resources.get("gpu", 0))
    encoder = Encoder(
        network,
        description,
        input_size=settings["input_size"],
        batch_size=settings["batch_size"],
        dtype=settings["dtype"],
        device=device,
    )
    codes, rejects = [], [reject_table([])]
    for view, folder in zip(settings["views"], snakemake.input.images, strict=True):
        images, kept, unreadable = read_images(rows, folder, "encode")
        readable = rows["id"].isin(kept["id"]).to_numpy()
        half_turn = view == "polar" and settings["half_turn"]
        codes = [part[readable] for part in codes]
        codes.append(encoder.encode(images, half_turn))
        rejects.append(unreadable)
        rows = kept
    write_codes(
        snakemake.output.codes,
        rows["id"].to_numpy(),
        np.concatenate(codes, axis=1),
        fingerprint(description, settings),
        device,
    )
    log.info("shard %s: %d encoded on %s", snakemake.wildcards.shard, len(rows), device)
    write_table(pd.concat(rejects), snakemake.output.rejects)
