"""Cutouts from one frame of 2600 x 2600 px: ours, Cutana's and a plain Cutout2D loop.

    python benchmarks/cutouts.py [--cutana PYTHON] [--repeats N]

PYTHON is that of an environment with Cutana in it (`python -m venv cutana-env &&
cutana-env/bin/pip install cutana==0.4.0`; 1 GB, so that it has its own). Every run is a
process of its own on one core: 1,300 and 13,000 cutouts of 64 px at the same positions.
Prints a Markdown table: the rate per cutout beyond the first 1,300 (least times of the
repeats), the rate of the whole process, start included, and its most memory.

Ours hides neighbours, fills edges and centres to a fraction of a pixel; Cutana and the
loop do not. Cutana: one worker, its asinh stretch, in memory in calls of 1,000 as its
documentation advises, or a FITS file a cutout.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.wcs import WCS

SIDE, GALAXIES, SIZE, TURNS = 2600, 1300, 64, 10
METHODS = {
    "ours, in memory": False,
    "ours, PNG files": False,
    "Cutout2D loop, in memory": False,
    "Cutana, in memory": True,
    "Cutana, FITS files": True,
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def make_frame(folder: Path) -> None:
    """Write a frame of Gaussian galaxies on noise, and their catalogue."""
    rng = np.random.default_rng(0)
    image = rng.normal(0.0, 1.0, (SIDE, SIDE)).astype(np.float32)
    x, y = rng.uniform(0, SIDE - 1, (2, GALAXIES))
    radius = np.clip(np.exp(rng.normal(np.log(8.0), 0.5, GALAXIES)), 2.0, 40.0)
    peak = np.exp(rng.uniform(np.log(5.0), np.log(500.0), GALAXIES))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for x0, y0, r, p in zip(x, y, radius, peak, strict=True):
        low_x, low_y = max(0, int(x0 - 3 * r)), max(0, int(y0 - 3 * r))
        near = slice(low_y, int(y0 + 3 * r)), slice(low_x, int(x0 + 3 * r))
        squared = (columns[near] - x0) ** 2 + (rows[near] - y0) ** 2
        image[near] += p * np.exp(-0.5 * squared / (r / 2.5) ** 2)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.cunit = ("RA---TAN", "DEC--TAN"), ("deg", "deg")
    wcs.wcs.crval, wcs.wcs.crpix = (150.0, 2.2), ((SIDE + 1) / 2, (SIDE + 1) / 2)
    wcs.wcs.cd = np.diag([-0.1 / 3600, 0.1 / 3600])
    fits.PrimaryHDU(image, wcs.to_header()).writeto(folder / "frame.fits")
    ra, dec = wcs.all_pix2world(x, y, 0)
    table = {"x": x, "y": y, "ra": ra, "dec": dec, "radius": radius}
    pd.DataFrame(table).to_csv(folder / "galaxies.csv", index=False)


def read_galaxies(folder: Path, count: int) -> pd.DataFrame:
    """Read the catalogue, repeated under other ids until it has `count` rows."""
    table = pd.read_csv(folder / "galaxies.csv")
    table = pd.concat([table] * (count // GALAXIES), ignore_index=True)
    table.insert(0, "id", [f"g{number:06d}" for number in range(len(table))])
    table["side"] = np.maximum(3.0 * np.sqrt(2.0) * table["radius"], SIZE / 2)
    return table


def cut_ours(folder: Path, table: pd.DataFrame, files: Path | None) -> float:
    """Cut with this project; return when the imports were done."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))
    from galvote.base.pngs import write_image
    from galvote.cutouts.cutter import Cutter
    from galvote.detection.search import find_detections
    from galvote.inputs.frame_views import detection_frame
    from galvote.inputs.sources import source_of

    start = time.perf_counter()
    path = str(folder / "frame.fits")
    source = source_of({"name": "sky", "kind": "frames", "path": str(path)})
    frame = detection_frame(source, "", 64)
    search = {"threshold": 5.0, "smoothing": 5.0, "min_area": 20}
    deblending = {"deblend_levels": 32, "deblend_contrast": 0.065}
    _, segments = find_detections(frame.planes[0], **search, **deblending)
    columns, rows = (table[name].round().astype(int) for name in ("x", "y"))
    table["segment"] = segments[rows, columns]
    look = {"kind": "asinh", "channels": "grey", "softening": 3.0}
    cutter = Cutter(frame, segments, size=SIZE, hide_neighbours=True, **look)
    pictures = []
    for galaxy in table.itertuples():
        picture = cutter.cut(galaxy)
        if files is None:
            pictures.append(picture)
        else:
            write_image(picture, files, galaxy.id)
    return start


