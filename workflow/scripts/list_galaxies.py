"""Join the sources' galaxies to one list, sorted by id."""

import pandas as pd

from galvote.catalog import merge_sources
from galvote.jobs import job, log
from galvote.tables import write_table

with job(snakemake.log[0], threads=1):
    tables = [pd.read_parquet(path) for path in snakemake.input.rows]
    galaxies = merge_sources(tables)
    log.info("%d galaxies from %d sources", len(galaxies), len(tables))
    write_table(galaxies, snakemake.output.galaxies)
