"""Join the reject lists of all stages."""

from galvote.jobs import job, log
from galvote.tables import read_rejects, write_table

with job(snakemake.log[0], threads=1):
    rejects = read_rejects(snakemake.input.rejects)
    log.info("rejects by stage: %s", rejects["stage"].value_counts().to_dict())
    write_table(rejects, snakemake.output.rejects)
