"""Polar images against galaxies of known centre and angle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.views import polar

SIZE = 65
ORIGINAL = {"centre": "brightest", "zero_angle": "faintest"}
MOMENTS = {"centre": "centroid", "zero_angle": "moments"}
SAMPLING = {"angles": 126, "radii": 50, "mirror": False}


def ellipse(angle, x0=32.0, y0=32.0, ratio=0.4, arm=0.0):
    """Draw a galaxy with its major axis at `angle` (rad, from +x to +y)."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    u = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    v = -(x - x0) * np.sin(angle) + (y - y0) * np.cos(angle)
    light = 200 * np.exp(-0.5 * ((u / 6) ** 2 + (v / (6 * ratio)) ** 2))
    light += arm * np.exp(-0.5 * (((u - 12) / 2) ** 2 + ((v - 3) / 2) ** 2))
    return np.round(10 + light).astype(np.uint8)[..., None]


@settings(max_examples=40)
@given(st.floats(-1.5, 1.5), st.floats(28, 36), st.floats(28, 36))
def test_centre_and_axis_are_found(angle, x0, y0):
    image = ellipse(angle, x0, y0)[None]
    y, x, zero = polar.frames_of_reference(image, "centroid", "moments")
    assert x[0] == pytest.approx(x0, abs=0.3)
    assert y[0] == pytest.approx(y0, abs=0.3)
    turn = (zero[0] - angle + np.pi / 2) % np.pi - np.pi / 2
    assert abs(turn) < 0.05


def test_the_original_takes_the_brightest_and_the_faintest_pixel():
    image = np.full((1, SIZE, SIZE, 1), 50, np.uint8)
    image[0, 30, 34] = 200
    image[0, 2, 2] = 200  # as bright, further from the middle
    image[0, 40, 34] = 3
    y, x, zero = polar.frames_of_reference(image, **ORIGINAL)
    assert (y[0], x[0]) == (30, 34)
    assert zero[0] == pytest.approx(np.pi / 2)


@pytest.mark.parametrize("angle", [0.3, 1.1, -0.7])
def test_a_rotated_galaxy_has_the_same_polar_image_up_to_half_a_turn(angle):
    straight, turned = ellipse(0.0, arm=90)[None], ellipse(angle, arm=90)[None]
    one, two = (
        polar.unwrap(i, **MOMENTS, **SAMPLING).astype(float) for i in (straight, turned)
    )
    half = np.roll(two, 63, axis=1)
    difference = min(np.abs(one - two).mean(), np.abs(one - half).mean())
    plain = np.abs(straight.astype(float) - turned).mean()
    assert difference < 1.5
    assert plain > 2 * difference


def test_rows_are_angles_and_columns_radii():
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    rings = (4 * np.hypot(x - 32, y - 32)).clip(0, 255).astype(np.uint8)
    image = (255 - rings)[None, ..., None]
    out = polar.unwrap(image, centre="brightest", zero_angle="moments", **SAMPLING)
    assert out.shape == (1, 126, 50, 1)
    radius = (np.arange(50) + 0.5) / 50 * SIZE / 2
    assert np.abs(out[0, :, :, 0] - (255 - 4 * radius)).max() < 6


def test_the_mirror_image_stands_on_the_left():
    images = ellipse(0.4)[None].repeat(3, axis=0).repeat(3, axis=3)
    plain = polar.unwrap(images, **MOMENTS, **SAMPLING)
    mirrored = polar.unwrap(images, **MOMENTS, **SAMPLING | {"mirror": True})
    assert mirrored.shape == (3, 126, 100, 3)
    assert (mirrored[:, :, 50:] == plain).all()
    assert (mirrored[:, :, :50] == plain[:, :, ::-1]).all()


@pytest.mark.parametrize("reference", [ORIGINAL, MOMENTS])
def test_blank_images_and_none_at_all_are_no_trouble(reference):
    blank = np.full((2, SIZE, SIZE, 1), 7, np.uint8)
    assert (polar.unwrap(blank, **reference, **SAMPLING) == 7).all()
    assert polar.unwrap(blank[:0], **reference, **SAMPLING).shape == (0, 126, 50, 1)


def test_the_batch_does_not_matter():
    images = np.stack([ellipse(a) for a in np.linspace(0, 3, 70)])
    together = polar.unwrap(images, **MOMENTS, **SAMPLING)
    alone = np.concatenate(
        [polar.unwrap(image[None], **MOMENTS, **SAMPLING) for image in images]
    )
    assert (together == alone).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 999))
def test_the_nearest_of_many_is_the_nearest(seed):
    rng = np.random.default_rng(seed)
    among = rng.random((3, 9, 11)) < 0.2
    among[:, 4, 5] = True
    y0, x0 = rng.integers(0, 9, 3) + 0.5, rng.integers(0, 11, 3) + 0.5
    y, x = polar.nearest_extreme(among, y0, x0)
    for image in range(3):
        places = np.argwhere(among[image])
        distance = np.square(places - [y0[image], x0[image]]).sum(axis=1)
        assert [y[image], x[image]] == places[distance.argmin()].tolist()
