"""Copies of images: turned, mirrored and zoomed as they say."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.codes.copies import Copies

SIZE = 65


def blob(x, y, width=4.0, size=SIZE):
    """Draw a Gaussian at (x, y) from the middle, y upwards in rows: (1, 1, n, n)."""
    axis = np.arange(size) - (size - 1) / 2.0
    image = np.exp(-((axis - x) ** 2 + (axis[:, None] - y) ** 2) / 2.0 / width**2)
    return torch.from_numpy(image[None, None]).float()


def place_of(image):
    """Return centroid (x, y) from the middle, and the width of a blob."""
    light = image[0, 0].double()
    axis = torch.arange(len(light)) - (len(light) - 1) / 2.0
    total = light.sum()
    x, y = (light.sum(0) * axis).sum() / total, (light.sum(1) * axis).sum() / total
    width = ((light.sum(0) * (axis - x) ** 2).sum() / total).sqrt()
    return x.item(), y.item(), width.item()


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("rotations", [1, 2, 3, 4, 6, 12])
def test_copies_stand_at_even_angles(rotations, mode):
    copies = list(Copies(rotations).of(blob(12.0, 0.0), SIZE, mode))
    assert len(copies) == rotations
    places = np.array([place_of(copy)[:2] for copy in copies])
    assert np.hypot(*places.T) == pytest.approx(12.0, abs=0.1)
    angles = np.sort(np.degrees(np.arctan2(*places.T)) % 360.0)
    steps = np.diff([*angles, angles[0] + 360.0])
    assert steps == pytest.approx(360.0 / rotations, abs=0.5)


@settings(max_examples=15)
@given(zoom=st.floats(0.7, 1.4), size=st.sampled_from([33, 65, 128]))
def test_zooms_enlarge_about_the_middle(zoom, size):
    (copy,) = Copies(zooms=(zoom,)).of(blob(6.0, -4.0), size, "bicubic")
    factor = zoom * size / SIZE
    x, y, width = place_of(copy)
    assert (x, y) == (
        pytest.approx(6.0 * factor, abs=0.3),
        pytest.approx(-4.0 * factor, abs=0.3),
    )
    assert width == pytest.approx(4.0 * factor, rel=0.05)


def test_mirror_images_double_the_copies():
    copies = Copies(8, True, (0.8, 1.25))
    made = list(copies.of(blob(9.0, 3.0), SIZE, "bilinear"))
    assert len(made) == len(copies) == 32
    for copy, mirrored in zip(made[::2], made[1::2], strict=True):
        assert torch.equal(copy.flip(3), mirrored)


@pytest.mark.parametrize("mirrored", [True, False])
def test_polar_copies_are_shifted_and_stretched(mirrored):
    rows, columns = 40, 60
    centre = (columns - 1) / 2.0 if mirrored else -0.5
    image = torch.zeros(1, 1, rows, columns)
    image[0, 0, 10] = torch.exp(-((torch.arange(columns) - centre - 12.0) ** 2) / 18.0)
    how = columns, "bilinear", mirrored
    whole = list(Copies(4).of_polar(image, *how))
    peaks = [int(copy[0, 0].sum(1).argmax()) for copy in whole]
    assert sorted(peaks) == pytest.approx([1, 16, 31, 46], abs=1)
    (zoomed,) = Copies(zooms=(1.5,)).of_polar(image, *how)
    light = zoomed[0, 0].sum(0)
    assert int(light.argmax()) - centre == pytest.approx(18.0, abs=1.0)
    image = torch.rand(1, 1, rows, rows)
    plain, flipped = Copies(flips=True).of_polar(image, rows, *how[1:])
    for row in range(rows):  # angles go the other way round
        assert torch.equal(flipped[:, :, row], plain[:, :, -row])


def test_large_images_are_reduced_without_aliases():
    axis = torch.arange(512)
    stripes = ((axis + axis[:, None]) % 2).float()[None, None]
    for copy in Copies(3, zooms=(0.7, 1.0)).of(stripes, 32, "bilinear"):
        assert copy[..., 8:-8, 8:-8].std() < 0.02
