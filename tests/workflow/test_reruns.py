"""An edit runs again what depends on it, and nothing else."""

import os
import re
import shutil
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from PIL import Image

from plans import jobs_of, plan, with_followers
from reruns import leaves, page, rules_with
from survey import (
    ROOT,
    all_planned,
    planned,
    read_config,
    snakemake,
    write_config,
)

PROJECT = ("Snakefile", "workflow", "config", "profiles")
JUDGED = {"evaluate", "draw_evaluation", "judge_nuisances", "judge_vote"}
# sections of the config, merged into that of the survey, whose dry runs bear witness
WITNESSES = {
    "seed": {"seed": 7},
    "shards": {"shards": 3},
    "threads": {"threads": 1},
    "detection.min_area": {"detection": {"min_area": 13}},
    "cutouts.linear": {"cutouts": {"linear": True}},
    "autoencoder.patience": {"autoencoder": {"patience": 5}},
    "polar.mirror": {"polar": {"mirror": False}},
    "codes.views": {"codes": {"views": ["denoised"]}},
    "codes.hand_made": {"codes": {"hand_made": 0.2}},
    "clustering.models": {"clustering": {"models": ["kmeans", "birch"]}},
    "clustering.k": {"clustering": {"k": 4}},
    "clustering.include_unresolved": {"clustering": {"include_unresolved": True}},
    "clustering.birch": {"clustering": {"birch": {"branching_factor": 30}}},
    "vote.method": {"vote": {"method": "euml"}},
    "sheets.members": {"sheets": {"members": 4}},
    "evaluation.seeds": {"evaluation": {"seeds": [3]}},
}
EDITED_CODE = (
    "galvote/views/polar.py",
    "galvote/base/errors.py",
    "galvote/base/progress.py",
    "galvote/run/jobs.py",
    "views/train_autoencoder.py",
)


def test_the_page_lists_every_key_and_file_as_the_rules_have_it():
    """A change of precision shows as a change of the page, to be looked at."""
    made = page()
    assert (ROOT / "docs/reruns.md").read_text() == made, "look, and run `make docs`"
    assert all(f"| `{key}` |" in made for key in leaves())


def merged(config, more):
    """Return a config with sections merged key by key."""
    done = deepcopy(config)
    for key, value in more.items():
        inside = isinstance(value, dict) and key in done
        done[key] = merged(done[key], value) if inside else value
    return done


@pytest.fixture(scope="module")
def witnesses(finished, tmp_path_factory):
    """Plan changes of the config in dry runs and from the rules, side by side."""
    scratch, cases, expected = tmp_path_factory.mktemp("witnesses"), {}, {}
    before = jobs_of(ROOT / "Snakefile", finished, finished / "config.yaml")
    config = read_config(finished)
    for name, more in WITNESSES.items():
        path = scratch / f"{name}.yaml"
        path.write_text(yaml.safe_dump(merged(config, more)))
        cases[name] = ROOT / "Snakefile", finished, path
        expected[name] = plan(before, jobs_of(ROOT / "Snakefile", finished, path))
    return all_planned(cases, scratch), expected


@pytest.mark.parametrize("name", WITNESSES)
def test_dry_runs_bear_witness_to_the_plans(witnesses, name):
    shown, expected = witnesses
    assert shown[name] == dict(expected[name])


@pytest.mark.parametrize("key", ["k", "include_unresolved"])
def test_what_asks_for_enough_galaxies_runs_no_long_work(witnesses, key):
    plan = witnesses[0][f"clustering.{key}"]
    assert "cluster" in plan
    assert not {"list_galaxies", "cut_out", "train_autoencoder", "encode"} & set(plan)


def copy_of_project(folder: Path) -> Path:
    """Copy the workflow with new dates, as a fresh checkout has them."""
    for name in PROJECT:
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, folder / name)
    return folder


def test_an_edit_of_code_runs_its_rules_and_what_follows(finished, tmp_path):
    jobs = jobs_of(ROOT / "Snakefile", finished, finished / "config.yaml")
    cases = {}
    for number, name in enumerate(EDITED_CODE):
        (tmp_path / str(number)).mkdir()
        project = copy_of_project(tmp_path / str(number))
        with (project / "workflow/scripts" / name).open("a") as stream:
            stream.write("\nEDITED = True\n")
        cases[name] = project / "Snakefile", finished, finished / "config.yaml"
    for name, shown in all_planned(cases, tmp_path).items():
        edited = {key for key in jobs if key[0] in rules_with(name)}
        running = with_followers(jobs, edited)
        expected = {rule for rule, _ in running} - {"all"}
        assert set(shown) == expected, name


def test_an_edit_of_logs_and_bars_runs_nothing(finished, tmp_path):
    project = copy_of_project(tmp_path)
    script = project / "workflow/scripts/galvote/views/autoencoder_training.py"
    text = script.read_text()
    edited = text.replace("training on %d galaxies", "%d galaxies to learn from")
    assert edited != text
    script.write_text(edited)
    loop = project / "workflow/scripts/galvote/vote/voters.py"
    text = loop.read_text()
    edited = text.replace(
        'progress(fitted, "voters", len(streams))', "progress(fitted, 'fitting')"
    )
    assert edited != text
    loop.write_text(edited)
    case = project / "Snakefile", finished, finished / "config.yaml"
    assert all_planned({"logs": case}, tmp_path)["logs"] == {}


