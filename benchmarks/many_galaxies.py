"""Catalogue and cutouts of 10,000 and of 100,000 galaxies: time and memory.

    python benchmarks/many_galaxies.py [FRAMES ...]     # default: 11 and 111 frames

Simulates a frame of 900 objects, writes it as a FITS file of so many images, each with
noise of its own, and lets Snakemake make catalogue, regions and cutouts on two cores.
Prints a Markdown table: galaxies, seconds of the whole call,
milliseconds a galaxy, and the most memory of the searching and of the cutting jobs.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from astropy.io import fits

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.config.checks import complete
from galvote.simulation.frames import simulate_frame

SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
SURVEY = {"galaxies": 900, "spacing": 60, "signal_to_noise": [20, 50, 100]}


def simulated_sky() -> tuple[np.ndarray, float]:
    """Return a frame, float32 (ny, nx), and its noise (counts)."""
    source = {"name": "mock", "kind": "simulated", "simulation": SURVEY}
    config = complete({"sources": [source]}, yaml.safe_load(SCHEMA.read_text()))
    settings = config["sources"][0]["simulation"]
    return simulate_frame(settings, 0)[0], settings["noise"]


def write_exposure(path: Path, image: np.ndarray, noise: float, frames: int) -> None:
    """Write an image many times, each time with more noise, as 16-bit extensions."""
    fits.PrimaryHDU().writeto(path)
    rng = np.random.default_rng(0)
    for _ in range(frames):
        drawn = image + rng.normal(0.0, 0.5 * noise, image.shape)
        counts = np.round(np.clip(drawn, -3000, 3000) * 10).astype(np.int16)
        fits.append(path, counts)


def run(folder: Path) -> dict:
    """Run the workflow up to cutouts and catalogue."""
    source = {"name": "sky", "kind": "frames", "path": "sky.fits", "hdu": "all"}
    config = {"run": "many", "shards": 8, "sources": [source]}
    config["cutouts"] = {"channels": "grey"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--configfile", folder / "config.yaml"]
    command += ["--workflow-profile", ROOT / "profiles/default", "--cores", "2"]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--until", "cut_out", "build_catalog"],
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - start
    results = folder / "results/many"
    galaxies = len(pd.read_parquet(results / "catalog.parquet", columns=["id"]))
    memory = {}
    for rule in ("detect", "cut_out"):
        files = (results / "benchmarks" / rule).glob("*.tsv")
        rows = [next(csv.DictReader(f.open(), delimiter="\t")) for f in files]
        memory[rule] = max(float(row["max_rss"]) for row in rows)
    return {"galaxies": galaxies, "seconds": seconds, **memory}


def main() -> None:
    """Measure for each number of frames."""
    image, noise = simulated_sky()
    print("| galaxies | s | ms a galaxy | MB searching | MB cutting |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for frames in [int(n) for n in sys.argv[1:]] or [11, 111]:
        with tempfile.TemporaryDirectory() as folder:
            write_exposure(Path(folder) / "sky.fits", image, noise, frames)
            row = run(Path(folder))
        numbers = (
            row["galaxies"],
            row["seconds"],
            1e3 * row["seconds"] / row["galaxies"],
        )
        text = f"| {numbers[0]:,} | {numbers[1]:.0f} | {numbers[2]:.2f} |"
        print(f"{text} {row['detect']:.0f} | {row['cut_out']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
