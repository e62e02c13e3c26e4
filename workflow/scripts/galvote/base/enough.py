"""Whether there are galaxies enough for what the config asks for."""

from collections import Counter

import numpy as np

from galvote.base.errors import InputError


def refuse_more_clusters(model: str, k: int, count: int) -> None:
    """Refuse more clusters than galaxies that can be clustered.

    Parameters
    ----------
    model : name of the clustering; the spectral one needs a galaxy more than clusters.
    k : number of clusters.
    count : of galaxies.

    Raises
    ------
    InputError
        That says how many galaxies there are.
    """
    if k > count:
        raise InputError(
            f"config key `clustering.k` is {k} but only {count} galaxies can be"
            " clustered; choose a smaller number or add sources"
        )
    if model == "spectral" and k == count:
        raise InputError(
            f"config key `clustering.k` is {k}, too many for the spectral clustering of"
            f" {count} galaxies; choose a smaller number or add sources"
        )


def refuse_too_few(reasons: np.ndarray, config: dict) -> None:
    """Refuse galaxies that are too few to be clustered, before the long work.

    The scripts of long jobs pass the config itself, and not `params`: a change of these
    keys must not run their jobs again.

    Parameters
    ----------
    reasons : text (N,), why each galaxy is set aside, empty for the others.
    config : complete. Galaxies that are only assigned to a fitted run may be few.

    Raises
    ------
    InputError
        That says how many there are and what may be changed.
    """
    if config["assign"]["fitted"] is not None:
        return
    clustering = config["clustering"]
    count = int((reasons == "").sum())
    if len(reasons) < 2:
        raise InputError(
            f"there is only {len(reasons)} galaxy, of which nothing can be learned; add"
            " sources or lower `detection.threshold`"
        )
    if count < 2:
        aside = Counter(reasons[reasons != ""].tolist()).most_common()
        named = " and ".join(f"{number} flagged {reason}" for reason, number in aside)
        raise InputError(
            f"of {len(reasons)} galaxies only {count} can be clustered ({named}); set"
            " `clustering.include_unresolved` to true, or add sources"
        )
    for model in clustering["models"]:
        refuse_more_clusters(model, clustering["k"], count)
    dimensions = clustering["dimensions"]
    if dimensions != "auto" and dimensions > count - 1:
        raise InputError(
            f"config key `clustering.dimensions` is {dimensions} but the {count}"
            f" galaxies that can be clustered have at most {count - 1}; choose a"
            " smaller number, `auto`, or add sources"
        )
