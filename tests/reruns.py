"""The page docs/reruns.md, made from the config and the rules."""

import contextlib
import functools
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic.fields import FieldInfo

from galvote.base.errors import InputError
from galvote.classes.registry import METHODS, module_of
from galvote.config.checks import complete
from galvote.config.describe import keys_of, literals_in
from galvote.run.code_digest import code_files
from plans import Job, Key, jobs_of, own_changes, with_followers
from survey import ROOT, make_all_kinds, make_survey, read_config, scripts

SCRIPTS = ROOT / "workflow/scripts"
VIEWS = ("cutout", "denoised", "polar")
FOLLOWS = "record_run"  # whenever anything has run
MISSING = object()
TARGETS = ("all", "classify", "compare")
PAGE = """# What an edit runs again

`make docs` makes this page from the config and the rules, and a test compares them.

Snakemake compares the input files, the parameters and the code of each job with those
of the last run. A rule that an edit changes runs again, and so do the rules that
follow from it, which the first table lists. `record_run` runs after every other rule,
and after any change of the config, because `run.json` holds the whole config.

Nothing runs again after a `touch`, after a fresh checkout, when the folder is moved
(or copied with `cp -a`, which keeps the dates), when the config is reordered or
commented, or when an edit of the code changes only comments, docstrings, log lines or
progress bars.

The tables are for an example that has a source of each kind, writes linear cutouts,
encodes all three views, and learns classes by all methods (`snakemake classify`,
`snakemake compare`). "2 of 7" means that two of the seven jobs of a rule run again;
without such a number all of them do.

## What follows from a rule

One column for each view that may be encoded (`codes.views`). The codes depend only on
the encoded view and on the images that it is made from. An empty cell means the same
as the cell to its left.

{follow}
## Keys of the config

For each key an example of another value, and the rules whose parameters or files
change with it. The rules that follow from these are in the first table.

{keys}
## Files of code

A rule runs again when its script changes, or a module that the script imports,
directly or through other modules. Edits of `galvote/run` (logs, locks, the record of
the run) and of `galvote/base/progress.py` (progress bars) run nothing again.

{code}"""
# other values of keys that name files, columns or things that belong together
OTHER: dict[str, Any] = {
    "run": "other",
    "sources[].name": "else",
    "sources[].kind": {"name": "sky", "kind": "images", "path": "other.csv"},
    "sources[].path": "other.fits",
    "sources[].hdu": 0,
    "sources[].planes": [0, 1, 2],
    "sources[].mask": "other.fits",
    "sources[].weight": "other.fits",
    "sources[].rms": "other.fits",
    "sources[].positions.path": "other_places.csv",
    "sources[].positions.x": "redshift",
    "sources[].positions.y": "redshift",
    "sources[].positions.ra": {
        "name": "placed",
        "kind": "frames",
        "path": "placed.fits",
        "positions": {"path": "places.csv", "ra": "x", "dec": "y"},
    },
    "sources[].positions.dec": {
        "name": "placed",
        "kind": "frames",
        "path": "placed.fits",
        "positions": {"path": "places.csv", "ra": "y", "dec": "x"},
    },
    "sources[].positions.id": "redshift",
    "sources[].positions.radius": "redshift",
    "sources[].bands[].name": {
        "name": "bands",
        "kind": "bands",
        "bands": [{"name": n, "path": f"{p}.fits"} for n, p in ("jg", "rr", "ii")],
        "psf_fwhm": 2.4,
    },
    "sources[].bands[].path": "other.fits",
    "sources[].bands[].hdu": 0,
    "sources[].colour": ["g", "r", "i"],
    "sources[].detect": "r",
    "sources[].psf": "stamps/*_mask.fits",
    "sources[].label_column": "guess",
    "sources[].path_column": "guess",
    "sources[].id_column": "guess",
    "sources[].folder": "stamps",
    "sources[].simulation.shares": {"star": 1},
    "autoencoder.layers[].pool": 1,
    "codes.encoder": "convnext_atto",
    "codes.weights": "labels.csv",
    "codes.sha256": "5" * 64,
    "codes.rotations": 4,
    "codes.zooms": [0.9, 1.1],
    "clustering.dimensions": 5,
    "vote.reference": "ward",
    "vote.names": "names.csv",
    "vote.min_votes": 2,
    "assign.fitted": "results/tiny/fitted.npz",
    "alike.ids": ["sky_57_57"],
    "classes.labels": "ids.csv",
    "classes.teach": 0.5,
    "classes.autoencoder.layers[].pool": 1,
    "classes.network.architecture": "small",
    "classes.network_voted.architecture": "small",
    "classes.fixmatch.architecture": "small",
    "classes.pseudo_label.architecture": "small",
    "classes.mixmatch.architecture": "small",
    "classes.moco.architecture": "resnet18",
    "classes.deepcluster.architecture": "resnet18",
    "classes.small_network.architecture": "encoder",
    "classes.small_network_turned.architecture": "encoder",
}


