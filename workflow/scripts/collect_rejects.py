"""Join the reject lists of all stages."""

from galvote.jobs import counted, job, log
from galvote.tables import read_rejects, write_table

with job(snakemake.log[0], threads=1):
    rejects = read_rejects(snakemake.input.rejects)
    log.info("%d rejects: %s", len(rejects), counted(rejects["stage"]))
    write_table(rejects, snakemake.output.rejects)
