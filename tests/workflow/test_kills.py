"""A run that is killed goes on where it was and ends as if it had not been."""

import re
import subprocess
from collections import Counter
from itertools import pairwise

import pytest

from processes import kill, wait_until
from survey import TINY, make_project, make_run, same_results

# a rule is hit when the log of one of its jobs holds a text: soon after its start,
# or in the middle of training
MOMENTS = [
    ("cut_out", ""),
    ("train_autoencoder", "epoch 2:"),
    ("train_autoencoder", "epoch 5:"),
    ("encode", ""),
    ("cluster", ""),
    ("vote", ""),
]


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


def text_of(log):
    """Return what a log holds; Snakemake removes it as its job starts anew."""
    try:
        return log.read_text()
    except FileNotFoundError:
        return None


def has_come(folder, rule, text):
    """Tell whether a job of a rule is, or was, so far."""
    for logs in (folder / "results/tiny/logs", folder / "results/logs"):
        for log in (logs / f"{rule}.log", *logs.glob(f"{rule}/*.log")):
            held = text_of(log)
            if held is not None and text in held:
                return True
    return False


def run_until(folder, moments):
    """Run until one of the moments has come, or to the end; return what was shown."""
    with (folder / "shown.txt").open("w+") as shown:
        with make_run(folder, stdout=shown, stderr=subprocess.STDOUT) as process:
            wait_until(
                lambda: (
                    process.poll() is not None
                    or any(has_come(folder, *moment) for moment in moments)
                )
            )
            ended = process.poll()
            kill(process)
        shown.seek(0)
        text = shown.read()
    assert ended in (0, None), text
    assert (ended is None) == bool(moments), text
    return text


def run_with_kills(folder, moments):
    """Run to the end with a kill at each moment; return what each start showed.

    A kill hits two moments where two jobs were at work.
    """
    make_project(folder)
    texts = []
    while moments:
        texts.append(run_until(folder, moments))
        moments = [moment for moment in moments if not has_come(folder, *moment)]
    return [*texts, run_until(folder, [])]


@pytest.mark.parametrize(
    "everywhere", [False, pytest.param(True, marks=pytest.mark.long)]
)
def test_a_killed_run_ends_as_if_undisturbed(finished, tmp_path, everywhere):
    whole = finished_jobs((finished / "shown.txt").read_text())
    starts = [(rule, "") for rule in whole if rule != "all"] if everywhere else []
    texts = run_with_kills(tmp_path, MOMENTS + starts)
    kills = len(texts) - 1
    jobs = finished_jobs("".join(texts))
    assert set(jobs) == set(whole)
    again = jobs - whole  # ended just before the kill, and not yet noted
    assert again.total() <= 2 * kills, again  # two jobs at a time
    check_epochs("".join(texts), TINY["autoencoder"]["max_epochs"])
    same_results(finished / "results/tiny", tmp_path / "results/tiny")
    assert not list(tmp_path.rglob(".partial*")) + list(tmp_path.rglob(".state*"))
    hit = [message for text in texts[:-1] for message in at_work(text)]
    print(f"{kills} kills, in: {'; '.join(hit)}")
    assert kills >= 5
    assert hit
