"""The whole workflow on a SLURM cluster of two nodes, through profiles/slurm."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from processes import run
from survey import (
    ROOT,
    make_survey,
    planned,
    read_config,
    rules,
    same_results,
    snakemake,
    write_config,
)

pytestmark = pytest.mark.long

CLUSTER = Path(__file__).with_name("cluster.sh")
EDITS = {
    "slurm_partition: cpu": "slurm_partition: short",
    "slurm_partition: gpu": "slurm_partition: graphics",
    "status-checks: 20": "status-checks: 10",
}
LOCAL_RULES = {name for name, body in rules().items() if "localrule: True" in body}
GPU_RULES = {"train_autoencoder", "denoise", "plan_encoding", "encode"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start SLURM and make it the cluster of this shell."""
    missing = [x for x in ("slurmctld", "slurmd", "munged") if not shutil.which(x)]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and SLURM; not here: {', '.join(missing) or 'root'}")
    folder = tmp_path_factory.mktemp("slurm")
    run([CLUSTER, "start", folder], check=True)
    try:
        with pytest.MonkeyPatch.context() as shell:
            shell.setenv("SLURM_CONF", str(folder / "slurm.conf"))
            shell.setenv("PATH", str(folder / "bin"), prepend=os.pathsep)
            yield
    finally:
        run([CLUSTER, "stop", folder], check=True)


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """Copy the profile and edit it as a user would."""
    text = (ROOT / "profiles/slurm/profile.yaml").read_text()
    for old, new in EDITS.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    folder = tmp_path_factory.mktemp("profile")
    (folder / "profile.yaml").write_text(text)
    return "--workflow-profile", str(folder)


def recorded_jobs():
    """List SLURM's records of all jobs, each with the name of its rule."""
    done = run(["scontrol", "--oneliner", "show", "job"], check=True)
    jobs = []
    for line in done.stdout.splitlines():
        job = dict(re.findall(r"(\S+?)=(\S*)", line))
        rule = job["Comment"].removeprefix("rule_").split("_wildcards_")[0]
        jobs.append(job | {"rule": rule})
    return jobs


@pytest.fixture(scope="module")
def failed(cluster, profile, tmp_path_factory):
    """Run with more clusters than galaxies."""
    folder = make_survey(tmp_path_factory.mktemp("survey"))
    config = read_config(folder)
    write_config(folder, config | {"clustering": config["clustering"] | {"k": 500}})
    done = snakemake(folder, *profile)
    write_config(folder, config)
    assert done.returncode != 0
    return folder, done.stdout, recorded_jobs()


@pytest.fixture(scope="module")
def mended(failed, profile):
    """Mend the config and run again."""
    folder, _, before = failed
    left = planned(folder, *profile)
    done = snakemake(folder, *profile)
    assert done.returncode == 0, done.stdout
    return folder, left, recorded_jobs()[len(before) :]


def test_the_screen_shows_why_a_job_failed(failed):
    folder, shown, jobs = failed
    wrong = [job["rule"] for job in jobs if job["JobState"] != "COMPLETED"]
    assert set(wrong) == {"train_autoencoder"}
    assert "Error in rule train_autoencoder" in shown
    log = "results/tiny/logs/train_autoencoder.log"
    assert log in shown
    assert "`clustering.k` is 500 but only" in (folder / log).read_text()
    assert "`clustering.k` is 500 but only" in shown
    assert "Traceback" not in shown


def test_the_second_run_submits_only_what_is_left(mended):
    _, left, jobs = mended
    assert "train_autoencoder" in left
    assert "cut_out" not in left
    assert Counter(job["rule"] for job in jobs) == {
        rule: count for rule, count in left.items() if rule not in LOCAL_RULES
    }
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}


def test_the_jobs_are_spread_and_only_some_have_the_gpu(failed, mended):
    jobs = failed[2] + mended[2]
    assert {job["NodeList"] for job in jobs} == {"node1", "node2"}
    assert {job["rule"] for job in jobs} > GPU_RULES
    for job in jobs:
        has_gpu = "gpu" in job.get("TresPerJob", "")
        assert has_gpu == (job["rule"] in GPU_RULES), job
        assert job["Partition"] == ("graphics" if has_gpu else "short")


def test_the_tables_are_those_of_a_local_run(mended, finished, profile):
    folder = mended[0]
    same_results(finished / "results/tiny", folder / "results/tiny")
    assert planned(folder, *profile) == {}
