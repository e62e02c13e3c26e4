"""Draw the labels that teach; all others judge."""

import pandas as pd

from galvote.base.files import write_table
from galvote.base.progress import counted, log
from galvote.classes.labels import labels_of_sources, labels_of_table, only_known
from galvote.classes.splits import draw_teaching, join_groups
from galvote.inputs.sources import source_of
from galvote.run.jobs import job

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    galaxies = snakemake.input.galaxies
    if settings["labels"] is not None:
        labels = labels_of_table(settings["labels"])
        for note in labels.attrs["notes"]:
            log.warning("%s", note)
    else:
        sources = [source_of(given) for given in settings["sources"]]
        labels = labels_of_sources(sources, galaxies, settings["truths"])
    drawn = draw_teaching(
        labels, settings["teach"], settings["per_class"], settings["draw"]
    )
    groups = pd.read_parquet(snakemake.input.groups).set_index("id")["group"]
    of_run = only_known(labels, groups.index)
    known = drawn["id"].isin(of_run.index)
    if not known.all():
        log.warning(
            "%d of the %d labels drawn to teach are of this run, which has %d; a share"
            " in `classes.teach` draws from any table alike",
            known.sum(),
            len(drawn),
            len(of_run),
        )
    teaching = join_groups(drawn[known], groups)
    log.info("%d labels teach: %s", len(teaching), counted(teaching["label"]))
    for name, count in teaching["label"].value_counts().items():
        if count == 1:
            log.warning("the class %s has a single label that teaches", name)
    alike = pd.Series(sorted(set(labels)), dtype=str)
    for _, names in alike.groupby(alike.str.casefold()):
        if len(names) > 1:
            log.warning("the classes %s differ only in case", " and ".join(names))
    untaught = sorted(set(labels) - set(teaching["label"]))
    if untaught:
        log.warning(
            "no label that teaches is of the class %s: no galaxy can be given it",
            ", ".join(untaught),
        )
    write_table(teaching, snakemake.output.teaching)
