"""Every choice that the default run does not take, taken together, runs."""

import json

import numpy as np
import pandas as pd
import pytest

from galvote.base.files import read_arrays
from galvote.base.pngs import read_image
from galvote.codes.hand_made import HAND_MADE
from simulated import grid_of_places, sersic_frame, write_frame
from survey import TINY, planned, snakemake, write_config

MODELS = [
    "kmeans",
    "ward",
    "birch",
    "spectral",
    "gaussian_mixture",
    "mean_shift",
    "affinity_propagation",
    "dbscan",
]
CHOICES = {
    "run": "choices",
    "shards": 1,
    "seed": 7,
    "sources": [
        {
            "name": "sky",
            "kind": "frames",
            "path": "sky.fits",
            "hdu": 0,
            "psf_fwhm": 2.4,
            "zero_point": 25.0,
        }
    ],
    "cutouts": {"size": 36, "channels": "depths", "hide_neighbours": False},
    "autoencoder": TINY["autoencoder"]
    | {
        "layers": [{"kernel": 3, "channels": 4, "pool": 2}],
        "latent_dim": 12,
        "noise": [0.05, 0.05],
    },
    "polar": {
        "centre": "brightest",
        "zero_angle": "faintest",
        "angles": 25,
        "radii": 16,
        "mirror": False,
    },
    "codes": {
        "views": ["cutout", "polar"],
        "input_size": 32,
        "batch_size": 8,
        "dtype": "float32",
        "hand_made": 0.2,
    },
    "clustering": {
        "space": "raw",
        "dimensions": "auto",
        "include_unresolved": True,
        "k": 3,
        "models": MODELS,
    },
    "vote": {"method": "euml", "reference": "gaussian_mixture", "min_votes": 2},
}


@pytest.mark.long
def test_the_other_choices_run(tmp_path):
    places = grid_of_places(5, 300)
    write_frame(tmp_path / "sky.fits", sersic_frame(places, size=300))
    write_config(tmp_path, TINY | CHOICES)
    done = snakemake(tmp_path, "--cores", "2")
    assert done.returncode == 0, done.stdout
    results = tmp_path / "results/choices"
    catalog = pd.read_parquet(results / "catalog.parquet")
    assert catalog["mag"].between(10, 25).all()
    votes = pd.read_parquet(results / "votes.parquet")
    assert len(votes) == len(catalog) == 25
    assert (votes["cluster"] >= 0).any()
    assert (votes.loc[votes["cluster"] >= 0, "votes"] >= 2).all()
    agreement = votes["votes"] / len(MODELS)
    assert np.allclose(votes["agreement"], agreement, atol=1e-3)
    assert not (results / "fitted.npz").exists()  # the published vote has no voters
    codes = read_arrays(results / "pca/scaled_codes.npz")["codes"]
    assert codes.shape == (25, 2 * 1280 + len(HAND_MADE))
    assert not np.array_equal(codes[:, :1280], codes[:, 1280:2560])
    variances = codes.var(axis=0, dtype=np.float64)
    assert variances[2560:].sum() == pytest.approx(0.2 * variances.sum(), rel=1e-3)
    record = json.loads((results / "run.json").read_text())
    assert record["encoder"]["engine"] == "openvino"
    polar = read_image(next((results / "polar").rglob("*.png")))
    assert polar.shape == (25, 16, 3)
    assert planned(tmp_path) == {}
    assert not (results / "evaluation").exists()  # no labels, no judging

    write_config(tmp_path, TINY | CHOICES | {"codes": {"encoder": "hand_made"}})
    done = snakemake(tmp_path, "--cores", "2")
    assert done.returncode == 0, done.stdout
    codes = read_arrays(results / "pca/scaled_codes.npz")["codes"]
    assert codes.shape == (25, len(HAND_MADE))
    assert np.allclose(codes.var(axis=0), 1.0)
    record = json.loads((results / "run.json").read_text())
    assert record["encoder"] == {"origin": "hand_made"}
