"""Fixtures that several tests share, the order of tests, and which may be skipped."""

import fcntl
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # two processes share the cores

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from processes import run
from survey import make_survey, snakemake

settings.register_profile("untimed", deadline=None)  # no test depends on the time
settings.load_profile("untimed")

MAY_BE_SKIPPED = [  # in CI: the start of a test's id, and of the reason
    # of the processor
    ("tests/unit/test_inference.py::", "this processor has no bfloat16 units"),
    # of the container
    ("tests/workflow/test_trouble.py::", "needs the right to mount"),
    ("tests/workflow/test_offline.py::", "needs the right to cut the network"),
]


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn an unexpected skip into a failure, in CI."""
    if not report.skipped or os.environ.get("CI") != "true":
        return
    if hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2].removeprefix("Skipped: ")
    for start, expected in MAY_BE_SKIPPED:
        if report.nodeid.startswith(start) and reason.startswith(expected):
            return
    report.outcome = "failed"
    report.longrepr = f"skipped in CI: {reason} (MAY_BE_SKIPPED in tests/conftest.py)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    forbid_skip(report)
    return report


# Processes take file by file: the long ones come first, and the short ones, of units,
# fill the end. The second needs `finished` late, which the first makes.
LONG_FILES = [
    "test_reruns.py",
    "test_offline.py",
    "test_kills.py",
    "test_names_and_neighbours.py",
    "test_mistakes.py",
]


def pytest_collection_modifyitems(items):
    def place(item):
        name = item.path.name
        number = LONG_FILES.index(name) if name in LONG_FILES else len(LONG_FILES)
        return number, "unit" in item.path.parts

    items.sort(key=place)


@pytest.fixture(scope="session")
def galaxy_images() -> np.ndarray:
    """48 small pictures of smooth galaxies, uint8 (48, 32, 32, 1)."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:32, :32] - 15.5
    images = []
    for _ in range(48):
        angle, ratio, scale = (
            rng.uniform(0, np.pi),
            rng.uniform(0.3, 1),
            rng.uniform(3, 6),
        )
        u = x * np.cos(angle) + y * np.sin(angle)
        v = (y * np.cos(angle) - x * np.sin(angle)) / ratio
        images.append(20 + 200 * np.exp(-0.5 * (u**2 + v**2) / scale**2))
    return np.round(np.stack(images)).astype(np.uint8)[..., None]


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Path:
    """Return a survey on which the whole workflow has run, a copy for each process."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    shared = folder / "finished"
    with (folder / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            shared.mkdir()
            done = snakemake(make_survey(shared), "--cores", "2")
            (shared / "shown.txt").write_text(done.stdout)
    assert (shared / "results/tiny/run.json").exists(), (
        shared / "shown.txt"
    ).read_text()
    own = tmp_path_factory.mktemp("survey") / "finished"
    run(["cp", "-a", shared, own], check=True)  # with its dates and links
    return own
