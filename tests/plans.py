"""What a change runs again, worked out from the rules themselves without a dry run.

Snakemake reads the workflow in this process; jobs are then compared by their inputs,
outputs and parameters, as Snakemake compares them with its records, and changes are
followed along the inputs.
"""

import contextlib
import functools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import snakemake.api
import snakemake.workflow
from snakemake.rules import Rule
from snakemake.settings import types
from snakemake.workflow import Workflow

Key = tuple[str, tuple[tuple[str, str], ...]]  # rule, wildcards


@dataclass(frozen=True)
class Job:
    """What decides whether a job runs again.

    Attributes
    ----------
    inputs : paths.
    followed : those of them whose date counts.
    outputs : paths.
    params : as JSON.
    """

    inputs: frozenset[str]
    followed: frozenset[str]
    outputs: frozenset[str]
    params: str


@functools.cache
def _parse_once() -> None:
    """Have Snakemake parse each file of rules once; only its code runs again."""
    parse, known = snakemake.workflow.parse, {}

    def parse_once(path: object, workflow: Workflow, **more: object) -> tuple:
        text = Path(str(path.get_path_or_uri(secret_free=True))).read_text()
        if text not in known:
            known[text] = parse(path, workflow, **more)
        return known[text]

    snakemake.workflow.parse = parse_once


def read_workflow(snakefile: Path, folder: Path, config: Path) -> Workflow:
    """Read a workflow with the overlay `config`, to be run in `folder`."""
    _parse_once()
    with snakemake.api.SnakemakeApi(types.OutputSettings(quiet={"all"})) as api:
        return api.workflow(
            resource_settings=types.ResourceSettings(cores=2),
            config_settings=types.ConfigSettings(configfiles=[config]),
            snakefile=snakefile,
            workdir=folder,
        )._workflow


def jobs_of(
    snakefile: Path, folder: Path, config: Path, *targets: str
) -> dict[Key, Job]:
    """List the jobs of a run from nothing, of `all` without another target."""
    rules = {r.name: r for r in read_workflow(snakefile, folder, config).rules}
    jobs: dict[Key, Job] = {}
    todo = [(rules[target], {}) for target in targets or ("all",)]
    with contextlib.chdir(folder):
        while todo:
            rule, wildcards = todo.pop()
            key = rule.name, tuple(sorted(wildcards.items()))
            if key not in jobs:
                jobs[key] = job = _job_of(rule, wildcards)
                found = (_producer(rules, path) for path in sorted(job.inputs))
                todo += filter(None, found)
    return jobs


def _job_of(rule: Rule, wildcards: dict[str, str]) -> Job:
    inputs = rule.expand_input(wildcards)[0]
    outputs = rule.expand_output(wildcards)[0]
    params = rule.expand_params(wildcards, inputs, outputs, None)[0]
    followed = [str(path) for path in inputs if not path.is_ancient]
    return Job(
        frozenset(map(str, inputs)),
        frozenset(followed),
        frozenset(map(str, outputs)),
        json.dumps(dict(params), sort_keys=True),
    )


def _producer(rules: dict[str, Rule], path: str) -> tuple[Rule, dict] | None:
    for rule in rules.values():
        if rule.is_producer(path):
            return rule, dict(rule.get_wildcards(path))
    return None


def own_changes(before: dict[Key, Job], after: dict[Key, Job]) -> set[Key]:
    """List the jobs whose own inputs, outputs or parameters have changed."""
    made = {path for job in before.values() for path in job.outputs}
    return {
        key
        for key, job in after.items()
        if key not in before
        or not job.outputs <= made
        or (job.inputs, job.params) != (before[key].inputs, before[key].params)
    }


def with_followers(jobs: dict[Key, Job], changed: set[Key]) -> set[Key]:
    """Add the jobs that read what the changed ones write, and so on."""
    running, grown = set(changed), True
    while grown:
        fresh = {path for key in running for path in jobs[key].outputs}
        more = {key for key, job in jobs.items() if job.followed & fresh} - running
        running, grown = running | more, bool(more)
    return running


def plan(before: dict[Key, Job], after: dict[Key, Job]) -> Counter[str]:
    """Count the jobs that run again, by rule."""
    running = with_followers(after, own_changes(before, after))
    return Counter(rule for rule, _ in running if rule != "all")
