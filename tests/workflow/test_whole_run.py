"""The whole chain on a small survey: every artefact, every galaxy, the same bytes."""

import numpy as np
import pandas as pd

from galvote.base.files import read_arrays
from survey import FIGURES, planned, snakemake


def ids_in(folder):
    """List the ids of all images below a folder."""
    return sorted(path.stem for path in folder.rglob("*.png"))


def test_galaxies_are_conserved_at_every_stage(finished):
    results = finished / "results/tiny"
    catalog = pd.read_parquet(results / "catalog.parquet")
    rejects = pd.read_csv(results / "rejects.csv")
    early = rejects["stage"] == "detect"
    found = 26 + 26  # in the frame, one of them at the edge, and in the table
    assert len(catalog) + early.sum() == found
    reasons = dict(zip(rejects["id"], rejects["reason"], strict=True))
    assert "there is no file" in reasons["drawn_gone"]
    assert "it is none of PNG, JPEG" in reasons["drawn_g24"]
    assert rejects["reason"].str.contains("edge").sum() == 1
    left = sorted(set(catalog["id"]) - set(rejects["id"][~early]))
    for stage in ("cutouts", "denoised", "polar", "final"):
        assert ids_in(results / stage) == left, stage
    votes = pd.read_parquet(results / "votes.parquet")
    assert votes["id"].tolist() == left
    shards = sorted((results / "codes").glob("*-of-?.npz"))
    codes = [read_arrays(path)["ids"] for path in shards]
    assert np.concatenate(codes).tolist() == left


def test_no_file_of_a_single_galaxy_is_in_the_dag(finished):
    shown = snakemake(finished, "--detailed-summary").stdout
    assert "results/tiny/denoised/2-of-2" in shown
    votes = pd.read_parquet(finished / "results/tiny/votes.parquet")
    assert not [id_ for id_ in votes["id"] if id_ in shown]


def test_folders_are_what_the_votes_say(finished):
    results = finished / "results/tiny"
    votes = pd.read_parquet(results / "votes.parquet").set_index("id")["name"]
    folders = {path.name for path in (results / "final").iterdir() if path.is_dir()}
    assert folders == {"rest", *votes}
    for name in folders:
        assert ids_in(results / "final" / name) == sorted(votes.index[votes == name])
    one = next((results / "final").rglob("*.png"))
    cutout = next((results / "cutouts").rglob(one.name))
    assert not one.samefile(cutout)  # an edit of one leaves the other as it is
    assert one.read_bytes() == cutout.read_bytes()


def test_every_figure_and_table_is_there(finished):
    results = finished / "results/tiny"
    for figure in FIGURES:
        assert (results / figure).stat().st_size > 5000
    summary = pd.read_csv(results / "evaluation/summary.csv")
    methods = {"kmeans", "ward", "birch", "soft vote", "eUML vote", "co-association"}
    assert methods | {"random clusters", "eight hand-made numbers"} <= set(
        summary["method"]
    )
    assert summary["galaxies"].max() == 20 - 1  # labelled and readable
    logs = list((results / "logs").rglob("*.log"))
    assert len(logs) == len(list((results / "benchmarks").rglob("*.tsv"))) > 15
    assert not list(results.rglob(".partial*")) + list(results.rglob(".state*"))


def test_a_second_run_does_nothing(finished):
    assert planned(finished) == {}
    done = snakemake(finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout
