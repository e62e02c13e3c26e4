"""Says where results lie: `python -m galvote.where_to_look [--run] config base`."""

import sys
from pathlib import Path

import pandas as pd
import yaml


def run_name(paths: list[str]) -> str:
    """Return the key `run` of the first config file that has it."""
    for path in paths:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        if "run" in config:
            return config["run"]
    raise KeyError("run")


def sentences(folder: Path) -> str:
    """Describe the results of a run in a few lines."""
    votes = pd.read_parquet(folder / "votes.parquet")
    rejects = pd.read_csv(folder / "rejects.csv")
    voted = votes[votes["cluster"] >= 0]
    return "\n".join(
        [
            "",
            f"{len(votes)} galaxies: {len(voted)} voted into"
            f" {voted['cluster'].nunique()} clusters,"
            f" {len(votes) - len(voted)} in rest; {len(rejects)} rejected.",
            f"Look first at  {folder}/sheets/overview.png",
            f"then at        {folder}/sheets/map.png and {folder}/sheets/clusters/",
            f"Galaxies       {folder}/final/<cluster>/, {folder}/final/rest/",
            f"Tables         {folder}/votes.parquet, {folder}/catalog.parquet",
        ]
    )


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        print(run_name(sys.argv[2:]))
    else:
        print(sentences(Path("results") / run_name(sys.argv[1:])))
