"""What methods guess of unlabelled galaxies, compared with what is true."""

import numpy as np
import pandas as pd

EVERY = "(all)"  # classes together


def guess_scores(
    guesses: pd.DataFrame, truth: pd.Series, threshold: float
) -> pd.DataFrame:
    """Compare guesses with what is true, class by class, as the training goes on.

    Parameters
    ----------
    guesses : `epoch`, `id`, `class`, `probability`.
    truth : labels that do not teach, indexed by id.
    threshold : probability from which a guess is sure.

    Returns
    -------
    `epoch`, `class` (the true one, or `(all)`), `galaxies`, `sure` (share of them that
    is guessed surely), `accuracy`, `accuracy_of_sure` (NaN where no guess is).
    """
    known = guesses[guesses["id"].isin(truth.index)]
    true = truth.loc[known["id"]].to_numpy()
    table = pd.DataFrame(
        {
            "epoch": known["epoch"].to_numpy(),
            "class": true,
            "sure": known["probability"].to_numpy() >= threshold,
            "right": known["class"].to_numpy() == true,
        }
    )
    both = pd.concat([table.assign(**{"class": EVERY}), table])
    both["sure_and_right"] = both["sure"] & both["right"]
    groups = both.groupby(["epoch", "class"], sort=False)
    found = groups[["sure", "right", "sure_and_right"]].mean()
    of_sure = found["sure_and_right"] / found["sure"].replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "galaxies": groups.size(),
            "sure": found["sure"],
            "accuracy": found["right"],
            "accuracy_of_sure": of_sure,
        }
    ).reset_index()
