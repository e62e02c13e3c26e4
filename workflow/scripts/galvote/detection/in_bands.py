"""What is measured of detections in the single bands of their source."""

import numpy as np
import pandas as pd

from galvote.detection.measuring import band_flux
from galvote.inputs.bands import band_frames, leading_band
from galvote.inputs.shifts import shift_between, structure_of
from galvote.inputs.sources import Bands

COLOUR_SIGNAL = 20.0  # S/N of the detections that say how the bands compare
LEAST_COLOURS = 5


def measure_bands(
    source: Bands, name: str, box: int, targets: pd.DataFrame, segments: np.ndarray
) -> tuple[dict[str, float], list[str]]:
    """Add the flux in each band to the targets, and look at how the bands match.

    Returns
    -------
    `scale_<band>` for colours, with which the typical bright target is neutral, and
    notes on the bands, a sentence each.
    """
    bands = source.band_names
    noise: dict[str, float] = {}
    structures: dict[str, np.ndarray] = {}
    notes, placed = [], {}
    for band, frame in band_frames(source, name, box, bands):
        plane = frame.planes[0]
        targets[f"flux_{band}"] = band_flux(plane, targets, segments)
        noise[band], structures[band] = plane.noise, structure_of(plane)
        placed[band] = frame.wcs is not None
        notes += frame.notes
    bright = targets[targets["signal_to_noise"] > COLOUR_SIGNAL]
    shares = {b: (bright[f"flux_{b}"] / bright["flux"]).median() for b in bands}
    if len(bright) < LEAST_COLOURS or min(shares.values()) <= 0:
        shares = noise
    leading = leading_band(source).name
    unplaced = [b for b in bands if not (placed[b] and placed[leading])]
    notes += _shifts(structures, leading, unplaced)
    return {f"scale_{band}": 1.0 / share for band, share in shares.items()}, notes


def _shifts(
    structures: dict[str, np.ndarray], leading: str, bands: list[str]
) -> list[str]:
    """Say which bands show the sky elsewhere than the leading one does."""
    notes = []
    for band in bands:
        x, y = shift_between(structures[leading], structures[band])
        if x or y:
            notes.append(
                f"band {band}: its stars and galaxies lie {x:+.1f} px in x and"
                f" {y:+.1f} px in y from those of band {leading}; without a WCS in both"
                " it is not resampled, so align the bands first"
            )
    return notes
