"""An edit reruns what depends on it, and nothing else."""

import shutil

import pytest

from survey import planned, read_config, write_config

VOTED = {"vote", "sort_into_folders", "draw_sheets", "evaluate"}
TRAINED = {
    "train_autoencoder",
    "denoise",
    "unwrap_polar",
    "encode",
    "collect_rejects",
    "reduce_codes",
    "cluster",
} | VOTED
EDITS = {
    "vote.min_votes": (2, VOTED),
    "autoencoder.learning_rate": (0.001, TRAINED),
    "polar.mirror": (False, TRAINED - {"train_autoencoder", "denoise"}),
    "clustering.k": (4, {"cluster"} | VOTED),
    "clustering.birch": ({"branching_factor": 30}, {"cluster", *VOTED}),
    "sheets.members": (4, {"draw_sheets"}),
    "evaluation.bootstrap": (30, {"evaluate"}),
    "clustering.dbscan": ({"min_samples": 7}, set()),
}


@pytest.fixture
def survey(finished):
    """Lend the finished survey and put its config and table back."""
    for name in ("config.yaml", "labels.csv"):
        shutil.copy(finished / name, finished / f"{name}.kept")
    yield finished
    for name in ("config.yaml", "labels.csv"):
        (finished / f"{name}.kept").rename(finished / name)


@pytest.mark.parametrize("key", EDITS)
def test_an_edit_of_the_config(survey, key):
    value, rules = EDITS[key]
    section, name = key.split(".")
    config = read_config(survey)
    config[section] = config.get(section, {}) | {name: value}
    write_config(survey, config)
    jobs = planned(survey)
    assert set(jobs) == rules
    if key == "clustering.birch":
        assert jobs["cluster"] == 1


def test_a_new_voter_is_one_job_and_the_vote(survey):
    config = read_config(survey)
    config["clustering"]["models"] = ["kmeans", "ward", "birch", "gaussian_mixture"]
    write_config(survey, config)
    jobs = planned(survey)
    assert set(jobs) == {"cluster"} | VOTED
    assert jobs["cluster"] == 1


def test_a_corrected_label_reruns_only_the_judging(survey):
    table = survey / "labels.csv"
    text = table.read_text()
    table.write_text(text.replace("g02.png,disk", "g02.png,spheroid", 1))
    assert text != table.read_text()
    assert set(planned(survey)) == {"collect_truth", "evaluate"}


def test_another_image_in_the_table_reruns_everything_after_it(survey):
    table = survey / "labels.csv"
    table.write_text(table.read_text().replace("images/gone.png,disk\n", ""))
    jobs = planned(survey)
    assert TRAINED | {"detect_sources", "build_catalog", "cut_out"} <= set(jobs)
    assert jobs["detect_sources"] == 1


def test_a_reordered_config_reruns_nothing(survey):
    config = read_config(survey)
    sources = [dict(reversed(source.items())) for source in config["sources"]]
    text = "\n".join(
        f"{key}: {value}"
        for key, value in reversed((config | {"sources": sources}).items())
    )
    (survey / "config.yaml").write_text("# a comment\n" + text.replace("None", "null"))
    assert planned(survey) == {}
