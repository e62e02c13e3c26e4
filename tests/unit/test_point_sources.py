"""The PSF is measured from the detections; stars are told by their size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.detection.psf import (
    PSF,
    fwhm_of,
    fwhm_of_image,
    gaussian_psf,
    measure_psf,
    stellar_size,
)
from galvote.detection.stars import star_probability
from galvote.inputs.frames import Frame, Plane

SEEING = PSF(3.0, 1.6, 9, "stars", gaussian_psf(3.0))


def moffat(fwhm, slope, side=33, at=(0.0, 0.0)):
    """Draw a Moffat profile about the middle plus `at`, (x, y) px."""
    y, x = np.mgrid[:side, :side] - side // 2
    width = (fwhm / 2.0) ** 2 / (2.0 ** (1.0 / slope) - 1.0)
    return (1.0 + ((x - at[0]) ** 2 + (y - at[1]) ** 2) / width) ** -slope


@settings(max_examples=25)
@given(
    fwhm=st.floats(1.8, 8.0),
    slope=st.floats(2.0, 20.0),
    offsets=st.lists(st.tuples(*[st.floats(-0.5, 0.5)] * 2), min_size=8, max_size=9),
)
def test_the_width_of_a_moffat_is_found(fwhm, slope, offsets):
    stamps = [moffat(fwhm, slope, at=at) for at in offsets]
    assert fwhm_of(stamps, offsets) == pytest.approx(fwhm, rel=0.02)


@pytest.mark.parametrize("side", [24, 25, 64])
@pytest.mark.parametrize("at", [(0.0, 0.0), (-2.5, 1.3)])
def test_the_width_of_a_picture_is_found_wherever_its_peak_is(side, at):
    image = 1e-3 * moffat(3.2, 3.0, side, at)
    assert fwhm_of_image(image) == pytest.approx(3.2, rel=0.02)


def test_a_neighbour_hardly_widens_the_psf():
    offsets = [(0.1 * i, -0.05 * i) for i in range(9)]
    stamps = [moffat(3.0, 3.0, at=at) for at in offsets]
    stamps[4] = stamps[4] + 0.5 * np.roll(stamps[4], 6, axis=1)
    assert fwhm_of(stamps, offsets) == pytest.approx(3.0, rel=0.02)


def test_stars_are_the_first_clump_of_sizes():
    rng = np.random.default_rng(0)
    stars = rng.normal(np.log(1.6), 0.02, 12)
    galaxies = rng.normal(np.log(3.5), 0.3, 60)
    cosmics = np.log([0.5, 0.9])
    sizes = np.sort(np.concatenate([stars, galaxies, cosmics]))
    assert np.exp(stellar_size(sizes)) == pytest.approx(1.6, rel=0.02)
    assert stellar_size(sizes[:3]) is None
    assert stellar_size(np.log([1.0, 2.0, 3.0, 4.0, 5.0])) is None


def test_without_stars_the_smallest_detections_are_taken():
    detections = pd.DataFrame(
        {
            "half_light": [2.0, 5.0, 9.0],
            "axis_ratio": 0.9,
            "signal_to_noise": 100.0,
            "x": 20.0,
            "y": 20.0,
            "flux": 1.0,
        }
    )
    frame = Frame("", [Plane(np.zeros((40, 40), np.float32), 1.0)])
    psf = measure_psf(detections, np.ones(3, bool), frame, None)
    assert (psf.origin, psf.fwhm, psf.stars) == ("smallest sources", 4.0, 0)
    nothing = measure_psf(detections[:0], np.ones(0, bool), frame, None)
    assert nothing.fwhm == 3.0
    given_ = measure_psf(detections, np.ones(3, bool), frame, 2.5)
    assert (given_.origin, given_.fwhm) == ("config", 2.5)
    assert given_.half_light == pytest.approx(0.55 * 2.5)


def detections(half_light, signal=50.0):
    """Return detections of some sizes."""
    return pd.DataFrame({"half_light": half_light, "signal_to_noise": signal})


def test_one_detection_alone_is_judged_by_its_size():
    at = [1.6, 1.65, 2.4, 4.0, 0.8, np.nan]
    alone = [star_probability(detections([size]), SEEING)[0] for size in at]
    assert alone[0] > 0.8
    assert alone[1] > 0.8
    assert alone[2] < 0.1
    assert alone[3] < 0.01
    assert alone[4] > 0.8  # a cosmic ray: no galaxy is smaller than the PSF
    assert 0.0 <= alone[5] <= 1.0
    assert len(star_probability(detections([]), SEEING)) == 0


def test_faint_detections_are_less_certain():
    bright, faint = (
        star_probability(detections([1.6, 2.0], signal), SEEING)
        for signal in (100.0, 8.0)
    )
    assert bright[0] > faint[0] > faint[1] > bright[1]


@settings(max_examples=25)
@given(
    share=st.sampled_from([0.05, 0.3, 0.8]),
    size=st.floats(1.6, 4.0),
    seed=st.integers(0, 999),
)
def test_probabilities_are_as_good_as_they_say(share, size, seed):
    rng = np.random.default_rng(seed)
    is_star = rng.random(600) < share
    signal = rng.uniform(20.0, 200.0, 600)
    spread = np.where(is_star, 0.0, rng.normal(np.log(size), 0.3, 600))
    scatter = np.hypot(0.03, 2.0 / signal)
    half_light = 1.6 * np.exp(np.maximum(spread, 0.0) + rng.normal(0, scatter))
    probability = star_probability(detections(half_light, signal), SEEING)
    assert ((probability >= 0) & (probability <= 1)).all()
    ranks = pd.Series(probability).rank()
    positive = ranks[is_star].mean() - (is_star.sum() + 1) / 2
    assert positive / (~is_star).sum() > 0.85  # area under the ROC curve
    if size > 3.0:  # twice the PSF; nearer to it a few stars are not sure
        assert probability[is_star].mean() > 0.8
        assert probability[~is_star].mean() < 0.2
