"""An edit runs again what depends on it, and nothing else: docs/reruns.md holds."""

import os
import re
import shutil
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
import yaml
from PIL import Image

from galvote.config.checks import complete
from galvote.config.describe import rows_of
from survey import (
    ROOT,
    all_planned,
    make_all_kinds,
    planned,
    read_config,
    snakemake,
    write_config,
)

SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
SCRIPTS = ROOT / "workflow/scripts"
VIEWS = ("polar", "denoised", "cutout")
PROJECT = ("Snakefile", "workflow", "config", "profiles")
ALL_JOBS = {"cluster": 3, "detect_sources": 7}
JUDGED = {"evaluate", "draw_evaluation", "judge_nuisances", "judge_vote"}


@cache
def tables() -> list[list[list[str]]]:
    """Read the tables of docs/reruns.md: rows of cells, without the headings."""
    text = (ROOT / "docs/reruns.md").read_text()
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.M)
    return [
        [[c.strip().strip("`") for c in row.split("|")[1:-1]] for row in rows[2:]]
        for rows in (block.splitlines() for block in blocks)
    ]


def jobs_of(cell: str) -> dict[str, int | None]:
    """Turn a cell into rules and, where it matters, their number of jobs."""
    stands_for = {name: rules for name, rules in tables()[0]}
    found = {}
    for part in cell.split(", "):
        name, _, count = part.removesuffix(")").partition(" (")
        if name in stands_for:
            found |= jobs_of(stands_for[name])
        elif name != "nothing":
            found[name] = int(count.split()[0]) if count else ALL_JOBS.get(name)
    return found


def check(plan: dict[str, int], cell: str, record: bool) -> None:
    """Compare a plan with a cell; `record` says that run.json changes anyway."""
    expected = jobs_of(cell)
    follows = {"record_run"} if expected or record else set()
    assert set(plan) == set(expected) | follows
    for rule, count in expected.items():
        assert count in (None, plan[rule]), rule


def change(config: dict, key: str, value: object) -> None:
    """Set a key of the tables, `sources[].crop` in the first source that has it."""
    if isinstance(value, dict):  # a whole source, by its name
        sources = config["sources"]
        config["sources"] = [
            value if s["name"] == value["name"] else s for s in sources
        ]
    else:
        assert set_first(config, key.split("."), value), key


def set_first(place: object, parts: list[str], value: object) -> bool:
    """Set a key below nested sections and lists, in the first item that has it."""
    name, rest = parts[0].removesuffix("[]"), parts[1:]
    if not isinstance(place, dict) or name not in place:
        return False
    if not rest:
        place[name] = value
        return True
    inside = place[name] if parts[0].endswith("[]") else [place[name]]
    return any(set_first(item, rest, value) for item in inside)


@pytest.fixture(scope="module")
def all_kinds(finished, tmp_path_factory):
    """Add a source of each kind and linear cutouts to a finished survey, and run it."""
    folder = tmp_path_factory.mktemp("all_kinds") / "survey"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    config = read_config(folder)
    config["sources"] += make_all_kinds(folder)
    config["cutouts"] = config["cutouts"] | {"linear": True}
    stated = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    config["codes"] = config["codes"] | {"preprocessing": stated}
    write_config(folder, complete(config, SCHEMA))
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout
    for name in ("sky.fits", "labels.csv"):
        shutil.copy2(folder / name, folder / f"other{Path(name).suffix}")
    shutil.copy2(folder / "places.csv", folder / "other_places.csv")
    shutil.copy2(folder / "results/tiny/clusters.csv", folder / "names.csv")
    return folder


@pytest.fixture(
    scope="module",
    params=[
        "polar",
        *(pytest.param(view, marks=pytest.mark.long) for view in VIEWS[1:]),
    ],
)
def config_plans(request, all_kinds, tmp_path_factory):
    """Plan a dry run per key, on a survey finished with one view encoded."""
    view, scratch = request.param, tmp_path_factory.mktemp("configs")
    folder = all_kinds
    if view != "polar":
        folder = scratch / view
        shutil.copytree(all_kinds, folder, copy_function=shutil.copy2)
        config = read_config(folder)
        config["codes"]["views"] = [view]
        write_config(folder, config)
        done = snakemake(folder, "--cores", "2")
        assert done.returncode == 0, done.stdout
    config, cases = read_config(folder), {}
    for key, value, *_ in tables()[1]:
        edited = deepcopy(config)
        change(edited, key, yaml.safe_load(value))
        path = scratch / f"{key}.yaml"
        path.write_text(yaml.safe_dump(edited))
        cases[key] = ROOT / "Snakefile", folder, path
    return view, all_planned(cases, scratch)


@pytest.mark.parametrize("row", tables()[1], ids=lambda row: row[0])
def test_a_key_of_the_config(config_plans, row):
    view, plans = config_plans
    check(plans[row[0]], row[2 + VIEWS.index(view)], record=True)


def test_every_key_of_the_config_has_a_row():
    keys = [key for key, _, _ in rows_of(SCHEMA, "")]
    sections = {key.rpartition(".")[0].removesuffix("[]") for key in keys}
    leaves = {key for key in keys if key not in sections}
    assert {row[0] for row in tables()[1]} == leaves


def copy_of_project(folder: Path) -> Path:
    """Copy the workflow with new dates, as a fresh checkout has them."""
    for name in PROJECT:
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, folder / name)
    return folder


@pytest.fixture(scope="module")
def code_plans(all_kinds, tmp_path_factory):
    scratch, cases = tmp_path_factory.mktemp("code"), {}
    for i, (name, _) in enumerate(tables()[2]):
        (scratch / str(i)).mkdir()
        project = copy_of_project(scratch / str(i))
        with (project / "workflow/scripts" / name).open("a") as stream:
            stream.write("\nEDITED = True\n")
        cases[name] = project / "Snakefile", all_kinds, all_kinds / "config.yaml"
    return all_planned(cases, scratch)


@pytest.mark.parametrize("row", tables()[2], ids=lambda row: row[0])
def test_a_file_of_code(code_plans, row):
    check(code_plans[row[0]], row[1], record=False)


def test_every_file_of_code_has_a_row():
    files = {path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.py")}
    assert {row[0] for row in tables()[2]} == files


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
    after = set(jobs_of("listed")) - {"collect_truth", "keep_linear"}
    assert after | {"detect_sources"} <= set(jobs)
    assert jobs["detect_sources"] == 1


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
    rules = {"sky.fits": "detect_sources", "labels.csv": "collect_truth"}
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
