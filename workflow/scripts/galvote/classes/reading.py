"""What methods look at, read from the files of a run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.files import read_arrays
from galvote.base.pngs import images_of_shards
from galvote.classes.method import Galaxies
from galvote.codes.components import Projection
from galvote.codes.features import Features
from galvote.codes.hand_made import hand_made_points

View = tuple[np.ndarray, np.ndarray]  # ids (n,), sorted, and their rows
Files = dict[str, Sequence[str]]
Inputs = Iterable[tuple[str, str | Sequence[str]]]


def files_of(named: Inputs) -> Files:
    """Return the files of a job by their names, each a list."""
    return {
        name: [files] if isinstance(files, str) else list(files)
        for name, files in named
    }


def read_galaxies(needs: Sequence[str], galaxies: str | Path, files: Files) -> Galaxies:
    """Read the views that a method needs.

    Parameters
    ----------
    needs : names of views, see `method.Galaxies`.
    galaxies : the list of galaxies, in Parquet.
    files : by name: `codes` and `components` (with `beside_codes`, the hand-made
        numbers that are clustered beside codes), `hand_made` and `cutouts` of all
        shards, `latents`, `moco`, `deepcluster`, `memberships`, `votes`.

    Returns
    -------
    The galaxies that have every view. Only clustered galaxies have memberships and
    votes; the others are told by zeros.
    """
    readers = {
        "codes": lambda: read_codes(galaxies, files),
        "hand_made": lambda: read_hand_made(files["hand_made"]),
        "cutouts": lambda: read_cutouts(galaxies, files["cutouts"]),
        "latents": lambda: read_latents(files["latents"][0]),
        "moco": lambda: read_features(files["moco"][0]),
        "deepcluster": lambda: read_features(files["deepcluster"][0]),
        "votes": lambda: read_votes(files["votes"][0]),
    }
    found = {name: readers[name]() for name in needs if name in readers}
    known = [ids for ids, _ in found.values()]
    if "memberships" in needs:
        said = read_arrays(files["memberships"][0])
        known.append(read_votes(files["votes"][0])[0])
    ids = known[0]
    for others in known[1:]:
        ids = np.intersect1d(ids, others)
    views = {
        name: rows if len(have) == len(ids) else rows[np.searchsorted(have, ids)]
        for name, (have, rows) in found.items()
    }
    if "memberships" in needs:
        views["memberships"] = _rows_of(said["ids"], said["memberships"], ids)
    return Galaxies(ids, views)


def _rows_of(have: np.ndarray, rows: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the rows of `ids`, zero for those that `have` lacks."""
    spread = np.zeros((len(ids), rows.shape[1]), np.float32)
    places = np.searchsorted(have, ids)
    there = places < len(have)
    there[there] = have[places[there]] == ids[there]
    spread[there] = rows[places[there]]
    return spread


def read_codes(galaxies: str | Path, files: Files) -> View:
    """Read the coordinates that are clustered, also of those set aside.

    Hand-made numbers beside codes are scaled by all galaxies, those set aside, too.
    """
    features = Features(
        files.get("codes", []), files.get("beside_codes", []), galaxies, True
    )
    stored = read_arrays(files["components"][0])
    stored.pop("fingerprint", None)
    projection = Projection(**stored)
    parts = [projection.apply(block)[0] for block in features.blocks()]
    return features.ids, np.concatenate(parts).astype(np.float64)


def read_hand_made(tables: Sequence[str]) -> View:
    """Read the eight hand-made numbers, of unit variance."""
    numbers = pd.concat([pd.read_parquet(path) for path in tables])
    numbers = numbers.sort_values("id", ignore_index=True)
    return numbers["id"].to_numpy(dtype=str), hand_made_points(numbers)


def read_cutouts(galaxies: str | Path, folders: Sequence[str]) -> View:
    """Read all cutouts, uint8 (N, ny, nx, n_channels)."""
    rows = pd.read_parquet(galaxies, columns=["id", "source"])
    return images_of_shards(rows, folders)


def read_latents(path: str | Path) -> View:
    """Read the latents of the autoencoder."""
    stored = read_arrays(path)
    return stored["ids"], stored["latents"]


def read_features(path: str | Path) -> View:
    """Read the features of an adapted encoder."""
    stored = read_arrays(path)
    return stored["ids"], stored["features"]


def read_votes(path: str | Path) -> View:
    """Read the cluster that each encoded galaxy is voted into, -1 for none."""
    votes = pd.read_parquet(path, columns=["id", "cluster"])
    return votes["id"].to_numpy(dtype=str), votes["cluster"].to_numpy()