def make_example(folder: Path) -> dict:
    """Write a survey with a source of each kind; return its config, every key filled.

    All views are encoded and linear cutouts kept, so that each rule has a job.
    """
    make_survey(folder)
    config = read_config(folder)
    config["sources"] += make_all_kinds(folder)
    config["cutouts"] |= {"linear": True}
    stated = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    config["codes"] |= {"preprocessing": stated, "views": list(VIEWS)}
    config["classes"] = {"methods": list(METHODS), "teach": 6}
    config["compare"] = {"label_counts": [4]}
    for name in ("sky.fits", "labels.csv"):
        shutil.copy2(folder / name, folder / f"other{Path(name).suffix}")
    shutil.copy2(folder / "places.csv", folder / "other_places.csv")
    (folder / "names.csv").write_text("key,name\nk1,spiral\n")
    ids = [
        f"drawn_g{number:02d},{'disk' if number % 2 else 'round'}"
        for number in range(12)
    ]
    (folder / "ids.csv").write_text("id,label\n" + "\n".join(ids) + "\n")
    (folder / "results/tiny").mkdir(parents=True)
    np.savez(folder / "results/tiny/fitted.npz", novelty_sample=np.zeros(1))
    with contextlib.chdir(folder):
        return complete(config).model_dump()


def leaves() -> dict[str, list[FieldInfo]]:
    """Return the keys of the config that are no sections, with their fields."""
    keys = dict(keys_of())
    above = {key.rpartition(".")[0].removesuffix("[]") for key in keys}
    return {k: list(fields.values()) for k, fields in keys.items() if k not in above}


def set_first(place: object, parts: list[str], value: Any) -> Any:
    """Set a key below nested sections and lists, in the first item that has it.

    Returns
    -------
    The value before; `MISSING` where no item has the key.
    """
    name, rest = parts[0].removesuffix("[]"), parts[1:]
    if not isinstance(place, dict) or name not in place:
        return MISSING
    if not rest:
        before, place[name] = place[name], value
        return before
    inside = place[name] if parts[0].endswith("[]") else [place[name]]
    for item in inside:
        if (before := set_first(item, rest, value)) is not MISSING:
            return before
    return MISSING


def changed(config: dict, key: str, value: Any) -> tuple[dict, Any]:
    """Return a config with another value of a key, and the value before.

    A whole source, given as a dict with its name, takes the place of its namesake.
    """
    edited = deepcopy(config)
    if isinstance(value, dict) and "name" in value:
        sources = edited["sources"]
        edited["sources"] = [
            value if s["name"] == value["name"] else s for s in sources
        ]
        return edited, None
    before = set_first(edited, key.split("."), value)
    assert before is not MISSING, key
    return edited, before


def candidates(fields: list[FieldInfo], value: Any) -> Iterator[Any]:
    """Yield values that may be others of a key."""
    options = literals_in(fields[0].annotation)
    if isinstance(value, list):
        yield from ([option] for option in options)
        yield from ([item] for item in value)
        yield from ([*value[:-1], other] for other in candidates(fields, value[-1]))
    elif isinstance(value, bool):
        yield not value
    elif options:
        yield from options
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, value * 0.9)
    yield from (0.5, 1, 1.0, 4, 100)


