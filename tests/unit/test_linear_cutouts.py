"""Linear cutouts keep counts, places on the sky, masks and the PSF."""

from types import SimpleNamespace

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.cutouts.linear import (
    BAD,
    NO_SKY,
    OTHER_DETECTION,
    linear_cutout,
    write_linear,
)
from galvote.detection.framing import MARGIN
from galvote.detection.psf import gaussian_psf
from galvote.inputs.frames import Frame, Plane

NY, NX = 120, 150
DATA = np.random.default_rng(0).normal(size=(NY, NX)).astype(np.float32)


def tilted_wcs():
    """Return a WCS with rotation and distortion-free tangent plane."""
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [70.0, 40.0], [150.0, 60.0]
    wcs.wcs.cd = 1e-4 * np.array([[-0.8, 0.6], [0.6, 0.8]])
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.set()
    return wcs


def galaxy(x, y, radius=8.0, segment=1):
    """Make a catalogue row."""
    return SimpleNamespace(id="g_1", x=x, y=y, radius=radius, segment=segment)


def cut(x=70.3, y=60.8, planes=None, segments=None, psf=None, **more):
    """Cut a galaxy out."""
    planes = planes or [Plane(DATA, 2.5)]
    segments = np.zeros((NY, NX), np.int32) if segments is None else segments
    frame = Frame("", planes, tilted_wcs())
    return linear_cutout(frame, segments, psf, galaxy(x, y, **more))


@settings(max_examples=40)
@given(
    x=st.floats(-0.4, NX - 0.6), y=st.floats(-0.4, NY - 0.6), radius=st.floats(1, 20)
)
def test_places_on_the_sky_are_those_of_the_frame(x, y, radius):
    header = cut(x, y, radius=radius)["SCI"].header
    at = header["XCENTRE"] - 1.0, header["YCENTRE"] - 1.0
    there, here = WCS(header).pixel_to_world(*at), tilted_wcs().pixel_to_world(x, y)
    pixel = tilted_wcs().proj_plane_pixel_scales()[0].to_value("arcsec")
    assert there.separation(here).arcsec < 0.01 * pixel
    assert header["RADIUS"] == radius
    assert header["NAXIS1"] >= 2 * MARGIN * radius
    assert abs(at[0] - (header["NAXIS1"] - 1) / 2) <= 1.0


@settings(max_examples=30)
@given(x=st.floats(40, 110), y=st.floats(40, 80))
def test_counts_are_those_of_the_frame(x, y):
    hdus = cut(x, y)
    science, header = hdus["SCI"].data, hdus["SCI"].header
    left = round(x - (header["XCENTRE"] - 1))
    top = round(y - (header["YCENTRE"] - 1))
    n = len(science)
    assert np.array_equal(science, DATA[top : top + n, left : left + n])
    assert (hdus["ERR"].data == 2.5).all()
    assert not hdus["MASK"].data.any()
    assert "PSF" not in [hdu.name for hdu in hdus]


def test_the_mask_tells_bad_other_and_outside_apart():
    data = DATA.copy()
    data[10, 8] = np.nan
    segments = np.zeros((NY, NX), np.int32)
    segments[2:7, 3:8] = 1
    segments[12:15, 12:15] = 2
    hdus = cut(5.0, 4.0, planes=[Plane(data, 1.0)], segments=segments)
    mask, header = hdus["MASK"].data, hdus["SCI"].header
    left = round(5.0 - (header["XCENTRE"] - 1))
    top = round(4.0 - (header["YCENTRE"] - 1))
    assert left < 0
    assert top < 0
    for (row, column), bits in {
        (10, 8): BAD,
        (13, 13): OTHER_DETECTION,
        (4, 5): 0,
        (0, 0): 0,
    }.items():
        assert mask[row - top, column - left] == bits
    outside = mask & NO_SKY != 0
    rows, columns = np.indices(mask.shape)
    assert np.array_equal(outside, (rows + top < 0) | (columns + left < 0))
    assert np.isnan(hdus["SCI"].data[outside]).all()
    assert not (mask[outside] & BAD).any()


def test_bands_noise_maps_and_psf_are_kept(tmp_path):
    rms = np.abs(DATA) + 1.0
    planes = [Plane(DATA, 1.0, rms=rms), Plane(2 * DATA, 2.0)]
    hdus = cut(planes=planes, psf=gaussian_psf(3.0))
    write_linear(hdus, tmp_path, "g_1")
    with fits.open(tmp_path / "g_1.fits") as kept:
        assert [hdu.name for hdu in kept] == ["PRIMARY", "SCI", "ERR", "MASK", "PSF"]
        science, noise = kept["SCI"].data, kept["ERR"].data
        assert science.shape == noise.shape == (2, *kept["MASK"].data.shape)
        assert np.array_equal(science[1], 2 * science[0])
        assert np.array_equal(noise[0], np.abs(science[0]) + 1.0)
        assert (noise[1] == 2.0).all()
        assert np.allclose(kept["PSF"].data, gaussian_psf(3.0), atol=1e-7)
        assert kept["SCI"].header["OBJECT"] == "g_1"
        assert kept["SCI"].header["BUNIT"] == "count"


def test_the_shift_holds_with_a_distorted_wcs():
    wcs = tilted_wcs()
    wcs.wcs.ctype = ["RA---TAN-SIP", "DEC--TAN-SIP"]
    header = wcs.to_header(relax=True)
    header.update(A_ORDER=2, B_ORDER=2, A_2_0=2e-4, B_0_2=-1e-4)
    wcs = WCS(header)
    frame = Frame("", [Plane(DATA, 1.0)], wcs)
    x, y = 121.4, 88.2
    hdus = linear_cutout(frame, np.zeros((NY, NX), np.int32), None, galaxy(x, y))
    made = hdus["SCI"].header
    at = made["XCENTRE"] - 1.0, made["YCENTRE"] - 1.0
    apart = WCS(made).pixel_to_world(*at).separation(wcs.pixel_to_world(x, y))
    assert apart.arcsec < 0.01 * 0.36
