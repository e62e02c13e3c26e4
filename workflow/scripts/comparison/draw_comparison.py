"""Draw the comparison of methods, and write its page."""

from galvote.base.files import read_table
from galvote.figures.comparison import write_page
from galvote.figures.method_panels import (
    most_accurate_first,
    plot_method_curves,
    plot_method_efforts,
)
from galvote.judging.classification import BASELINES
from galvote.judging.comparison import best_of
from galvote.judging.comparison_words import opening_of, words_of
from galvote.run.jobs import job

given, made = snakemake.input, snakemake.output
NAMES = ["method", "other"]

with job(snakemake.log[0], threads=1):
    summary = read_table(given.summary, NAMES)
    differences = read_table(given.differences, NAMES)
    methods = most_accurate_first(summary, without=BASELINES)
    plot_method_efforts(summary, methods, made.accuracy)
    kept = "share of galaxies kept, the surest first", "accuracy"
    curves = read_table(given.risk, NAMES)
    plot_method_curves(curves, methods, "share", kept, made.risk)
    said = "probability that the method gives", "accuracy"
    bins = read_table(given.reliability, NAMES)
    plot_method_curves(bins, methods, "probability", said, made.reliability)
    counts = sorted(set(summary["labels"]))
    words = {n: words_of(summary, differences, n) for n in counts}
    best = {n: best_of(summary, differences, n, "accuracy")[0] for n in counts}
    figures = {
        "Accuracy against labels; the other methods in grey": made.accuracy,
        "Accuracy against the share of galaxies kept": made.risk,
        "Reliability of the probabilities; dotted: as they should be": made.reliability,
    }
    write_page(summary, words, best, opening_of(summary), figures, made.page)
