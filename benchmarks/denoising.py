"""Denoising of galaxies that were never trained on, beside three other ways.

    python benchmarks/denoising.py                    # cutouts of the default run
    python benchmarks/denoising.py results/zoo        # of another one

Prints Markdown tables: mean PSNR of the galaxies (dB, full scale = 1) for noise of
several sigmas, over the whole image and inside the galaxy alone; and how much of the
spiral arms of simulated disks is left. TV's weight is the one that does best on the
training galaxies for each sigma.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image
from skimage.restoration import (
    denoise_nl_means,
    denoise_tv_chambolle,
    denoise_wavelet,
)

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.codes.hand_made import central_segment, sky_at_edge
from galvote.views.autoencoder import Autoencoder
from galvote.views.autoencoder_training import train_autoencoder

SIGMAS = (0.02, 0.05, 0.1, 0.2)
WEIGHTS = (0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24, 0.32)
HELD = 250
Denoise = Callable[[np.ndarray, float], np.ndarray]


def read_galaxies(arguments: list[str]) -> np.ndarray:
    """Read grey galaxies, uint8 (n, size, size, 1)."""
    run = Path(arguments[0]) if arguments else ROOT / "results/hubble_deep_field"
    files = sorted(run.glob("cutouts/*/*.png"))
    grey = [np.asarray(Image.open(file).convert("L")) for file in files]
    return np.stack(grey)[..., None]


def network_denoiser(images: np.ndarray) -> Denoise:
    """Train the default autoencoder and return what it does to (n, ny, nx)."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    settings = config["autoencoder"] | {"seed": config["seed"]}
    with tempfile.TemporaryDirectory() as folder:
        task, _ = train_autoencoder(images, settings, "", "cpu", Path(folder))

    @torch.inference_mode()
    def denoise(noisy: np.ndarray, sigma: float) -> np.ndarray:
        batch = torch.from_numpy(noisy[:, None].astype(np.float32))
        return run_in_parts(task.network, batch)

    return denoise


def run_in_parts(network: Autoencoder, batch: torch.Tensor) -> np.ndarray:
    """Run (n, 1, ny, nx) through a network, 32 at a time; (n, ny, nx)."""
    parts = [network(part)[:, 0].numpy() for part in batch.split(32)]
    return np.clip(np.concatenate(parts), 0.0, 1.0)


def one_by_one(function: Callable[..., np.ndarray]) -> Denoise:
    """Apply a function of (image, sigma) to (n, ny, nx)."""
    return lambda noisy, sigma: np.clip(
        np.stack([function(image, sigma) for image in noisy]), 0.0, 1.0
    )


def tv_denoiser(training: np.ndarray) -> Denoise:
    """Return total-variation denoising with the best weight for each sigma."""
    some = training[:40]

    def best_weight(sigma: float) -> float:
        noisy = add_noise(some, sigma)
        scores = [
            psnr(np.stack([denoise_tv_chambolle(i, weight=w) for i in noisy]), some)
            for w in WEIGHTS
        ]
        return WEIGHTS[int(np.argmax(scores))]

    weights = {sigma: best_weight(sigma) for sigma in SIGMAS}
    return one_by_one(lambda i, sigma: denoise_tv_chambolle(i, weight=weights[sigma]))


def wavelet(image: np.ndarray, sigma: float) -> np.ndarray:
    """BayesShrink with the true sigma."""
    return denoise_wavelet(image, sigma=sigma, rescale_sigma=True)


def non_local_means(image: np.ndarray, sigma: float) -> np.ndarray:
    """Non-local means with the true sigma."""
    return denoise_nl_means(
        image, patch_size=5, patch_distance=6, h=0.8 * sigma, sigma=sigma
    )


def add_noise(clean: np.ndarray, sigma: float) -> np.ndarray:
    """Add Gaussian noise, the same for every method."""
    return clean + np.random.default_rng(7).normal(0.0, sigma, clean.shape)


def psnr(
    image: np.ndarray, clean: np.ndarray, inside: np.ndarray | None = None
) -> float:
    """Return the mean over galaxies of the PSNR (dB), inside a mask if given."""
    inside = np.ones(clean.shape, bool) if inside is None else inside
    squares = np.where(inside, (image - clean) ** 2, 0.0).sum(axis=(1, 2))
    return float(np.mean(-10 * np.log10(squares / inside.sum(axis=(1, 2)))))


def insides(images: np.ndarray) -> np.ndarray:
    """Return the pixels of the central galaxy, bool (n, ny, nx)."""
    masks = []
    for image in images[..., 0].astype(float):
        level, noise = sky_at_edge(image)
        masks.append(central_segment(image - level, noise).data == 1)
    return np.stack(masks)


def spiral_disks(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Simulate disks with two arms; images (n, size, size) and the arms alone."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2.0
    r, theta = np.hypot(x, y), np.arctan2(y, x)
    disk = 0.6 * np.exp(-r / (0.12 * size))
    phases = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None, None]
    wave = np.cos(2 * theta - 5.0 * np.log(r + 1.0) + phases)
    arms = 0.4 * disk * wave * (r > 0.05 * size)
    return 0.05 + disk + arms, arms


def arms_left(denoise: Denoise, size: int, sigma: float) -> float:
    """Return the projection of the denoised arms on the true ones (1: all left)."""
    images, arms = spiral_disks(size, 24)
    noisy = add_noise(images, sigma)
    smooth = images - arms
    left = denoise(noisy, sigma) - smooth
    return float((left * arms).sum() / (arms**2).sum())


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(2)
    images = read_galaxies(sys.argv[1:])
    order = np.random.default_rng(0).permutation(len(images))
    held, training = images[order[:HELD]], images[np.sort(order[HELD:])]
    start = time.perf_counter()
    network = network_denoiser(training)
    seconds = time.perf_counter() - start
    clean, masks = held[..., 0] / 255.0, insides(held)
    methods: dict[str, Denoise] = {
        "noisy": lambda noisy, sigma: noisy,
        "autoencoder": network,
        "total variation": tv_denoiser(training[..., 0] / 255.0),
        "wavelet": one_by_one(wavelet),
        "non-local means": one_by_one(non_local_means),
    }
    print(
        f"{len(training)} galaxies trained on in {seconds:.0f} s, {len(held)} held.\n"
    )
    columns = [f"{what} {s}" for what in ("all", "inside", "arms") for s in SIGMAS]
    print("| method | " + " | ".join(columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for name, denoise in methods.items():
        done = {s: denoise(add_noise(clean, s), s) for s in SIGMAS}
        cells = [f"{psnr(done[s], clean):.1f}" for s in SIGMAS]
        cells += [f"{psnr(done[s], clean, masks):.1f}" for s in SIGMAS]
        cells += [f"{arms_left(denoise, clean.shape[1], s):.2f}" for s in SIGMAS]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
