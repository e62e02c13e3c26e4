"""Join the reject lists of all stages, sorted by source and id."""

from galvote.base.files import write_table
from galvote.base.progress import counted, log
from galvote.base.rejects import read_rejects
from galvote.catalog.rows import add_sky
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    rejects = read_rejects(snakemake.input.rejects)
    order = ["source", "id", "stage", "reason"]
    rejects = rejects.sort_values(order, ignore_index=True)
    log.info("%d rejects: %s", len(rejects), counted(rejects["stage"]))
    sky = add_sky(rejects[["id"]], snakemake.input.galaxies)
    for column in ("ra", "dec"):
        unknown = rejects[column] == ""
        rejects[column] = rejects[column].where(~unknown, sky[column])
    write_table(rejects, snakemake.output.rejects)
