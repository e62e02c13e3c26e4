"""Measure how stable the clusterings and the vote are."""

from galvote.base.files import read_arrays, write_table
from galvote.base.progress import log
from galvote.judging.stability import stability_table
from galvote.run.jobs import job

settings = snakemake.params.settings | {"workers": snakemake.threads}

with job(snakemake.log[0], threads=1):
    points = read_arrays(snakemake.input.codes)["codes"]
    table = stability_table(points, settings, settings["seed"])
    for row in table.itertuples():
        log.info("%s: ARI %.2f, of the voted %.2f", row.method, row.ari, row.ari_voted)
    write_table(table, snakemake.output.stability)