def other_value(config: dict, key: str, fields: list[FieldInfo]) -> Any:
    """Return another legal value of a key: that of `OTHER`, or one that is found."""
    if key in OTHER:
        return OTHER[key]
    _, value = changed(config, key, None)
    for candidate in candidates(fields, value):
        if candidate != value:
            with contextlib.suppress(InputError):
                complete(changed(config, key, candidate)[0])
                return candidate
    raise AssertionError(f"no other value of {key} is found; put one into OTHER")


class Example:
    """The example survey, its jobs, and what changes of the config do to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = make_example(folder)
        self.jobs = self.jobs_with(self.config)

    def jobs_with(self, config: dict) -> dict[Key, Job]:
        """List the jobs of a run with a config."""
        path = self.folder / "edited.yaml"
        path.write_text(yaml.safe_dump(config))
        return jobs_of(ROOT / "Snakefile", self.folder, path, *TARGETS)

    def changes(self, key: str, value: Any) -> dict[str, int]:
        """Count the jobs, by rule, whose own parameters or files a change touches."""
        after = self.jobs_with(changed(self.config, key, value)[0])
        own = Counter(rule for rule, _ in own_changes(self.jobs, after))
        return {
            rule: own[rule] for rule in sorted(own) if rule not in (FOLLOWS, *TARGETS)
        }

    def followers(self, views: list[str]) -> dict[str, set[str]]:
        """Return, for each rule, the rules that follow it where views are encoded."""
        config = deepcopy(self.config)
        config["codes"]["views"] = views
        jobs = self.jobs_with(config)
        return {
            rule: {
                name
                for name, _ in with_followers(jobs, {k for k in jobs if k[0] == rule})
                if name not in (rule, *TARGETS, FOLLOWS)
            }
            for rule in sorted({rule for rule, _ in jobs} - {*TARGETS, FOLLOWS})
        }

    def counted(self, own: dict[str, int]) -> str:
        """Write rules, with the number of jobs where it is not all of them."""
        every = Counter(rule for rule, _ in self.jobs)
        return ", ".join(
            f"{rule} ({n} of {every[rule]})" if 0 < n < every[rule] else rule
            for rule, n in own.items()
        )


def rules_with(file: str) -> list[str]:
    """List the rules whose digest of code holds a file, sorted."""
    return sorted(
        n for n, script in known_scripts().items() if file in files_of(script)
    )


known_scripts = functools.cache(scripts)


@functools.cache
def files_of(script: str) -> list[str]:
    """List the files of code that a script runs, with those of methods it loads."""
    files = code_files(SCRIPTS, script)
    loads = {"classes/train_network.py": True, "classes/fit_estimator.py": False}
    for name, method in METHODS.items():
        if loads.get(script) == method.trains:
            files += code_files(SCRIPTS, module_of(name))
    return files


def code_rows() -> Iterator[tuple[str, str]]:
    """Yield each file of code and the rules that it decides."""
    for path in sorted(SCRIPTS.rglob("*.py")):
        file = path.relative_to(SCRIPTS).as_posix()
        if path.name != "__init__.py":
            yield file, ", ".join(rules_with(file)) or "nothing"


def table(heads: list[str], lines: Iterable[Iterable[str]]) -> str:
    """Write a table in Markdown."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def page() -> str:
    """Return the text of docs/reruns.md."""
    with tempfile.TemporaryDirectory() as folder:
        example = Example(Path(folder))
        following = {view: example.followers([view]) for view in VIEWS}
        follow = table(
            ["rule", *VIEWS],
            (
                [f"`{rule}`", *_unlike_left(following[view][rule] for view in VIEWS)]
                for rule in following[VIEWS[0]]
            ),
        )
        keys = []
        for key, fields in leaves().items():
            value = other_value(example.config, key, fields)
            own = example.counted(example.changes(key, value)) or "nothing"
            keys.append([f"`{key}`", f"`{json.dumps(value)}`", own])
    code = ([f"`{file}`", held] for file, held in code_rows())
    return PAGE.format(
        follow=follow,
        keys=table(["key", "changed to", "rules"], keys),
        code=table(["file", "rules"], code),
    )


def _unlike_left(sets: Iterable[set[str]]) -> Iterator[str]:
    """Write sets of rules, empty where one is that before."""
    before: set[str] | None = None
    for rules_ in sets:
        yield "" if rules_ == before else ", ".join(sorted(rules_)) or "nothing"
        before = rules_
