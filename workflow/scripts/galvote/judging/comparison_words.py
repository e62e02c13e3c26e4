"""What a comparison of methods says, in plain words made from its numbers."""

import pandas as pd

from galvote.judging.classification import BASELINES
from galvote.judging.comparison import TOLD_APART, best_of

NAMED = "names"  # the vote's clusters, named by a person who looks at galaxies
ALIKE = "within two standard errors"


def opening_of(summary: pd.DataFrame) -> str:
    """Return what was compared, and how.

    Parameters
    ----------
    summary : from `comparison.summary_of`.
    """
    counts = " and ".join(map(str, sorted(set(summary["labels"]))))
    draws, methods = int(summary["seeds"].max()), set(summary["method"])
    galaxies = summary["galaxies"]
    judged = f"{galaxies.min():.0f} to {galaxies.max():.0f}"
    if galaxies.min() == galaxies.max():
        judged = f"{galaxies.min():.0f}"
    return (
        f"{len(methods - set(BASELINES))} methods were taught by {counts} labels,"
        f" {'each drawn once' if draws == 1 else f'each drawn {draws} times'}, and"
        f" judged on all other labels ({judged} galaxies). Beside them stand two that"
        " look at no galaxy: always the most frequent class, and one drawn at random by"
        " the shares of the classes. A difference counts from"
        f" {TOLD_APART:.0f} standard errors on; times are those of this machine."
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
    known = differences[differences["labels"] == labels]
    known = known.set_index(["method", "other"])
    said = [
        _best(rows, summary, differences, labels, "accuracy", "Most accurate"),
        _best(
            rows,
            summary,
            differences,
            labels,
            "balanced_accuracy",
            "With each class counting the same",
        ),
    ]
    said += [
        _gain(method, f"{method}_twin", known, "the galaxies without a label")
        for method in rows.index
        if f"{method}_twin" in rows.index
    ]
    best = best_of(summary, differences, labels, "accuracy")[0]
    if NAMED in rows.index and best != NAMED:
        said.append(_looks(best, labels, rows, known.loc[(best, NAMED)]))
    learned = rows.drop(index=list(BASELINES), errors="ignore")
    errors = learned["calibration_error"].sort_values()
    said.append(
        f"The probabilities of {errors.index[0]} are the most honest (calibration error"
        f" {errors.iloc[0]:.3f}), those of {errors.index[-1]} the least"
        f" ({errors.iloc[-1]:.3f})."
    )
    return said


def _best(
    rows: pd.DataFrame,
    summary: pd.DataFrame,
    differences: pd.DataFrame,
    labels: int,
    measure: str,
    opening: str,
) -> str:
    best, alike, behind = best_of(summary, differences, labels, measure)
    sentence = f"{opening}: {best} ({rows.loc[best, measure]:.3f})."
    if alike:
        listed = ", ".join(f"{m} ({rows.loc[m, measure]:.3f})" for m in alike)
        sentence += f" Not to be told from it, {ALIKE}: {listed}."
    if not behind:
        return sentence
    if not alike:
        return (
            sentence
            + f" All others are behind, the next {behind[0]}"
            + (f" ({rows.loc[behind[0], measure]:.3f}).")
        )
    return sentence + f" The other {len(behind)} are behind."


def _gain(method: str, other: str, known: pd.DataFrame, what: str) -> str:
    """Say what a method gains over its twin."""
    gain, error = known.loc[(method, other), ["accuracy", "accuracy_error"]]
    numbers = f"{gain:+.3f} ± {error:.3f} in accuracy"
    if abs(gain) <= TOLD_APART * error:
        return f"What {what} give to {method} cannot be told from nothing ({numbers})."
    verb = "raise" if gain > 0 else "lower"
    return f"{what.capitalize()} {verb} the accuracy of {method} ({numbers})."


def _looks(best: str, labels: int, rows: pd.DataFrame, pair: pd.Series) -> str:
    """Say how clusters named by a person compare with the best method."""
    gain, error = pair["accuracy"], pair["accuracy_error"]
    reached = rows.loc[NAMED, "accuracy"]
    opening = f"Clusters named by looking at {labels} galaxies reach {reached:.3f},"
    if gain <= TOLD_APART * error:
        return f"{opening} not to be told from {best} with as many."
    return f"{opening} {gain:.3f} ± {error:.3f} less than {best} with as many."
