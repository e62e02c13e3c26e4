"""A script's errors: a sentence on the screen, the traceback in the log."""

import errno
import fcntl
import json
import logging
import os
import pty
import struct
import sys
import termios

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from galvote.base.errors import InputError, explain_system_error
from galvote.base.shards import folders_of
from galvote.run.closing_words import run_name, sentences
from galvote.run.failures import failures
from galvote.run.jobs import job
from processes import run
from survey import ROOT


@pytest.mark.parametrize(
    ("error", "shown", "in_log"),
    [
        ("InputError('change this')", "galvote: change this", "ERROR change this"),
        ("ValueError('odd')", "galvote: ValueError: odd (the traceback", "Traceback"),
    ],
)
def test_errors_end_a_script(tmp_path, error, shown, in_log):
    code = (
        "from galvote.base.errors import InputError\nfrom galvote.run.jobs import job\n"
        f"with job('a.log', threads=1):\n    raise {error}\n"
    )
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    done = run([sys.executable, "-c", code], cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith(shown)
    assert "Traceback" not in done.stderr
    assert in_log in (tmp_path / "a.log").read_text()


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (OSError(errno.ENOSPC, "kein Platz", "a.png"), "full (a.png)"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "full"),
        (PermissionError(errno.EACCES, "denied", "b"), "no right to read or write"),
        (OSError(errno.EROFS, "Read-only file system", "b"), "here (b)"),
    ],
)
def test_troubles_with_the_disk_are_told_in_words(error, part):
    assert part in explain_system_error(error)
    wrapped = ValueError("odd")
    wrapped.__cause__ = error
    assert part in explain_system_error(wrapped)
    assert explain_system_error(ValueError("odd")) is None


def test_failures_are_told_once_with_all_their_logs(tmp_path):
    text = ""
    for name, said in (("a", "ERROR too many"), ("b", "ERROR too many"), ("c", "")):
        (tmp_path / name).write_text(f"2026-11-21 10:00:00,000 {said}\n")
        text += f"    log: {tmp_path / name} (check log file(s) for error details)\n"
    found = failures(text)
    assert found["too many"] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert [str(tmp_path / "c")] in found.values()


def test_threads_are_limited_and_given_back(tmp_path):
    _ = np.ones((4, 4)) @ np.ones((4, 4))
    before = [pool["num_threads"] for pool in threadpool_info()]
    with job(str(tmp_path / "a.log"), threads=1):
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        logging.getLogger("galvote").info("%d galaxies", 3)
    assert [pool["num_threads"] for pool in threadpool_info()] == before
    assert "INFO 3 galaxies" in (tmp_path / "a.log").read_text()


WATCHED = """
import time
from galvote.base import progress
from galvote.run import jobs

progress.LOG_EVERY = 0.0
with jobs.job("a.log", threads=1):
    for number in progress.progress(range(3), "training", 3):
        time.sleep(0.2)
        progress.steps.info("epoch %d", number)
    progress.log.info("trained")
"""


@pytest.mark.parametrize("watched", [True, False], ids=["terminal", "pipe"])
def test_a_person_sees_bars_and_a_file_has_lines(tmp_path, watched):
    ours, theirs = pty.openpty() if watched else os.pipe()
    if watched:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    command = [sys.executable, "-c", WATCHED]
    run(command, cwd=tmp_path, env=environment, stderr=theirs, check=True)
    shown = os.read(ours, 100_000).decode()
    assert ("training:  67%|" in shown) == watched
    assert ("    epoch 1" in shown) != watched
    assert shown.endswith("    trained" + ("\r\n" if watched else "\n"))
    text = (tmp_path / "a.log").read_text()
    for line in ("epoch 1", "training: 2 of 3", "trained"):
        assert f"INFO {line}\n" in text
    assert not set("\r\x1b") & set(text)


def test_a_mistake_is_a_clean_exit(tmp_path):
    with pytest.raises(SystemExit), job(str(tmp_path / "a.log"), threads=1):
        raise InputError("change this")


def test_images_are_looked_for_in_their_shard():
    place = folders_of(pd.Series(["a", "b", "c"]), ["one", "two"])
    assert place == {"a": "one", "b": "one", "c": "two"}


def test_the_closing_words_say_what_came_out(tmp_path):
    count = {"voted": 2, "rest": 3, "clusters": 1, "rejects": 1}
    count |= {"unresolved": 1, "star": 0, "undecided": 1}
    (tmp_path / "run.json").write_text(json.dumps({"galaxies": count}))
    table = tmp_path / "clusters.csv"
    table.write_text("cluster,name\n0,\n1,\n")
    text = sentences(tmp_path)
    assert f"To name them   {table}" in text
    table.write_text("cluster,name\n0,spiral\n1,\n")
    assert f"Without a name clusters 1: {table}" in sentences(tmp_path)
    assert "5 galaxies: 2 of 3 that could be clustered voted into 1 clusters" in text
    assert "clusters, 1 unresolved, 1 undecided took no part; 1 rejected." in text
    (tmp_path / "mine.yaml").write_text("k: 1\n")
    assert run_name([tmp_path / "mine.yaml", ROOT / "config/config.yaml"]) == (
        "hubble_deep_field"
    )
