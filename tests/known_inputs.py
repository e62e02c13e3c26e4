"""Inputs whose content is known: frames, sources of the config, whole surveys."""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits
from PIL import Image

from galvote.inputs import sources
from galvote.inputs.frames import Frame, Plane, background_of
from galvote.inputs.search_settings import SearchSettings
from galvote.inputs.sources import Source
from galvote.simulation.frames import simulate_frame
from galvote.simulation.settings import SurveySettings

VOTERS = {"voters": 12, "clusters": [1, 3], "dimensions": [0.5, 1], "bag_size": 500}


def frame_of(image: np.ndarray, sky: float = 0.0, box: int = 64, **more) -> Frame:
    """Make a Frame of an image whose sky is 0, with the noise that is measured."""
    data = np.array(image, np.float32)
    noise = background_of(data + np.float32(sky), box).globalrms
    return Frame("", [Plane(data, noise, sky, **more)])


def source_of(**source: object) -> Source:
    """Make a source of the config, whose name is `sky` unless another is given."""
    return sources.source_of({"name": "sky", **source})


def search_of(**more: object) -> dict:
    """Return the default settings of the search, some of them changed."""
    return SearchSettings(**more).model_dump()


def survey_settings(**more: object) -> dict:
    """Return the default settings of a simulated survey, some of them changed."""
    return SurveySettings().model_dump() | more


def write_survey(path: Path, settings: dict) -> pd.DataFrame:
    """Write the frames of a simulated survey as FITS; return what is true."""
    hdus, truths = fits.HDUList([fits.PrimaryHDU()]), []
    for number in range(settings["frames"]):
        image, header, truth = simulate_frame(settings, number)
        hdus.append(fits.ImageHDU(image, header, name="SCI", ver=number + 1))
        truths.append(truth)
    hdus.writeto(path)
    return pd.concat(truths, ignore_index=True)


def write_three_kinds(folder: Path, per_kind: int) -> None:
    """Cut stars, quasars and galaxies out of a simulated survey, as pictures of 64 px.

    A quasar is a star in a galaxy that is fainter. `objects.csv` lists the pictures.
    """
    shares = {"star": 2, "late_disk": 1, "spheroid": 1}
    more = {"signal_to_noise": [100, 300], "spacing": 80, "shares": shares}
    settings = survey_settings(galaxies=8 * per_kind, **more)
    image, _, truth = simulate_frame(settings, 0)
    image = image - settings["sky"]
    x, y = (truth[key].round().astype(int).to_numpy() for key in "xy")
    ny, nx = image.shape
    whole = (x >= 32) & (y >= 32) & (x < nx - 31) & (y < ny - 31)
    cuts = {
        is_star: [
            image[j - 32 : j + 32, i - 32 : i + 32]
            for i, j in zip(x[rows], y[rows], strict=True)
        ]
        for is_star in (True, False)
        for rows in [whole & ((truth["class"] == "star") == is_star)]
    }
    stars, hosts = cuts[True][per_kind:], cuts[False][per_kind:]
    kinds = {
        "STAR": cuts[True][:per_kind],
        "GALAXY": cuts[False][:per_kind],
        "QSO": [s + 0.3 * h for s, h in zip(stars, hosts, strict=False)][:per_kind],
    }
    lines = ["image_path,Class"]
    for kind, pictures in kinds.items():
        assert len(pictures) == per_kind
        for number, picture in enumerate(pictures):
            levels = 40.0 + 30.0 * np.arcsinh(picture / settings["noise"] / 3.0)
            name = f"{kind.lower()}{number}.png"
            Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(
                folder / name
            )
            lines.append(f"{name},{kind}")
    (folder / "objects.csv").write_text("\n".join(lines) + "\n")


def four_clusters() -> tuple[np.ndarray, np.ndarray]:
    """Draw four clear clusters, and halfway between two of them points of neither.

    Returns
    -------
    (260, 6), the last 20 of neither; and the clusters of the first 240.
    """
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 6, (4, 6))
    truth = np.repeat(np.arange(4), 60)
    between = (centres[0] + centres[1]) / 2 + rng.normal(0, 0.7, (20, 6))
    return np.r_[centres[truth] + rng.normal(0, 0.7, (240, 6)), between], truth
