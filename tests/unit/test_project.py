"""The project agrees with itself: pins, code lists, profiles."""

import re

import pytest
import yaml

from galvote.imports import code_files, imported_modules
from survey import ROOT

SCRIPTS = ROOT / "workflow/scripts"
CONDA_NAMES = {"pytorch": "torch"}


def pins() -> dict[str, str]:
    """Return the pins of requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return dict(re.fullmatch(r"(\S+)==(\S+)", x).groups() for x in lines if "==" in x)


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=str)
def test_conda_environments_have_the_same_pins(path):
    wanted = {name.lower(): version for name, version in pins().items()}
    dependencies = yaml.safe_load(path.read_text())["dependencies"]
    flat = [
        d for d in dependencies if isinstance(d, str) and not d.startswith("python=")
    ]
    flat += [
        d for entry in dependencies if isinstance(entry, dict) for d in entry["pip"]
    ]
    for dependency in flat:
        name, version = re.split("==?", dependency)
        assert wanted[CONDA_NAMES.get(name, name)] == version


def test_every_script_lists_the_modules_it_imports_through_others():
    files = code_files(SCRIPTS, "train_autoencoder.py")
    assert files[0] == "train_autoencoder.py"
    assert "galvote/training.py" in files  # imported
    assert "galvote/errors.py" in files  # only by modules
    assert "galvote/clustering.py" not in files


def test_every_module_is_used_by_a_script_or_by_the_workflow():
    used = {"configuration", "imports", "describe_config", "where_to_look"}
    for script in SCRIPTS.glob("*.py"):
        used |= {f.split("/")[1][:-3] for f in code_files(SCRIPTS, script.name)[1:]}
    modules = {path.stem for path in (SCRIPTS / "galvote").glob("*.py")}
    assert modules == used


def test_the_library_does_not_know_snakemake():
    for path in (SCRIPTS / "galvote").glob("*.py"):
        assert "snakemake" not in re.sub(
            r'""".*?"""', "", path.read_text(), flags=re.S
        ) or (path.stem == "describe_config"), path


def test_modules_do_not_import_in_circles():
    graph = {
        path.stem: imported_modules(path) for path in (SCRIPTS / "galvote").glob("*.py")
    }

    def reach(name, seen):
        for other in graph[name] - {name}:
            assert other not in seen, f"{other} imports itself through {name}"
            if other in graph:
                reach(other, seen | {other})

    for name in graph:
        reach(name, {name})
