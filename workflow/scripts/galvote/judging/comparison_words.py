"""What a comparison of methods says, in plain words made from its numbers."""

from collections.abc import Sequence

import pandas as pd

from galvote.judging.classification import BASELINES, MAJORITY
from galvote.judging.comparison import TOLD_APART, best_of

NAMED = "names"  # the vote's clusters, named by a person who looks at galaxies
OPENINGS = {
    "accuracy": "Most accurate",
    "balanced_accuracy": "With each class counting the same",
}


def opening_of(summary: pd.DataFrame) -> str:
    """Return what was compared, and how.

    Parameters
    ----------
    summary : from `comparison.summary_of`.
    """
    counts = listed([f"{count:,}" for count in sorted(set(summary["labels"]))])
    seeds = int(summary["seeds"].max())
    methods = set(summary["method"]) - set(BASELINES)
    low, high = summary["galaxies"].min(), summary["galaxies"].max()
    galaxies = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    verb = "method was" if len(methods) == 1 else "methods were"
    drawn = (
        "drawn once, so that the scatter between draws is not known"
        if seeds == 1
        else f"in {seeds} draws"
    )
    return (
        f"{len(methods)} {verb} taught by {counts} labels, {drawn}, and judged on all"
        f" other labels ({galaxies} galaxies). Two baselines ignore the images: always"
        " the most frequent class, and a class drawn at random by the shares of the"
        f" classes. Differences below {TOLD_APART:.0f} standard errors are not"
        " significant."
    )


def words_of(
    summary: pd.DataFrame, differences: pd.DataFrame, labels: int
) -> list[str]:
    """Return sentences about all methods taught by a number of labels.

    Parameters
    ----------
    summary, differences : from `comparison.summary_of` and `joined_differences`.
    """
    rows = summary[summary["labels"] == labels].set_index("method")
    pairs = differences[differences["labels"] == labels].set_index(["method", "other"])
    best = best_of(summary, differences, labels, "accuracy")[0]
    said = []
    taught = rows["taught"].mean()
    if taught < labels:
        said.append(
            f"Only {taught:.0f} of these labels are of galaxies of this run and taught."
        )
    for measure in OPENINGS:
        found = best_of(summary, differences, labels, measure)
        said.append(_best(*found, rows[measure], OPENINGS[measure]))
    if rows.loc[MAJORITY, "accuracy"] >= rows.loc[best, "accuracy"]:
        reached = rows.loc[MAJORITY, "accuracy"]
        said.append(
            "None of them is more accurate than always giving the most frequent class"
            f" ({reached:.3f})."
        )
    twins = [(name, f"{name}_twin") for name in rows.index]
    said += [_gain(pairs.loc[pair], pair[0]) for pair in twins if pair in pairs.index]
    if NAMED in rows.index and best != NAMED:
        reached = rows.loc[NAMED, "accuracy"]
        said.append(_inspected(best, labels, reached, pairs.loc[(best, NAMED)]))
    errors = rows["calibration_error"].drop(list(BASELINES)).sort_values()
    ranked = [f"{method} ({error:.3f})" for method, error in errors.items()]
    worst = f"; worst: {ranked[-1]}" if len(ranked) > 1 else ""
    return [*said, f"Best calibrated (calibration error): {ranked[0]}{worst}."]


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _best(
    best: str, alike: list[str], behind: list[str], reached: pd.Series, opening: str
) -> str:
    """Say which method is best, and which cannot be told from it."""
    sentence = f"{opening}: {best} ({reached[best]:.3f})."
    if alike:
        names = listed([f"{name} ({reached[name]:.3f})" for name in alike])
        sentence += f" Indistinguishable from it (within two standard errors): {names}."
    if behind:
        name = behind[0]
        sentence += f" Behind: {name} ({reached[name]:.3f})"
        sentence += f" and {len(behind) - 1} more." if len(behind) > 1 else "."
    return sentence


def _gain(pair: pd.Series, method: str) -> str:
    """Say what the unlabelled galaxies give to a method, beside its twin without."""
    gain, error = pair["accuracy"], pair["accuracy_error"]
    numbers = f"({gain:+.3f} ± {error:.3f} in accuracy)"
    if abs(gain) <= TOLD_APART * error:
        return (
            f"Unlabelled galaxies make no measurable difference to {method} {numbers}."
        )
    verb = "improve" if gain > 0 else "harm"
    return f"Unlabelled galaxies {verb} {method} {numbers}."


def _inspected(best: str, labels: int, reached: float, pair: pd.Series) -> str:
    """Say how clusters named by a person compare with the best method."""
    gain, error = pair["accuracy"], pair["accuracy_error"]
    opening = f"Clusters named after inspecting {labels:,} galaxies reach {reached:.3f}"
    if gain <= TOLD_APART * error:
        return f"{opening}, indistinguishable from {best} with as many."
    return f"{opening}, {gain:.3f} ± {error:.3f} less than {best} with as many."
