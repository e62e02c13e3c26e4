# What all rules share: the checked config, paths, parameters and code files.
import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.current_basedir).parent
SCRIPTS = WORKFLOW / "scripts"
# waiting OpenMP threads must sleep, not spin, where jobs share cores
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

sys.path.insert(0, str(SCRIPTS))
# scripts find the package so, in jobs on other machines, too
os.environ["PYTHONPATH"] = os.pathsep.join(
    dict.fromkeys([str(SCRIPTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
).rstrip(os.pathsep)
from galvote.config import checks
from galvote.run import failures, lock
from galvote.base.encoder_names import HAND_MADE_ENCODER, folder_name, is_folder
from galvote.base.errors import InputError
from galvote.base.file_names import PICTURES, split_hdu
from galvote.run.code_digest import code_digest
from galvote.base.model_names import LIMITS, SEEDED_MODELS

SAMPLE = "resources/samples/hubble_deep_field.fits"


try:
    if workflow.is_main_process:
        lock.check_writable(Path(".snakemake"))
    config.update(
        checks.complete(
            config,
            yaml.safe_load((WORKFLOW / "schemas/config.schema.yaml").read_text()),
        )
    )
    checks.check_files(config, is_made=lambda path: path == SAMPLE)
except InputError as error:
    raise WorkflowError(str(error))

RESULTS = f"results/{config['run']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
SHARDS = [f"{i}-of-{config['shards']}" for i in range(1, config["shards"] + 1)]
for source in config["sources"]:
    if source["kind"] == "simulated":
        source["path"] = f"{RESULTS}/simulated/{source['name']}.fits"
        source["hdu"] = "all"
SOURCES = {source["name"]: source for source in config["sources"]}
LABELLED = [s for s in config["sources"] if s.get("label_column") is not None]
SIMULATED = [s for s in LABELLED if s["kind"] == "simulated"]
MODELS = config["clustering"]["models"]
SOFT = config["vote"]["method"] == "soft"


onstart:
    try:
        lock.check_writable(Path(RESULTS))
        lock.hold()
    except InputError as error:
        raise WorkflowError(str(error))


onerror:
    told = "".join(Path(path).read_text() for path in log)
    print(failures.report(told), file=sys.stderr)


wildcard_constraints:
    shard=r"\d+-of-\d+",
    source="|".join(SOURCES),
    model="[a-z_]+",


def code(script):
    """Digest a script and the modules it imports, so that an edit reruns its rule."""
    return code_digest(SCRIPTS, script)


def canonical(value):
    """Sort the keys of nested dicts, so that their order in YAML is no matter."""
    return json.loads(json.dumps(value, sort_keys=True))


def settings(section=None, *keys, **more):
    """Choose a rule's parameters: keys of a config section, and more by name.

    Without keys the whole section is taken. A rule has this one dict as params, with
    just what its job uses, and the digest of its code: Snakemake compares params
    without their names.
    """
    values = config[section] if section else {}
    chosen = {key: values[key] for key in keys} if keys else dict(values)
    return canonical({**chosen, **more})


def shards_of(stage, ending=""):
    """List a stage's outputs for all shards: folders, or files with an ending."""
    return [f"{RESULTS}/{stage}/{shard}{ending}" for shard in SHARDS]
