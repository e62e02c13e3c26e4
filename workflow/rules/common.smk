# What all rules share: the checked config, its sources, paths, parameters, the lock.
import os
import sys
from itertools import product
from pathlib import Path

from snakemake.cli import get_argument_parser
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError

WORKFLOW = Path(workflow.current_basedir).parent
SCRIPTS = WORKFLOW / "scripts"
# waiting OpenMP threads spin for a moment, as most waits are short, and then sleep, as
# jobs may share cores
if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
    os.environ.update(OMP_WAIT_POLICY="PASSIVE", GOMP_SPINCOUNT="1000")
# scripts find the package so, in jobs on other machines, too
paths = [str(SCRIPTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
os.environ.update(PYTHONPATH=os.pathsep.join(dict.fromkeys(filter(None, paths))))

sys.path.insert(0, str(SCRIPTS))
from galvote.base.errors import InputError
from galvote.base.file_names import split_hdu
from galvote.classes import registry
from galvote.config import checks, digests, parameters
from galvote.config.repeated_keys import refuse_repeated_keys
from galvote.inputs.sources import Frames, FrameSource, ImageSource, Simulated
from galvote.run import failures, lock
from galvote.run.code_digest import code_digest

SAMPLE = "resources/samples/hubble_deep_field.fits"


def refusing(function, *arguments):
    """Call a function; what it refuses is shown as one sentence."""
    try:
        return function(*arguments)
    except InputError as error:
        raise WorkflowError(str(error))


def is_target(name):
    """Tell whether a rule was asked for, also under the prefix of another workflow."""
    if not any(word.endswith(name) for word in sys.argv):
        return False
    given, _ = get_argument_parser().parse_known_args()
    return any(target.endswith(name) for target in given.targets or [])


if workflow.is_main_process:
    refusing(lock.check_writable, Path(".snakemake"))
    refusing(refuse_repeated_keys, workflow.configfiles)
    shipped = load_configfile(WORKFLOW.parent / "config/config.yaml")
    refusing(checks.check_run, config, shipped)
CONFIG = refusing(checks.complete, config)
refusing(checks.check_files, CONFIG, lambda path: path == SAMPLE)
config.update(CONFIG.model_dump())

RESULTS = f"results/{CONFIG.run}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
SHARDS = [f"{i}-of-{CONFIG.shards}" for i in range(1, CONFIG.shards + 1)]
SOURCES = {
    source.name: (
        source.as_frames(f"{RESULTS}/simulated/{source.name}.fits")
        if isinstance(source, Simulated)
        else source
    )
    for source in CONFIG.sources
}
if workflow.is_main_process:
    refusing(digests.check_tables, SOURCES.values())
FRAME_FILES = sorted({path for source in SOURCES.values() for path in source.files()})
FEW_FRAMES = (
    sorted(  # hundreds of inputs are slow: `detect` has them, and cutouts follow
        {
            path
            for source in SOURCES.values()
            if not (isinstance(source, Frames) and source.is_many)
            for path in source.files()
        }
    )
)
IMAGE_CHECKSUMS = [  # a new image is cut out again
    f"{RESULTS}/sources/{source.name}.sha256"
    for source in SOURCES.values()
    if isinstance(source, ImageSource)
]
LABELLED = [s for s in SOURCES.values() if s.label_column is not None]
TRUTHS = {
    source.name: f"{RESULTS}/simulated/{source.name}.truth.parquet"
    for source in LABELLED
    if isinstance(source, Simulated)
}
METHODS = parameters.with_twins(CONFIG.classes.methods)
COMPARED = parameters.with_twins(CONFIG.compare.methods)
if workflow.is_main_process:  # a mistake is told before anything runs
    if is_target("classify"):
        refusing(parameters.check_methods, CONFIG, METHODS)
        refusing(digests.check_judging, CONFIG.classes, LABELLED)
    if is_target("compare"):
        refusing(parameters.check_methods, CONFIG, COMPARED)
        for count, seed in product(CONFIG.compare.label_counts, CONFIG.compare.seeds):
            cell = parameters.teaching_of_cell(CONFIG, count, seed)
            place = f"config key `compare.label_counts` ({count}, seed {seed})"
            refusing(digests.check_judging, cell, LABELLED, place)
    if "classes" in CONFIG.model_fields_set and (CONFIG.classes.labels or LABELLED):
        refusing(digests.of_teaching, CONFIG.classes, LABELLED)
MODELS = CONFIG.clustering.models
SOFT = parameters.is_soft(CONFIG)
USES_NETWORK = parameters.uses_network(CONFIG)
KEEPS_FITTED = SOFT and USES_NETWORK and CONFIG.codes.hand_made == 0


onstart:
    refusing(lock.check_writable, Path(RESULTS))
    refusing(lock.hold)


onerror:
    text = "".join(Path(path).read_text() for path in log)
    print(failures.report(text), file=sys.stderr)


wildcard_constraints:
    shard=r"\d+-of-\d+",
    source="|".join(SOURCES),
    model="[a-z_]+",


def code(script):
    """Digest a script and the modules it imports, so that an edit reruns its rule."""
    return code_digest(SCRIPTS, script)


def settings(section=None, *keys, **more):
    """Choose a rule's parameters: keys of a config section, and more by name.

    Without keys the whole section is taken. A rule has this one dict as params, with
    just what its job uses, and the digest of its code: Snakemake compares params
    without their names.
    """
    chosen = parameters.chosen(getattr(CONFIG, section), *keys) if section else {}
    return parameters.canonical({**chosen, **more})


def shards_of(stage, ending=""):
    """List a stage's outputs for all shards: folders, or files with an ending."""
    return [f"{RESULTS}/{stage}/{shard}{ending}" for shard in SHARDS]


def encoded(ending):
    """List the codes of all shards, or what lies beside them; none without a network."""
    return shards_of("codes", ending) if USES_NETWORK else []


def frame_digests(paths):
    """Digest frames; those that the workflow makes are known by their rules."""
    return digests.of_files(
        paths, lambda path: path == SAMPLE or path.startswith(f"{RESULTS}/")
    )


def labels_settings():
    """Choose what labels are read from: a table, or the sources that have labels."""
    sources = [s.model_dump(include=parameters.KEYS_OF_LABELS) for s in LABELLED]
    table = CONFIG.classes.labels
    return {"labels": table, "sources": [] if table else sources, "truths": TRUTHS}


def views_of(wildcards):
    """List the files that a method looks at, by name."""
    needs = parameters.views_of_method(CONFIG, wildcards.method)
    return {name: path for need in needs for name, path in VIEWS[need].items()}


def start_of(wildcards):
    """List weights and description of the network that a method starts from."""
    start = parameters.pretrained_of(CONFIG, wildcards.method)
    if start is None:
        return []
    return ENCODER_FILES if start == "encoder" else expand(NETWORK_FILES, network=start)


def method_params(wildcards, but=None):
    """Choose what a method depends on, but for a key, with its own module's code."""
    name = wildcards.method
    chosen = parameters.method_settings(CONFIG, name)
    return parameters.canonical(
        {
            "method": {key: value for key, value in chosen.items() if key != but},
            "place": registry.PLACES[name],
            "module": code(registry.module_of(name)),
            "seed": CONFIG.seed + int(getattr(wildcards, "seed", 0)),
            "threads": CONFIG.threads,
        }
    )


def teaching_params(wildcards):
    """Choose what the draw of labels depends on, that of a cell by its wildcards."""
    classes = CONFIG.classes
    if hasattr(wildcards, "labels"):
        cell = int(wildcards.labels), int(wildcards.seed)
        classes = parameters.teaching_of_cell(CONFIG, *cell)
    return settings(
        digest=refusing(digests.of_teaching, classes, LABELLED),
        **parameters.chosen(classes, "teach", "per_class", "draw"),
        **labels_settings(),
    )


HAND_MADE = (  # where they are clustered
    shards_of("hand_made", ".parquet")
    if CONFIG.codes.hand_made > 0 or not USES_NETWORK
    else []
)
