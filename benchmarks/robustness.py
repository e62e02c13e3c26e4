"""How blind codes are to rotation, seeing, noise and errors of centre and radius.

    python benchmarks/robustness.py                      # the default run
    python benchmarks/robustness.py results/zoo zoo.png  # another one, and a figure

Prints Markdown tables of a finished run. Quality of each view, where galaxies have true
classes: K-means purity (K = 20, median of five seeds) and the accuracy of 15 neighbours
(5-fold). Rotation: the distance between the codes of a galaxy and of its rotated image
over the distance between two galaxies (means over 300). Degradations: which share of
300 galaxies stays in its cluster, keeps its name (the majority's class of its cluster),
and which share of spirals becomes elliptical. Isotropy: clusters whose galaxies' axes
do not point everywhere (Rayleigh test of twice the position angle, p < 0.01).
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from astropy.stats import rayleightest
from sklearn.cluster import KMeans
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.base.encoder_names import folder_name
from galvote.base.parallel import in_order
from galvote.base.pngs import read_image
from galvote.base.progress import progress
from galvote.codes import degradations
from galvote.codes.components import principal_components
from galvote.codes.copies import Copies
from galvote.codes.encoder import Encoder
from galvote.codes.encoding import encode_changes
from galvote.codes.hand_made import hand_made_points
from galvote.codes.invariance import find_invariance
from galvote.codes.moments import moments_of
from galvote.figures.style import COLOURS
from galvote.judging.scores import name_clusters, purity
from galvote.networks.devices import choose_device, choose_dtype
from galvote.networks.pretrained import load_encoder
from galvote.views.autoencoder import denoise, load_autoencoder
from galvote.views.polar import unwrap

ANGLES = (7.0, 17.0, 31.0, 52.0, 101.0, 203.0)  # deg
TESTED = 300
WORKERS = torch.get_num_threads() if choose_device(1) == "cpu" else 1
K, SEEDS = 20, range(5)
PUBLISHED = {"centre": "brightest", "zero_angle": "faintest", "mirror": True}
DEGRADED: dict[str, Callable[[np.ndarray, list[str]], np.ndarray]] = {
    "blur 1.5": lambda images, ids: degradations.blurred(images, 1.5),
    "blur 3": lambda images, ids: degradations.blurred(images, 3.0),
    "noise 4": lambda images, ids: degradations.noisy(images, 4.0, ids),
    "noise 8": lambda images, ids: degradations.noisy(images, 8.0, ids),
    "zoom 0.8": lambda images, ids: degradations.zoomed(images, 0.8),
    "zoom 1.25": lambda images, ids: degradations.zoomed(images, 1.25),
    "shift 3": lambda images, ids: degradations.shifted(images, 3.0, ids),
}


@dataclass
class Run:
    """A finished run: its config and galaxies.

    Attributes
    ----------
    config : of the run.
    galaxies : rows of the catalogue, with `label` where there is one.
    cutouts : uint8 (N, ny, nx, n_channels), in their order.
    folder : of the run.
    """

    config: dict
    galaxies: pd.DataFrame
    cutouts: np.ndarray
    folder: Path


@dataclass
class View:
    """A way to encode galaxies: from cutouts to codes (N, n_features)."""

    images: Callable[[np.ndarray], np.ndarray]
    layout: str | None
    copies: Copies


def read_run(folder: Path) -> Run:
    """Read a run; only resolved galaxies, as they are clustered."""
    config = json.loads((folder / "run.json").read_text())["config"]
    galaxies = pd.read_parquet(folder / "catalog.parquet").set_index("id", drop=False)
    with np.load(folder / "pca/codes.npz") as stored:
        galaxies = galaxies.loc[stored["ids"]]
    if (folder / "truth.parquet").exists():
        truth = pd.read_parquet(folder / "truth.parquet").set_index("id")["label"]
        galaxies = galaxies.join(truth).dropna(subset="label")
    files = {file.stem: file for file in folder.glob("cutouts/*/*.png")}
    cutouts = np.stack([read_image(files[id_]) for id_ in galaxies["id"]])
    return Run(config, galaxies, cutouts, folder)


def views_of(run: Run) -> dict[str, View]:
    """Name the ways to encode galaxies that are compared."""
    codes = run.config["codes"]
    default = Copies(codes["rotations"], codes["flips"], tuple(codes["zooms"]))
    network = load_autoencoder(
        run.folder / "autoencoder/weights.safetensors",
        run.folder / "autoencoder/settings.json",
    )
    polar = run.config["polar"]
    layout = "mirrored" if polar["mirror"] else "plain"

    def denoised(images: np.ndarray) -> np.ndarray:
        return denoise(network, images, choose_device(1))

    return {
        "cutout": View(lambda images: images, None, default),
        "cutout, one copy": View(lambda images: images, None, Copies()),
        "denoised": View(denoised, None, default),
        "polar": View(lambda i: unwrap(denoised(i), **polar), layout, default),
        "polar, published": View(
            lambda i: unwrap(denoised(i), **{**polar, **PUBLISHED}),
            "mirrored",
            Copies(),
        ),
    }


def encoder_of(run: Run, copies: Copies) -> Encoder:
    """Load the run's encoder."""
    codes = run.config["codes"]
    name = folder_name(codes["encoder"], codes["weights"], codes["preprocessing"])
    folder = run.folder.parents[1] / "resources/encoders" / name
    device = choose_device(1)
    return Encoder(
        *load_encoder(folder / "model.safetensors", folder / "encoder.json"),
        input_size=codes["input_size"],
        copies=copies,
        batch_size=codes["batch_size"],
        dtype=choose_dtype(device) if codes["dtype"] == "auto" else codes["dtype"],
        device=device,
        engine=codes["engine"],
        workers=WORKERS,
    )


