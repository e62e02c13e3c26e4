"""Tests end, and none is skipped unnoticed in CI."""

import ast
import os
import re
import subprocess
import sys

import pytest

from processes import run
from survey import ROOT

TESTS = ROOT / "tests"
STARTS_A_PROGRAM = re.compile(
    r"subprocess\.(run|call|check_call|check_output|getoutput|getstatusoutput|Popen)"
    r"|os\.(system|popen|spawn\w+)"
)
WAITS = ("wait", "communicate")


def endless_calls(text, may_start):
    """List the calls that start a program or wait for one without a limit."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "subprocess":
            found.append(ast.unparse(node))
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        waits = name.rpartition(".")[2] in WAITS and "." in name
        limited = any(keyword.arg == "timeout" for keyword in node.keywords)
        if waits and not limited:
            found.append(ast.unparse(node))
        if STARTS_A_PROGRAM.fullmatch(name) and not may_start:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda p: p.stem)
def test_no_program_runs_without_a_limit(path):
    """`processes.run` and `processes.started` see to it."""
    may_start = path.name == "processes.py"
    assert not endless_calls(path.read_text(encoding="utf-8"), may_start)


@pytest.mark.parametrize(
    "call",
    [
        "subprocess.run(['true'], timeout=3)",
        "process.wait()",
        "process.communicate(b'')",
        "subprocess.Popen(['true']).wait(timeout=3)",
        "os.system('true')",
    ],
)
def test_calls_without_a_limit_are_found(call):
    assert endless_calls(call, may_start=False)


def test_a_program_that_takes_too_long_ends_with_what_it_started():
    ours, theirs = os.pipe()
    with pytest.raises(subprocess.TimeoutExpired):
        run(["sh", "-c", "sleep 60; true"], stdout=theirs, timeout=0.2)
    os.close(theirs)
    assert os.read(ours, 1) == b""  # nobody is left who could write
    os.close(ours)


SOME_SKIPS = """
import pytest

def test_that_passes():
    pass

def test_for_some_processors():
    pytest.skip("this processor has no bfloat16 units")

def test_for_another_day():
    pytest.skip("too tired")

@pytest.mark.skipif(True, reason="too late")
def test_for_the_morning():
    pass

@pytest.mark.xfail
def test_that_cannot_pass_yet():
    raise ValueError
"""
NO_MODULE = "import pytest\n\npytest.importorskip('no_module_of_this_name')\n"


@pytest.mark.parametrize(
    ("ci", "outcome"),
    [
        ("true", "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors"),
        ("", "1 passed, 4 skipped, 1 xfailed"),
    ],
)
def test_in_ci_only_listed_tests_are_skipped(tmp_path, ci, outcome):
    (tmp_path / "tests/unit").mkdir(parents=True)
    (tmp_path / "tests/unit/test_inference.py").write_text(SOME_SKIPS)
    (tmp_path / "tests/unit/test_module.py").write_text(NO_MODULE)
    (tmp_path / "pytest.ini").touch()
    paths = os.pathsep.join([str(TESTS), str(ROOT / "workflow/scripts")])
    command = [sys.executable, "-m", "pytest", "-p", "conftest"]
    command += ["-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": paths, "CI": ci})
    assert re.search(rf"=+ {outcome} in ", done.stdout), done.stdout
    assert ("skipped in CI: too tired" in done.stdout) == (ci == "true")
    assert ("skipped in CI: too late" in done.stdout) == (ci == "true")
