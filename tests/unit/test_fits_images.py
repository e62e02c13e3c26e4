"""FITS images are read whatever their HDU, compression and type of numbers."""

import bz2
import gzip

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from galvote.base.errors import InputError
from galvote.base.file_names import fill_in, is_pattern, matches, split_hdu
from galvote.inputs import fits_images
from galvote.inputs.fits_images import LARGEST_PIXEL, image_hdus, read_planes

IMAGE = np.arange(600, dtype=np.float32).reshape(20, 30)


def tangent_wcs(crval=(150.0, 2.0)):
    """Return a WCS of the tangent plane."""
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [15.0, 10.0], crval
    wcs.wcs.cdelt, wcs.wcs.ctype = [-1e-4, 1e-4], ["RA---TAN", "DEC--TAN"]
    return wcs


@pytest.fixture
def several(tmp_path):
    """Write a file with tables and images, two of them of one name."""
    path = tmp_path / "several.fits"
    columns = [fits.Column("a", "E", array=[1.0, 2.0])]
    fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.BinTableHDU.from_columns(columns, name="CAT"),
            fits.ImageHDU(IMAGE, name="SCI"),
            fits.ImageHDU(IMAGE + 1, name="ERR"),
            fits.CompImageHDU(IMAGE + 2, name="SCI", quantize_level=0.0),
            fits.ImageHDU(np.arange(5.0), name="LINE"),
        ]
    ).writeto(path)
    return path


@pytest.mark.parametrize(
    ("hdu", "numbers"),
    [
        (None, [2]),
        (3, [3]),
        ("SCI", [2, 4]),
        ("sci", [2, 4]),
        ("ERR", [3]),
        ("all", [2, 3, 4]),
    ],
)
def test_images_are_found_by_number_and_name(several, hdu, numbers):
    assert image_hdus(several, hdu) == numbers
    for number in numbers:
        image = read_planes(several, number)
        planes, header, wcs = image.planes, image.header, image.wcs
        assert planes.dtype == np.float32
        assert np.array_equal(planes, IMAGE[None] + (number - 2))
        assert header["EXTNAME"] in ("SCI", "ERR")
        assert wcs is None


@pytest.mark.parametrize(
    ("hdu", "part"),
    [
        (9, "has no HDU 9; change the key `hdu`"),
        (-1, "has no HDU -1"),
        ("WHT", "has no HDU WHT"),
        ("CAT", "HDU CAT holds no image"),
        (1, "HDU 1 holds no image"),
        ("LINE", "HDU LINE holds no image"),
        (0, "HDU 0 holds no image"),
    ],
)
def test_what_is_no_image_is_told_in_a_sentence(several, hdu, part):
    with pytest.raises(InputError, match=part):
        image_hdus(several, hdu)


def compress_tiles(path):
    """Write the image as tiles; return the compressed file."""
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(IMAGE)]).writeto(path)
    return path


def compress_with(module):
    """Return a function that writes the image and compresses the file."""

    def write(path):
        plain = path.parent / "plain.fits"
        fits.PrimaryHDU(IMAGE).writeto(plain)
        path.write_bytes(module.compress(plain.read_bytes()))
        return path

    return write


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.fits.fz", compress_tiles),
        ("a.fits.gz", compress_with(gzip)),
        ("a.fits.bz2", compress_with(bz2)),
    ],
)
def test_compressed_files_are_read(tmp_path, name, write):
    path = write(tmp_path / name)
    (number,) = image_hdus(path, None)
    assert np.allclose(read_planes(path, number).planes[0], IMAGE, atol=0.5)


NUMBERS = st.sampled_from([">i2", "<i4", ">i8", "u1", ">u2", "<u4", ">f4", "<f8"])


