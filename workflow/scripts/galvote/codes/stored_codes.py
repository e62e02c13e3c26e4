"""Codes of galaxies: written by shard, read in blocks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from galvote.base.errors import InputError
from galvote.base.files import read_arrays, write_arrays

BLOCK = 4096  # galaxies


def write_codes(
    path: str | Path, ids: np.ndarray, codes: np.ndarray, **made: str
) -> None:
    """Write the codes (n, n_features) of one shard with ids and how they were made.

    Parameters
    ----------
    made : `fingerprint` (digest of all that decides codes), `device`, `engine`.
    """
    write_arrays(
        path,
        ids=np.asarray(ids, dtype=str),
        codes=codes.astype(np.float32),
        **{name: np.array(text) for name, text in made.items()},
    )


class StoredCodes:
    """The codes of all shards in the order of their ids, read a block at a time.

    Blocks are cut by number of galaxies and not by shard, so that sums over them do
    not depend on how many shards there are.

    Attributes
    ----------
    ids : (N,) text, sorted.
    fingerprint : digest of all that decided the codes.

    Raises
    ------
    InputError
        Where shards were encoded in different ways.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        found: list[np.ndarray] = []
        fingerprints: dict[str, str | Path] = {}
        for path in paths:
            with np.load(path, allow_pickle=False) as stored:  # reads what is asked for
                found.append(stored["ids"])
                fingerprints[str(stored["fingerprint"])] = path
        if len(fingerprints) > 1:
            raise InputError(
                "these codes were made in different ways: "
                + ", ".join(map(str, fingerprints.values()))
                + "; delete the folder codes/ of this run and start again"
            )
        (self.fingerprint,) = fingerprints
        by_first_id = sorted(
            (ids[0], number) for number, ids in enumerate(found) if len(ids)
        )
        order = [number for _, number in by_first_id] or [0]
        self._paths = [paths[number] for number in order]
        self.ids = np.concatenate([found[number] for number in order])

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the place of `size` galaxies in `ids` and their codes, float32.

        Codes are (n, n_features), the last block has fewer galaxies, and where there
        are none at all the only block is empty. One shard is in memory at a time.
        """
        start, left = 0, None
        for path in self._paths:
            with np.load(path, allow_pickle=False) as stored:
                codes = stored["codes"]
            left = codes if left is None else np.concatenate([left, codes])
            while len(left) >= size:
                yield slice(start, start + size), left[:size]
                start, left = start + size, left[size:]
        if len(left) or start == 0:
            yield slice(start, start + len(left)), left


def makers_of(paths: Sequence[str | Path]) -> dict[str, str]:
    """Say on which `device` and by which `engine` the codes of shards were made."""
    found: dict[str, set[str]] = {"device": set(), "engine": set()}
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:  # reads what is asked for
            for name, values in found.items():
                values.add(str(stored[name]))
    return {name: " and ".join(sorted(values)) for name, values in found.items()}


def write_changes(path: str | Path, ids: np.ndarray, changes: np.ndarray) -> None:
    """Write how degradations change codes: (n, n_degradations, n_features)."""
    write_arrays(path, ids=np.asarray(ids, dtype=str), changes=changes)


def join_changes(paths: Sequence[str | Path]) -> np.ndarray:
    """Join the shards' changes of codes, sorted by id.

    Returns
    -------
    float32 (N * n_degradations, n_features); (0, 0) without shards.
    """
    if not paths:
        return np.zeros((0, 0), dtype=np.float32)
    shards = [read_arrays(path) for path in paths]
    ids = np.concatenate([shard["ids"] for shard in shards])
    changes = np.concatenate([shard["changes"] for shard in shards])
    order = np.argsort(ids, kind="stable")
    return changes[order].reshape(-1, changes.shape[2])