def test_a_fresh_checkout_with_comments_in_a_moved_folder_runs_nothing(
    finished, tmp_path
):
    moved = finished.rename(finished.with_name("moved"))
    project = copy_of_project(tmp_path)
    for path in (project / "workflow/scripts").rglob("*.py"):
        path.write_text("# a comment\n" + path.read_text() + "\n# and another\n")
    for path in (
        moved / "sky.fits",
        moved / "labels.csv",
        *(moved / "images").iterdir(),
    ):
        os.utime(path)
    case = project / "Snakefile", moved, moved / "config.yaml"
    try:
        plan = all_planned({"moved": case}, tmp_path)["moved"]
    finally:
        moved.rename(finished)
    assert plan == {}


@pytest.fixture
def survey(finished, tmp_path):
    """Lend the finished survey and put its config, table and images back."""
    kept = tmp_path / "kept"
    for name in ("config.yaml", "labels.csv", "sky.fits", "images/g02.png"):
        (kept / name).parent.mkdir(exist_ok=True)
        shutil.copy2(finished / name, kept / name)
    yield finished
    shutil.copytree(kept, finished, copy_function=shutil.copy2, dirs_exist_ok=True)


def test_a_new_clustering_is_one_job_and_its_judging(survey):
    config = read_config(survey)
    config["clustering"]["models"] = ["kmeans", "ward", "birch", "gaussian_mixture"]
    write_config(survey, config)
    jobs = planned(survey)
    judging = JUDGED - {"judge_vote"} | {"judge_stability"}
    assert set(jobs) == {"cluster", "record_run"} | judging
    assert jobs["cluster"] == 1


def test_all_votes_written_as_a_number_run_nothing(survey):
    config = read_config(survey)
    write_config(survey, config | {"vote": config["vote"] | {"min_votes": 3}})
    assert set(planned(survey)) == {"record_run"}


def test_a_corrected_label_runs_only_the_judging(survey):
    table = survey / "labels.csv"
    text = table.read_text()
    table.write_text(text.replace("g02.png,disk", "g02.png,spheroid", 1))
    assert text != table.read_text()
    assert set(planned(survey)) == {"collect_truth", "record_run"} | JUDGED


def test_a_corrected_cell_of_another_column_runs_only_the_catalogue(survey):
    table = survey / "labels.csv"
    table.write_text(table.read_text().replace("g02.png,disk,disk", "g02.png,disk,?"))
    assert set(planned(survey)) == {"build_catalog", "judge_vote", "record_run"}


@pytest.mark.parametrize("edit", ["a row less", "another image of the same size"])
def test_another_image_runs_everything_after_it(survey, edit):
    if edit == "a row less":
        table = survey / "labels.csv"
        text = table.read_text()
        table.write_text(re.sub("images/gone.png.*\n", "", text))
        assert text != table.read_text()
    else:
        damaged = bytearray((survey / "images/g02.png").read_bytes())
        damaged[-20] ^= 1
        (survey / "images/g02.png").write_bytes(damaged)
    jobs = planned(survey)
    assert set(jobs) >= {"detect", "list_galaxies", "cut_out", "train_autoencoder"}
    assert set(jobs) >= {"encode", "cluster", "vote", "build_catalog", *JUDGED}
    assert jobs["detect"] == 1


@pytest.mark.parametrize("name", ["sky.fits", "labels.csv"])
def test_a_file_with_an_older_date_is_noticed(survey, name):
    path = survey / name
    other = path.read_bytes().replace(b"disk,disk", b"spheroid,disk")
    if name == "sky.fits":
        other = bytes(x ^ 1 for x in other)
    replacement = survey / "replacement"
    replacement.write_bytes(other)
    os.utime(replacement, (1e9, 1e9))
    replacement.rename(path)
    rules = {"sky.fits": "detect", "labels.csv": "collect_truth"}
    assert rules[name] in planned(survey)


def test_a_new_image_is_cut_out_after_a_break(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "a", copy_function=shutil.copy2)
    path = folder / "images/g02.png"
    with Image.open(path) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    done = snakemake(folder, "--cores", "2", "--until", "list_galaxies")
    assert done.returncode == 0, done.stdout
    assert {"cut_out", "train_autoencoder"} <= set(planned(folder))


def test_a_reordered_config_with_a_comment_runs_nothing(survey):
    config = read_config(survey)
    sources = [dict(reversed(source.items())) for source in config["sources"]]
    text = "\n".join(
        f"{key}: {value}"
        for key, value in reversed((config | {"sources": sources}).items())
    )
    (survey / "config.yaml").write_text("# a comment\n" + text.replace("None", "null"))
    assert planned(survey) == {}
