"""Scale the codes themselves as their principal components are, for `space: raw`."""

import numpy as np

from galvote.base.files import read_arrays, write_arrays
from galvote.codes.features import Features
from galvote.codes.invariance import Scaling
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    given, include = snakemake.input, settings["include_unresolved"]
    features = Features(given.codes, given.hand_made, given.galaxies, include)
    components = read_arrays(snakemake.input.components)
    scaling = Scaling(components["directions"], components["factors"])
    codes = np.concatenate([scaling.apply(block) for block in features.blocks()])
    write_arrays(snakemake.output.codes, ids=features.ids, codes=codes)
