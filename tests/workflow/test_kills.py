"""A run that is killed goes on where it was and ends as if it had not been."""

import os
import re
import signal
import subprocess
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from survey import (
    TINY,
    command_for,
    make_project,
    make_run,
    make_survey,
    read_config,
    same_results,
    snakemake,
    write_config,
)

WHOLE_RUN, LONGEST = 50.0, 12.0  # seconds until the first kill and the others
KILLS_OF_A_RUN = 4


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


def check_epochs(text, last):
    """Assert that training went on with the epoch a kill hit, or with the next."""
    epochs = [int(number) for number in re.findall(r"^ +epoch (\d+):", text, re.M)]
    assert epochs[0] == 1
    assert epochs[-1] == last
    assert {after - before for before, after in pairwise(epochs)} <= {0, 1}, epochs


def run_with_kills(folder, most, rng):
    """Run to the end with some kills; return what each start showed."""
    make_project(folder)
    texts = []
    while True:
        # the first anywhere in a run, the others soon after a start
        moment = rng.uniform(2.0, LONGEST if texts else WHOLE_RUN)
        done, text = go(folder, moment if len(texts) < most else None)
        texts.append(text)
        if done:
            return texts


@pytest.mark.parametrize("wanted", [6, pytest.param(24, marks=pytest.mark.long)])
def test_killed_runs_end_as_if_undisturbed(finished, tmp_path, wanted):
    whole = finished_jobs((finished / "shown.txt").read_text())
    rng = np.random.default_rng(wanted)
    total, hit = 0, []
    while total < wanted:
        folder = tmp_path / str(total)
        folder.mkdir()
        texts = run_with_kills(folder, min(KILLS_OF_A_RUN, wanted - total), rng)
        kills = len(texts) - 1
        total += kills
        hit += [message for text in texts[:-1] for message in at_work(text)]
        jobs = finished_jobs("".join(texts))
        assert set(jobs) == set(whole)
        again = jobs - whole  # ended just before the kill, and not yet noted
        assert again.total() <= 2 * kills, again  # two jobs at a time
        check_epochs("".join(texts), TINY["autoencoder"]["max_epochs"])
        same_results(finished / "results/tiny", folder / "results/tiny")
        assert not list(folder.rglob(".partial*")) + list(folder.rglob(".state*"))
    print(f"{total} kills, in: {'; '.join(hit)}")
    assert hit


def test_a_kill_in_training_costs_at_most_an_epoch(tmp_path):
    folder = make_survey(tmp_path)
    settings = {"epoch_steps": 60, "max_epochs": 12, "patience": 12}
    write_config(folder, read_config(folder) | {"autoencoder": settings})
    command = command_for(folder, "--until", "train_autoencoder")
    shown = ""
    for wanted in (2, 5, 9):
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            for line in process.stdout:
                shown += line
                if f"epoch {wanted}:" in line:
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    done = snakemake(folder, "--until", "train_autoencoder")
    assert done.returncode == 0, done.stdout
    check_epochs(shown + done.stdout, settings["max_epochs"])
