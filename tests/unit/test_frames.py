"""Frames are read with their sky, noise, masks and maps; what does not fit is told."""

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.catalog.flags import Flag
from galvote.detection.search import find_detections
from galvote.inputs import frame_views, frames
from galvote.inputs.companion_maps import frame_names
from known_inputs import search_of, source_of
from simulated import grid_of_places, search_sky, sersic_frame, write_frame

SIZE = 256
RNG = np.random.default_rng(5)


def frames_of(path, **more):
    """Return a source of frames."""
    return source_of(kind="frames", path=str(path), **more)


def search(source, **more):
    """Find the galaxies of a source."""
    return search_sky(source, search_of(**more), 1.5)


@pytest.fixture
def field(tmp_path):
    """Write 16 galaxies on a sky of 50; return the path and their places."""
    places = grid_of_places(4, SIZE)
    path = write_frame(tmp_path / "field.fits", sersic_frame(places, size=SIZE) + 50.0)
    return path, places


def distances(rows, places):
    """Return the distance of each place to the nearest row."""
    mine = rows[["x", "y"]].to_numpy()
    return np.linalg.norm(np.array(places)[:, None] - mine, axis=2).min(axis=1)


def test_background_is_subtracted_and_noise_measured(tmp_path):
    sky = np.random.default_rng(0).normal(500.0, 3.0, (3, 256, 256))
    source = frames_of(write_frame(tmp_path / "sky.fits", sky))
    (plane,) = frame_views.detection_frame(source, "", 64).planes
    assert abs(plane.data.mean()) < 0.1
    assert plane.level == pytest.approx(500.0, abs=1.0)
    assert plane.noise == pytest.approx(3.0 / np.sqrt(3), rel=0.05)
    assert plane.sky == 0.0
    colours = frame_views.colour_frame(source, "", 64)
    assert colours.shape == (256, 256)
    assert [p.noise for p in colours.planes] == pytest.approx([3.0] * 3, rel=0.05)
    source.stretch = "none"
    raw = frame_views.detection_frame(source, "", 64).planes[0]
    assert raw.sky == pytest.approx(500.0, abs=1.0)
    assert raw.data.mean() == pytest.approx(500.0, abs=0.1)


def test_planes_may_be_chosen(tmp_path):
    cube = np.stack([RNG.normal(level, 1.0, (64, 64)) for level in (10, 20, 30, 40)])
    path = write_frame(tmp_path / "cube.fits", cube)
    source = frames_of(path, planes=[3, 1, 0])
    levels = [p.level for p in frame_views.colour_frame(source, "", 32).planes]
    assert levels == pytest.approx([40, 20, 10], abs=0.5)
    one = frame_views.detection_frame(frames_of(path, planes=2), "", 32).planes[0]
    assert one.level == pytest.approx(30, abs=0.5)
    with pytest.raises(InputError, match="has 4 bands; choose grey"):
        frame_views.colour_frame(frames_of(path), "", 32)
    assert len(frame_views.all_bands_frame(frames_of(path), "", 32).planes) == 4


@pytest.mark.parametrize(
    ("make", "hdu", "part"),
    [
        (lambda p: p.write_text("no FITS"), None, "cannot be read as a FITS image"),
        (lambda p: fits.PrimaryHDU().writeto(p), None, "holds no image"),
        (lambda p: write_frame(p, np.ones((99, 99))), "SCI", "has no HDU SCI"),
        (lambda p: write_frame(p, np.ones((4, 4))), None, "4 x 4 px is too small"),
    ],
)
def test_a_file_that_is_no_frame_is_told_in_a_sentence(tmp_path, make, hdu, part):
    path = tmp_path / "a.fits"
    make(path)
    source = frames_of(path, hdu=hdu)
    with pytest.raises(InputError, match=part):
        frame_views.detection_frame(source, frame_names(source)[0], 32)
    result = search(source)
    assert result.rows.empty
    assert part in result.rejects["reason"].item()


def test_one_bad_frame_does_not_stop_the_others(tmp_path):
    good = sersic_frame([(60.0, 60.0)], size=120).astype(np.float32)
    hdus = [fits.ImageHDU(image) for image in (good, np.ones((4, 4), "f4"), good)]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(tmp_path / "three.fits")
    result = search(frames_of(tmp_path / "three.fits", hdu="all"), background_box=32)
    assert result.rows["hdu"].tolist() == ["1", "3"]
    assert result.rows["id"].str[:7].tolist() == ["sky_h1_", "sky_h3_"]
    assert result.rejects["id"].tolist() == ["sky_h2"]
    assert list(result.segments) == list(result.psfs) == ["1", "3"]
    assert result.frames["hdu"].tolist() == ["1", "3"]


def test_masked_pixels_are_not_detected_and_flag_their_galaxies(field, tmp_path):
    path, places = field
    mask = np.zeros((SIZE, SIZE), np.int16)
    hidden, touched = places[5], places[10]
    y, x = np.mgrid[:SIZE, :SIZE]
    mask[np.hypot(x - hidden[0], y - hidden[1]) < 25] = 4
    mask[round(touched[1]) + 4, round(touched[0]) + 4] = 1
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(mask, name="DQ")]).writeto(
        tmp_path / "mask.fits"
    )
    plain = search(frames_of(path)).rows
    rows = search(frames_of(path, mask=f"{tmp_path}/mask.fits[DQ]")).rows
    assert len(plain) == len(places)
    assert len(rows) == len(places) - 1
    assert distances(rows, [hidden])[0] > 20
    flagged = rows[rows["flags"] & Flag.MASKED.value != 0]
    assert distances(flagged, [touched])[0] < 1
    assert len(flagged) == 1
    assert not (plain["flags"] & Flag.MASKED.value).any()


