"""A WCS gives the right places, or none and the reason."""

import warnings

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from galvote.inputs.fits_images import read_planes

SIP = {"A_ORDER": 2, "A_2_0": 2e-4, "A_0_2": 1e-4, "B_ORDER": 2, "B_2_0": -1e-4}
SUFFIX = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
MATRIX = ("CD1_1", "CD1_2", "CD2_1", "CD2_2")
PIXELS = np.array([0.0, 80.0, 199.0]), np.array([5.0, 190.0, 30.0])


def tangent(**cards) -> fits.Header:
    """Make a header of a plain tangent projection, some cards changed."""
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"})
    header.update({"CRVAL1": 150.0, "CRVAL2": 2.2, "CRPIX1": 100.5, "CRPIX2": 100.5})
    header.update(dict(zip(MATRIX, (-5e-5, 0.0, 0.0, 5e-5), strict=True)))
    header.update(cards)
    return header


def read(folder, header):
    """Write an image with a header and read its WCS and the notes."""
    path = folder / "a.fits"
    pixels = np.random.default_rng(1).normal(size=(200, 200)).astype(np.float32)
    fits.PrimaryHDU(pixels, header).writeto(path, overwrite=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is left to astropy's own words
        image = read_planes(path, 0)
    return image.wcs, image.notes


def separation(one: WCS, two: WCS) -> float:
    """Return the largest distance between two WCS, arcsec."""
    return (
        one.pixel_to_world(*PIXELS).separation(two.pixel_to_world(*PIXELS)).arcsec.max()
    )


@pytest.mark.parametrize(
    "suffixes", [{}, {"CTYPE1": SUFFIX["CTYPE1"]}, {"CTYPE2": SUFFIX["CTYPE2"]}]
)
@pytest.mark.parametrize("more", [{}, {"AP_ORDER": 2, "AP_2_0": 1e-4, "A_DMAX": 1.0}])
def test_left_over_sip_is_ignored_and_told(tmp_path, suffixes, more):
    wcs, notes = read(tmp_path, tangent(**SIP, **suffixes, **more))
    assert separation(wcs, WCS(tangent())) < 1e-6
    assert notes == ["SIP coefficients were ignored, as CTYPE does not end in -SIP"]
    assert "SIP" not in repr(wcs.to_header(relax=True))


def test_sip_is_applied_where_ctype_says_so(tmp_path):
    wcs, notes = read(tmp_path, tangent(**SIP, **SUFFIX))
    assert notes == []
    assert separation(wcs, WCS(tangent(**SIP, **SUFFIX))) < 1e-9
    assert separation(wcs, WCS(tangent())) > 0.1


def test_the_distortion_of_scamp_is_told(tmp_path):
    cubic = {f"PV{axis}_{m}": float(m == 1) for axis in (1, 2) for m in (0, 1, 2, 7)}
    wcs, notes = read(tmp_path, tangent(**cubic))
    assert separation(wcs, WCS(tangent())) < 1e-6
    assert len(notes) == 1
    assert "TPV" in notes[0]


@pytest.mark.parametrize("card", ["CRVAL2", "CRPIX1", "CD1_1", "CD2_1", "LONPOLE"])
@pytest.mark.parametrize("value", ["", "abc", "NaN", True])
def test_a_card_that_is_no_number_gives_no_positions(tmp_path, card, value):
    wcs, notes = read(tmp_path, tangent(**{card: value}))
    assert wcs is None
    assert notes == [f"its WCS cannot be used: {card} is {value!r}, which is no number"]


def test_a_coefficient_that_is_no_number_gives_no_positions(tmp_path):
    wcs, notes = read(tmp_path, tangent(**SIP | SUFFIX | {"A_2_0": "x"}))
    assert wcs is None
    assert "A_2_0 is 'x'" in notes[0]
    wcs, _ = read(tmp_path, tangent(A_ORDER=2, A_2_0=1e-4, **SUFFIX))  # A without B
    assert wcs is None
    wcs, _ = read(tmp_path, tangent(**SIP | {"A_2_0": "x"}))  # not used
    assert separation(wcs, WCS(tangent())) < 1e-6


def test_a_number_in_quotes_is_a_number(tmp_path):
    wcs, notes = read(tmp_path, tangent(CRVAL1="150.0", CD1_1="-5e-5"))
    assert separation(wcs, WCS(tangent())) < 1e-6
    assert notes == []


@pytest.mark.parametrize(
    "matrix",
    [(0, 0, 0, 0), (1e-5, 1e-5, 1e-5, 1e-5), (-5e-5, 0, 0, 0), (0, 5e-5, 0, 0)],
)
def test_a_singular_matrix_gives_no_positions(tmp_path, matrix):
    wcs, notes = read(tmp_path, tangent(**dict(zip(MATRIX, matrix, strict=True))))
    assert wcs is None
    assert "is singular" in notes[0]


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"CDELT1": 0.0, "CDELT2": 5e-5}, "is singular"),
        ({"CDELT1": 5e-5, "CDELT2": 5e-5, "PC1_1": 0.0}, "is singular"),
        ({}, "has no scale"),
    ],
)
def test_a_scale_of_nothing_gives_no_positions(tmp_path, cards, reason):
    header = tangent()
    for card in MATRIX:
        del header[card]
    header.update(cards)
    wcs, notes = read(tmp_path, header)
    assert wcs is None
    assert reason in notes[0]


def test_old_headers_with_scales_and_an_angle_are_read(tmp_path):
    header = tangent(CDELT1=-5e-5, CDELT2=5e-5, CROTA2=0.0)
    for card in MATRIX:
        del header[card]
    wcs, notes = read(tmp_path, header)
    assert separation(wcs, WCS(tangent())) < 1e-6
    assert notes == []
