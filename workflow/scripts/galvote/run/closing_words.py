"""Says where results lie: `python -m galvote.run.closing_words [--run] config base`."""

import csv
import json
import sys
from pathlib import Path

import yaml

from galvote.base.reasons import NO_PART


def run_name(paths: list[str]) -> str:
    """Return the key `run` of the first config file that has it."""
    for path in paths:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        if "run" in config:
            return config["run"]
    raise KeyError("run")


def sentences(folder: Path) -> str:
    """Describe the results of a run in a few lines."""
    count = json.loads((folder / "run.json").read_text(encoding="utf-8"))["galaxies"]
    galaxies = count["voted"] + count["rest"]
    aside = {word: count[reason] for reason, word in NO_PART.items() if count[reason]}
    told = ", ".join(f"{number} {word}" for word, number in aside.items())
    no_part = f", {told} took no part" if told else ""
    took_part = galaxies - sum(aside.values())
    with (folder / "clusters.csv").open(encoding="utf-8", newline="") as stream:
        clusters = list(csv.DictReader(stream))
    nameless = [row["cluster"] for row in clusters if not row["name"]]
    table = f"{folder}/clusters.csv (docs/voting.md)"
    naming = f"To name them   {table}"
    if 0 < len(nameless) < len(clusters):
        naming = f"Without a name clusters {', '.join(nameless)}: {table}"
    return "\n".join(
        [
            "",
            f"{galaxies} galaxies: {count['voted']} of {took_part} that could be"
            f" clustered voted into {count['clusters']} clusters{no_part};"
            f" {count['rejects']} rejected.",
            f"Look first at  {folder}/sheets/overview.png",
            f"then at        {folder}/sheets/map.png and {folder}/sheets/clusters/",
            f"Galaxies       {folder}/final/<cluster>/, {folder}/final/rest/",
            naming,
            f"Tables         {folder}/votes.parquet, {folder}/catalog.parquet",
            f"Made with      {folder}/run.html",
        ]
    )


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        print(run_name(sys.argv[2:]))
    else:
        print(sentences(Path("results") / run_name(sys.argv[1:])))
