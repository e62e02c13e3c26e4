"""Where the images of galaxies lie."""

from collections.abc import Sequence

import pandas as pd

from galvote.tables import shard_of


def folders_of(ids: pd.Series, folders: Sequence[str]) -> dict[str, str]:
    """Return the folder of each galaxy.

    Parameters
    ----------
    ids : of the catalogue, in its order.
    folders : one a shard, in order.
    """
    table = ids.to_frame("id")
    return {
        id_: folder
        for i, folder in enumerate(folders)
        for id_ in shard_of(table, i, len(folders))["id"]
    }
