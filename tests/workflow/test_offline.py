"""A run without a network, in another order and with one core: the same bytes."""

import shutil

import pytest

from processes import AS_ONE, run
from survey import command_for, make_survey, read_config, same_results, write_config

ALONE = ["unshare", "--map-root-user", "--net"]


@pytest.fixture(scope="module")
def cut_off():
    """Return the words before a command that leave it without a network, if any."""
    if shutil.which("unshare") and run([*ALONE, "true"]).returncode == 0:
        return ALONE
    return []


def needs_no_network(cut_off):
    if not cut_off:
        pytest.skip("needs the right to cut the network")


@pytest.fixture(scope="module")
def elsewhere(cut_off, tmp_path_factory):
    """Run a survey offline, on one core, in one shard, with all in reverse order."""
    folder = make_survey(tmp_path_factory.mktemp("elsewhere"))
    config = read_config(folder)
    write_config(folder, config | {"shards": 1, "sources": config["sources"][::-1]})
    header, *rows = (folder / "labels.csv").read_text().splitlines()
    (folder / "labels.csv").write_text("\n".join([header, *rows[::-1]]) + "\n")
    command = command_for(folder, "--cores", "1", "--resources", "gpu=1")
    done = run([*cut_off, *command], cwd=folder, **AS_ONE)
    assert done.returncode == 0, done.stdout
    return folder


def test_an_encoder_of_a_hub_says_what_to_do(cut_off, tmp_path):
    needs_no_network(cut_off)
    folder = make_survey(tmp_path)
    config = read_config(folder)
    config["codes"] = {"encoder": "hf_hub:someone/encoder"}
    write_config(folder, config)
    command = command_for(folder, "--cores", "2", "fetch_encoder")
    done = run([*cut_off, *command], cwd=folder)
    assert done.returncode != 0
    told = " ".join(done.stderr.split())
    assert "the encoder someone/encoder could not be downloaded" in told
    assert "save config.json and model.safetensors of" in told
    assert "`codes.encoder` to its path" in told
    assert "Traceback" not in done.stderr


def test_nothing_is_downloaded(cut_off, elsewhere):
    needs_no_network(cut_off)
    assert (elsewhere / "results/tiny/votes.parquet").is_file()


def test_the_same_bytes_in_another_order_with_one_shard_and_one_core(
    finished, elsewhere
):
    """Neither shards nor cores nor the order of sources and of a table's rows count."""
    same_results(finished / "results/tiny", elsewhere / "results/tiny")
