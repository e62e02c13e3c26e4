"""Galaxies that fill their images look the same however tightly these were cut."""

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import binary_dilation, gaussian_filter

from galvote.catalog.flags import Flag
from galvote.cutouts.edges import light_beyond
from galvote.cutouts.pictures import image_pictures
from galvote.detection.in_single_images import galaxy_frames, search_images
from galvote.inputs.single_images import sky_in_corners
from known_inputs import search_of, source_of

LOOK = {"size": 64, "channels": "grey", "softening": 3.0, "hide_neighbours": True}
SIDE = 340
HALF_LIGHT = 26.0  # px
SKY = 30.0


def disk(seed: int, angle: float, ratio: float = 0.6, noise: float = 1.0) -> np.ndarray:
    """Draw an exponential disk in the middle of (SIDE, SIDE), with noise."""
    y, x = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    along = x * np.cos(angle) + y * np.sin(angle)
    across = (y * np.cos(angle) - x * np.sin(angle)) / ratio
    light = 300.0 * np.exp(-1.678 * np.hypot(along, across) / HALF_LIGHT)
    rng = np.random.default_rng(seed)
    return (SKY + light + rng.normal(0.0, noise, light.shape)).astype(np.float32)


def middle_of(image: np.ndarray, side: int) -> np.ndarray:
    """Cut the middle out of an image."""
    start = (len(image) - side) // 2
    return image[start : start + side, start : start + side]


@pytest.mark.parametrize("side", [100, 130])
def test_light_goes_on_beyond_the_edge(side):
    whole = disk(0, 0.7, noise=0.0) - SKY
    outside = np.ones(whole.shape, dtype=bool)
    middle_of(outside, side)[:] = False
    seen = np.where(outside, 0.0, whole)
    centre = (SIDE - 1) / 2, (SIDE - 1) / 2
    beyond = light_beyond(seen, outside, centre, 3.0 * HALF_LIGHT)
    assert (beyond[~outside] == 0).all()
    assert np.abs(whole - seen - beyond).max() < 0.4 * np.abs(whole - seen).max()
    edge = outside & binary_dilation(~outside)
    assert beyond[edge] == pytest.approx(
        whole[edge], abs=0.25 * float(whole[edge].max())
    )


@pytest.mark.parametrize("centre", [(0.0, 0.0), (20.0, 39.0), (39.0, 10.5)])
def test_light_beyond_is_finite_wherever_the_galaxy_is(centre):
    outside = np.ones((60, 60), dtype=bool)
    outside[:40, :40] = False
    light = np.random.default_rng(0).normal(size=(60, 60)).astype(np.float32)
    assert np.isfinite(light_beyond(light, outside, centre, 5.0)).all()


def test_the_sky_of_a_filled_image_is_that_of_its_corners():
    tight = middle_of(disk(1, 0.6), 100)
    level, noise = sky_in_corners(tight)
    assert level == pytest.approx(SKY, abs=1.0)
    assert noise == pytest.approx(1.0, rel=0.5)
    tight[:20, :20] = tight[-20:, -20:] = tight[:20, -20:] = np.nan
    assert np.isfinite(sky_in_corners(tight)).all()  # one corner is no evidence


@pytest.fixture
def cut_twice(tmp_path):
    """Cut eight disks at 340 and at 130 px: rows and pictures of both."""
    made = {}
    for side in (SIDE, 130):
        folder = tmp_path / f"{side}"
        folder.mkdir()
        for number in range(8):
            image = middle_of(disk(number, 0.4 * number), side)
            fits.writeto(folder / f"g{number}.fits", image)
        source = source_of(kind="stamps", path=str(folder))
        rows, _ = search_images(source, search_of(), 1.5)
        frames = galaxy_frames(source, rows, search_of(), subtract=True)
        made[side] = (
            rows,
            [picture for _, picture in image_pictures(source, frames, LOOK)],
        )
    return made


def test_a_tighter_cut_changes_little(cut_twice):
    (wide, whole), (tight, cut) = cut_twice.values()
    assert not (wide["flags"] & Flag.PADDED.value).any()
    assert (tight["flags"] & Flag.PADDED.value > 0).all()
    ratio = tight["radius"].to_numpy() / wide["radius"].to_numpy()
    assert ratio == pytest.approx(np.ones(8), abs=0.1)
    change = np.stack(whole).astype(float) - np.stack(cut)
    smooth = gaussian_filter(change[..., 0], (0, 2, 2))
    assert np.abs(smooth).max() < 17.0


def test_a_source_of_filled_images_says_so(tmp_path, caplog):
    for number in range(3):
        fits.writeto(tmp_path / f"g{number}.fits", middle_of(disk(number, 0.0), 110))
    with caplog.at_level("WARNING", logger="galvote"):
        search_images(source_of(kind="stamps", path=str(tmp_path)), search_of(), 1.5)
        assert "100% of the galaxies fill their images" in caplog.text
        assert "`crop`" in caplog.text
        caplog.clear()
        cropped = source_of(kind="stamps", path=str(tmp_path), crop=1.0)
        search_images(cropped, search_of(), 1.5)
        assert caplog.text == ""