def cut_with_loop(folder: Path, table: pd.DataFrame) -> float:
    """Cut with Cutout2D, resize with Pillow and stretch, one after the other."""
    from astropy.nddata import Cutout2D
    from PIL import Image

    start = time.perf_counter()
    image = fits.getdata(folder / "frame.fits").astype(np.float32)
    pictures = []
    for x, y, side in table[["x", "y", "side"]].to_numpy():
        cutout = Cutout2D(image, (x, y), round(side), mode="partial", fill_value=0.0)
        small = np.asarray(Image.fromarray(cutout.data).resize((SIZE, SIZE)))
        low, high = np.percentile(small, (0.1, 99.9))
        level = np.clip((small - low) / (high - low), 0.0, 1.0)
        level = np.arcsinh(10.0 * level) / np.arcsinh(10.0)
        pictures.append(np.round(255.0 * level).astype(np.uint8))
    return start


def cut_with_cutana(folder: Path, table: pd.DataFrame, files: Path | None) -> float:
    """Cut with Cutana, in this process or, for files, in its one worker."""
    import cutana

    start = time.perf_counter()
    catalogue = pd.DataFrame(
        {
            "SourceID": table["id"],
            "RA": table["ra"],
            "Dec": table["dec"],
            "diameter_pixel": table["side"].round().astype(int),
            "fits_file_paths": f"['{folder / 'frame.fits'}']",
        }
    )
    config = cutana.get_default_config()
    settings = {
        "output_dir": str(files or folder),
        "output_format": "zarr" if files is None else "fits",
        "target_resolution": SIZE,
        "data_type": "uint8",
        "normalisation_method": "asinh",
        "apply_flux_conversion": False,
        "selected_extensions": [{"name": "PRIMARY", "ext": "PrimaryHDU"}],
        "max_workers": 1,
        "process_threads": 1,
        "skip_catalogue_validation": True,
        "skip_fits_check": True,
        "log_level": "ERROR",
        "console_log_level": "ERROR",
    }
    for key, value in settings.items():
        config[key] = value
    config.loadbalancer.skip_memory_calibration_wait = True
    config.loadbalancer.max_sources_per_process = 150_000
    if files is not None:
        config.source_catalogue = str(folder / f"{len(table)}.parquet")
        catalogue.to_parquet(config.source_catalogue)
        cutana.Orchestrator(config).run()
        return start
    pictures = []
    for low in range(0, len(catalogue), 1000):
        part = catalogue.iloc[low : low + 1000]
        for result in cutana.create_cutouts_direct(part, config, max_workers=1):
            pictures.extend(result["cutouts"])
    return start


def work(folder: Path, method: str, count: int) -> None:
    """Do one run and print its seconds without imports and its memory."""
    table = read_galaxies(folder, count)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        files = Path(made) if "files" in method else None
        if method.startswith("ours"):
            start = cut_ours(folder, table, files)
        elif method.startswith("Cutana"):
            start = cut_with_cutana(folder, table, files)
        else:
            start = cut_with_loop(folder, table)
        seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("RESULT", json.dumps({"seconds": seconds, "memory": memory / 1024}))


def run(python: str, folder: Path, method: str, count: int) -> dict:
    """Run a method in a process of its own."""
    command = [python, __file__, "--work", str(folder), method, str(count)]
    start = time.perf_counter()
    one_thread = os.environ | dict.fromkeys(THREADS, "1")
    done = subprocess.run(command, env=one_thread, capture_output=True, text=True)
    total = time.perf_counter() - start
    lines = [x for x in done.stdout.splitlines() if x.startswith("RESULT")]
    if not lines:
        raise SystemExit(f"{method} failed:\n{done.stdout[-999:]}{done.stderr[-3000:]}")
    return json.loads(lines[0].removeprefix("RESULT")) | {"total": total}


def main() -> None:
    """Run all methods in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cutana", help="the Python of an environment with Cutana")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    counts = GALAXIES, TURNS * GALAXIES
    methods = [m for m, other in METHODS.items() if arguments.cutana or not other]
    runs: dict[tuple[str, int], list[dict]] = {}
    with tempfile.TemporaryDirectory() as folder:
        make_frame(Path(folder))
        for _ in range(arguments.repeats):
            for method in methods:
                python = arguments.cutana if METHODS[method] else sys.executable
                for count in counts:
                    result = run(python, Path(folder), method, count)
                    runs.setdefault((method, count), []).append(result)
    print("| method | cutouts/s | with start | MB for 1,300 | MB for 13,000 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for method in methods:
        few, many = (runs[method, count] for count in counts)
        least = [min(r["seconds"] for r in some) for some in (few, many)]
        rate = (counts[1] - counts[0]) / (least[1] - least[0])
        whole = counts[1] / min(r["total"] for r in many)
        memory = [max(r["memory"] for r in some) for some in (few, many)]
        cells = [f"{number:,.0f}" for number in (rate, whole, *memory)]
        print(f"| {method} | {' | '.join(cells)} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main()
