"""Adapt an encoder to all galaxies, without any label."""

from pathlib import Path

from galvote.base.files import write_arrays, write_table
from galvote.classes.method import Work, method_of
from galvote.classes.reading import read_cutouts
from galvote.networks.devices import choose_device
from galvote.networks.pretrained import save_as_folder
from galvote.run.jobs import job

settings = snakemake.params.settings
given, made = snakemake.input, snakemake.output

with job(snakemake.log[0], threads=settings["threads"]):
    method = method_of(settings["place"], settings["method"])
    ids, images = read_cutouts(given.galaxies, given.cutouts)
    work = Work(
        seed=settings["seed"],
        device=choose_device(snakemake.resources.get("gpu", 0)),
        folder=Path(made.history).parent,
        code=snakemake.params.code + settings["module"],
        start=tuple(given.start),
    )
    found = method.adapt(images, work)
    described = found.description, method.input_size
    save_as_folder(found.network, *described, made.weights, made.description)
    write_table(found.history, made.history)
    write_arrays(
        made.features,
        ids=ids,
        before=found.before,
        features=found.features,
        clusters=found.clusters(),
    )
