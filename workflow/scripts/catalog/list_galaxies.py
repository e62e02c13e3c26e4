"""Join the sources' galaxies to one list, sorted by id, each galaxy once."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import log
from galvote.base.rejects import read_rejects
from galvote.catalog.merging import drop_repeated, merge_sources
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    rejects = read_rejects(snakemake.input.rejects)
    tables = [pd.read_parquet(path) for path in snakemake.input.rows]
    galaxies, repeated = drop_repeated(
        merge_sources(tables, rejects["reason"].tolist()),
        settings["frames"],
        settings["merge_within"],
    )
    log.info(
        "%d galaxies from %d sources, %d seen again",
        len(galaxies),
        len(tables),
        len(repeated),
    )
    write_table(galaxies, snakemake.output.galaxies)
    write_table(repeated, snakemake.output.rejects)
