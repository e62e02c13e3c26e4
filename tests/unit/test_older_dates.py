"""A file that is replaced by one with an older date is noticed, a new date is not."""

import os
import shutil

import numpy as np
import pytest
import yaml

from galvote.base.fitted_arrays import SHAPES, TEXTS
from galvote.config import digests
from plans import jobs_of, own_changes
from reruns import make_example
from survey import ROOT

MAPS = {"mask": "mask.fits", "weight": "weight.fits", "rms": "rms.fits"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Write a survey that names a file for every key that can name one."""
    folder = tmp_path_factory.mktemp("older")
    config = make_example(folder)
    for name in MAPS.values():
        shutil.copy(folder / "sky.fits", folder / name)
    (folder / "stamps").mkdir(exist_ok=True)
    for number in range(3):
        for kind in ("rms", "psf"):
            new = folder / f"stamps/s{number}_{kind}.fits"
            shutil.copy(folder / f"stamps/s{number}_mask.fits", new)
    (folder / "weights").mkdir()
    (folder / "weights/model.safetensors").write_bytes(bytes(5_000_000))
    (folder / "weights/config.json").write_text('{"architecture": "resnet10t"}')
    sources = {source["name"]: source for source in config["sources"]}
    sources["sky"] |= MAPS | {"rms": None}
    sources["placed"] |= {"rms": "rms.fits"}
    sources["stamps"] |= {k: f"stamps/*_{k}.fits" for k in ("mask", "rms", "psf")}
    config["vote"]["names"] = "names.csv"
    config["codes"] |= {"encoder": "./weights", "preprocessing": None}
    (folder / "edited.yaml").write_text(yaml.safe_dump(config))
    return folder


def jobs(folder, target):
    """List the jobs as a new process does, which reads every table again."""
    digests._known.clear()
    return jobs_of(ROOT / "Snakefile", folder, folder / "edited.yaml", target)


def changed_rules(folder, path, other, target):
    """Return the rules whose own parameters change with what a file holds."""
    before = jobs(folder, target)
    whole = path.read_bytes()
    path.write_bytes(other)
    os.utime(path, (1e9, 1e9))
    try:
        after = jobs(folder, target)
    finally:
        path.write_bytes(whole)
    again = jobs(folder, target)
    assert not own_changes(before, again)  # the same bytes with a new date
    return {rule for rule, _ in own_changes(before, after)}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("mask.fits", "detect"),
        ("mask.fits", "cut_out"),
        ("weight.fits", "detect"),
        ("rms.fits", "detect"),
        ("g.fits", "detect"),
        ("stamps/s1_image.fits", "detect"),
        ("stamps/s1_mask.fits", "detect"),
        ("stamps/s1_rms.fits", "detect"),
        ("stamps/s1_psf.fits", "detect"),
        ("galaxy10.h5", "detect"),
        ("images/g03.png", "detect"),
        ("weights/model.safetensors", "fetch_encoder"),
        ("weights/config.json", "fetch_encoder"),
    ],
)
def test_an_older_file_of_the_same_size_is_noticed(example, name, rule):
    path = example / name
    other = bytearray(path.read_bytes())
    other[-100 if len(other) > 100 else -3] ^= 1
    assert rule in changed_rules(example, path, bytes(other), "all")


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("names.csv", b"spiral", b"barred", "vote"),
        ("labels.csv", b"disk,disk", b"ring,disk", "collect_truth"),
        ("places.csv", b"redshift", b"velocity", "build_catalog"),
    ],
)
def test_an_older_table_is_noticed(example, name, old, new, rule):
    path = example / name
    assert rule in changed_rules(
        example, path, path.read_bytes().replace(old, new), "all"
    )


def test_an_older_fitted_run_is_noticed(example):
    config = yaml.safe_load((example / "edited.yaml").read_text())
    config["assign"]["fitted"] = "fitted.npz"
    (example / "edited.yaml").write_text(yaml.safe_dump(config))
    lengths = {"coordinates and residual": 3}
    arrays = {
        name: np.full(
            [lengths.get(axis, 2) for axis in shape], "a" if name in TEXTS else 1.0
        )
        for name, shape in SHAPES.items()
    }
    files = []
    for value in (0.7, 0.9):
        np.savez(example / "fitted.npz", **arrays | {"min_agreement": np.array(value)})
        files.append((example / "fitted.npz").read_bytes())
    assert len(files[0]) == len(files[1])
    path = example / "fitted.npz"
    assert "assign" in changed_rules(example, path, files[0], "assign")
