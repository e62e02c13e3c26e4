"""Bands that do not match are resampled or refused, and a shift without WCS is said."""

import re

import numpy as np
import pytest
import sep
from astropy.io import fits
from astropy.wcs import WCS, Sip
from scipy.ndimage import gaussian_filter

from galvote.base.errors import InputError
from galvote.inputs.alignment import Grid, offset_between, resampled
from galvote.inputs.frame_views import all_bands_frame, colour_frame, detection_frame
from galvote.inputs.frames import Plane
from galvote.inputs.shifts import shift_between, structure_of
from known_inputs import search_of, source_of
from simulated import search_sky

SCALE = 0.4 / 3600.0  # deg a pixel
SIGMA = 2.6  # px of 0.4 arcsec, of the galaxies
FLUX = 4000.0


def wcs_of(shape, shift=(0.0, 0.0), turn=0.0, scale=1.0, galactic=False):
    """Return a WCS about (150, 2.2) deg, moved (px), turned (deg) and scaled."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["GLON-TAN", "GLAT-TAN"] if galactic else ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [237.5, 42.0] if galactic else [150.0, 2.2]
    wcs.wcs.crpix = [shape[1] / 2 + 0.5 + shift[0], shape[0] / 2 + 0.5 + shift[1]]
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    wcs.wcs.cd = SCALE * scale * np.array([[-cos, sin], [sin, cos]])
    return wcs


def distorted(shape):
    """Return a WCS with a distortion of a pixel at the corners."""
    wcs = wcs_of(shape)
    wcs.wcs.ctype = ["RA---TAN-SIP", "DEC--TAN-SIP"]
    a, b = np.zeros((3, 3)), np.zeros((3, 3))
    a[2, 0], b[1, 1] = 3e-5, -3e-5
    wcs.sip = Sip(a, b, None, None, wcs.wcs.crpix)
    return wcs


SHAPE = (300, 340)
REFERENCE = wcs_of(SHAPE)
GRID = [(x, y) for x in range(40, 310, 52) for y in range(40, 270, 54)]
SKY = REFERENCE.pixel_to_world(*np.array(GRID, float).T)


def painted(wcs, shape, seed=None, sky=0.0):
    """Paint round galaxies of known flux where the sky has them."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    image = np.full(shape, sky)
    width = SIGMA * SCALE / np.sqrt(wcs.proj_plane_pixel_area().value)
    for x0, y0 in zip(*wcs.world_to_pixel(SKY), strict=True):
        near = np.exp(-0.5 * ((x - x0) ** 2 + (y - y0) ** 2) / width**2)
        image += FLUX * near / (2.0 * np.pi * width**2)
    if seed is not None:
        image += np.random.default_rng(seed).normal(0.0, 1.0, shape)
    return image.astype(np.float32)


# how a band may lie, and what is said of it
CASES = {
    "shift": (wcs_of(SHAPE, (12.0, -9.5)), SHAPE, "shifted by up to 15.3 px"),
    "turn": (wcs_of(SHAPE, turn=2.0), SHAPE, "rotated by -2 deg"),
    "far turn": (wcs_of(SHAPE, turn=120.0), SHAPE, "rotated by -1.2e+02 deg"),
    "fine": (wcs_of((600, 680), scale=0.5), (600, 680), "0.5 times as large"),
    "coarse": (wcs_of((200, 200), scale=2.0), (200, 200), "2 times as large"),
    "size": (wcs_of(SHAPE, (0.0, 0.0)), (290, 340), "340 x 290 px, not 340 x 300 px"),
    "sip": (distorted(SHAPE), SHAPE, "shifted by up to"),
    "galactic": (wcs_of(SHAPE, galactic=True), SHAPE, "shifted by up to"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_band_on_other_pixels_keeps_its_light_and_its_shapes(case):
    wcs, shape, part = CASES[case]
    said = offset_between(Grid(SHAPE, REFERENCE), Grid(shape, wcs))
    assert part in said
    if case == "galactic":  # elsewhere on the sky
        return
    image = resampled(painted(wcs, shape), wcs, Grid(SHAPE, REFERENCE))
    truth = painted(REFERENCE, SHAPE)
    assert image.shape == SHAPE
    assert image.dtype == np.float32
    known = [
        (x, y)
        for x, y in GRID
        if np.isfinite(image[y - 24 : y + 25, x - 24 : x + 25]).all()
    ]
    assert len(known) > 8
    x, y = np.array(known, float).T
    measured = []
    for data in (np.nan_to_num(image), truth):
        flux, _, _ = sep.sum_circle(data, x, y, 14.0, subpix=11)
        half, _ = sep.flux_radius(data, x, y, x * 0 + 20.0, 0.5, normflux=flux)
        measured.append((flux, half))
    (flux, half), (true_flux, true_half) = measured
    assert flux == pytest.approx(true_flux, rel=0.01)
    blur = {"coarse": 0.06, "sip": 0.03}.get(case, 0.02)  # blurred, distorted before
    assert half == pytest.approx(true_half, rel=blur)


@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.3, -0.3), (0.0, 0.49)])
def test_bands_within_half_a_pixel_are_left_as_they_are(offset):
    assert (
        offset_between(Grid(SHAPE, REFERENCE), Grid(SHAPE, wcs_of(SHAPE, offset))) == ""
    )


