"""Inputs whose content is known: frames, sources of the config, whole surveys."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from astropy.io import fits

from galvote.config import checks
from galvote.detection.search import find_sources
from galvote.inputs.frames import Frame, Plane, background_of
from galvote.simulation.frames import simulate_frame

ROOT = Path(__file__).parents[1]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
DETECTION = checks.fill_defaults({}, SCHEMA["properties"]["detection"])


def frame_of(image: np.ndarray, sky: float = 0.0, box: int = 64, **more) -> Frame:
    """Make a Frame of an image whose sky is 0, with the noise that is measured."""
    data = np.array(image, np.float32)
    noise = background_of(data + np.float32(sky), box).globalrms
    return Frame("", [Plane(data, noise, sky, **more)])


def source_of(**source: object) -> dict:
    """Complete a source of the config with its defaults."""
    config = {"sources": [{"name": "sky", **source}], "cutouts": {"channels": "grey"}}
    return checks.complete(config, SCHEMA)["sources"][0]


def search_of(**more: object) -> dict:
    """Return the default settings of the search, some of them changed."""
    names = inspect.signature(find_sources).parameters.values()
    chosen = [p.name for p in names if p.kind is p.KEYWORD_ONLY]
    return {name: DETECTION[name] for name in chosen} | more


def survey_settings(**more: object) -> dict:
    """Return the default settings of a simulated survey, some of them changed."""
    return source_of(kind="simulated")["simulation"] | more


def write_survey(path: Path, settings: dict) -> pd.DataFrame:
    """Write the frames of a simulated survey as FITS; return what is true."""
    hdus, truths = fits.HDUList([fits.PrimaryHDU()]), []
    for number in range(settings["frames"]):
        image, header, truth = simulate_frame(settings, number)
        hdus.append(fits.ImageHDU(image, header, name="SCI", ver=number + 1))
        truths.append(truth)
    hdus.writeto(path)
    return pd.concat(truths, ignore_index=True)
