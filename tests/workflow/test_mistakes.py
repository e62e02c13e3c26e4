"""Mistakes end in one clear sentence, before or at the rule concerned."""

import shutil

import numpy as np
import pytest

from galvote.base.errors import InputError
from galvote.config import checks, digests
from simulated import grid_of_places, sersic_frame, write_frame
from survey import TINY, make_survey, read_config, snakemake, write_config

FRAME = {"name": "sky", "kind": "frames", "path": "sky.fits", "psf_fwhm": 2.4}
TABLE = {"name": "drawn", "kind": "images", "path": "labels.csv"}


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    folder = make_survey(tmp_path_factory.mktemp("mistakes"))
    (folder / "empty.csv").write_text("image_path,label\n")
    (folder / "text.fits").write_text("no FITS file")
    grey = sersic_frame(grid_of_places(4, 240), size=240)  # enough to cluster
    write_frame(folder / "grey.fits", grey)
    write_frame(folder / "two.fits", np.stack([grey, grey]))
    return folder


def one_source(source, **more):
    """Make an overlay with one source."""
    return TINY | {"sources": [source]} | more


BEFORE = {
    "an unknown key": (one_source(FRAME, shard=2), "unknown config key `shard`"),
    "a string for a number": (
        one_source(FRAME, clustering={"k": "three"}),
        "`clustering.k` is 'three' but must be a whole number",
    ),
    "an impossible value": (
        one_source(FRAME, autoencoder={"validation_share": 2}),
        "`autoencoder.validation_share`",
    ),
    "a reference that does not vote": (
        one_source(FRAME, vote={"reference": "dbscan"}),
        "`vote.reference` is 'dbscan'",
    ),
    "a missing table of names": (
        one_source(FRAME, vote={"names": "gone.csv"}),
        "`vote.names`: there is no file gone.csv",
    ),
    "a table without names": (
        one_source(FRAME, vote={"names": "labels.csv"}),
        "the table labels.csv has no column `key` (commas separate columns)",
    ),
    "a missing fitted run": (
        one_source(FRAME, assign={"fitted": "gone.npz"}),
        "`assign.fitted`: there is no file gone.npz",
    ),
    "a missing file": (
        one_source(FRAME | {"path": "gone.fits"}),
        "`sources[0].path`: there is no file gone.fits",
    ),
    "an empty table": (one_source(TABLE | {"path": "empty.csv"}), "has no rows"),
    "a missing column": (
        one_source(TABLE | {"label_column": "class"}),
        "no column `class`; it has: image_path, label, guess",
    ),
    "a key of another kind": (
        one_source(FRAME | {"crop": 0.5}),
        "unknown config key `sources[0].crop`",
    ),
    "missing weights": (
        one_source(FRAME, codes={"weights": "gone.pth"}),
        "`codes.weights`: there is no file gone.pth",
    ),
    "no source": (TINY | {"sources": []}, "`sources`"),
}
AT_THE_RULE = {
    "a file that is no FITS image": (
        one_source(FRAME | {"path": "text.fits"}),
        "text.fits cannot be read as a FITS image",
    ),
    "nothing found": (
        one_source(FRAME | {"path": "grey.fits"}, detection={"threshold": 5000}),
        "no galaxy was found in any source; lower `detection.threshold`",
    ),
    "colour from two bands": (
        one_source(FRAME | {"path": "two.fits"}),
        "`cutouts.channels` is colour but source sky has 2 bands",
    ),
    "a model that timm does not have": (
        one_source(FRAME, codes={"encoder": "convnext_big"}),
        "timm has no model convnext_big",
    ),
}


WITNESSES = ("an unknown key", "an empty table")  # that snakemake says the same


def check(survey, config, part, *arguments):
    """Run and look at what the user sees."""
    write_config(survey, config)
    done = snakemake(survey, "--cores", "2", *arguments)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    lines = done.stdout.splitlines()
    assert any(part in line for line in lines[-8:]), done.stdout
    return done.stdout


@pytest.mark.parametrize("name", BEFORE)
def test_refused_in_one_sentence_before_anything_runs(survey, name, monkeypatch):
    monkeypatch.chdir(survey)
    config, part = BEFORE[name]
    with pytest.raises(InputError) as refused:
        made = checks.complete(config)
        checks.check_files(made, lambda path: False)
        digests.check_tables(made.sources)
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", WITNESSES)
def test_snakemake_shows_the_sentence_and_starts_nothing(survey, name):
    shown = check(survey, *BEFORE[name])
    assert "Job stats" not in shown


def test_snakemake_refuses_to_write_over_the_results_of_the_shipped_sources(survey):
    config = one_source(FRAME)
    del config["run"]
    assert "Job stats" not in check(survey, config, "give `run` a name of its own")


def test_snakemake_refuses_a_key_that_stands_twice(survey):
    write_config(survey, one_source(FRAME))
    with (survey / "config.yaml").open("a") as config:
        config.write("run: other\n")
    done = snakemake(survey, "--dry-run")
    assert done.returncode != 0
    assert "config.yaml: the key `run` stands twice, in lines" in done.stdout


@pytest.mark.parametrize("name", AT_THE_RULE)
def test_refused_at_the_rule_concerned(survey, name):
    until = "fetch_encoder" if "timm" in name else "cut_out"
    check(survey, *AT_THE_RULE[name], "--until", until)


def test_more_clusters_than_galaxies(finished, tmp_path):
    """It ends before the long work, and the galaxies can still be looked at."""
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, symlinks=True)
    edited = read_config(folder)
    edited["clustering"]["k"] = 500
    edited["cutouts"]["size"] = 48
    write_config(folder, edited)
    done = snakemake(folder, "--cores", "2")
    assert done.returncode != 0
    assert "`clustering.k` is 500 but only" in done.stdout
    assert "epoch 1" not in done.stdout
    assert list((folder / "results/tiny/cutouts").rglob("*.png"))
    assert "Traceback" not in done.stdout
    assert snakemake(finished, "--cores", "2").returncode == 0


def test_labels_too_few_to_judge_by(finished, tmp_path):
    folder = tmp_path / "survey"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    header, *rows = (folder / "labels.csv").read_text().splitlines()
    images = [row.split(",")[0] for row in rows]
    labels = {"images/g01.png": "disk", "images/g02.png": "spheroid"}
    lines = [f"{image},{labels.get(image, '')},disk" for image in images]
    (folder / "labels.csv").write_text("\n".join([header, *lines]) + "\n")
    done = snakemake(folder, "--cores", "2", "--keep-going")
    assert done.returncode != 0
    assert "no class has two labelled galaxies" in done.stdout
    assert "Traceback" not in done.stdout
    assert (folder / "results/tiny/votes.parquet").exists()
