"""One run at a time, also from two hosts of which neither sees the other's locks."""

import os
import platform
import sys
import time

import pytest

from galvote.base.errors import InputError
from galvote.run import lock
from processes import run
from survey import ROOT

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / ".snakemake").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def leave_lock(folder, text, age):
    """Leave a lock as another run does; the operating system holds none for it."""
    path = folder / lock.RUN
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.mark.parametrize("age", [0, 60, 110, -3600])
def test_a_run_of_another_host_is_refused(folder, age):
    path = leave_lock(folder, "process 12 on elsewhere", age)
    with pytest.raises(InputError, match=r"process 12 on elsewhere, last seen") as said:
        lock.hold()
    assert "\n" not in str(said.value)
    assert path.read_text() == "process 12 on elsewhere"


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("process 12 on elsewhere", 130),
        (f"process 12 on {platform.node()}", 0),
        ("", 0),
    ],
)
def test_a_killed_run_goes_on(folder, text, age):
    path = leave_lock(folder, text, age)
    lock.hold()
    assert path.read_text() == f"process {os.getpid()} on {platform.node()}"
    lock.hold()  # again, in the same process


def test_a_run_shows_signs_of_life(folder, monkeypatch):
    monkeypatch.setattr(lock, "BEAT", 0.01)
    lock.hold()
    path = folder / lock.RUN
    os.utime(path, (1e9, 1e9))
    time.sleep(0.2)
    assert path.stat().st_mtime > 1e9


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "1 / 0"])
def test_a_run_that_ends_by_itself_leaves_an_empty_lock(folder, end):
    code = "from galvote.run import lock; lock.hold(); print(open(lock.RUN).read())\n"
    command = [sys.executable, "-c", code + end]
    done = run(command, cwd=folder, env=ENVIRONMENT)
    assert f"on {platform.node()}" in done.stdout
    assert (folder / lock.RUN).read_text() == ""
