"""Join the reject lists of all stages, sorted by source and id."""

from galvote.jobs import counted, job, log
from galvote.tables import add_sky, read_rejects, write_table

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
