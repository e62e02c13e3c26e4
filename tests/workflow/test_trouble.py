"""A full disk, a folder that cannot be written, two runs at once: nothing is lost."""

import fcntl
import re
import shutil

import pytest

from processes import AS_ONE, LIMIT, run, started, wait_until
from survey import (
    command_for,
    make_survey,
    read_config,
    same_results,
    snakemake,
    write_config,
)


def mount(folder, *options):
    """Mount a file system in memory; tests skip where that is not allowed."""
    done = run(["mount", "-t", "tmpfs", *options, "tmpfs", folder])
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that makes and remounts a disk of a few bytes."""
    folder, mounted = tmp_path / "disk", []
    folder.mkdir()

    def resize(size, mode="rw"):
        options = f"size={size},{mode}"
        mount(folder, "-o", f"remount,{options}" if mounted else options)
        mounted.append(size)
        return folder

    yield resize
    if mounted:
        run(["umount", "--lazy", folder], check=True)


@pytest.mark.long
def test_full_disks_end_in_one_sentence_and_lose_nothing(finished, small_disk):
    files = [p for p in finished.rglob("*") if p.is_file()]
    needed = sum(path.stat().st_blocks * 512 for path in files)
    first, *larger = (int(share * needed) for share in (0.08, 0.6, 0.93))
    folder = make_survey(small_disk(first))
    for size in (*larger, 4 * needed):
        done = snakemake(folder, "--cores", "2")
        assert done.returncode != 0
        assert "Traceback" not in done.stdout
        last = done.stdout.splitlines()[-12:]  # several jobs may tell
        full = ("disk is full", "No space left")
        assert any(words in line for line in last for words in full), done.stdout
        small_disk(size)
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout
    same_results(finished / "results/tiny", folder / "results/tiny")


@pytest.mark.parametrize("place", ["", ".snakemake", "results"])
def test_a_folder_that_cannot_be_written_is_named(small_disk, tmp_path, place):
    survey = tmp_path / "survey"
    survey.mkdir()
    make_survey(survey)
    disk = small_disk("10m")
    if place:
        (survey / place).symlink_to(disk)
    else:
        survey = make_survey(disk)
    small_disk("10m", "ro")
    done = snakemake(survey, "--cores", "2")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    told = [x for x in done.stdout.splitlines() if "cannot be written; give" in x]
    assert len(told) == 1, done.stdout
    assert f"the folder {survey / place}" in told[0]
    assert not re.search(r"^Job \d+:", done.stdout, re.M)


def nobody_works_in(folder):
    """Tell whether the jobs of all runs in a folder have ended."""
    with (folder / ".snakemake/galvote.jobs").open("r+") as jobs:
        try:
            fcntl.flock(jobs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def refused(shown, sentence):
    """Tell whether a run was refused in a sentence, before any job."""
    return sentence in shown and not re.search("Traceback|Finished jobid", shown)


def test_one_run_at_a_time_and_none_beside_the_jobs_of_a_killed_one(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "a", copy_function=shutil.copy2)
    config = read_config(folder)
    # outputs that one run removes while the other looks at them seem protected to it
    shutil.rmtree(folder / "results/tiny/autoencoder")
    endless = {"epoch_steps": 6, "max_epochs": 100_000, "patience": 100_000}
    write_config(folder, config | {"autoencoder": endless})
    command = command_for(folder, "--until", "train_autoencoder")
    with (
        started(command, **AS_ONE, text=True) as one,
        started(command, **AS_ONE, text=True) as other,
    ):
        wait_until(lambda: one.poll() is not None or other.poll() is not None)
        first, second = (one, other) if one.poll() is None else (other, one)
        shown = second.communicate(timeout=LIMIT)[0]
        assert second.returncode != 0
        assert refused(shown, "another run is at work in this folder (process"), shown
        wait_until(lambda: list(folder.rglob(".state*.pt")) or first.poll() is not None)
        assert first.poll() is None
        first.kill()  # the run, and not its job
        first.wait(timeout=LIMIT)
        write_config(folder, config)
        done = snakemake(folder, "--until", "train_autoencoder")
        assert done.returncode != 0
        sentence = "jobs of an earlier run are still at work"
        assert refused(done.stdout, sentence), done.stdout
    wait_until(lambda: nobody_works_in(folder))
    done = snakemake(folder, "--until", "train_autoencoder")
    assert done.returncode == 0, done.stdout
    weights = "results/tiny/autoencoder/weights.safetensors"
    assert (folder / weights).read_bytes() == (finished / weights).read_bytes()
    history = folder / "results/tiny/autoencoder/history.csv"
    assert len(history.read_text().splitlines()) == 1 + 8
