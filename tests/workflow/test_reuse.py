"""The workflow is a module of somebody else's."""

import shutil
import sys

import yaml

from plans import jobs_of
from processes import run
from survey import ROOT, read_config, read_plan

OUTER = """
import yaml


module galvote:
    snakefile:
        "{project}/Snakefile"
    config:
        yaml.safe_load(open("config.yaml"))


use rule * from galvote as galvote_*


rule count_voted:
    input:
        votes=rules.galvote_vote.output.votes,
    output:
        "voted.txt",
    default_target: True
    script:
        "count_voted.py"
"""
COUNT = """
from pathlib import Path

import pandas as pd

votes = pd.read_parquet(snakemake.input.votes)
Path(snakemake.output[0]).write_text(str(len(votes)))
"""


def outer(folder, *arguments):
    """Run the outer workflow without a profile of ours."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    done = run(command, cwd=folder, check=True)
    return done.stdout + done.stderr


def test_another_workflow_uses_this_one(finished, tmp_path):
    folder = tmp_path / "outer"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    (folder / "Snakefile").write_text(OUTER.format(project=ROOT))
    (folder / "count_voted.py").write_text(COUNT)
    triggers = ["--rerun-triggers", "mtime", "params", "input"]
    triggers += ["--max-checksum-file-size", "1GB"]  # its 1 MB is less than a frame
    assert read_plan(outer(folder, "--dry-run", *triggers)) == {"count_voted": 1}
    classes = read_plan(outer(folder, "--dry-run", *triggers, "galvote_classify"))
    assert classes["galvote_fit_estimator"] == 3
    assert classes["galvote_judge_classes"] == 1
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("k: 3", "k: 4"))
    assert read_config(folder)["clustering"]["k"] == 4
    shown = outer(folder, *triggers)
    assert read_plan(shown) == {
        "galvote_cluster": 1,  # of the reference
        "galvote_fit_voters": 1,
        "galvote_vote": 1,
        "count_voted": 1,
    }
    assert int((folder / "voted.txt").read_text()) == 49


def test_the_workflow_is_found_where_the_catalogue_looks_for_it(finished):
    """It lists workflows by `workflow/Snakefile`, which asks for all of ours."""
    config = finished / "config.yaml"
    ours = jobs_of(ROOT / "Snakefile", finished, config)
    theirs = jobs_of(ROOT / "workflow/Snakefile", finished, config, "everything")
    rules = {rule for rule, _ in ours}
    assert {rule for rule, _ in theirs} - {"everything"} == rules - {"all"}
    for place in ("workflow/rules", "config/README.md", "workflow/report"):
        assert (ROOT / place).exists()
    catalogue = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert "--resources gpu=1" in catalogue["usage"]["mandatory-flags"]["flags"]
