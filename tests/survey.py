"""A small survey, and Snakemake run on it as a user would."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import h5py
import numpy as np
import yaml
from PIL import Image

from processes import AS_ONE, LIMIT, run, started
from simulated import grid_of_places, sersic_frame, write_frame

ROOT = Path(__file__).parents[1]
FIGURES = [
    "autoencoder/curve.png",
    "pca/elbow.png",
    "sheets/overview.png",
    "sheets/map.png",
    "sheets/denoising.png",
    "sheets/outliers.png",
    "vote/agreement.png",
    "vote/completeness.png",
    "evaluation/confusion.png",
    "evaluation/risk_coverage.png",
]
FINAL_TABLES = [
    "votes.parquet",
    "memberships.npz",
    "clusters.csv",
    "fitted.npz",
    "outliers.parquet",
    "vote/agreement.csv",
    "vote/completeness.csv",
    "vote/stability.csv",
    "catalog.parquet",
    "rejects.csv",
    "evaluation/summary.csv",
    "autoencoder/weights.safetensors",
]
TINY = {
    "run": "tiny",
    "shards": 2,
    "detection": {"min_area": 12},
    "cutouts": {"size": 32},
    "autoencoder": {"epoch_steps": 6, "max_epochs": 8},
    "polar": {"angles": 32, "radii": 16},
    "codes": {
        "views": ["cutout", "polar"],
        "rotations": 2,
        "flips": False,
        "degraded": 8,
        "input_size": 32,
        "batch_size": 16,
        "engine": "torch",
    },
    "clustering": {"k": 3, "dimensions": 6},
    "vote": {"voters": 8},
    "sheets": {"members": 3},
    "evaluation": {"seeds": [0, 1], "bootstrap": 20, "probe_labels": [8]},
}


def rules() -> dict[str, str]:
    """Return the text of each rule; one made of another has the text of both."""
    text = "\n".join(p.read_text() for p in (ROOT / "workflow/rules").glob("*.smk"))
    body = r"\n((?:(?: .*)?\n)+)"
    found = dict(re.findall(rf"^rule (\w+):{body}", text, re.M))
    of_others = re.findall(rf"^use rule (\w+) as (\w+) with:{body}", text, re.M)
    return found | {name: more + found[other] for other, name, more in of_others}


def scripts() -> dict[str, str]:
    """Return the script of each rule, relative to the folder of the scripts."""
    pattern = r'script:\s+"../scripts/([\w/]+\.py)"'
    return {name: re.search(pattern, body)[1] for name, body in rules().items()}


def draw_labelled_images(folder: Path) -> None:
    """Write 26 images of two classes, one of them damaged, one missing.

    `guess` is another column that may serve as label.
    """
    rng = np.random.default_rng(8)
    y, x = np.mgrid[:48, :48] - 23.5
    lines = ["image_path,label,guess"]
    (folder / "images").mkdir()
    for i in range(25):
        label, ratio = (("disk", 0.3), ("spheroid", 1.0))[i % 2]
        light = 200 * np.exp(-0.5 * ((x / 6) ** 2 + (y / (6 * ratio)) ** 2))
        noisy = np.clip(light + rng.normal(15, 3, light.shape), 0, 255)
        colour = np.stack([noisy, 0.8 * noisy, 0.6 * noisy], axis=-1)
        Image.fromarray(colour.astype(np.uint8)).save(folder / f"images/g{i:02d}.png")
        lines.append(f"images/g{i:02d}.png,{label if i % 5 else ''},{label}")
    (folder / "images/g24.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    lines.append("images/gone.png,disk,disk")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")


def make_survey(folder: Path) -> Path:
    """Write a frame, a table of images and the config of a run on both."""
    places = [*grid_of_places(5, 300), (2.0, 150.0)]
    bands = [
        sersic_frame(places, size=300, index=n, ellipticity=e, seed=i)
        for i, (n, e) in enumerate([(1.0, 0.5), (1.0, 0.5), (2.0, 0.5)])
    ]
    write_frame(folder / "sky.fits", np.stack(bands) + 50.0)
    draw_labelled_images(folder)
    frame = {"name": "sky", "kind": "frames", "path": "./sky.fits", "psf_fwhm": 2.4}
    table = {"name": "drawn", "kind": "images", "path": "labels.csv"}
    sources = [frame, table | {"label_column": "label"}]
    write_config(folder, TINY | {"sources": sources})
    return folder


def make_all_kinds(folder: Path) -> list[dict]:
    """Write a small source of each kind beside a survey's own; return them.

    Their names are placed, bands, stamps, galaxy10 and mock.
    """
    places = grid_of_places(3, 160)
    sky = [sersic_frame(places, size=160, seed=seed) + 50.0 for seed in range(4)]
    for name, image in zip(("g", "r", "i", "placed"), sky, strict=True):
        write_frame(folder / f"{name}.fits", image)
    rows = [f"{n},{x + 1},{y + 1},{n}" for n, (x, y) in enumerate(places)]
    (folder / "places.csv").write_text("name,x,y,redshift\n" + "\n".join(rows) + "\n")
    (folder / "stamps").mkdir()
    for number in range(3):
        stamp = sersic_frame([(24.0, 24.0)], size=49, seed=number)
        write_frame(folder / f"stamps/s{number}_image.fits", stamp)
        write_frame(folder / f"stamps/s{number}_mask.fits", np.zeros(stamp.shape))
    images = np.stack([sersic_frame([(34.0, 34.0)], size=69, seed=n) for n in range(3)])
    with h5py.File(folder / "galaxy10.h5", "w") as stored:
        grey = np.clip(images + 20.0, 0, 255).astype(np.uint8)
        stored["images"] = np.stack([grey] * 3, axis=-1)
        stored["ans"] = np.arange(3, dtype=np.uint8)
    positions = {"path": "places.csv", "x": "x", "y": "y", "id": "name"}
    bands = [{"name": name, "path": f"{name}.fits"} for name in "gri"]
    more = {"path": "stamps/*_image.fits", "mask": "stamps/*_mask.fits"}
    simulation = {"galaxies": 9, "spacing": 50, "half_light": [3]}
    frame = {"kind": "frames", "path": "placed.fits", "positions": positions}
    return [
        {"name": "placed", **frame, "psf_fwhm": 2.4},
        {"name": "bands", "kind": "bands", "bands": bands, "psf_fwhm": 2.4},
        {"name": "stamps", "kind": "stamps", **more},
        {"name": "galaxy10", "kind": "galaxy10", "path": "galaxy10.h5"},
        {"name": "mock", "kind": "simulated", "simulation": simulation},
    ]


def make_project(folder: Path) -> Path:
    """Copy the project, with new dates as a fresh checkout, and put a survey into it.

    `make` takes the Python that runs the tests for its own.
    """
    for name in ("workflow", "config", "profiles", "envs"):
        shutil.copytree(ROOT / name, folder / name, copy_function=shutil.copyfile)
    for name in ("Snakefile", "Makefile", "requirements.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    (folder / ".venv/installed").touch()
    return make_survey(folder)


def make_run(
    folder: Path, **options: object
) -> AbstractContextManager[subprocess.Popen]:
    """Start `make run` in a project of `make_project`."""
    command = ["make", "run", "CONFIG=config.yaml"]
    command.append(f"BIN={Path(sys.executable).parent}")
    return started(command, cwd=folder, **options)


def same_results(one: Path, two: Path) -> None:
    """Assert that two runs' final tables, labels and weights have the same bytes."""
    tables = FINAL_TABLES + [f"clusters/{p.name}" for p in (one / "clusters").iterdir()]
    for table in tables:
        assert (one / table).read_bytes() == (two / table).read_bytes(), table


