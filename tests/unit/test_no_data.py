"""Numbers that mark pixels without data are found, and nothing that only looks so."""

from functools import partial

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, rotate

from galvote.detection.in_frames import search_frames
from galvote.detection.in_single_images import search_images
from galvote.inputs.frame_views import detection_frame
from galvote.inputs.no_data import hide_no_data
from known_inputs import search_of, source_of
from simulated import grid_of_places, sersic_frame

SENTINELS = (0.0, -99.0, -999.0, 1e20, 65535.0)
SIDE = 300
GALAXIES = sersic_frame(grid_of_places(5, SIDE), size=SIDE, seed=3)


def framed(image: np.ndarray, value: float, share: float) -> np.ndarray:
    """Put an image into the middle of a frame, `share` of which holds a value."""
    n = round(len(image) / np.sqrt(1.0 - share))
    start = (n - len(image)) // 2
    frame = np.full((n, n), value, np.float32)
    frame[start : start + len(image), start : start + len(image)] = image
    return frame


def tilted(image: np.ndarray, value: float) -> np.ndarray:
    """Turn an image by 30 degrees in a frame whose corners hold a value."""
    there = rotate(np.ones(image.shape), 30.0, order=0)
    turned = rotate(image, 30.0, order=1)
    return np.where(there > 0, turned, value).astype(np.float32)


def with_gaps(image: np.ndarray, value: float) -> np.ndarray:
    """Put a cross of gaps between chips into an image, and a border of 3 px."""
    frame = np.pad(image, 3, constant_values=value).astype(np.float32)
    frame[140:146], frame[:, 150:155] = value, value
    return frame


LAYOUTS = {
    "a third": partial(framed, share=0.3),
    "two thirds": partial(framed, share=0.7),
    "tilted": tilted,
    "gaps": with_gaps,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("value", SENTINELS)
@pytest.mark.parametrize("level", [0.0, 4.0, 1000.0])
def test_blocks_of_one_number_are_no_data(layout, value, level):
    frame = layout(GALAXIES + np.float32(level), value)
    expected = np.where(frame == np.float32(value), np.nan, frame)
    assert list(hide_no_data(planes := frame[None].copy(), "auto")) == [
        np.float32(value)
    ]
    assert np.array_equal(planes[0], expected, equal_nan=True)


@pytest.mark.parametrize("value", [0, -99, 65535])
@pytest.mark.parametrize("level", [10, 1000])
def test_whole_numbers_of_the_sky_stay(value, level):
    sky = np.random.default_rng(1).normal(level, 5.0, (200, 200)).round()
    frame = framed(sky, value, 0.4)
    hide_no_data(planes := frame[None].copy(), "auto")
    start = (len(frame) - 200) // 2
    outside = np.ones(frame.shape, dtype=bool)
    outside[start : start + 200, start : start + 200] = False
    inside = planes[0, start + 4 : start + 196, start + 4 : start + 196]
    assert np.isnan(planes[0, outside]).all()
    assert np.isfinite(inside).all()  # some of them are 0 by chance


def test_each_plane_and_each_number_is_looked_at():
    one, two = framed(GALAXIES, 0.0, 0.3), framed(GALAXIES, np.nan, 0.3)
    one[:40] = -99.0
    two[-30:] = 1e20
    found = hide_no_data(planes := np.stack([one, two]), "auto")
    assert set(found) == {0.0, -99.0, np.float32(1e20)}
    assert np.array_equal(np.isnan(planes[0]), np.isin(one, (0.0, -99.0)))
    assert np.isnan(planes[1, -30:]).all()


def counts(rate: float) -> np.ndarray:
    """Draw counts of photons: sky, and a cluster of galaxies."""
    y, x = np.indices((400, 400)) - 200.0
    cluster = 3.0 * np.exp(-0.5 * (x**2 + y**2) / 40.0**2)
    return np.random.default_rng(2).poisson(rate + cluster).astype(np.float32)


def exposures() -> np.ndarray:
    """Draw the exposure times of a detector that sees less at its rim."""
    y, x = np.indices((400, 400)) - 200.0
    return (1500.0 - 2.0 * np.hypot(x, y)).astype(np.float32)


def on_black(noise: float, smooth: float = 0.0) -> np.ndarray:
    """Draw an 8-bit picture of a galaxy on a black sky."""
    y, x = np.indices((300, 300)) - 150.0
    light = 230.0 * np.exp(-np.hypot(x, y / 0.6) / 18.0)
    sky = np.random.default_rng(3).normal(0.0, noise, light.shape)
    picture = gaussian_filter(light + sky, smooth) if smooth else light + sky
    return np.clip(picture, 0, 255).round().astype(np.float32)


def saturated(trail: int) -> np.ndarray:
    """Draw a field with saturated stars, one with a trail of bled charge."""
    y, x = np.indices((400, 400))
    sky = np.random.default_rng(4).normal(1000.0, 30.0, y.shape)
    for place, height, width in ((120, 1e7, 12.0), (290, 1e6, 9.0)):
        sky += height * np.exp(-0.5 * ((x - place) ** 2 + (y - place) ** 2) / width**2)
    sky[:, 120 : 120 + trail] = 65535.0
    return np.clip(sky, 0, 65535).astype(np.float32)


def model() -> np.ndarray:
    """Draw the model of a galaxy, without noise, cut off where it is faint."""
    y, x = np.indices((300, 300)) - 150.0
    light = 1000.0 * np.exp(-np.hypot(x, y / 0.6) / 15.0)
    return np.where(light > 0.3, light, 0.0).astype(np.float32)


LOOKALIKES = {
    **{f"{rate} counts": counts(rate) for rate in (0.01, 0.1, 0.3, 0.6)},
    "counts in a circle": np.where(
        np.hypot(*(np.indices((400, 400)) - 200.0)) < 190, counts(0.1), np.float32(0.0)
    ),
    "rates": counts(0.1) / np.float32(1237.0),
    "intensities": counts(0.05) / exposures(),
    "black": on_black(0.0),
    "noisy black": on_black(3.0),
    "smoothed black": on_black(4.0, smooth=1.5),
    "black as floats": on_black(2.0, smooth=1.0) / np.float32(255.0),
    "white": 255.0 - on_black(1.0, smooth=1.0),
    "saturated": saturated(0),
    "bled": saturated(9),
    "model": model(),
    "flat": np.full((50, 50), 7.0, np.float32),
    "sky": GALAXIES,
}


@pytest.mark.parametrize("image", LOOKALIKES.values(), ids=LOOKALIKES)
def test_what_only_looks_like_it_stays(image):
    assert hide_no_data(planes := image[None].astype(np.float32), "auto") == {}
    assert planes.tobytes() == image[None].astype(np.float32).tobytes()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1000),
    level=st.floats(-50.0, 3e4),
    noise=st.floats(0.01, 300.0),
    share=st.floats(0.02, 0.9),
    value=st.sampled_from(SENTINELS),
)
def test_any_sky_of_floats_in_a_footprint(seed, level, noise, share, value):
    sky = np.random.default_rng(seed).normal(level, noise, (100, 100))
    frame = framed(sky.astype(np.float32), value, share)
    hide_no_data(planes := frame[None].copy(), "auto")
    near = abs(level - value) < 6.0 * noise and np.isclose(sky, value).any()
    assert np.isnan(planes).sum() == (frame == np.float32(value)).sum() or near


