"""Teach all methods of a finished run by several draws of its labels; compare medians.

    python benchmarks/classes.py results/mine --teach 0.8 \
        --methods probe hand_made names network --draws 0 1 2

The run has made what the methods look at (`snakemake classify` once). Writes a table in
Markdown: medians over the draws, and the time of each method. `--set section.key=value`
changes a setting of a method.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from galvote.classes.answers import answers_of, teaching_of
from galvote.classes.method import Work
from galvote.classes.reading import read_galaxies
from galvote.classes.registry import METHODS
from galvote.classes.splits import TEST, draw_teaching, join_groups, split
from galvote.judging.classification import Judged

SHOWN = ["accuracy", "balanced_accuracy", "macro_f1", "calibration_error"]
ENCODER = "resources/encoders/tf_efficientnet_lite0"


def files_of_run(run: Path) -> dict[str, list[str]]:
    """List the files that methods look at."""
    patterns = {
        "codes": "codes/*-of-*[0-9].npz",
        "components": "pca/components.npz",
        "hand_made": "hand_made/*.parquet",
        "cutouts": "cutouts/*-of-*[0-9]",
        "latents": "classes/autoencoder/latents.npz",
        "memberships": "memberships.npz",
        "votes": "votes.parquet",
    }
    return {
        name: sorted(map(str, run.glob(pattern))) for name, pattern in patterns.items()
    }


def learn(
    run: Path, name: str, settings: dict, table: pd.DataFrame, seed: int
) -> tuple:
    """Let one method learn; return its table and the seconds that it took."""
    method = METHODS[name](**settings)
    galaxies = read_galaxies(
        method.needs(), run / "galaxies.parquet", files_of_run(run)
    )
    teaching, groups = teaching_of(table, galaxies.ids)
    start = None
    if settings.get("architecture", getattr(method, "architecture", "")) == "encoder":
        start = f"{ENCODER}/model.safetensors", f"{ENCODER}/encoder.json"
    with tempfile.TemporaryDirectory() as folder:
        work = Work(seed=seed, folder=Path(folder), start=start)
        begun = time.monotonic()
        answers = answers_of(method, galaxies, teaching, groups, work)
    return answers.table, time.monotonic() - begun


def one_draw(run: Path, arguments: argparse.Namespace, draw: int) -> pd.DataFrame:
    """Teach all methods by one draw of the labels, and score them."""
    labels = pd.read_parquet(run / "truth.parquet").set_index("id")["label"]
    groups = pd.read_parquet(run / "classes/groups.parquet").set_index("id")["group"]
    drawn = draw_teaching(labels, arguments.teach, False, draw)
    teaching = join_groups(drawn, groups)
    parts = split(teaching, labels, groups)
    judging = labels[labels.index.isin(parts["id"][parts["part"] == TEST])]
    judging = judging.sample(min(len(judging), arguments.most), random_state=draw)
    tables, seconds = {}, {}
    for name in arguments.methods:
        tables[name], seconds[name] = learn(
            run, name, arguments.settings.get(name, {}), teaching, draw
        )
        print(f"draw {draw}: {name} took {seconds[name]:.0f} s", flush=True)
    judged = Judged(tables, judging.sort_index(), teaching.set_index("id")["label"])
    votes = pd.read_parquet(run / "votes.parquet").set_index("id")["cluster"]
    rest = votes.reindex(judged.ids, fill_value=-1).to_numpy() < 0
    scores = judged.scores({"all": rest | True, "rest": rest}, 200)
    return scores.assign(draw=draw, seconds=scores["method"].map(seconds))


def settings_of(texts: list[str]) -> dict[str, dict]:
    """Read `method.key=value` as settings of methods."""
    settings: dict[str, dict] = {}
    for text in texts:
        place, _, value = text.partition("=")
        method, key = place.split(".")
        settings.setdefault(method, {})[key] = json.loads(value)
    return settings


def main() -> None:
    """Compare methods."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--teach", type=json.loads, default=0.8)
    parser.add_argument("--methods", nargs="+", default=["probe", "hand_made", "names"])
    parser.add_argument("--draws", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--most", type=int, default=10**9, help="galaxies that judge")
    parser.add_argument("--set", nargs="*", default=[], dest="settings")
    parser.add_argument("--table", type=Path, help="CSV with the scores of each draw")
    arguments = parser.parse_args()
    arguments.settings = settings_of(arguments.settings)
    torch.set_num_threads(2)
    scores = pd.concat(
        [one_draw(arguments.run, arguments, draw) for draw in arguments.draws]
    )
    if arguments.table:
        scores.to_csv(arguments.table, index=False)
    medians = scores.groupby(["set", "method"], sort=False).median(numeric_only=True)
    shown = medians[["galaxies", *SHOWN, "over_probe", "over_probe_error", "seconds"]]
    shown = shown.reset_index().replace({np.nan: None})
    print(shown.round(3).to_markdown(index=False))


if __name__ == "__main__":
    main()
