"""What splitting after augmentation claims, and what is true.

    python benchmarks/leaks.py results/mine

Each labelled galaxy of a finished run is turned and mirrored in eight ways. Once the
copies are split at random, so that most copies that judge have a sibling that taught;
once the galaxies are split, and copies made after. The same network learns as long from
both.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from galvote.classes.fine_tuning import fine_tune
from galvote.classes.method import Work
from galvote.classes.network import FineTuned
from galvote.classes.reading import read_cutouts
from galvote.classes.splits import places_in_draw

ENCODER = "resources/encoders/tf_efficientnet_lite0"
TEACH = 0.8


def copies_of(images: np.ndarray) -> np.ndarray:
    """Return the eight turned and mirrored copies (n, 8, ny, nx, n_channels)."""
    quarters = [np.rot90(images, quarter, (1, 2)) for quarter in range(4)]
    return np.stack([*quarters, *(copy[:, :, ::-1] for copy in quarters)], axis=1)


def accuracy(
    images: np.ndarray, classes: np.ndarray, teaches: np.ndarray, names: list, seed: int
) -> float:
    """Teach a network by some images, and judge it on the others."""
    settings = FineTuned(augment="none", max_epochs=12).model_dump()
    start = f"{ENCODER}/model.safetensors", f"{ENCODER}/encoder.json"
    learn, judge = np.flatnonzero(teaches), np.flatnonzero(~teaches)
    held = learn[::10]
    learn = np.setdiff1d(learn, held)
    with tempfile.TemporaryDirectory() as folder:
        work = Work(seed=seed, folder=Path(folder), start=start)
        tuned = fine_tune(
            images,
            (learn, classes[learn]),
            (held, classes[held]),
            names,
            settings,
            work,
        )
    said = tuned.chances(images[judge]).argmax(axis=1)
    return float(np.mean(said == classes[judge]))


def main() -> None:
    """Compare both splits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--draw", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    run, draw = arguments.run, arguments.draw
    folders = sorted(map(str, run.glob("cutouts/*-of-*[0-9]")))
    ids, images = read_cutouts(run / "galaxies.parquet", folders)
    labels = pd.read_parquet(run / "truth.parquet").set_index("id")["label"]
    known = np.isin(ids, labels.index)
    classes, names = pd.factorize(labels.loc[ids[known]], sort=True)
    copies = copies_of(images[known])
    every = copies.reshape(-1, *copies.shape[2:])
    of_galaxy = np.repeat(places_in_draw(ids[known], draw) < TEACH, 8)
    of_copy = np.random.default_rng(draw).random(len(every)) < TEACH
    eightfold = np.repeat(classes, 8)
    for name, teaches in (("copies", of_copy), ("galaxies", of_galaxy)):
        found = accuracy(every, eightfold, teaches, list(names), draw)
        print(f"split by {name}: accuracy {found:.3f}", flush=True)


if __name__ == "__main__":
    main()
