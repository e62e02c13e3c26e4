"""How fast images become codes, and how close bfloat16 comes to float32.

    python benchmarks/encoding.py [results/<run>] [--encoders NAME ...]

Prints Markdown tables, on the threads of the run's config. Speed: encodings a second
of the bare network (random tensors, more than caches hold), of the whole way from PNG
files to a file of codes, and of the original's way: 224 px, one image at a time,
float32, codes as text. Networks other than the default have random weights. Formats:
the run's galaxies in bfloat16 and in float32. Polar images: galaxies a second of ours,
of OpenCV's warpPolar (where opencv-python-headless is installed) and of a loop over
pixels as in the original.
"""

import argparse
import importlib.util
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from sklearn.cluster import KMeans

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.base.parallel import in_order
from galvote.base.pngs import read_image, write_image
from galvote.base.progress import progress
from galvote.codes.components import principal_components
from galvote.codes.copies import Copies
from galvote.codes.encoder import Encoder
from galvote.codes.encoding import encode_galaxies
from galvote.codes.moments import moments_of
from galvote.codes.stored_codes import write_codes
from galvote.judging.scores import purity
from galvote.networks.devices import choose_device, choose_dtype
from galvote.networks.pretrained import build_encoder
from galvote.networks.weights import Weights, find_weights, import_timm
from galvote.views.polar import POLAR_BATCH, on_circles, unwrap

DEFAULT, LARGE = "tf_efficientnet_lite0", "convnext_large"
BATCH, REPEATS, SEEDS, K = 16, 3, range(5), 20
UNCACHED = 200e6  # bytes of inputs that follow each other
ONE, MANY = Copies(), Copies(12, True)
POLAR = {"centre": "brightest", "zero_angle": "faintest"}
MOMENTS = {"centre": "centroid", "zero_angle": "moments"}


def network_of(name: str) -> tuple[torch.nn.Module, dict]:
    """Return an encoder: the default with its weights, others with random ones."""
    if name == DEFAULT:
        return build_encoder(find_weights(name))
    tensors = import_timm().create_model(name, num_classes=0).state_dict()
    return build_encoder(Weights(name, name, tensors, "", {}, {}))


