"""Codes of galaxies: written by shard, joined once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from galvote.errors import InputError
from galvote.tables import read_arrays, write_arrays


def write_codes(
    path: str | Path, ids: np.ndarray, codes: np.ndarray, digest: str, device: str
) -> None:
    """Write the codes (n, n_features) of one shard with ids and fingerprint."""
    write_arrays(
        path,
        ids=np.asarray(ids, dtype=str),
        codes=codes.astype(np.float32),
        fingerprint=np.array(digest),
        device=np.array(device),
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
