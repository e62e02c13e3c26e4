"""Draw the comparison of methods, and write its page."""

from galvote.base.files import read_table
from galvote.figures.comparison import plot_panels, write_page
from galvote.figures.curves import plot_efforts
from galvote.judging.comparison import best_of
from galvote.judging.comparison_words import opening_of, words_of
from galvote.run.jobs import job

given, made = snakemake.input, snakemake.output
NAMES = ["method", "other"]

with job(snakemake.log[0], threads=1):
    summary = read_table(given.summary, NAMES)
    differences = read_table(given.differences, NAMES)
    plot_efforts(summary, "method", made.accuracy)
    kept = "share of galaxies kept", "accuracy"
    plot_panels(read_table(given.risk, NAMES), "share", kept, made.risk)
    said = "probability that the method gives", "accuracy"
    bins = read_table(given.reliability, NAMES)
    plot_panels(bins, "probability", said, made.reliability)
    counts = sorted(set(summary["labels"]))
    words = {n: words_of(summary, differences, n) for n in counts}
    best = {n: best_of(summary, differences, n, "accuracy")[0] for n in counts}
    figures = {
        "Accuracy against labels": made.accuracy,
        "Accuracy against the share of galaxies kept, the surest first": made.risk,
        "Reliability of the probabilities": made.reliability,
    }
    write_page(summary, words, best, opening_of(summary), figures, made.page)
