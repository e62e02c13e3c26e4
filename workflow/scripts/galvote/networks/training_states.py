"""Where a training keeps its state until its results are noted.

A module of its own, as the job that removes states does without torch: the one that
records a run. By then Snakemake has noted that the training is done. A kill before it
has runs the training's job again, which finds the state at its end.
"""

from pathlib import Path


def state_path(folder: Path, key: str) -> Path:
    """Name the file of a training's state; `key` tells trainings apart."""
    return folder / f".state-{key}.pt"


def forget_states(folder: Path, but: Path | None = None) -> None:
    """Remove the states of all trainings in a folder, `but` one."""
    for path in folder.glob(".state-*.pt"):
        if path != but:
            path.unlink()
