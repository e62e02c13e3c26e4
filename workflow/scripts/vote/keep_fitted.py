"""Keep a fitted run in one file, for galaxies of other surveys."""

from galvote.base.files import read_arrays
from galvote.clusters.novelty import Novelty
from galvote.codes.components import Projection
from galvote.naming.names import names_of_run
from galvote.run.jobs import job
from galvote.vote import tally
from galvote.vote.fitted_run import FittedRun
from galvote.vote.voters import Voters

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    found = read_arrays(snakemake.input.components)
    fingerprint = str(found.pop("fingerprint"))
    if settings["space"] == "raw":
        found["components"] = found["components"][:0]
    names = names_of_run(snakemake.input.clusters)
    asked = settings["min_agreement"], settings["least_share"]
    counted = tally.tally(
        read_arrays(snakemake.input.memberships)["memberships"], names
    )
    fitted = FittedRun(
        fingerprint,
        settings["cutouts"],
        Projection(**found),
        Voters(**read_arrays(snakemake.input.voters)),
        names,
        tally.least_agreements(counted, *asked),
        settings["min_agreement"],
        Novelty(**read_arrays(snakemake.input.novelty)),
    )
    fitted.write(snakemake.output.fitted)
