"""Join the sources' galaxies to one catalogue."""

import pandas as pd

from galvote.catalog import merge_sources
from galvote.jobs import job, log
from galvote.tables import write_table

with job(snakemake.log[0], threads=1):
    catalog = merge_sources([pd.read_parquet(path) for path in snakemake.input.rows])
    log.info("%d galaxies in the catalogue", len(catalog))
    write_table(catalog, snakemake.output.catalog)
