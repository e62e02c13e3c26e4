"""Fixtures that several tests share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from survey import make_survey, snakemake

settings.register_profile("untimed", deadline=None)  # no test depends on the time
settings.load_profile("untimed")


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
def finished(tmp_path_factory) -> Path:
    """Return a survey on which the whole workflow has run."""
    folder = make_survey(tmp_path_factory.mktemp("survey"))
    done = snakemake(folder, "--cores", "2")
    assert done.returncode == 0, done.stdout
    (folder / "shown.txt").write_text(done.stdout)
    return folder
