"""What is clustered: codes with hand-made numbers beside them, of galaxies resolved."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.catalog.flags import reasons_of
from galvote.codes.stored_codes import StoredCodes


def reasons_not_clustered(
    ids: np.ndarray, galaxies: str | Path, include_unresolved: bool
) -> np.ndarray:
    """Say why galaxies are set aside, text (N,), or nothing.

    Parameters
    ----------
    ids : (N,) of galaxies.
    galaxies : the list of galaxies, in Parquet.
    include_unresolved : sets stars and unresolved galaxies not aside.
    """
    flags = pd.read_parquet(galaxies, columns=["id", "flags"])
    flags = flags.set_index("id")["flags"].loc[ids].to_numpy()
    return reasons_of(flags, include_unresolved)


class Features:
    """Codes and hand-made numbers of the galaxies that are clustered, in blocks.

    Parameters
    ----------
    codes : files of codes, a shard each; none where no network is used.
    hand_made : tables of hand-made numbers, a shard each; none leaves them out.
    galaxies : the list of galaxies, in Parquet.
    include_unresolved : whether stars and unresolved galaxies are clustered, too.

    Attributes
    ----------
    ids : (N,) text, sorted.
    stored : the codes, or None.
    numbers : float64 (N, n_hand_made), of unit variance; none where there are none.
    set_aside : table of `id` and `reason` of the galaxies that are not clustered.
    """

    def __init__(
        self,
        codes: Sequence[str | Path],
        hand_made: Sequence[str | Path],
        galaxies: str | Path,
        include_unresolved: bool,
    ) -> None:
        self.stored = StoredCodes(codes) if codes else None
        tables = [pd.read_parquet(path) for path in hand_made]
        table = pd.concat(tables).set_index("id").sort_index() if tables else None
        ids = self.stored.ids if self.stored else table.index.to_numpy(dtype=str)
        reasons = reasons_not_clustered(ids, galaxies, include_unresolved)
        self._clustered = reasons == ""
        aside = {"id": ids[~self._clustered], "reason": reasons[~self._clustered]}
        self.set_aside = pd.DataFrame(aside, dtype=str)
        self.ids = ids[self._clustered]
        self.numbers = np.zeros((len(self.ids), 0))
        if table is not None:
            from galvote.codes.hand_made import hand_made_points  # loads photutils

            self.numbers = hand_made_points(table.loc[self.ids])

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield features in the order of ids, float32 (n, n_codes + n_hand_made)."""
        if self.stored is None:
            yield self.numbers.astype(np.float32)
            return
        start = 0
        for place, codes in self.stored.blocks():
            codes = codes[self._clustered[place]]
            numbers = self.numbers[start : start + len(codes)]
            start += len(codes)
            yield np.concatenate([codes, numbers.astype(np.float32)], axis=1)
