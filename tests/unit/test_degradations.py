"""Degraded images are what their names say, the same for each galaxy everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import center_of_mass

from galvote.codes import degradations

SIZE = 64
IDS = [f"g{i}" for i in range(4)]


def galaxies(width=5.0, y0=31.5, x0=31.5, ratio=0.5):
    """Draw the same galaxy four times, (4, SIZE, SIZE, 1)."""
    y, x = np.mgrid[:SIZE, :SIZE]
    light = np.exp(-0.5 * (((x - x0) / width) ** 2 + ((y - y0) / width / ratio) ** 2))
    return np.repeat((200.0 * light).astype(np.uint8)[None, ..., None], 4, axis=0)


def width_of(image):
    """Measure the second moment along x of an image (ny, nx, 1), in px."""
    _, x = np.mgrid[:SIZE, :SIZE]
    light = image[..., 0].astype(float)
    return np.sqrt((light * (x - 31.5) ** 2).sum() / light.sum())


@given(angle=st.floats(0.0, 360.0))
def test_a_rotation_turns_the_light_from_x_to_y(angle):
    image = degradations.rotated(galaxies(width=3.0, x0=41.5), angle)[0]
    y, x, _ = center_of_mass(image.astype(float))
    turn = np.radians(angle)
    assert y - 31.5 == pytest.approx(10.0 * np.sin(turn), abs=0.1)
    assert x - 31.5 == pytest.approx(10.0 * np.cos(turn), abs=0.1)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_a_zoom_changes_the_width(factor):
    before, after = galaxies()[0], degradations.zoomed(galaxies(), factor)[0]
    assert width_of(after) / width_of(before) == pytest.approx(factor, rel=0.03)


def test_a_blur_adds_in_quadrature():
    before, after = galaxies()[0], degradations.blurred(galaxies(), 6.0)[0]
    expected = np.hypot(width_of(before), 3.0)  # px of 128, here of 64
    assert width_of(after) == pytest.approx(expected, rel=0.03)


def test_a_shift_is_so_far_and_the_galaxys_own_way():
    shifted = degradations.shifted(galaxies(), 8.0, IDS)
    places = [center_of_mass(image.astype(float))[:2] for image in shifted]
    away = [np.hypot(y - 31.5, x - 31.5) for y, x in places]
    assert away == pytest.approx([4.0] * 4, abs=0.1)
    assert len({round(y, 1) for y, _ in places}) > 1
    alone = degradations.shifted(galaxies()[:1], 8.0, IDS[2:3])
    assert (alone[0] == shifted[2]).all()


def test_noise_is_so_strong_and_the_galaxys_own():
    grey = np.full((4, SIZE, SIZE, 3), 100, dtype=np.uint8)
    noisy = degradations.noisy(grey, 6.0, IDS)
    assert noisy.std() == pytest.approx(6.0, rel=0.03)
    assert not (noisy[0] == noisy[1]).all()
    assert (degradations.noisy(grey[:1], 6.0, IDS[3:])[0] == noisy[3]).all()


@given(st.lists(st.text(min_size=1), unique=True), st.integers(0, 20), st.randoms())
def test_the_sample_does_not_depend_on_the_order(ids, wanted, random):
    chosen = degradations.sample(ids, wanted)
    assert len(chosen) == min(wanted, len(ids))
    random.shuffle(ids)
    assert degradations.sample(ids, wanted) == chosen


def test_every_degradation_keeps_shape_and_type():
    for degrade in degradations.DEGRADATIONS.values():
        for images in (galaxies(), galaxies()[:1]):
            degraded = degrade(images, IDS[: len(images)])
            assert degraded.shape == images.shape
            assert degraded.dtype == np.uint8
            assert (degraded != images).any()
