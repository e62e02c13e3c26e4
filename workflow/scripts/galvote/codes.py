"""Codes of galaxies: written by shard, joined once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from galvote.errors import InputError
from galvote.tables import read_arrays, write_arrays


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


def join_codes(paths: Sequence[str | Path]) -> tuple[np.ndarray, np.ndarray]:
    """Join the shards' codes, sorted by id.

    Returns
    -------
    ids : (N,) text.
    codes : float32 (N, n_features).

    Raises
    ------
    InputError
        Where shards were encoded in different ways.
    """
    shards = [read_arrays(path) for path in paths]
    fingerprints = {
        str(shard["fingerprint"]): path
        for shard, path in zip(shards, paths, strict=True)
    }
    if len(fingerprints) > 1:
        raise InputError(
            "these codes were made in different ways: "
            + ", ".join(map(str, fingerprints.values()))
            + "; delete the folder codes/ of this run and start again"
        )
    ids = np.concatenate([shard["ids"] for shard in shards])
    codes = np.concatenate([shard["codes"] for shard in shards])
    order = np.argsort(ids, kind="stable")
    return ids[order], codes[order]


def fingerprint_of(path: str | Path) -> str:
    """Return the fingerprint of the codes of a shard."""
    with np.load(path, allow_pickle=False) as stored:
        return str(stored["fingerprint"])


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
    float32 (N * n_degradations, n_features).
    """
    shards = [read_arrays(path) for path in paths]
    ids = np.concatenate([shard["ids"] for shard in shards])
    changes = np.concatenate([shard["changes"] for shard in shards])
    order = np.argsort(ids, kind="stable")
    return changes[order].reshape(-1, changes.shape[2])
