"""Frames are read as they are; sources are found where they are, and flagged."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from scipy.ndimage import gaussian_filter

from galvote import catalog, detection, frames
from galvote.catalog import Flag
from galvote.errors import InputError
from simulated import PSF_FWHM, grid_of_places, sersic_frame, write_frame

FIND = {
    "threshold": 3.0,
    "min_area": 12,
    "deblend_levels": 32,
    "deblend_contrast": 0.005,
}


def frame_of(image, sky=100.0):
    """Make a Frame without the detour over a file."""
    plane = image.astype(np.float32)[None]
    noise = frames.background_of(plane[0] + sky, 64).globalrms
    return frames.Frame(plane, np.zeros(1), np.array([noise, noise]), sky, None)


def flags_of(found, frame, **more):
    """Flag sources with the settings of these tests."""
    settings = {"psf_fwhm": PSF_FWHM, "resolved_above": 1.5, "saturation": None}
    return detection.flag_sources(found, frame, **(settings | more))


def test_galaxies_are_found_where_they_are_with_their_size():
    places = grid_of_places(6, 400)
    frame = frame_of(sersic_frame(places))
    found, segments = detection.find_sources(frame, **FIND)
    assert len(found) == len(places)
    true = np.array(sorted(places, key=lambda p: (round(p[1] / 60), p[0])))
    mine = found.sort_values("x")[["x", "y"]].to_numpy()
    nearest = np.linalg.norm(mine[:, None] - true[None], axis=2).min(axis=1)
    assert np.median(nearest) < 0.2
    assert nearest.max() < 0.5
    # circular half-light radius of the ellipse, widened by the PSF
    expected = np.hypot(5.0 * np.sqrt(0.7), PSF_FWHM / 2)
    assert found["half_light"].median() == pytest.approx(expected, rel=0.12)
    assert found["axis_ratio"].median() == pytest.approx(0.7, abs=0.1)
    assert not (flags_of(found, frame) & Flag.UNRESOLVED.value).any()
    at = segments[found["y"].round().astype(int), found["x"].round().astype(int)]
    assert (at == np.arange(1, len(found) + 1)).all()


def test_stars_are_unresolved():
    image = np.zeros((200, 200))
    for x, y in grid_of_places(4, 200):
        image[round(y), round(x)] = 4000.0
    image = gaussian_filter(image, PSF_FWHM / 2.3548)
    image += np.random.default_rng(1).normal(0, 1, image.shape)
    frame = frame_of(image)
    found, _ = detection.find_sources(frame, **FIND)
    assert len(found) == 16
    assert (flags_of(found, frame) & Flag.UNRESOLVED.value).all()


def test_spikes_of_saturated_stars_are_flagged_and_edge_on_galaxies_are_not():
    y, x = np.mgrid[:300, :300].astype(float)
    star = 5000.0 * np.exp(-0.5 * ((x - 100) ** 2 + (y - 100) ** 2) / 9.0)
    spike = 40.0 * np.exp(-0.5 * (((x - 134) / 4) ** 2 + ((y - 100) / 1.2) ** 2))
    edge_on = 40.0 * np.exp(-0.5 * (((x - 240) / 1.2) ** 2 + ((y - 230) / 4) ** 2))
    image = star + spike + edge_on + np.random.default_rng(2).normal(0, 1, x.shape)
    frame = frame_of(image)
    found, _ = detection.find_sources(frame, **FIND)
    flags = flags_of(found, frame, saturation=5050.0)
    spikes = found[flags & Flag.SPIKE.value != 0]
    assert len(spikes) == 1
    assert spikes["x"].iloc[0] == pytest.approx(134, abs=1)
    assert (flags & Flag.SATURATED.value != 0).sum() == 1  # 5000 on a sky of 100
    none = flags_of(found, frame, saturation=5150.0)
    assert not (none & (Flag.SATURATED | Flag.SPIKE).value).any()


def test_sources_over_the_edge_are_flagged_and_rejected_with_the_reason():
    places = [(4.0, 100.0), (100.0, 100.0)]
    frame = frame_of(sersic_frame(places, size=200))
    found, _ = detection.find_sources(frame, **FIND)
    flags = flags_of(found, frame)
    rows = detection.galaxy_rows(found, flags, "sky", frame, None)
    kept, rejects = catalog.split_rejects(rows, ["edge"])
    assert len(kept) + len(rejects) == len(found)
    assert rejects["reason"].tolist() == ["reaches over the image's edge"]
    assert kept["id"].tolist() == ["sky_x00100_y00100"]


def test_magnitudes_come_from_zero_point_and_flux():
    galaxies = pd.DataFrame(
        {"source": list("aaabc"), "flux": [100.0, -1.0, np.nan, 100.0, 100.0]}
    )
    mags = catalog.add_magnitudes(galaxies, {"a": 25.0, "b": None})["mag"]
    assert mags.iloc[0] == pytest.approx(20.0)
    assert mags.iloc[1:].isna().all()


def test_an_empty_sky_has_no_sources():
    noise = np.random.default_rng(0).normal(0, 1, (100, 100))
    frame = frame_of(noise)
    found, _ = detection.find_sources(frame, **(FIND | {"threshold": 8.0}))
    assert found.empty
    flags = flags_of(found, frame)
    rows = detection.galaxy_rows(found, flags, "sky", frame, None)
    with pytest.raises(InputError, match="no galaxy was found"):
        catalog.merge_sources([rows])


@pytest.mark.parametrize("value", [7.0, 0.0, -5.0, np.nan])
def test_a_constant_frame_has_no_sources(tmp_path, value):
    path = write_frame(tmp_path / "a.fits", np.full((100, 100), value))
    found, _ = detection.find_sources(frames.read_frame(path, None, 64), **FIND)
    assert found.empty


def test_positions_on_the_sky_come_from_the_wcs(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [51, 51], [150.0, 2.0]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-1e-4, 1e-4], ["RA---TAN", "DEC--TAN"]
    image = sersic_frame([(50.0, 50.0)], size=101) + 100.0
    path = tmp_path / "sky.fits"
    fits.PrimaryHDU(image.astype(">f4"), header=wcs.to_header()).writeto(path)
    frame = frames.read_frame(path, None, 32)
    found, _ = detection.find_sources(frame, **FIND)
    flags = flags_of(found, frame)
    rows = detection.galaxy_rows(found, flags, "sky", frame, None)
    assert rows["ra"].iloc[0] == pytest.approx(150.0, abs=3e-5)
    assert rows["dec"].iloc[0] == pytest.approx(2.0, abs=3e-5)


def test_background_is_subtracted_and_noise_measured(tmp_path):
    sky = np.random.default_rng(0).normal(500.0, 3.0, (3, 256, 256))
    path = write_frame(tmp_path / "sky.fits", sky)
    frame = frames.read_frame(path, None, 64)
    assert frame.planes.shape == (3, 256, 256)
    assert abs(frame.planes.mean()) < 0.1
    assert frame.level == pytest.approx(500.0, abs=1.0)
    assert frame.noise[0] == pytest.approx(3.0, rel=0.05)
    assert frame.noise[-1] == pytest.approx(3.0 / np.sqrt(3), rel=0.05)
    raw = frames.read_frame(path, None, 64, subtract=False)
    assert raw.sky == pytest.approx([500.0] * 3, abs=1.0)
    assert raw.planes.mean() == pytest.approx(500.0, abs=0.1)


@pytest.mark.parametrize(
    ("make", "hdu", "part"),
    [
        (lambda p: p.write_text("no FITS"), None, "cannot be read as a FITS image"),
        (lambda p: fits.PrimaryHDU().writeto(p), None, "holds no image"),
        (lambda p: write_frame(p, np.ones((99, 99))), "SCI", "has no HDU SCI"),
        (lambda p: write_frame(p, np.ones((4, 4))), None, "is not a frame"),
    ],
)
def test_a_file_that_is_no_frame_is_told_in_a_sentence(tmp_path, make, hdu, part):
    path = tmp_path / "a.fits"
    make(path)
    with pytest.raises(InputError, match=part):
        frames.read_frame(path, hdu, 32)


def test_segments_survive_the_file(tmp_path):
    segments = np.arange(10000, dtype=np.int32).reshape(100, 100)
    frames.write_segments(segments, tmp_path / "s.fits")
    assert (frames.read_segments(tmp_path / "s.fits") == segments).all()


def test_neighbours_are_counted():
    x, y = np.array([0.0, 3.0, 100.0]), np.zeros(3)
    counted = detection.count_neighbours(x, y, np.array([5.0, 2.0, 50.0]))
    assert counted.tolist() == [1, 0, 0]
    assert len(detection.count_neighbours(x[:0], y[:0], x[:0])) == 0


def test_two_sources_at_one_place_are_one_galaxy_and_one_reject():
    row = dict.fromkeys(catalog.GALAXY_COLUMNS, 1.0) | {"id": "a", "source": "s"}
    rows = pd.DataFrame([row, row]).astype({"flags": int})
    kept, rejects = catalog.split_rejects(rows, [])
    assert len(kept) == len(rejects) == 1
