"""Clusters and vote of up to a million galaxies: time and memory.

    python benchmarks/many_codes.py results/<run> [--galaxies N ...]

The codes of a finished run are resampled with noise. Each size has a process of its
own, on two cores: the principal components of whole codes in shards on disk (5 GB free
for a million); with the config's bags K-means, Ward and BIRCH, the soft vote and its
count. At last the original's Ward, exact on all galaxies, for as long as memory allows.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from voting import settings_of

from galvote.base.files import read_arrays
from galvote.clusters import fitting
from galvote.clusters.models import Ward
from galvote.codes.components import fit_projection, principal_components
from galvote.codes.features import Features
from galvote.codes.invariance import Scaling
from galvote.codes.moments import moments_of
from galvote.codes.stored_codes import StoredCodes, join_changes, write_codes
from galvote.vote import tally
from galvote.vote.voters import fit_voters

DIMENSIONS = 50
SHARD = 50_000  # galaxies
NOISE = 0.3  # of the spread of each coordinate
LIMIT = 8 * 1024**3  # bytes of the original's Ward


def codes_of(folder: Path) -> np.ndarray:
    """Read the codes of a run, float32 (N, n_features)."""
    shards = StoredCodes(sorted(folder.glob("codes/*-of-*[0-9].npz")))
    return np.concatenate([block for _, block in shards.blocks()])


def resample(folder: Path, total: int) -> np.ndarray:
    """Draw codes of a run with noise, float32 (total, 50)."""
    found = read_arrays(folder / "pca/components.npz")
    scaling = Scaling(found["directions"], found["factors"])
    codes = scaling.apply(codes_of(folder))
    reduction = principal_components(moments_of([codes]), DIMENSIONS)
    points = reduction.scores(codes).astype(np.float32)
    rng = np.random.default_rng(0)
    many = points[rng.integers(len(points), size=total)]
    noise = rng.standard_normal(many.shape, dtype=np.float32)
    return many + noise * (NOISE * points.std(axis=0))


def reduce(folder: Path, total: int, invariance: float) -> dict:
    """Write shards of whole codes, and reduce them; return the seconds of that."""
    codes = codes_of(folder)
    changes = join_changes(sorted(folder.glob("codes/*.changes.npz")))
    spread = NOISE * codes.std(axis=0)
    rng = np.random.default_rng(0)
    with TemporaryDirectory() as written:
        paths = []
        for start in range(0, total, SHARD):
            some = codes[rng.integers(len(codes), size=min(SHARD, total - start))]
            some += spread * rng.standard_normal(some.shape, dtype=np.float32)
            ids = np.array([f"g{start + row:09d}" for row in range(len(some))])
            paths.append(Path(written) / f"{start:09d}.npz")
            write_codes(paths[-1], ids, some, fingerprint="", device="", engine="")
        begun = time.perf_counter()
        features = Features(paths, [], "", include_unresolved=True)
        projection, _ = fit_projection(features, changes, invariance, 0.0, DIMENSIONS)
        np.concatenate([projection.apply(block)[0] for block in features.blocks()])
        seconds = time.perf_counter() - begun
    return {"GB of codes": total * codes.shape[1] * 4 / 1e9, "all": seconds}


def vote_on(points: np.ndarray, settings: dict) -> dict:
    """Cluster, vote and count; return seconds of each step and the share voted."""
    start, row, labels = time.perf_counter(), {}, {}
    with threadpool_limits(1):
        for name in settings["models"]:
            begun = time.perf_counter()
            labels[name] = fitting.cluster(
                name, points, settings["k"], 0, settings[name], settings["limits"]
            ).labels
            row[name] = time.perf_counter() - begun
        begun = time.perf_counter()
        reference = labels[settings["reference"]]
        _, memberships = fit_voters(
            points, reference, settings["soft"], 0, settings["workers"]
        )
        asked = settings["min_agreement"], settings["least_share"]
        _, reason = tally.hold_vote(memberships.astype(np.float16), *asked)
        voted = tally.is_voted(reason)
    row["vote"] = time.perf_counter() - begun
    row["all"] = time.perf_counter() - start
    return row | {"share voted": voted.mean()}


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    sizes = [10_000, 100_000, 1_000_000]
    parser.add_argument("--galaxies", type=int, nargs="*", default=sizes)
    parser.add_argument(
        "--one", choices=["reduce", "vote", "ward"], help="this process alone"
    )
    options = parser.parse_args()
    config = json.loads((options.run / "run.json").read_text())["config"]
    settings = settings_of(config)
    if options.one == "reduce":
        invariance = config["codes"]["invariance"]
        row = reduce(options.run, options.galaxies[0], invariance)
    elif options.one:
        points = resample(options.run, options.galaxies[0])
        if options.one == "ward":
            resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
            start = time.perf_counter()
            Ward().fit(points.astype(np.float64), settings["k"], None)
            row = {"all": time.perf_counter() - start}
        else:
            row = vote_on(points, settings)
    if options.one:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        print(json.dumps(row | {"MB": memory}))
        return
    tables = {"reduce": [], "vote": [], "ward": []}
    for one, total in [
        *(("reduce", n) for n in options.galaxies),
        *(("vote", n) for n in options.galaxies),
        *(("ward", n) for n in (10_000, 20_000, 30_000, 40_000, 50_000)),
    ]:
        command = [sys.executable, __file__, str(options.run), "--one", one]
        done = subprocess.run(
            [*command, "--galaxies", str(total)], capture_output=True, text=True
        )
        row = json.loads(done.stdout) if done.returncode == 0 else {}
        died = "" if row else (done.stderr.strip().splitlines() or ["killed"])[-1]
        tables[one].append({"galaxies": total, **row, "died": died[:60]})
        if died:
            break
    for table in tables.values():
        print(pd.DataFrame(table).to_markdown(index=False, floatfmt=".4g") + "\n")


if __name__ == "__main__":
    main()