def read_config(folder: Path) -> dict:
    """Read the overlay of a survey."""
    return yaml.safe_load((folder / "config.yaml").read_text())


def write_config(folder: Path, config: dict) -> None:
    """Write the overlay of a survey."""
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def command_for(folder: Path, *arguments: str) -> list:
    """Return the command that runs the workflow in `folder` with its config."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--configfile", folder / "config.yaml"]
    return [*command, "--workflow-profile", ROOT / "profiles/default", *arguments]


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the workflow in `folder` with its config; the streams come back as one."""
    return run(command_for(folder, *arguments), cwd=folder, **AS_ONE)


def planned(folder: Path, *arguments: str) -> dict[str, int]:
    """Return the rules that a dry run lists, with their number of jobs."""
    done = snakemake(folder, "--dry-run", *arguments)
    assert done.returncode == 0, done.stdout
    return read_plan(done.stdout)


def read_plan(shown: str) -> dict[str, int]:
    """Read the rules and their number of jobs from what a dry run shows."""
    stats = re.search(r"^job +count\n[- ]+\n(.*?)^total", shown, re.M | re.S)
    if stats is None:
        assert "Nothing to be done" in shown, shown
        return {}
    rows = (line.split() for line in stats[1].splitlines())
    return {rule: int(count) for rule, count in rows if rule != "all"}


def all_planned(cases: dict[str, tuple], scratch: Path) -> dict[str, dict[str, int]]:
    """Return what `planned` does for many cases: a Snakefile, a folder, a config."""
    names, plans = list(cases), {}
    with ExitStack() as stack:
        running = []
        for part in (0, 1):
            files = scratch / f"cases{part}.json", scratch / f"shown{part}.json"
            mine = {
                name: [str(path) for path in cases[name]] for name in names[part::2]
            }
            files[0].write_text(json.dumps(mine))
            command = [sys.executable, ROOT / "tests/many_plans.py", *files]
            running.append((stack.enter_context(started(command)), files[1]))
        for process, shown in running:
            assert process.wait(timeout=LIMIT) == 0
            texts = json.loads(shown.read_text())
            plans |= {name: read_plan(text) for name, text in texts.items()}
    return plans