@pytest.mark.parametrize(
    "wcs",
    [wcs_of(SHAPE, (0.6, 0.0)), wcs_of(SHAPE, turn=0.2), wcs_of(SHAPE, scale=1.004)],
)
def test_more_than_half_a_pixel_at_a_corner_is_seen(wcs):
    assert offset_between(Grid(SHAPE, REFERENCE), Grid(SHAPE, wcs))


def test_pixels_without_data_stay_so_and_do_not_spread():
    wcs = wcs_of(SHAPE, (10.0, 0.5))
    image = painted(wcs, SHAPE, seed=1)
    image[100:110, 200:220] = np.nan
    moved = resampled(image, wcs, Grid(SHAPE, REFERENCE))
    assert np.isnan(moved[100:109, 190:210]).all()
    assert np.isnan(moved[98:112, 188:212]).sum() < 12 * 23
    assert np.isnan(moved[:, -10:]).all()  # outside of the band
    assert np.isfinite(moved[5:90, 5:-15]).all()


def test_blocks_of_rows_leave_no_seams():
    shape = (600, 64)
    wcs, other = wcs_of(shape), wcs_of(shape, (2.3, 1.7), turn=0.3)
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    image = gaussian_filter(image, 2.0)
    moved = resampled(image, other, Grid(shape, wcs))
    back = resampled(moved, wcs, Grid(shape, other))
    inner = np.s_[8:-8, 8:-8]
    known = np.isfinite(back[inner])
    error = np.abs(back[inner] - image[inner])[known]
    assert error.max() < 0.35 * image.std()


def write_bands(folder, bands):
    """Write bands with noise, name -> (wcs or None, shape); return its keys."""
    for seed, (name, (wcs, shape)) in enumerate(bands.items()):
        header = None if wcs is None else wcs.to_header(relax=True)
        image = painted(REFERENCE if wcs is None else wcs, shape, seed, sky=100.0)
        fits.writeto(folder / f"{name}.fits", image, header)
    files = [{"name": name, "path": f"{folder}/{name}.fits"} for name in bands]
    return {"kind": "bands", "bands": files, "psf_fwhm": 2.4}


@pytest.mark.parametrize("detect", ["r", "g", "sum"])
def test_galaxies_in_bands_that_do_not_match_have_one_place_and_one_colour(
    tmp_path, detect
):
    bands = {"g": (wcs_of(SHAPE, (6.0, -4.0)), SHAPE), "r": (REFERENCE, SHAPE)}
    bands["i"] = CASES["fine"][:2]
    source = source_of(**write_bands(tmp_path, bands), detect=detect)
    result = search_sky(source, search_of(), 1.5)
    found = result.rows
    assert len(found) >= 25
    for band in bands:
        assert found[f"flux_{band}"].median() == pytest.approx(FLUX, rel=0.06)
    offsets = [np.hypot(found["ra"] - s.ra.deg, found["dec"] - s.dec.deg) for s in SKY]
    assert np.median(np.min(offsets, axis=1)) < 0.3 * SCALE
    notes = result.frames["notes"].item()
    leading = "g" if detect == "sum" else detect
    assert f"band i: resampled to band {leading}; it was" in notes
    assert f"band {leading}:" not in notes
    shown = colour_frame(source, "", 64)
    y, x = (round(found[axis].iloc[3]) for axis in "yx")
    peaks = []
    for plane in shown.planes:
        patch = np.nan_to_num(plane.data[y - 8 : y + 9, x - 8 : x + 9])
        patch = gaussian_filter(patch, 1.0)
        peaks.append(np.unravel_index(patch.argmax(), patch.shape))
    assert np.ptp(peaks, axis=0).max() <= 2  # one blob, not three
    assert len(all_bands_frame(source, "", 64).planes) == 3
    assert detection_frame(source, "", 64).shape == shown.shape


