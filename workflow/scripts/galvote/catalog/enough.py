"""Whether a list of galaxies is worth the long work."""

from pathlib import Path

import pandas as pd

from galvote.base.enough import refuse_too_few
from galvote.catalog.flags import reasons_of


def check_galaxies(galaxies: str | Path, config: dict) -> None:
    """Refuse a list of galaxies of which too few can be clustered.

    Parameters
    ----------
    galaxies : in Parquet.
    config : complete.

    Raises
    ------
    InputError
        That says how many there are; see `refuse_too_few`.
    """
    flags = pd.read_parquet(galaxies, columns=["flags"])["flags"].to_numpy()
    include_unresolved = config["clustering"]["include_unresolved"]
    refuse_too_few(reasons_of(flags, include_unresolved), config)
