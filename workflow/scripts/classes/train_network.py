"""Train a network on the labels, and give every galaxy a class."""

import json
from pathlib import Path

from safetensors.torch import save

from galvote.base.files import whole_file, write_arrays, write_json, write_table
from galvote.base.progress import counted, log
from galvote.classes.answers import answers_of, read_for
from galvote.classes.method import Work, method_of
from galvote.networks.devices import choose_device
from galvote.run.jobs import job

settings, made = snakemake.params.settings, snakemake.output

with job(snakemake.log[0], threads=settings["threads"]):
    method = method_of(settings["place"], settings["method"])
    paths = snakemake.input.galaxies, snakemake.input.teaching
    galaxies, teaching, groups = read_for(method, snakemake.input.items(), *paths)
    work = Work(
        seed=settings["seed"],
        device=choose_device(snakemake.resources.get("gpu", 0)),
        folder=Path(made.history).parent,
        code=snakemake.params.code + settings["module"],
        start=tuple(snakemake.input.start) or None,
    )
    answers = answers_of(method, galaxies, teaching, groups, work)
    log.info("%s", counted(answers.table["class"]))
    trained = method.trained()
    facts = trained.facts | answers.facts() | {"device": work.device}
    if hasattr(made, "weights"):
        with whole_file(made.weights) as partial:
            partial.write_bytes(save(trained.tensors, {"made": json.dumps(facts)}))
    if hasattr(made, "features"):
        write_table(trained.guesses, made.guesses)
        write_arrays(made.features, ids=galaxies.ids, features=method.features())
    write_table(trained.history, made.history)
    write_table(answers.table, made.table)
    write_table(answers.checks, made.checks)
    seconds = answers.seconds | {"training": float(trained.history["seconds"].sum())}
    write_json(facts | {"seconds": seconds}, made.facts)
