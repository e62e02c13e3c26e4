"""Scale the codes themselves as their principal components are, for `space: raw`."""

import numpy as np

from galvote.features import Features
from galvote.jobs import job
from galvote.reduction import Scaling
from galvote.tables import read_arrays, write_arrays

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    features = Features(
        snakemake.input.codes,
        snakemake.input.measured,
        snakemake.input.galaxies,
        settings["include_unresolved"],
    )
    components = read_arrays(snakemake.input.components)
    scaling = Scaling(components["directions"], components["factors"])
    codes = np.concatenate([scaling.apply(block) for block in features.blocks()])
    write_arrays(snakemake.output.codes, ids=features.ids, codes=codes)