def encode(encoder: Encoder, view: View, cutouts: np.ndarray) -> np.ndarray:
    """Encode cutouts in a view, (N, n_features)."""
    images, size = view.images(cutouts), encoder.batch_size
    some = [images[start : start + size] for start in range(0, len(images), size)]
    done = in_order(lambda batch: encoder.encode(batch, view.layout), some, WORKERS)
    return np.concatenate(list(progress(done, "encoding", len(some))))


def quality(points: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return K-means purity, median over the seeds, and the neighbours' accuracy."""
    purities = [
        purity(truth, KMeans(K, n_init=10, random_state=s).fit_predict(points))
        for s in SEEDS
    ]
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    neighbours = KNeighborsClassifier(15)
    accuracy = cross_val_score(neighbours, points, truth, cv=folds).mean()
    return float(np.median(purities)), float(accuracy)


def rotation_ratios(codes: np.ndarray, turned: Sequence[np.ndarray]) -> list[float]:
    """Return for each angle how far codes move, in units of two galaxies' distance."""
    unit = np.linalg.norm(codes - np.roll(codes, 1, axis=0), axis=1).mean()
    moved = [np.linalg.norm(some - codes, axis=1).mean() for some in turned]
    return [float(distance / unit) for distance in moved]


def degraded_table(
    codes: np.ndarray,
    degraded: dict[str, np.ndarray],
    tested: np.ndarray,
    labels: pd.Series | None,
) -> pd.DataFrame:
    """Return which shares keep cluster and name, a row a degradation.

    Parameters
    ----------
    codes : of all galaxies, (N, n_features).
    degraded : codes of the tested galaxies, by degradation.
    tested : indices of the tested galaxies, (n,).
    labels : true classes, (N,).
    """
    reduction = principal_components(moments_of([codes]), "auto")
    points = reduction.scores(codes)
    moved = {kind: reduction.scores(some) for kind, some in degraded.items()}
    rows = []
    for seed in SEEDS:
        model = KMeans(K, n_init=10, random_state=seed).fit(points)
        before = model.labels_[tested]
        for kind, places in moved.items():
            after = model.predict(places)
            row = {"degradation": kind, "cluster kept": (after == before).mean()}
            if labels is not None:
                truth, classes = pd.factorize(labels, sort=True)
                names = name_clusters(truth, model.labels_, K, len(classes))
                name_of = dict(enumerate(classes[names]))
                was, now = (pd.Series(c).map(name_of) for c in (before, after))
                row["name kept"] = (was == now).mean()
                spirals = (labels.iloc[tested] == "spiral").to_numpy()
                turned = (now == "elliptical")[spirals].mean()
                row["spirals turned"] = turned - (was == "elliptical")[spirals].mean()
            rows.append(row)
    table = pd.DataFrame(rows).groupby("degradation", sort=False).median()
    table.loc["mean"] = table.mean()
    table.loc["worst"] = table.iloc[:-1].min()
    if labels is not None:
        table.loc["worst", "spirals turned"] = table["spirals turned"].iloc[:-2].max()
    return table


def points_of(codes: np.ndarray) -> np.ndarray:
    """Return the principal components of codes (N, n_features) that a run keeps."""
    return principal_components(moments_of([codes]), "auto").scores(codes)


def anisotropic(codes: np.ndarray, galaxies: pd.DataFrame) -> tuple[int, int]:
    """Count the clusters whose galaxies point one way, and all with 10 galaxies."""
    points = points_of(codes)
    labels = KMeans(K, n_init=10, random_state=0).fit_predict(points)
    long = (galaxies["axis_ratio"] < 0.9).to_numpy()
    angles = np.radians(2.0 * galaxies["position_angle"].to_numpy())
    members = [angles[long & (labels == cluster)] for cluster in range(K)]
    members = [some for some in members if len(some) >= 10]
    return sum(float(rayleightest(some)) < 0.01 for some in members), len(members)


def print_table(table: pd.DataFrame) -> None:
    """Print a Markdown table, its index first."""
    print(table.to_markdown(floatfmt=".3f") + "\n")


def draw(
    rotation: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, path: str
) -> None:
    """Draw the ratios of all views, and what degradations leave."""
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    styles = zip("os^DvxP", COLOURS, strict=True)
    for (name, ratios), (marker, colour) in zip(
        rotation.iterrows(), styles, strict=False
    ):
        left.plot(ANGLES, ratios.iloc[:-1], marker=marker, c=colour, label=name)
    left.set(xlabel="rotation (deg)", ylabel="distance of codes / of two galaxies")
    left.set_ylim(0.0, 0.9)
    left.legend(fontsize="small", ncols=2, loc="upper right")
    places = np.arange(len(DEGRADED))
    pairs = ((-0.2, before, "codes"), (0.2, after, "shrunk codes"))
    for (shift, table, name), colour in zip(pairs, COLOURS, strict=False):
        shares = table["cluster kept"].iloc[: len(places)]
        right.bar(places + shift, shares, 0.38, color=colour, label=name)
    right.set_xticks(places, list(DEGRADED), rotation=45, ha="right")
    right.set(ylabel="share that stays in its cluster", ylim=(0.0, 1.15))
    right.legend(fontsize="small", ncols=2, loc="upper left")
    figure.savefig(path, dpi=120)


def measure_changes(
    run: Run, encoder: Encoder, codes: np.ndarray, tested: np.ndarray
) -> np.ndarray:
    """Return how degradations change codes, of galaxies that are not tested."""
    ids = run.galaxies["id"].to_numpy()
    others = np.setdiff1d(np.arange(len(ids)), tested)
    chosen = degradations.sample(ids[others], run.config["codes"]["degraded"])
    held = others[np.isin(ids[others], list(chosen))]
    images = [run.cutouts[held]]
    changes = encode_changes(encoder, images, [None], ids[held], codes[held], WORKERS)
    return changes.reshape(-1, changes.shape[2])


def quality_table(codes: dict[str, np.ndarray], run: Run) -> pd.DataFrame:
    """Return how well each view and the hand-made numbers tell the classes."""
    truth = pd.factorize(run.galaxies["label"])[0]
    tables = sorted(run.folder.glob("hand_made/*.parquet"))
    numbers = pd.concat(map(pd.read_parquet, tables)).set_index("id")
    points = {name: points_of(some) for name, some in codes.items()}
    points["hand-made numbers"] = hand_made_points(numbers.loc[run.galaxies["id"]])
    rows = {
        name: (some.shape[1], *quality(some, truth)) for name, some in points.items()
    }
    columns = ["components", "purity", "15 neighbours"]
    return pd.DataFrame.from_dict(rows, "index", dtype=object, columns=columns)


def main(arguments: list[str]) -> None:
    """Measure a run and print the tables."""
    torch.set_num_threads(1)  # each worker has a batch of its own
    run = read_run(Path(arguments[0] if arguments else "results/hubble_deep_field"))
    labels = run.galaxies.get("label")
    shuffled = np.random.default_rng(0).permutation(len(run.cutouts))
    tested = np.sort(shuffled[:TESTED])
    cutouts, ids = run.cutouts[tested], run.galaxies["id"].to_numpy()[tested]
    views = views_of(run)
    encoders = {name: encoder_of(run, view.copies) for name, view in views.items()}

    def codes_of(name: str, images: np.ndarray) -> np.ndarray:
        return encode(encoders[name], views[name], images)

    codes = {name: codes_of(name, run.cutouts) for name in views}
    rotated = [degradations.rotated(cutouts, angle) for angle in ANGLES]
    turned = {name: [codes_of(name, some) for some in rotated] for name in views}
    degraded = {
        kind: codes_of("cutout", degrade(cutouts, ids))
        for kind, degrade in DEGRADED.items()
    }
    changes = measure_changes(run, encoders["cutout"], codes["cutout"], tested)
    strength = run.config["codes"]["invariance"]
    variance = codes["cutout"].var(axis=0, dtype=np.float64).sum()
    shrink = find_invariance(changes, variance, strength).apply
    codes["cutout, shrunk"] = shrink(codes["cutout"])
    turned["cutout, shrunk"] = [shrink(some) for some in turned["cutout"]]
    shrunk = {kind: shrink(moved) for kind, moved in degraded.items()}
    ratios = {
        name: rotation_ratios(codes[name][tested], turned[name]) for name in turned
    }
    columns = [f"{angle:.0f} deg" for angle in ANGLES]
    rotation = pd.DataFrame.from_dict(ratios, "index", columns=columns)
    rotation["worst"] = rotation.max(axis=1)
    codes["cutout and polar"] = np.hstack([codes["cutout"], codes["polar"]])

    print(f"{len(run.cutouts)} galaxies, {run.cutouts.shape[3]} channels\n")
    if labels is not None:
        print_table(quality_table(codes, run))
    print_table(rotation)
    before = degraded_table(codes["cutout"], degraded, tested, labels)
    after = degraded_table(codes["cutout, shrunk"], shrunk, tested, labels)
    print_table(before)
    print_table(after)
    for name in ("cutout", "cutout, shrunk", "polar, published"):
        bad, all_ = anisotropic(codes[name], run.galaxies)
        print(f"{name}: position angles are not uniform in {bad} of {all_} clusters")
    if len(arguments) > 1:
        draw(rotation, before, after, arguments[1])


if __name__ == "__main__":
    main(sys.argv[1:])
