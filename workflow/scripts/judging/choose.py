"""Try numbers of clusters and of principal components, and recommend one."""

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.files import read_arrays, whole_file, write_table
from galvote.base.progress import log, progress
from galvote.clusters.means import draw_sample
from galvote.figures import curves
from galvote.judging import choices
from galvote.run.jobs import job
from galvote.vote.voters import LEAST_MEMBERS

settings = snakemake.params.settings | {"workers": snakemake.threads}

with job(snakemake.log[0], threads=1):
    codes = read_arrays(snakemake.input.codes)["codes"]
    points = codes[draw_sample(len(codes), choices.MOST_TRIED)]
    scree = pd.read_csv(snakemake.input.scree)
    tried = sorted({k for k in settings["k"] if LEAST_MEMBERS * k <= len(points)})
    if not tried:
        raise InputError(
            f"config key `choose.k`: each number means fewer than {LEAST_MEMBERS:.0f}"
            f" galaxies a cluster, of {len(points)}; choose smaller numbers or add"
            " sources"
        )
    if len(tried) < len(set(settings["k"])):
        log.info(
            "not tried, with fewer than %d galaxies a cluster: %s",
            LEAST_MEMBERS,
            sorted(set(settings["k"]) - set(tried)),
        )
    kept = points.shape[1]
    dimensions = sorted(
        {max(1, round(share * kept)) for share in settings["dimensions"]}
    )
    every = [(k, d) for d in dimensions for k in tried]
    rows = []
    for k, d in progress(every, "choices"):
        leading = np.ascontiguousarray(points[:, :d])
        rows.append(choices.try_choice(leading, k, settings, settings["seed"]))
    table = pd.DataFrame(rows)
    sentence = choices.recommend(table)
    log.info("%s", sentence)
    write_table(table, snakemake.output.table)
    curves.plot_choices(table, scree, sentence, snakemake.output.figure)
    with whole_file(snakemake.output.sentence) as partial:
        partial.write_text(sentence + "\n", encoding="utf-8")
