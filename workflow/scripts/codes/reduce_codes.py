"""Find the principal components of the codes, reading them in blocks."""

import numpy as np

from galvote.base.files import write_arrays, write_table
from galvote.base.progress import log
from galvote.codes.components import fit_projection
from galvote.codes.features import Features
from galvote.codes.stored_codes import join_changes
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=settings["threads"]):
    given, include = snakemake.input, settings["include_unresolved"]
    features = Features(given.codes, given.hand_made, given.galaxies, include)
    changes = join_changes(snakemake.input.changes)
    asked = (settings[key] for key in ("invariance", "hand_made", "dimensions"))
    projection, scree = fit_projection(features, changes, *asked)
    parts = [projection.apply(block) for block in features.blocks()]
    codes, residual = map(np.concatenate, zip(*parts, strict=True))
    log.info("%d galaxies, %d components kept", *codes.shape)
    made = {}
    if features.stored:
        made["fingerprint"] = np.array(features.stored.fingerprint)
    write_arrays(snakemake.output.components, **vars(projection), **made)
    found = {"codes": codes, "residual": residual}
    write_arrays(snakemake.output.pca, ids=features.ids, **found)
    write_table(features.set_aside, snakemake.output.set_aside)
    write_table(scree, snakemake.output.scree)
