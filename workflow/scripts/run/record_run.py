"""Record what the run was made with and from."""

import json
import time
from pathlib import Path

import pandas as pd
import yaml
from safetensors import safe_open

from galvote.base.checksums import sha256_of
from galvote.base.files import whole_file
from galvote.base.rejects import read_rejects
from galvote.codes.stored_codes import makers_of
from galvote.networks.training_states import forget_states
from galvote.run import provenance
from galvote.run.jobs import job
from galvote.run.page import page_of

settings = snakemake.params.settings
config = settings["config"]

with job(snakemake.log[0], threads=1):
    votes = pd.read_parquet(snakemake.input.votes)
    rejects = read_rejects([snakemake.input.rejects])
    inputs = {
        s["name"]: provenance.inputs_of(s, path, settings["tables"][s["name"]])
        for s, path in zip(config["sources"], snakemake.input.checksums, strict=True)
    }
    with safe_open(snakemake.input.weights, "np") as weights:
        training = json.loads(weights.metadata()["training"])
    encoder = {"origin": config["codes"]["encoder"]}
    for path in snakemake.input.encoder:
        encoder |= json.loads(Path(path).read_text())
    if snakemake.input.codes:
        encoder |= makers_of(snakemake.input.codes)
    names = [*settings["shards"], *config["clustering"]["models"], *inputs]
    times = provenance.job_times(Path(settings["benchmarks"]), names)
    times.pop("record_run", None)  # of the last time
    record = {
        "run": config["run"],
        "seed": config["seed"],
        "finished": provenance.utc(time.time()),
        "galaxies": provenance.counts_of(votes, len(rejects)),
        "inputs": inputs,
        "encoder": encoder,
        "autoencoder": {**training, "sha256": sha256_of(snakemake.input.weights)},
        "workflow": provenance.revision(Path(provenance.__file__).parents[4]),
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "rules": times,
        "config": config,
    }
    with whole_file(snakemake.output.record) as partial:
        partial.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    text = yaml.safe_dump(config, sort_keys=False, default_flow_style=None)
    with whole_file(snakemake.output.page) as partial:
        partial.write_text(page_of(record, text), encoding="utf-8")
    forget_states(Path(snakemake.input.weights).parent)  # Snakemake has noted its end
