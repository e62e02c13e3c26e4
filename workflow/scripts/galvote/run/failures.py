"""What went wrong in a run, from Snakemake's log and the logs of its jobs."""

import re
from pathlib import Path

LOG_OF_A_FAILED_JOB = re.compile(r"^ +log: (\S+) \(check log", re.M)
ERROR = re.compile(r"^\S+ \S+ ERROR (.*)$", re.M)


def failures(text: str) -> dict[str, list[str]]:
    """Return what went wrong -> the logs that say so.

    Parameters
    ----------
    text : of Snakemake's own log; a job that said nothing is told as such.
    """
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys(LOG_OF_A_FAILED_JOB.findall(text)):
        try:
            said = ERROR.findall(Path(path).read_text(encoding="utf-8"))
        except OSError:
            said = []
        reason = said[-1] if said else "it ended without a word: killed, or no memory"
        found.setdefault(reason, []).append(path)
    return found


def report(text: str) -> str:
    """Put what went wrong into the last lines that a run shows."""
    lines = [
        f"galvote: {reason}\n    said in {', '.join(logs)}"
        for reason, logs in failures(text).items()
    ]
    return "\n".join([*lines, "What is finished stays; run again to go on."])