def test_bands_that_match_are_not_touched(tmp_path):
    bands = dict.fromkeys("gri", (REFERENCE, SHAPE))
    source = source_of(**write_bands(tmp_path, bands))
    assert search_sky(source, search_of(), 1.5).frames["notes"].item() == ""
    frame = all_bands_frame(source, "", 64)
    stored = fits.getdata(tmp_path / "r.fits")
    assert np.ptp(frame.planes[1].data - stored) < 5.0  # but for the background


@pytest.mark.parametrize("case", [c for c in CASES if c != "galactic"])
def test_bands_that_do_not_match_are_refused_where_that_is_asked(tmp_path, case):
    bands = {"r": (REFERENCE, SHAPE), "i": CASES[case][:2]}
    source = source_of(**write_bands(tmp_path, bands), align="refuse", detect="r")
    reason = search_sky(source, search_of(), 1.5).rejects["reason"].item()
    assert "i.fits does not lie on the pixels of band r of source sky, it is" in reason
    assert CASES[case][2] in reason
    assert "align the bands first, or set the key `align: resample`" in reason


def test_bands_of_other_places_are_refused(tmp_path):
    bands = {"r": (REFERENCE, SHAPE), "i": (wcs_of(SHAPE, (900.0, 0.0)), SHAPE)}
    keys = write_bands(tmp_path, {"r": bands["r"]})
    away = wcs_of(SHAPE, (900.0, 0.0)).to_header()
    image = np.random.default_rng(5).normal(size=SHAPE).astype(np.float32)
    fits.writeto(tmp_path / "i.fits", image, away)
    keys["bands"].append({"name": "i", "path": f"{tmp_path}/i.fits"})
    with pytest.raises(InputError, match="does not show the sky of band r"):
        all_bands_frame(source_of(**keys), "", 64)


SHIFTS = [(0, 0), (3, -2), (12, 9), (0, 40), (-120, 60)]


@pytest.mark.parametrize("shift", SHIFTS)
def test_without_a_wcs_a_shift_is_measured_and_said(tmp_path, shift):
    y, x = np.mgrid[:512, :512].astype(float)
    rng = np.random.default_rng(3)
    light = np.zeros((512, 512))
    for x0, y0, width in rng.uniform((0, 0, 2), (512, 512, 4), (90, 3)):
        light += 30.0 * np.exp(-0.5 * ((x - x0) ** 2 + (y - y0) ** 2) / width**2)
    for seed, (name, gain) in enumerate((("r", 1.0), ("i", 0.4))):
        moved = np.roll(light, shift, (0, 1)) if name == "i" else light
        image = gain * moved + np.random.default_rng(seed).normal(50, 1, light.shape)
        fits.writeto(tmp_path / f"{name}.fits", image.astype(np.float32))
    files = [{"name": name, "path": f"{tmp_path}/{name}.fits"} for name in "ri"]
    source = source_of(kind="bands", bands=files, detect="r", psf_fwhm=3.0)
    notes = search_sky(source, search_of(), 1.5).frames["notes"].item()
    if shift == (0, 0):
        assert notes == ""
        return
    assert "band i: its stars and galaxies lie" in notes
    across, up = (float(n) for n in re.findall(r"([-+][\d.]+) px in", notes))
    assert (up, across) == pytest.approx(shift, abs=0.4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("blur", [0.0, 1.5])
def test_noise_alone_is_not_shifted(seed, blur):
    rng = np.random.default_rng(seed)
    planes = [gaussian_filter(rng.normal(size=(200, 300)), blur) for _ in range(2)]
    one, other = (Plane(p.astype(np.float32), float(p.std())) for p in planes)
    assert not shift_between(structure_of(one), structure_of(other)).any()
    empty = Plane(np.full((200, 300), np.nan, np.float32), 1.0)
    assert not shift_between(structure_of(one), structure_of(empty)).any()