def least(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least time (s) of several turns, after one to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def write_images(images: np.ndarray, folder: Path) -> pd.DataFrame:
    """Write PNG files, and return their rows of a catalogue."""
    for number, image in enumerate(images):
        write_image(image, folder, f"g{number:05d}")
    ids = [f"g{number:05d}" for number in range(len(images))]
    return pd.DataFrame({"id": ids, "source": "s"})


def encode_files(
    encoder: Encoder, rows: pd.DataFrame, folder: Path, workers: int
) -> None:
    """Go all the way from PNG files to a file of codes."""
    done = encode_galaxies(encoder, rows, [folder], [None], set(), workers)
    write_codes(folder / "codes.npz", done.ids, done.codes, engine=encoder.engine)


@torch.inference_mode()
def encode_originally(network: torch.nn.Module, folder: Path, count: int) -> None:
    """Encode one image at a time as the original does, and write text."""
    codes = []
    for number in range(count):
        with Image.open(folder / f"g{number:05d}.png") as image:
            pixels = np.asarray(image.convert("RGB").resize((224, 224)))
        levels = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255.0
        device = next(network.parameters()).device
        codes.append(network(levels.to(device))[0].cpu().numpy())
    np.savetxt(folder / "codes.txt", np.stack(codes))


def speed_row(
    name: str,
    size: int,
    copies: Copies,
    dtype: str,
    images: np.ndarray,
    threads: int,
    engine: str = "auto",
) -> dict:
    """Measure one encoder; encodings a second.

    The original's way has all threads for each step of the network; here each worker
    has a batch of its own, and so it is for the bare network.
    """
    device = choose_device(1)
    workers = threads if device == "cpu" else 1
    network, described = network_of(name)
    count = len(images)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = write_images(images, folder)
        few = min(count, max(4, count // 8))
        torch.set_num_threads(threads)
        original = partial(encode_originally, network.to(device), folder, few)
        slow = few / least(original, 1)
        torch.set_num_threads(1)
        options = {"input_size": size, "dtype": dtype, "device": device}
        options |= {"engine": engine, "workers": workers, "batch_size": BATCH}
        encoder = Encoder(network, described, copies=copies, **options)
        encode_all = partial(encode_files, encoder, rows, folder, workers)
        total = max(workers, count * len(copies) // BATCH)
        one = 4 * BATCH * 3 * size**2
        shape = (min(total, math.ceil(UNCACHED / one)), BATCH, 3, size, size)
        inputs = torch.randn(shape, device=device)
        many = [inputs[number % len(inputs)] for number in range(total)]
        alone = partial(run_at_once, encoder, many, workers)
        times = [(least(alone, 1), least(encode_all, 1)) for _ in range(REPEATS)]
        bare, whole = np.min(times, axis=0)
    bare, whole = len(many) * BATCH / bare, count * len(copies) / whole
    return {
        "encoder": name, "px": size, "copies": len(copies), "format": dtype,
        "engine": encoder.engine,
        "bare": bare, "whole": whole, "share": whole / bare, "original": slow,
        "faster": whole / slow,
    }  # fmt: skip


def run_at_once(encoder: Encoder, batches: list[torch.Tensor], workers: int) -> None:
    """Run the bare network on batches, several at once."""

    @torch.inference_mode()
    def run(inputs: torch.Tensor) -> np.ndarray:
        return encoder.run(inputs).cpu().numpy()

    list(in_order(run, batches, workers))


def compare_formats(images: np.ndarray, truth: np.ndarray | None, threads: int) -> dict:
    """Compare codes in bfloat16 with those in float32."""
    codes, workers = {}, threads if choose_device(1) == "cpu" else 1
    for dtype in ("float32", "bfloat16"):
        options = {"input_size": 128, "dtype": dtype, "device": choose_device(1)}
        options |= {"copies": MANY, "batch_size": BATCH, "workers": workers}
        encoder = Encoder(*network_of(DEFAULT), **options)
        some = [images[i : i + BATCH] for i in range(0, len(images), BATCH)]
        codes[dtype] = np.concatenate(list(in_order(encoder.encode, some, workers)))
    exact, fast = codes["float32"], codes["bfloat16"]
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(fast, axis=1)
    reduction, own_reduction = (
        principal_components(moments_of([some]), "auto") for some in (exact, fast)
    )
    points, moved = reduction.scores(exact), reduction.scores(fast)
    own_points = own_reduction.scores(fast)
    kept, purities = [], []
    for seed in SEEDS:
        model = KMeans(K, n_init=10, random_state=seed).fit(points)
        kept.append((model.predict(moved) == model.labels_).mean())
        own = KMeans(K, n_init=10, random_state=seed).fit_predict(own_points)
        if truth is not None:
            purities.append([purity(truth, model.labels_), purity(truth, own)])
    row = {
        "cosine": float(np.median((exact * fast).sum(axis=1) / lengths)),
        "cluster kept": float(np.median(kept)),
    }
    if purities:
        row["purity float32"], row["purity bfloat16"] = np.median(purities, axis=0)
    return row


def unwrap_by_pixel(image: np.ndarray, angles: int, radii: int) -> np.ndarray:
    """Unwrap one grey image as the original does: a Python loop over its pixels."""
    size = len(image)
    middle = size // 2
    brightest, faintest = image.max(), image.min()
    best, centre = np.inf, (middle, middle)
    for y in range(size):
        for x in range(size):
            away = (y - middle) ** 2 + (x - middle) ** 2
            if image[y, x] == brightest and away < best:
                best, centre = away, (y, x)
    best, zero = np.inf, 0.0
    for y in range(size):
        for x in range(size):
            dy, dx = y - centre[0], x - centre[1]
            if image[y, x] == faintest and dy * dy + dx * dx < best:
                best, zero = dy * dy + dx * dx, np.arctan2(dy, dx)
    polar = np.zeros((angles, radii), np.uint8)
    for row in range(angles):
        theta = zero + 2.0 * np.pi * row / angles
        for column in range(radii):
            radius = (column + 0.5) / radii * size / 2.0
            y = round(centre[0] + radius * np.sin(theta))
            x = round(centre[1] + radius * np.cos(theta))
            polar[row, column] = image[
                min(max(y, 0), size - 1), min(max(x, 0), size - 1)
            ]
    return polar


def polar_rates(images: np.ndarray) -> dict[str, float]:
    """Measure galaxies a second of each way to unwrap grey images (n, ny, nx)."""
    size = images.shape[1]
    many = np.tile(images, (-(-1000 // len(images)), 1, 1))[:1000]
    angles, radii = 125, size // 2
    shape = {"angles": angles, "radii": radii, "mirror": False}
    parts = [
        many[start : start + POLAR_BATCH, ..., None]
        for start in range(0, len(many), POLAR_BATCH)
    ]
    middle = (size - 1) / 2.0

    def sample_circles() -> None:
        for part in parts:
            at, zero = np.full(len(part), middle), np.zeros(len(part))
            on_circles(part, at, at, zero, angles, radii)

    def loop() -> None:
        for image in many[:8]:
            unwrap_by_pixel(image, angles, radii)

    grey = many[..., None]
    rates = {
        "loop over pixels": 8 / least(loop, 1),
        "ours, the same way": len(many) / least(lambda: unwrap(grey, **POLAR, **shape)),
        "ours, the default way": len(many)
        / least(lambda: unwrap(grey, **MOMENTS, **shape)),
        "ours, centre and angle known": len(many) / least(sample_circles),
    }
    if importlib.util.find_spec("cv2") is not None:
        import cv2

        cv2.setNumThreads(torch.get_num_threads())
        flags = cv2.WARP_POLAR_LINEAR | cv2.INTER_LINEAR

        def warp() -> None:
            for image in many:
                cv2.warpPolar(image, (radii, angles), (middle,) * 2, size / 2.0, flags)

        rates["OpenCV, centre and angle known"] = len(many) / least(warp)
    return rates


def print_table(rows: list[dict]) -> None:
    """Print rows as a Markdown table."""
    print(
        pd.DataFrame(rows).to_markdown(index=False, floatfmt=".4g") + "\n", flush=True
    )


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", nargs="?", default="results/hubble_deep_field")
    parser.add_argument("--encoders", nargs="*", default=["convnext_tiny", LARGE])
    options = parser.parse_args()
    folder = Path(options.run)
    config = json.loads((folder / "run.json").read_text())["config"]
    threads = config["threads"]
    files = sorted(folder.glob("cutouts/*/*.png"))
    images = np.stack([read_image(file) for file in files])
    fast = choose_dtype(choose_device(1))
    ways = [
        (DEFAULT, 128, MANY, fast, images, threads),
        (DEFAULT, 128, MANY, fast, images[:256], threads, "torch"),
        (DEFAULT, 128, ONE, fast, images[:512], threads),
        (DEFAULT, 128, ONE, "float32", images[:512], threads),
        (DEFAULT, 224, ONE, fast, images[:512], threads),
    ]
    ways += [(name, 224, ONE, fast, images[:64], threads) for name in options.encoders]
    rows = []
    for way in progress(ways, "timing", len(ways)):
        rows.append(speed_row(*way))
    print_table(rows)
    truth = None
    if (folder / "truth.parquet").exists():
        labels = pd.read_parquet(folder / "truth.parquet").set_index("id")["label"]
        ids = [file.stem for file in files]
        truth = pd.factorize(labels.reindex(ids).fillna("unknown"))[0]
    print_table([compare_formats(images, truth, threads)])
    torch.set_num_threads(threads)
    grey = images.mean(axis=3).astype(np.uint8)
    rates = polar_rates(grey[:250])
    print_table([{"way": k, "galaxies/s": round(v)} for k, v in rates.items()])


if __name__ == "__main__":
    main()
