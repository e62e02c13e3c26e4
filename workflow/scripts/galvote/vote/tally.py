"""The vote: what the voters say of each galaxy, counted by clusters or their names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from galvote.vote.matching import ABSTAINS

REST = -1
REST_NAME = "rest"
VOTED, SUREST = "voted", "surest"
DISAGREEMENT, TIE, NO_WEIGHT = "disagreement", "tie", "noise"
SOFT_VOTE = "soft vote"  # as tables and figures call it
ROUNDING = 2.0**-11  # of a membership in float16


@dataclass
class Tally:
    """What the voters say of each galaxy.

    Attributes
    ----------
    answers : the names that can win; clusters without a name are their own answer.
    answer : int (N,), index of the winner, -1 where all abstain.
    agreement : float32 (N,), weight for the winner / all weight.
    tie : bool (N,), another answer has as much.
    cluster : int (N,), the likeliest cluster of the winning name.
    runner_up : int (N,), the likeliest cluster of any other name, -1 for none.
    """

    answers: list[str]
    answer: np.ndarray
    agreement: np.ndarray
    tie: np.ndarray
    cluster: np.ndarray
    runner_up: np.ndarray


def tally(memberships: np.ndarray, names: Sequence[str] | None = None) -> Tally:
    """Add up memberships (N, K) over the clusters of one name.

    Parameters
    ----------
    memberships : weight of each cluster, at most 1 in all; the rest abstained.
    names : (K,) of the clusters; None lets each count for itself.
    """
    n_galaxies, k = memberships.shape
    weights = memberships.astype(np.float32)
    given = [str(c) for c in range(k)] if names is None else list(names)
    answers = list(dict.fromkeys(given))
    of_cluster = np.array([answers.index(name) for name in given])
    summed = np.zeros((n_galaxies, len(answers)), dtype=np.float32)
    for cluster, answer in enumerate(of_cluster):
        summed[:, answer] += weights[:, cluster]
    answer, agreement = summed.argmax(axis=1), summed.max(axis=1)
    inside = of_cluster == answer[:, None]
    others = np.where(inside, 0.0, weights)
    runner_up = np.where(others.max(axis=1) > 0, others.argmax(axis=1), REST)
    return Tally(
        answers,
        np.where(agreement > 0, answer, REST),
        np.minimum(agreement, np.float32(1.0)),
        (summed >= agreement[:, None] - ROUNDING).sum(axis=1) > 1,
        np.where(inside, weights, -1.0).argmax(axis=1),
        runner_up,
    )


def least_agreements(
    counted: Tally, min_agreement: float, least_share: float
) -> np.ndarray:
    """Return the agreement that each answer asks for, (n_answers,).

    It is `min_agreement`, or less where fewer than `least_share` of an answer's
    galaxies reach that: then the surest so many of them are voted, so that a class on
    which voters are less sure does not vanish.
    """
    least = np.full(len(counted.answers), min_agreement, dtype=np.float64)
    for answer in range(len(least)):
        mine = counted.agreement[(counted.answer == answer) & ~counted.tie]
        wanted = int(np.ceil(least_share * len(mine)))
        if wanted > 0:
            surest = np.partition(mine, len(mine) - wanted)[len(mine) - wanted]
            least[answer] = min(min_agreement, float(surest))
    return least


def decide(counted: Tally, least: np.ndarray, min_agreement: float) -> np.ndarray:
    """Return the reason why each galaxy is voted or not, text (N,).

    Parameters
    ----------
    counted : of N galaxies.
    least : (n_answers,), the agreement that each answer asks for.
    min_agreement : what is voted below it is called `surest`.
    """
    reached = counted.agreement >= least[counted.answer] - ROUNDING
    sure = counted.agreement >= min_agreement - ROUNDING
    conditions = [counted.answer < 0, counted.tie, ~reached, ~sure]
    return np.select(conditions, [NO_WEIGHT, TIE, DISAGREEMENT, SUREST], VOTED)


def hold_vote(
    memberships: np.ndarray,
    min_agreement: float,
    least_share: float,
    names: Sequence[str] | None = None,
) -> tuple[Tally, np.ndarray]:
    """Count memberships (N, K) and decide: the tally, and the reason (N,)."""
    counted = tally(memberships, names)
    least = least_agreements(counted, min_agreement, least_share)
    return counted, decide(counted, least, min_agreement)


def is_voted(reason: np.ndarray) -> np.ndarray:
    """Tell which galaxies are voted into a cluster."""
    return np.isin(reason, (VOTED, SUREST))


def winners(memberships: np.ndarray) -> np.ndarray:
    """Return the likeliest cluster of each galaxy, int (N,), -1 where all abstain."""
    said = memberships.any(axis=1)
    return np.where(said, memberships.argmax(axis=1), ABSTAINS)


def vote_table(
    ids: np.ndarray,
    counted: Tally,
    reason: np.ndarray,
    n_voters: int,
    set_aside: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table `votes`, sorted by id.

    Parameters
    ----------
    ids : (N,) of the galaxies that were voted on.
    counted, reason : of them.
    n_voters : voters; `votes` are the agreement in voters.
    set_aside : `id` and `reason` of galaxies that were encoded and not clustered.
    """
    voted = is_voted(reason)
    answers = np.array([*counted.answers, REST_NAME], dtype=object)
    voted_on = pd.DataFrame(
        {
            "id": ids,
            "cluster": np.where(voted, counted.cluster, REST),
            "name": answers[np.where(voted, counted.answer, REST)],
            "votes": np.rint(counted.agreement * n_voters).astype(int),
            "agreement": counted.agreement.astype(np.float64),
            "runner_up": counted.runner_up,
            "reason": reason,
        }
    )
    nothing = {"cluster": REST, "name": REST_NAME, "votes": 0, "agreement": 0.0}
    aside = set_aside[["id", "reason"]].assign(**nothing, runner_up=REST)
    table = pd.concat([voted_on, aside[voted_on.columns]], ignore_index=True)
    return table.sort_values("id", ignore_index=True)
