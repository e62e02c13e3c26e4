# What all rules share: the checked config, paths, parameters and code files.
import hashlib
import json
import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.current_basedir).parent
# relative, so that a moved project reruns nothing
SCRIPTS = os.path.relpath(WORKFLOW / "scripts")
# waiting OpenMP threads must sleep, not spin, where jobs share cores
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

sys.path.insert(0, SCRIPTS)
from galvote import configuration
from galvote.errors import InputError
from galvote.imports import code_files
from galvote.model_names import SEEDED_MODELS

SAMPLE = "resources/samples/hubble_deep_field.fits"


def table_digests(sources):
    """Digest the content of all tables of images but for their labels."""
    tables = [source for source in sources if source["kind"] == "images"]
    if tables:
        from galvote.image_tables import content_digest
    return {s["name"]: content_digest(s["path"], s["label_column"]) for s in tables}


try:
    config.update(
        configuration.complete(
            config,
            yaml.safe_load(Path(WORKFLOW / "schemas/config.schema.yaml").read_text()),
        )
    )
    configuration.check_files(config, is_made=lambda path: path == SAMPLE)
    TABLE_DIGESTS = table_digests(config["sources"])
except InputError as error:
    raise WorkflowError(str(error))

RESULTS = f"results/{config['run']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
SHARDS = [f"{i}-of-{config['shards']}" for i in range(1, config["shards"] + 1)]
SOURCES = {source["name"]: source for source in config["sources"]}
LABELLED = [s for s in config["sources"] if s.get("label_column") is not None]
MODELS = config["clustering"]["models"]


wildcard_constraints:
    shard=r"\d+-of-\d+",
    source="|".join(SOURCES),
    model="[a-z_]+",


def code(script):
    """List a script and the modules it imports, so that an edit reruns its rule."""
    return [f"{SCRIPTS}/{file}" for file in code_files(Path(SCRIPTS), script)]


def canonical(value):
    """Sort the keys of nested dicts, so that their order in YAML is no matter."""
    return json.loads(json.dumps(value, sort_keys=True))


def settings(section=None, *keys, **more):
    """Choose a rule's parameters: keys of a config section, and more by name.

    Without keys the whole section is taken. A rule has this one dict as params, with
    just what its job uses: Snakemake compares params without their names.
    """
    values = config[section] if section else {}
    chosen = {key: values[key] for key in keys} if keys else dict(values)
    return canonical({**chosen, **more})


def shards_of(stage, ending=""):
    """List a stage's outputs for all shards: folders, or files with an ending."""
    return [f"{RESULTS}/{stage}/{shard}{ending}" for shard in SHARDS]