def test_a_named_number_is_hidden_wherever_it_is():
    frame = framed(GALAXIES, 0.0, 0.3)
    frame[100, 100] = frame[200, 150] = -32768.0
    found = hide_no_data(planes := frame[None].copy(), -32768.0)
    assert list(found) == [-32768.0]
    assert np.isnan(planes).sum() == 2
    hide_no_data(planes := frame[None].copy(), [-32768.0, 0.0, 5e9])
    assert np.array_equal(np.isnan(planes[0]), np.isin(frame, (-32768.0, 0.0)))
    assert hide_no_data(planes := frame[None].copy(), None) == {}
    assert planes.tobytes() == frame[None].tobytes()


def catalogue_of(path) -> tuple:
    """Search a frame; return its rows, its note and the segmentation map."""
    kept = []
    source = source_of(kind="frames", path=str(path), psf_fwhm=2.4)
    search = search_frames(source, search_of(), 1.5, lambda *one: kept.append(one))
    return search.rows, search.frames["notes"].iloc[0], kept[0][1]


@pytest.mark.parametrize("share", [0.3, 0.55, 0.7])
def test_galaxies_do_not_depend_on_what_stands_for_no_data(tmp_path, share):
    found = {}
    for value in (np.nan, 0.0, -999.0):
        path = tmp_path / "a.fits"
        fits.writeto(path, framed(GALAXIES, value, share), overwrite=True)
        found[value] = catalogue_of(path)
    whole = tmp_path / "whole.fits"
    fits.writeto(whole, GALAXIES)
    alone = catalogue_of(whole)[0]
    rows, note, segments = found[np.nan]
    assert len(rows) == len(alone) == 25
    ratio = rows["signal_to_noise"].to_numpy() / alone["signal_to_noise"].to_numpy()
    assert np.abs(ratio - 1.0).max() < 0.05
    assert note == ""
    for value in (0.0, -999.0):
        assert found[value][0].equals(rows)
        assert np.array_equal(found[value][2], segments)
        assert f"of the pixels are exactly {value:g} and were taken" in found[value][1]


def test_no_data_in_stamps_is_counted_and_said_once(tmp_path, caplog):
    one = sersic_frame([(32.0, 32.0)], size=65, seed=1)
    for number, value in enumerate((np.nan, 0.0, 0.0, -99.0)):
        fits.writeto(tmp_path / f"s{number}.fits", framed(one, value, 0.6))
    source = source_of(kind="stamps", path=str(tmp_path))
    with caplog.at_level("WARNING", logger="galvote"):
        rows, rejects = search_images(source, search_of(), 1.5)
    assert rejects.empty
    assert rows["flux"].nunique() == 1
    said = sorted(record.getMessage() for record in caplog.records)
    assert len(said) == 2
    assert said[0].startswith("source sky, 1 of 4 images: up to")
    assert said[1].startswith("source sky, 2 of 4 images: up to")
    assert "exactly -99 and" in said[0]
    assert "exactly 0 and" in said[1]


def test_the_key_turns_the_search_off(tmp_path):
    fits.writeto(tmp_path / "a.fits", framed(GALAXIES, 0.0, 0.3))
    given = {"kind": "frames", "path": str(tmp_path / "a.fits")}
    hidden = detection_frame(source_of(**given), "", 64).planes[0].data
    left = detection_frame(source_of(**given, blank=None), "", 64).planes[0].data
    assert np.isnan(hidden).any()
    assert np.isfinite(left).all()
