"""Fit a method that trains no network, and give every galaxy a class."""

from galvote.base.files import write_json, write_table
from galvote.base.progress import counted, log
from galvote.classes.answers import answers_of, read_for
from galvote.classes.method import Work, method_of
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    method = method_of(settings["place"], settings["method"])
    paths = snakemake.input.galaxies, snakemake.input.teaching
    galaxies, teaching, groups = read_for(method, snakemake.input.items(), *paths)
    answers = answers_of(
        method, galaxies, teaching, groups, Work(seed=settings["seed"])
    )
    log.info("%s", counted(answers.table["class"]))
    write_table(answers.table, snakemake.output.table)
    write_table(answers.checks, snakemake.output.checks)
    facts = answers.facts() | {"seconds": answers.seconds}
    write_json(facts, snakemake.output.facts)