def test_pixels_that_are_no_number_are_masked(field):
    path, places = field
    with fits.open(path, mode="update") as hdus:
        for place, value in zip(places[:3], (np.nan, np.inf, -np.inf), strict=True):
            hdus[0].data[round(place[1]) + 5, round(place[0])] = value
    rows = search(frames_of(path)).rows
    flagged = rows[rows["flags"] & Flag.MASKED.value != 0]
    assert len(flagged) == 3
    assert distances(flagged, places[:3]).max() < 1
    assert np.isfinite(rows[["x", "y", "flux", "radius"]]).all(axis=None)


def test_pixels_of_no_weight_are_bad(field, tmp_path):
    path, places = field
    weight = np.full((SIZE, SIZE), 1.0)
    weight[:, :128] = 0.0
    weight[0, 200] = np.nan
    write_frame(tmp_path / "weight.fits", weight)
    rows = search(frames_of(path, weight=f"{tmp_path}/weight.fits")).rows
    assert (rows["x"] > 127).all()
    source = frames_of(path, weight=f"{tmp_path}/weight.fits")
    data = frame_views.detection_frame(source, "", 64).planes[0].data
    assert np.array_equal(np.isnan(data), ~(weight > 0))
    right = [place for place in places if place[0] > 140]
    assert distances(rows, right).max() < 1


@pytest.mark.parametrize("key", ["rms", "weight"])
def test_a_noisy_corner_gives_no_detections_where_a_map_says_so(tmp_path, key):
    sigma = np.ones((SIZE, SIZE))
    sigma[:80, :80] = 12.0
    places = [(200.0, 60.0), (60.0, 200.0), (190.0, 190.0)]
    rng = np.random.default_rng(1)
    image = sersic_frame(places, size=SIZE) + rng.normal(size=sigma.shape) * sigma
    path = write_frame(tmp_path / "field.fits", image)
    stored = 7.0 * sigma if key == "rms" else 0.1 / sigma**2  # up to a factor
    write_frame(tmp_path / "map.fits", stored)
    without = search(frames_of(path), min_area=5, threshold=4.0).rows
    source = frames_of(path, **{key: f"{tmp_path}/map.fits"})
    rows = search(source, min_area=5, threshold=4.0).rows
    assert ((without["x"] < 80) & (without["y"] < 80)).sum() > 3
    assert len(rows) == len(places)
    assert distances(rows, places).max() < 1
    plane = frame_views.detection_frame(source, "", 64).planes[0]
    assert plane.rms[200, 200] == pytest.approx(plane.noise, rel=1e-5)
    assert plane.rms[10, 10] == pytest.approx(12.0 * plane.noise, rel=1e-5)


@pytest.mark.parametrize("key", ["mask", "weight", "rms"])
def test_a_map_of_another_size_is_told(field, tmp_path, key):
    write_frame(tmp_path / "map.fits", np.ones((SIZE, SIZE - 1)))
    source = frames_of(field[0], **{key: f"{tmp_path}/map.fits"})
    result = search(source)
    assert result.rows.empty
    reason = result.rejects["reason"].item()
    assert f"is {SIZE - 1} x {SIZE} px" in reason
    assert f"change the key `{key}`" in reason


def test_each_frame_has_the_mask_of_its_place(tmp_path):
    image = sersic_frame([(40.0, 60.0), (90.0, 60.0)], size=128).astype(np.float32)
    left = (np.arange(128) < 64) * np.ones((128, 1), np.int16)
    hdus = [fits.PrimaryHDU()]
    for mask in (left, 1 - left):
        hdus.append(fits.ImageHDU(image, name="SCI"))
        hdus.append(fits.ImageHDU(mask, name="DQ"))
    path = tmp_path / "chips.fits"
    fits.HDUList(hdus).writeto(path)
    source = frames_of(path, hdu="SCI", mask=f"{path}[DQ]")
    rows = search(source, background_box=32).rows
    assert rows["hdu"].tolist() == ["1", "3"]
    assert rows["x"].to_numpy() == pytest.approx([90.0, 40.0], abs=1.0)


def test_saturation_comes_from_the_header_or_the_config(field):
    path, _ = field
    with fits.open(path, mode="update") as hdus:
        peak = hdus[0].data.max()
        hdus[0].header["SATURATE"] = float(peak) - 1.0
    rows = search(frames_of(path)).rows
    assert (rows["flags"] & Flag.SATURATED.value != 0).sum() >= 1
    rows = search(frames_of(path, saturation=float(peak) + 99.0)).rows
    assert not (rows["flags"] & Flag.SATURATED.value).any()


@settings(max_examples=8)
@given(
    gradient=st.floats(-0.05, 0.05),
    level=st.floats(-1e4, 1e4),
    gain=st.sampled_from([1e-4, 1.0, 1e4]),
)
def test_detections_do_not_depend_on_sky_and_units(gradient, level, gain):
    image = sersic_frame([(64.0, 64.0), (40.0, 190.0)], size=256)
    sky = level + gradient * np.arange(256.0)
    detections = []
    for pixels in (image, gain * (image + sky)):
        plane = frames.plane_of(pixels.astype(np.float32), None, 64)
        rows, _ = find_detections(plane, **search_of())
        detections.append(rows)
    assert len(detections[0]) == len(detections[1]) == 2
    assert np.allclose(detections[0][["x", "y"]], detections[1][["x", "y"]], atol=0.3)
    assert np.allclose(gain * detections[0]["flux"], detections[1]["flux"], rtol=0.1)
    assert np.allclose(
        detections[0]["half_light"], detections[1]["half_light"], rtol=0.1
    )
