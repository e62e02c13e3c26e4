"""Noise that is put in has the sky's own strength and correlation."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.cutouts.cutter import Cutter, resample
from galvote.cutouts.sky_noise import (
    CORRELATION_REACH,
    correlation_of,
    noise_patch,
    noise_tile,
)
from galvote.inputs.frames import Frame, Plane
from galvote.simulation.frames import noise_of

LOOK = {"kind": "linear", "size": 64, "channels": "grey", "softening": 3.0}


def lag(image, dy, dx):
    """Return the correlation of pixels (dy, dx) apart."""
    ny, nx = image.shape
    one, two = image[: ny - dy, : nx - dx], image[dy:, dx:]
    return np.mean(one * two) / np.mean(image**2)


def correlation(fwhm):
    """Return the correlation of white noise smoothed by a Gaussian of `fwhm` px."""
    lags = np.arange(-CORRELATION_REACH, CORRELATION_REACH + 1)
    square = lags[:, None] ** 2 + lags[None, :] ** 2
    if fwhm == 0:
        return (square == 0).astype(float)
    return np.exp(-square * 2.0 * np.log(2.0) / fwhm**2)


@pytest.mark.parametrize("fwhm", [0.0, 2.0, 3.0])
def test_correlation_is_measured_as_it_is(fwhm):
    rng = np.random.default_rng(3)
    sky = noise_of((600, 600), 7.0, fwhm, rng)
    detected = np.zeros(sky.shape, bool)
    detected[100:160, 200:280] = True
    sky[100:160, 200:280] += 500.0
    sky[400, 300] = np.nan
    measured = correlation_of(sky, detected)
    assert np.abs(measured - correlation(fwhm)).max() < 0.03


@settings(max_examples=10)
@given(fwhm=st.floats(1.0, 3.5), seed=st.integers(0, 99))
def test_a_tile_has_the_correlation_asked_and_unit_variance(fwhm, seed):
    asked = correlation(fwhm)
    tile = noise_tile(asked, seed)
    assert tile.std() == pytest.approx(1.0, abs=1e-5)
    assert abs(tile.mean()) < 0.1
    for dy, dx in ((0, 1), (1, 0), (1, 1), (0, 2), (3, 0)):
        expected = asked[CORRELATION_REACH + dy, CORRELATION_REACH + dx]
        assert lag(tile, dy, dx) == pytest.approx(expected, abs=0.08)


def test_white_noise_stays_white():
    tile = noise_tile(correlation(0.0), 1)
    assert abs(lag(tile, 0, 1)) < 0.02
    assert abs(lag(tile, 1, 0)) < 0.02


def test_too_little_sky_counts_as_white():
    detected = np.ones((64, 64), bool)
    detected[:5, :5] = False
    measured = correlation_of(np.random.default_rng(0).normal(size=(64, 64)), detected)
    assert np.array_equal(measured, correlation(0.0))


def test_patches_differ_by_seed_and_wrap_round():
    tile = noise_tile(correlation(2.0), 0)
    one, two = (noise_patch(tile, (400, 300), seed) for seed in (5, 2**32 - 1))
    assert one.shape == (400, 300)
    assert np.array_equal(one[:144], one[256:400])
    assert not np.array_equal(one, two)
    assert np.array_equal(one, noise_patch(tile, (400, 300), 5))


def noisy_frame(fwhm, sigma=4.0, sky=0.0):
    """Make a frame with a neighbour from which the middle is hidden, and a galaxy."""
    rng = np.random.default_rng(8)
    data = noise_of((500, 500), sigma, fwhm, rng).astype(np.float32) + sky
    y, x = np.mgrid[:500, :500]
    segments = np.zeros((500, 500), np.int32)
    for number, place in enumerate([(250, 250), (250, 310)], start=1):
        distance = np.hypot(y - place[0], x - place[1])
        data += 900 * np.exp(-0.5 * (distance / 6.0) ** 2).astype(np.float32)
        segments[distance < 35 - 10 * number] = number
    return Frame("", [Plane(data, sigma, sky, sky)]), segments


def galaxy(x=250.0, y=250.0, radius=40.0, segment=1, id_="g"):
    """Make a catalogue row."""
    return SimpleNamespace(id=id_, x=x, y=y, radius=radius, segment=segment)


@pytest.mark.parametrize("sky", [0.0, 300.0])
@pytest.mark.parametrize("fwhm", [0.0, 2.5])
def test_what_hides_a_neighbour_looks_like_the_sky(fwhm, sky):
    frame, segments = noisy_frame(fwhm, sky=sky)
    cutter = Cutter(frame, segments, hide_neighbours=True, **LOOK)
    boxes = []
    for seed in range(60):
        patches, (x, y) = cutter.clean_patches(galaxy(id_=f"g{seed}"), 250, 250, 200)
        row, column = round(y), round(x) + 60
        boxes.append(patches[0][row - 8 : row + 9, column - 8 : column + 9] - sky)
    hidden = np.stack(boxes)
    assert hidden.std() == pytest.approx(4.0, rel=0.05)
    assert abs(hidden.mean()) < 0.4
    products = hidden[:, :, :-1] * hidden[:, :, 1:]
    expected = correlation(fwhm)[CORRELATION_REACH, CORRELATION_REACH + 1]
    assert products.mean() / hidden.var() == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("fwhm", [0.0, 2.5])
def test_beyond_the_edge_is_noise_and_not_a_flat_colour(fwhm):
    frame, segments = noisy_frame(fwhm)
    shown = frame.planes[0].data.copy()
    cutter = Cutter(frame, segments, hide_neighbours=True, **LOOK)
    for place in ((0.0, 0.0), (499.0, 250.0)):
        patches, (x, y) = cutter.clean_patches(galaxy(*place, segment=0), *place, 100.0)
        assert patches.shape[1] >= 100
        rows, columns = np.indices(patches.shape[1:])
        outside = (columns - x + place[0] < 0) | (rows - y + place[1] < 0)
        outside |= columns - x + place[0] > 499
        noise = patches[0][outside]
        assert outside.sum() > 3000
        assert noise.std() == pytest.approx(4.0, rel=0.12)
        assert len(np.unique(noise)) > 1000
    assert np.array_equal(frame.planes[0].data, shown)  # the frame is left alone


def test_the_picture_is_noisy_beyond_the_edge():
    frame, segments = noisy_frame(0.0)
    cutter = Cutter(frame, segments, hide_neighbours=True, **LOOK)
    cut = cutter.cut(galaxy(0.0, 250.0, radius=8.0, segment=0))[..., 0]
    left, right = cut[:, :28].astype(float), cut[:, 36:].astype(float)
    assert left.std() == pytest.approx(right.std(), rel=0.2)
    assert left.mean() == pytest.approx(right.mean(), abs=0.2 * right.std())


def test_bad_pixels_in_a_galaxy_are_filled_from_around_them():
    frame, segments = noisy_frame(0.0)
    whole = frame.planes[0].data.copy()
    bad = [(250, 250), (251, 250), (246, 255), (260, 243), (247, 244)]
    for row, column in bad:
        frame.planes[0].data[row, column] = np.nan
    cutter = Cutter(frame, segments, hide_neighbours=True, **LOOK)
    patches, (x, y) = cutter.clean_patches(galaxy(), 250, 250, 80)
    top, left = 250 - round(y), 250 - round(x)
    for row, column in bad:
        filled = patches[0][row - top, column - left]
        assert filled == pytest.approx(whole[row, column], rel=0.12)
    good = np.isfinite(frame.planes[0].data[top:, left:][:80, :80])
    same = patches[0][:80, :80] == whole[top : top + 80, left : left + 80]
    assert same[good & (segments[top : top + 80, left : left + 80] == 1)].all()


def test_a_square_is_resampled_about_its_centre():
    y, x = np.mgrid[:60, :60].astype(np.float32)
    for at_x, at_y, side, size in ((30.0, 28.0, 40, 20), (30.3, 27.6, 31.7, 64)):
        shown = resample(np.stack([x, y]), (at_x, at_y), side, size)
        assert shown[0].mean() == pytest.approx(at_x, abs=0.01)
        assert shown[1].mean() == pytest.approx(at_y, abs=0.01)
        step = np.diff(shown[0], axis=1)[:, 2:-2].mean()
        assert step == pytest.approx(side / size, rel=0.02)
