"""How much it matters how tightly the images of galaxies were cut.

    python benchmarks/tighter_cuts.py results/<run> [SHARE ...]

For a finished run on one source of pictures: cuts the middle out of each picture (by
default half, 0.4 and 0.3 of its side), and detects, cuts out and encodes its galaxy
again as the run did. Prints a Markdown table: the share of galaxies whose cutouts then
reach beyond their pictures, the median ratio of their radii, and which share stays in
its cluster, of K clusters of the run's codes (K-means, median of five seeds).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image
from sklearn.cluster import KMeans

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from galvote.base.files import read_arrays
from galvote.catalog.flags import Flag
from galvote.codes.components import Projection
from galvote.codes.stored_codes import StoredCodes

SHARES = (0.5, 0.4, 0.3)  # of the side
CLUSTERS = (5, 8, 20)
SEEDS = range(5)


def cut_images(run: Path, folder: Path, share: float) -> None:
    """Write the middle of each picture of a run, named by the galaxy's id."""
    source = json.loads((run / "run.json").read_text())["config"]["sources"][0]
    place = Path(source["folder"] or Path(source["path"]).parent)
    catalog = pd.read_parquet(run / "catalog.parquet", columns=["id", "image_path"])
    for row in catalog.itertuples():
        with Image.open(place / row.image_path) as image:
            margins = [round((1.0 - share) / 2.0 * side) for side in image.size]
            left, top = margins
            box = (left, top, image.width - left, image.height - top)
            image.crop(box).save(folder / f"{row.id}.png")


def encode_again(run: Path, folder: Path) -> Path:
    """Run the workflow on a folder of pictures up to the codes; return its results."""
    config = json.loads((run / "run.json").read_text())["config"]
    source = {"name": "tight", "kind": "images", "path": "images"}
    edited = config | {"run": "tight", "sources": [source]}
    (folder / "config.yaml").write_text(yaml.safe_dump(edited))
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--configfile", folder / "config.yaml"]
    command += ["--workflow-profile", ROOT / "profiles/default", "--until", "encode"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return folder / "results/tight"


def coordinates(run: Path, projection: Projection) -> pd.DataFrame:
    """Return the coordinates of a run's galaxies, a row an id."""
    stored = StoredCodes(sorted(run.glob("codes/*-of-?.npz")))
    points = np.concatenate(
        [projection.apply(codes)[0] for _, codes in stored.blocks()]
    )
    return pd.DataFrame(points, index=stored.ids)


def measured(run: Path, share: float, projection: Projection) -> dict[str, object]:
    """Cut a run's pictures tighter and compare: a row of the table."""
    before = coordinates(run, projection)
    sizes = pd.read_parquet(run / "catalog.parquet").set_index("id")["radius"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "images").mkdir()
        cut_images(run, folder / "images", share)
        tight = encode_again(run, folder)
        after = coordinates(tight, projection)
        galaxies = pd.read_parquet(tight / "galaxies.parquet").set_index("id")
    for table in (after, galaxies):
        table.index = table.index.str.removeprefix("tight_")
    ids = before.index.intersection(after.index)
    padded = galaxies.loc[ids, "flags"] & Flag.PADDED.value > 0
    row = {
        "share of the side": share,
        "galaxies": len(ids),
        "beyond the picture": padded.mean(),
        "radius": (galaxies.loc[ids, "radius"] / sizes[ids]).median(),
    }
    for k in CLUSTERS:
        models = [KMeans(k, n_init=10, random_state=s).fit(before) for s in SEEDS]
        stays = [
            (model.predict(before.loc[ids]) == model.predict(after.loc[ids])).mean()
            for model in models
        ]
        row[f"K = {k}"] = np.median(stays)
    return row


def main(run: Path, shares: list[float]) -> None:
    """Print the table."""
    found = read_arrays(run / "pca/components.npz")
    found.pop("fingerprint")
    rows = [measured(run, share, Projection(**found)) for share in shares]
    print(pd.DataFrame(rows).to_markdown(index=False, floatfmt=".2f"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [float(share) for share in sys.argv[2:]] or list(SHARES))
