"""Dry runs by the dozen: `python many_plans.py cases.json shown.json`.

Snakemake is loaded once; each dry run is a fork of its own, so that none sees another.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import pandas  # noqa: F401, loaded once for all forks
import snakemake.cli


def dry_run(snakefile: str, folder: str, config: str) -> str:
    """Return what a dry run shows."""
    profile = Path(snakefile).parent / "profiles/default"
    arguments = ["--snakefile", snakefile, "--directory", folder, "--dry-run"]
    arguments += ["--configfile", config, "--workflow-profile", str(profile)]
    with tempfile.TemporaryFile("w+") as shown:
        if (child := os.fork()) == 0:
            os.dup2(shown.fileno(), 1)
            os.dup2(shown.fileno(), 2)
            try:
                snakemake.cli.main(arguments)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)
        os.waitpid(child, 0)
        shown.seek(0)
        return shown.read()


if __name__ == "__main__":
    cases = json.loads(Path(sys.argv[1]).read_text())
    shown = {name: dry_run(*case) for name, case in cases.items()}
    Path(sys.argv[2]).write_text(json.dumps(shown))
