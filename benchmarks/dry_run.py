"""Time dry runs of many shards, of a new and of a finished run.

    python benchmarks/dry_run.py [SHARDS ...]

The finished run has empty files in the place of results: only their names, dates and
parameters count.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1]
REPEATS = 3
MOST_FINISHED = 200  # shards; noting more jobs as made takes too long


def snakemake(folder: Path, *arguments: str) -> str:
    """Run Snakemake on the default config with other shards; return what it shows."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", PROJECT / "Snakefile"]
    command += ["--directory", folder, "--configfile", folder / "config.yaml"]
    command += ["--workflow-profile", PROJECT / "profiles/default", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout + done.stderr


def finish(folder: Path) -> None:
    """Put an empty file or folder in the place of every output, and note it as made."""
    rows = snakemake(folder, "--summary").split("output_file", 1)[1].splitlines()
    for row in rows[1:]:
        path = folder / row.split("\t")[0]
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        else:
            path.mkdir(parents=True, exist_ok=True)
    snakemake(folder, "--touch", "--cores", "1")
    if "Nothing to be done" not in snakemake(folder, "--dry-run"):
        sys.exit("the run is not finished")


def seconds(folder: Path) -> float:
    """Return the least time of some dry runs (s)."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        snakemake(folder, "--dry-run")
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    print("| shards | jobs | new run (s) | finished run (s) |")
    print("| ---: | ---: | ---: | ---: |")
    for shards in map(int, sys.argv[1:] or (2, 200, 1000)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "config.yaml").write_text(yaml.safe_dump({"shards": shards}))
            shown = snakemake(folder, "--dry-run")
            jobs = next(x for x in shown.splitlines() if x.startswith("total"))
            times = f"{seconds(folder):.1f} |"
            if shards <= MOST_FINISHED:
                finish(folder)
                times += f" {seconds(folder):.1f} |"
            print(f"| {shards} | {jobs.split()[1]} | {times}", flush=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nMost memory: {most:.0f} MB.")
