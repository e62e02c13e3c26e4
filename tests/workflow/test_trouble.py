"""A full disk, a folder that cannot be written, two runs at once: nothing is lost."""

import os
import re
import signal
import subprocess
import time

import pytest

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
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", folder]
    done = subprocess.run(command, capture_output=True, text=True)
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
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.long
@pytest.mark.parametrize("share", [0.08, 0.6, 0.93])
def test_a_full_disk_ends_in_one_sentence_and_loses_nothing(
    finished, small_disk, share
):
    files = [p for p in finished.rglob("*") if p.is_file() and p.stat().st_nlink == 1]
    needed = sum(path.stat().st_blocks * 512 for path in files)
    folder = make_survey(small_disk(int(share * needed)))
    done = snakemake(folder, "--cores", "2")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    last = done.stdout.splitlines()[-8:]
    assert any("disk is full" in x or "No space left" in x for x in last), done.stdout
    small_disk(4 * needed)
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


def test_of_two_runs_in_one_folder_one_waits_to_be_asked_again(tmp_path):
    folder = make_survey(tmp_path)
    command = command_for(folder, "--until", "train_autoencoder")
    running = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    shown = [process.communicate()[0] for process in running]
    codes = [process.returncode for process in running]
    assert sorted(map(bool, codes)) == [False, True], shown
    refused = shown[codes.index(0) - 1]
    assert "another run is at work in this folder (process" in refused
    assert "Traceback" not in refused
    assert "Finished jobid" not in refused
    assert (folder / "results/tiny/autoencoder/weights.safetensors").is_file()


def test_a_job_that_outlives_its_run_keeps_the_next_one_out(tmp_path):
    folder = make_survey(tmp_path)
    config = read_config(folder)
    endless = {"epoch_steps": 6, "max_epochs": 100_000, "patience": 100_000}
    write_config(folder, config | {"autoencoder": endless})
    command = command_for(folder, "--until", "train_autoencoder")
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(600):
            if list(folder.rglob(".state*.pt")):
                break
            time.sleep(0.1)
        run.kill()
        run.wait()
        write_config(folder, config)
        refused = snakemake(folder, "--until", "train_autoencoder")
    finally:
        os.killpg(run.pid, signal.SIGKILL)  # the training is still in the group
    assert "jobs of an earlier run are still at work" in refused.stdout
    assert refused.returncode != 0
    assert "Finished jobid" not in refused.stdout
    time.sleep(0.5)
    done = snakemake(folder, "--until", "train_autoencoder")
    assert done.returncode == 0, done.stdout
    history = folder / "results/tiny/autoencoder/history.csv"
    assert len(history.read_text().splitlines()) == 1 + 8
