"""Names of clusters, galaxies of another survey, choices, and more like this."""

import shutil

import numpy as np
import pandas as pd
import pytest

from survey import planned, read_config, snakemake, write_config

COUNTED = {
    "vote", "sort_into_folders", "draw_sheets", "evaluate", "draw_evaluation",
    "judge_nuisances", "judge_vote", "keep_fitted", "record_run",
}  # fmt: skip


@pytest.fixture(scope="module")
def named(finished, tmp_path_factory):
    """Name two of three clusters of a finished survey alike, and run it again."""
    folder = tmp_path_factory.mktemp("named") / "survey"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    clusters = pd.read_csv(folder / "results/tiny/clusters.csv", dtype=str)
    clusters["name"] = ["round", "thin disk", "round"][: len(clusters)]
    clusters.to_csv(folder / "names.csv", index=False)
    config = read_config(folder)
    config["vote"] = config["vote"] | {"names": "names.csv"}
    write_config(folder, config)
    assert set(planned(folder)) == COUNTED
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout
    return folder


def test_names_are_answers_and_folders(finished, named):
    before = pd.read_parquet(finished / "results/tiny/votes.parquet")
    votes = pd.read_parquet(named / "results/tiny/votes.parquet")
    assert (
        {"round", "thin disk"} <= set(votes["name"]) <= {"round", "thin disk", "rest"}
    )
    assert (votes["agreement"] >= before["agreement"] - 1e-6).all()
    assert (votes["cluster"] >= 0).sum() >= (before["cluster"] >= 0).sum()
    final = named / "results/tiny/final"
    folders = {path.name for path in final.iterdir() if path.is_dir()}
    assert folders == set(votes["name"]) | {"rest"}
    clusters = pd.read_csv(named / "results/tiny/clusters.csv")
    assert clusters["name"].tolist() == ["round", "thin disk", "round"]
    assert planned(named) == {}


def test_a_changed_name_runs_what_follows_and_a_changed_cluster_asks_again(
    named, tmp_path
):
    folder = tmp_path / "survey"
    shutil.copytree(named, folder, copy_function=shutil.copy2)
    table = folder / "names.csv"
    table.write_text(table.read_text().replace("thin disk", "edge-on"))
    assert set(planned(folder)) == COUNTED
    config = read_config(folder)
    config["clustering"] = config["clustering"] | {"k": 4}
    write_config(folder, config)
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout
    assert "clusters without a name" in done.stdout
    clusters = pd.read_csv(folder / "results/tiny/clusters.csv")
    assert len(clusters) == 4
    assert clusters["name"].isna().any()
    votes = pd.read_parquet(folder / "results/tiny/votes.parquet")
    nameless = set(clusters.loc[clusters["name"].isna(), "cluster"].map(str))
    assert set(votes["name"]) <= nameless | set(clusters["name"].dropna()) | {"rest"}


def test_galaxies_of_another_survey_are_assigned(named, tmp_path):
    folder = tmp_path / "survey"
    shutil.copytree(named, folder, copy_function=shutil.copy2)
    config = read_config(folder) | {"run": "other", "shards": 1}
    config["sources"] = config["sources"][1:]
    config["vote"] = {"voters": 8}
    fitted = folder / "results/tiny/fitted.npz"
    write_config(folder, config | {"assign": {"fitted": str(fitted)}})
    jobs = planned(folder, "assign")
    assert "assign" in jobs
    assert not {"cluster", "vote", "fit_voters"} & set(jobs)
    plain = {"codes": config["codes"] | {"views": ["cutout"]}}
    write_config(folder, config | plain | {"assign": {"fitted": str(fitted)}})
    assert not {"train_autoencoder", "denoise"} & set(planned(folder, "assign"))
    write_config(folder, config | {"assign": {"fitted": str(fitted)}})
    done = snakemake(folder, "--cores", "2", "assign")
    assert done.returncode == 0, done.stdout
    found = pd.read_parquet(folder / "results/other/assigned.parquet").set_index("id")
    votes = pd.read_parquet(folder / "results/tiny/votes.parquet").set_index("id")
    both = found.index.intersection(votes.index)
    assert len(both) == len(found) > 10
    assert (found["name"] == votes["name"][both]).mean() > 0.9
    assert np.allclose(found["agreement"], votes["agreement"][both], atol=0.05)
    assert found["outlier"].between(0, 50).all()

    config["codes"] = config["codes"] | {"rotations": 4}
    write_config(folder, config | {"assign": {"fitted": str(fitted)}})
    done = snakemake(folder, "--cores", "2", "assign")
    assert done.returncode != 0
    assert "were encoded in another way; take over the sections" in done.stdout
    write_config(folder, config | {"assign": {"fitted": "labels.csv"}})
    done = snakemake(folder, "--cores", "2", "assign")
    assert "labels.csv is not the file fitted.npz of a run" in done.stdout


def test_choices_are_tried_and_one_recommended(finished, tmp_path):
    folder = tmp_path / "survey"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    config = read_config(folder)
    write_config(folder, config | {"choose": {"k": [2, 3, 5, 40], "voters": 3}})
    assert set(planned(folder, "choose")) == {"choose"}
    done = snakemake(folder, "--cores", "2", "choose")
    assert done.returncode == 0, done.stdout
    results = folder / "results/tiny/choose"
    table = pd.read_csv(results / "choices.csv")
    assert set(table["k"]) == {2, 3, 5}  # 40 are more than the galaxies allow
    assert set(table["dimensions"]) == {2, 4, 6}
    assert table["voted_share"].between(0, 1).all()
    sentence = (results / "recommendation.txt").read_text()
    assert sentence.startswith("Take `clustering.k: ")
    assert sentence.split(".")[0] in done.stdout
    assert (results / "choices.png").stat().st_size > 20_000


def test_more_like_this(finished, tmp_path):
    folder = tmp_path / "survey"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    config = read_config(folder)
    wanted = "drawn_g02"
    write_config(folder, config | {"alike": {"ids": [wanted], "count": 4}})
    done = snakemake(folder, "--cores", "2", "alike")
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(folder / "results/tiny/alike/alike.csv", dtype={"name": str})
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert (np.diff(table["distance"]) >= 0).all()
    assert wanted not in set(table["alike"])
    # a disk of a table of drawn disks and spheroids is most like other disks
    assert table["alike"].str.fullmatch(r"drawn_g\d[02468]").mean() >= 0.75
    assert (folder / "results/tiny/alike/alike.png").stat().st_size > 5_000

    write_config(folder, config | {"alike": {"ids": ["nobody"]}})
    done = snakemake(folder, "--cores", "2", "alike")
    assert "nobody is no galaxy that was clustered" in done.stdout


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("assign", "`snakemake assign` needs the config key `assign.fitted`"),
        ("alike", "`snakemake alike` needs the config key `alike.ids`"),
    ],
)
def test_a_target_without_its_key_is_refused_before_anything_runs(
    finished, target, sentence
):
    done = snakemake(finished, "--cores", "1", target)
    assert done.returncode != 0
    assert sentence in done.stdout