@settings(max_examples=40)
@given(image=NUMBERS.flatmap(lambda t: arrays.arrays(np.dtype(t), (16, 17))))
def test_any_type_of_number_is_read(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("types") / "a.fits"
    fits.PrimaryHDU(image).writeto(path)  # unsigned: with BZERO
    planes = read_planes(path, 0).planes
    with np.errstate(over="ignore", invalid="ignore"):
        expected = image.astype(np.float32)
    expected[~(np.abs(expected) <= LARGEST_PIXEL)] = np.nan
    assert planes.dtype == np.dtype(np.float32)
    assert planes.dtype.isnative
    assert planes.flags.c_contiguous
    assert np.array_equal(planes[0], expected, equal_nan=True)


def test_scaled_and_blank_pixels_are_read(tmp_path):
    path = tmp_path / "a.fits"
    hdu = fits.PrimaryHDU(np.full((16, 16), 350.0))
    hdu.scale("int16", bscale=0.5, bzero=100.0)
    hdu.writeto(path)
    assert fits.getheader(path)["BITPIX"] == 16
    assert (read_planes(path, 0).planes == 350.0).all()
    hdu = fits.PrimaryHDU(np.full((16, 16), 7, np.int16))
    hdu.header["BLANK"] = 7
    hdu.writeto(path, overwrite=True)
    assert np.isnan(read_planes(path, 0).planes).all()


def test_planes_of_a_cube_are_chosen_in_their_order(tmp_path):
    path = tmp_path / "cube.fits"
    cube = np.stack([IMAGE + 1000 * i for i in range(4)])
    fits.PrimaryHDU(cube).writeto(path)
    assert read_planes(path, 0).planes.shape == (4, 20, 30)
    assert np.array_equal(read_planes(path, 0, [2, 0, 1]).planes, cube[[2, 0, 1]])
    assert np.array_equal(read_planes(path, 0, 3).planes, cube[[3]])
    with pytest.raises(InputError, match="plane 4 is asked for but HDU 0 has 4"):
        read_planes(path, 0, [0, 4])


def test_axes_of_length_one_are_left_out_and_more_are_refused(tmp_path):
    path = tmp_path / "radio.fits"
    fits.PrimaryHDU(np.stack([IMAGE] * 3)[None, None]).writeto(path)
    assert read_planes(path, 0).planes.shape == (3, 20, 30)
    fits.PrimaryHDU(np.zeros((2, 3, 20, 30))).writeto(path, overwrite=True)
    with pytest.raises(InputError, match="neither"):
        read_planes(path, 0)


def test_the_wcs_of_a_cube_is_the_celestial_one(tmp_path):
    path = tmp_path / "a.fits"
    header = tangent_wcs().to_header()
    header.update(CTYPE3="FREQ", CRVAL3=1e9, CDELT3=1e6, CRPIX3=1.0, CUNIT3="Hz")
    fits.PrimaryHDU(np.stack([IMAGE] * 2), header).writeto(path)
    wcs = read_planes(path, 0).wcs
    sky = wcs.pixel_to_world(14.0, 9.0)
    assert sky.ra.deg == pytest.approx(150.0, abs=1e-9)
    assert sky.dec.deg == pytest.approx(2.0, abs=1e-9)


def test_a_wcs_that_makes_no_sense_is_none(tmp_path):
    path = tmp_path / "a.fits"
    header = tangent_wcs().to_header()
    header["CUNIT1"] = "Hz"
    fits.PrimaryHDU(IMAGE, header).writeto(path)
    assert read_planes(path, 0).wcs is None
    line = fits.Header({"CTYPE1": "WAVE", "CRVAL1": 5e-7, "CDELT1": 1e-10})
    fits.PrimaryHDU(IMAGE, line).writeto(path, overwrite=True)
    assert read_planes(path, 0).wcs is None


@settings(max_examples=40)
@given(data=st.data())
def test_damage_is_told_in_one_sentence_or_does_no_harm(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damage") / "a.fits"
    fits.PrimaryHDU(IMAGE).writeto(path)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = bytearray(whole[:cut])
    if place < cut:
        broken[place] = data.draw(st.integers(0, 255))
    path.write_bytes(broken)
    try:
        planes = read_planes(path, image_hdus(path, None)[0]).planes
    except InputError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert planes.ndim == 3


@pytest.mark.parametrize(
    ("spec", "path", "hdu"),
    [
        ("a.fits", "a.fits", None),
        ("a.fits[2]", "a.fits", 2),
        ("a.fits[SCI]", "a.fits", "SCI"),
        ("b[1]/a.fits", "b[1]/a.fits", None),
        ("b[1]/a.fits[DQ]", "b[1]/a.fits", "DQ"),
    ],
)
def test_an_hdu_may_stand_in_brackets(spec, path, hdu):
    assert split_hdu(spec) == (path, hdu)


def test_the_star_of_a_pattern_is_filled_in(tmp_path):
    for name in ("g1_sci.fits", "g2_sci.fits", "g2_dq.fits"):
        (tmp_path / name).touch()
    pattern = f"{tmp_path}/*_sci.fits"
    assert is_pattern(pattern)
    assert not is_pattern(str(tmp_path / "g1_sci.fits"))
    dq = [fill_in("maps/*_dq.fits", pattern, file) for file in matches(pattern)]
    assert dq == ["maps/g1_dq.fits", "maps/g2_dq.fits"]


@pytest.mark.parametrize("ending", [".fits", ".fits.gz"])
@pytest.mark.parametrize("shape", [(30_000, 20_000), (50, 5_000, 3_000)])
def test_an_image_that_is_too_large_is_refused_before_it_is_read(
    tmp_path, ending, shape
):
    path = tmp_path / f"bomb{ending}"
    header = fits.PrimaryHDU(np.zeros((2,) * len(shape), np.uint8)).header
    for axis, n in enumerate(reversed(shape), start=1):
        header[f"NAXIS{axis}"] = n
    with (gzip.open if ending.endswith("gz") else open)(path, "wb") as stream:
        stream.write(header.tostring().encode())  # and no pixels
    with pytest.raises(InputError, match="px, more than 16777216") as told:
        read_planes(path, 0, None, 2**24)
    assert " x ".join(map(str, reversed(shape))) in str(told.value)


def test_an_error_of_other_code_is_not_called_damage(tmp_path):
    path = tmp_path / "a.fits"
    fits.writeto(path, np.zeros((4, 4)))
    for error in (KeyError("ours"), AttributeError("ours"), ValueError("ours")):
        with pytest.raises(type(error), match="ours"), fits_images._opened(path):
            raise error
    with fits_images._opened(path) as (hdus, damage):
        with pytest.raises(KeyError):
            hdus[0].header["MISSING"]
        with (
            pytest.raises(InputError, match="cannot be read as a FITS image"),
            damage(),
        ):
            raise OSError("as astropy does")
