"""Choose the encoder's number format and input size, once for all shards of a run."""

import json
from pathlib import Path

from galvote.base.files import whole_file
from galvote.base.progress import log
from galvote.codes.encoder import input_size_of
from galvote.networks.devices import choose_device, choose_dtype, require_units
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    description = json.loads(Path(snakemake.input.description).read_text())
    device = choose_device(snakemake.resources.get("gpu", 0))
    dtype = settings["dtype"]
    if dtype == "auto":
        dtype = choose_dtype(device)
    require_units(dtype, device)
    size = input_size_of(description, settings["input_size"])
    log.info("the encoder takes %d px in %s on %s", size, dtype, device)
    with whole_file(snakemake.output.plan) as partial:
        partial.write_text(json.dumps({"dtype": dtype, "input_size": size}) + "\n")
