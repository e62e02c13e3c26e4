"""Without a network a run goes on; an encoder that needs one is asked for in words."""

import shutil
import subprocess

import pytest

from survey import command_for, make_survey, read_config, write_config

ALONE = ["unshare", "--map-root-user", "--net"]


@pytest.fixture
def offline():
    """Return a function that runs the workflow of a folder without a network."""
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"]).returncode:
        pytest.skip("cutting the network needs `unshare --map-root-user --net`")

    def run(folder, *arguments):
        command = [*ALONE, *command_for(folder, *arguments)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    return run


def test_nothing_is_downloaded(offline, tmp_path):
    folder = make_survey(tmp_path)
    done = offline(folder, "--cores", "2", "--resources", "gpu=1")
    assert done.returncode == 0, done.stderr
    assert (folder / "results/tiny/votes.parquet").is_file()


def test_an_encoder_of_a_hub_says_what_to_do(offline, tmp_path):
    folder = make_survey(tmp_path)
    config = read_config(folder)
    config["codes"] = {"encoder": "hf_hub:someone/encoder"}
    write_config(folder, config)
    done = offline(folder, "--cores", "2", "fetch_encoder")
    assert done.returncode != 0
    told = " ".join(done.stderr.split())
    assert "the encoder someone/encoder could not be downloaded" in told
    assert "save config.json and model.safetensors of" in told
    assert "`codes.encoder` to its path" in told
    assert "Traceback" not in done.stderr
