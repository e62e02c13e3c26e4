"""Fit a method that trains no network, and give every galaxy a class."""

import pandas as pd

from galvote.base.files import write_json, write_table
from galvote.base.progress import counted, log
from galvote.classes.answers import answers_of, teaching_of
from galvote.classes.method import Work, method_of
from galvote.classes.reading import files_of, read_galaxies
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    method = method_of(settings["place"], settings["method"])
    files = files_of(snakemake.input.items())
    galaxies = read_galaxies(method.needs(), snakemake.input.galaxies, files)
    table = pd.read_parquet(snakemake.input.teaching)
    teaching, groups = teaching_of(table, galaxies.ids)
    answers = answers_of(
        method, galaxies, teaching, groups, Work(seed=settings["seed"])
    )
    log.info("%s", counted(answers.table["class"]))
    write_table(answers.table, snakemake.output.table)
    write_table(answers.checks, snakemake.output.checks)
    write_json(answers.facts(), snakemake.output.facts)
