"""A run that is killed goes on where it was and ends as if it had not been."""

import os
import re
import signal
import subprocess
from collections import Counter

import numpy as np
import pytest

from survey import TINY, make_project, make_run, same_results

LONGEST = 12.0  # seconds until a kill: a run takes a minute
KILLS_OF_A_RUN = 6


def go(folder, seconds):
    """Run until the end or for some seconds; return whether it ended, and the text."""
    with (folder / "shown.txt").open("w+") as shown:
        process = make_run(folder, stdout=shown, stderr=subprocess.STDOUT)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
        shown.seek(0)
        text = shown.read()
    assert code in (0, None), text
    return code == 0, text


def finished_jobs(text):
    """Count the jobs that ended, by rule."""
    return Counter(re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", text, re.M))


def at_work(text):
    """List the messages of the jobs that were at work when the text broke off."""
    started = dict(re.findall(r"^Job (\d+): (.*)$", text, re.M))
    ended = re.findall(r"^Finished jobid: (\d+)", text, re.M)
    return [started[job] for job in started if job not in ended]


@pytest.mark.parametrize(
    "runs", [1, pytest.param(4, marks=pytest.mark.long)], ids=["6 kills", "24 kills"]
)
def test_killed_runs_end_as_if_undisturbed(finished, tmp_path, runs):
    whole = finished_jobs((finished / "shown.txt").read_text())
    rng = np.random.default_rng(runs)
    for number in range(runs):
        folder = tmp_path / str(number)
        folder.mkdir()
        make_project(folder)
        texts, hit = [], []
        while True:
            last = len(texts) >= KILLS_OF_A_RUN
            done, text = go(folder, None if last else rng.uniform(2.0, LONGEST))
            texts.append(text)
            if done:
                break
            hit += at_work(text)
        kills = len(texts) - 1
        print(f"{kills} kills, in: {'; '.join(hit)}")
        assert kills > 2
        assert hit
        jobs = finished_jobs("".join(texts))
        assert set(jobs) == set(whole)
        again = jobs - whole  # ended just before the kill, and not yet noted
        assert again.total() <= kills, again
        epochs = re.findall(r"^ +epoch (\d+):", "".join(texts), re.M)
        assert set(map(int, epochs)) == set(range(1, 1 + len(set(epochs))))
        assert len(epochs) <= TINY["autoencoder"]["max_epochs"] + kills
        same_results(finished / "results/tiny", folder / "results/tiny")
        assert not list(folder.rglob(".partial*")) + list(folder.rglob(".state*"))
