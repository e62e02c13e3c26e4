"""Catalogues of positions as people have them lead to the galaxies, or are refused."""

import logging

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table
from astropy.wcs import WCS

from galvote.base.errors import InputError
from galvote.inputs.listings import read_listing, sky_positions
from galvote.inputs.outside import warning_of
from galvote.inputs.positions import (
    places_digest,
    position_columns_digest,
    read_positions,
)
from galvote.inputs.source_parts import Positions
from known_inputs import search_of, source_of
from simulated import search_sky, sersic_frame

SKY = SkyCoord([150.0123, 10.5, 359.9876], [-0.0023, 2.25, -45.5], unit="deg")
RA, DEC = SKY.ra.deg, SKY.dec.deg


def positions(path, ra="RA", dec="DEC", **more):
    """Return the key `positions` of a source."""
    return Positions(path=str(path), ra=ra, dec=dec, **more)


def written(folder, text, name="t.csv"):
    """Write a table of text and return its path."""
    (folder / name).write_text(text)
    return folder / name


def assert_read(path, **keys):
    """Check that a catalogue of SKY is read, and return how."""
    places = read_positions(positions(path, **keys))
    assert places["ra"].to_numpy() == pytest.approx(RA, abs=1e-6)
    assert places["dec"].to_numpy() == pytest.approx(DEC, abs=1e-6)
    return places.attrs["notes"]


@pytest.mark.parametrize("ending", ["ecsv", "fits", "vot"])
@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("hourangle", 15.0),
        ("rad", np.degrees(1.0)),
        ("arcmin", 1 / 60),
        ("arcsec", 1 / 3600),
        ("deg", 1.0),
    ],
)
def test_units_of_columns_are_obeyed(tmp_path, ending, unit, size):
    if ending != "ecsv" and unit == "hourangle":
        unit = "h"
    table = Table({"RA": RA / size, "DEC": DEC / (1.0 if size == 15.0 else size)})
    table["RA"].unit = unit
    table["DEC"].unit = "deg" if size == 15.0 else unit
    path = tmp_path / f"t.{ending}"
    table.write(path, **({"format": "votable"} if ending == "vot" else {}))
    assert bool(assert_read(path)) == (unit != "deg")


def test_units_as_others_write_them_are_known(tmp_path):
    for i, unit in enumerate(("degrees", "hours", "hr", "radians", "furlong", "mag")):
        columns = [fits.Column("RA", "D", unit, array=RA), fits.Column("DEC", "D")]
        path = tmp_path / f"{i}.fits"
        fits.BinTableHDU.from_columns(columns).writeto(path)
        if i < 4:
            ra = read_positions(positions(path))["ra"].to_numpy()
            assert ra == pytest.approx(RA * [1, 15, 15, np.degrees(1)][i])
            continue
        with pytest.raises(InputError, match=rf"unit {unit}, .* give degrees"):
            read_positions(positions(path))


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ({"sep": ":"}, {"sep": ":", "alwayssign": True}),
        ({"sep": " "}, {"sep": " "}),
        ({"sep": "hms"}, {"sep": "dms"}),
        ({"sep": "hms"}, {"decimal": True}),
        ({"sep": ":", "pad": True}, {"sep": "d'\""}),
    ],
)
def test_sexagesimal_text_is_read_and_said(tmp_path, ra, dec):
    keys = {"precision": 7}
    table = Table(
        {
            "RA": SKY.ra.to_string("hour", **keys, **ra),
            "DEC": SKY.dec.to_string("deg", **keys, **dec),
        }
    )
    for name in ("t.csv", "t.fits"):
        table.write(tmp_path / name)
        notes = assert_read(tmp_path / name)
        assert "`RA` is sexagesimal and was read as hours" in notes[0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("10:30.5,-01:30", [157.625, -1.5]),
        ("10h30m,-0d30.5m", [157.5, -0.5083333]),
        ("0h 0.6m,+89d 59'", [0.15, 89.9833333]),
    ],
)
def test_sexagesimal_text_may_lack_seconds(tmp_path, row, expected):
    places = read_positions(positions(written(tmp_path, f"RA,DEC\n{row}\n")))
    assert places[["ra", "dec"]].to_numpy()[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("cell", ["J1000", "10 30", '"150,5"', "10:61:00"])
def test_a_column_without_any_number_is_refused(tmp_path, cell):
    path = written(tmp_path, f"RA,DEC\n,1.0\n{cell},1.0\n")
    with pytest.raises(InputError, match=r"holds no number.*; give degrees"):
        read_positions(positions(path))


def test_sexagesimal_degrees_are_told_by_their_letter_or_unit(tmp_path):
    table = Table(
        {"RA": SKY.ra.to_string("deg", sep="dms", precision=7), "DEC": DEC.astype(str)}
    )
    table.write(tmp_path / "t.csv")
    assert "read as degrees" in assert_read(tmp_path / "t.csv")[0]
    table["RA"] = SKY.ra.to_string("deg", sep=":", precision=7)
    table["RA"].unit = "deg"
    table.write(tmp_path / "t.ecsv")
    assert_read(tmp_path / "t.ecsv")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("150:00:44.28,1:0:0", "more than 24 hours; give degrees"),
        ("10.2,-01:30:00", "leaves open whether that is in hours; give degrees"),
        ("10 00 44.28,1.5\n150.1,1.6", "decimal and sexagesimal cells; give degrees"),
        ("10:00:44.28,01h30m00s", "in hours, in which no declination"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(tmp_path, row, said):
    path = written(tmp_path, f"RA,DEC\n{row}\n")
    with pytest.raises(InputError, match=said):
        read_positions(positions(path))
    with pytest.raises(InputError, match=said):  # before anything runs
        places_digest(positions(path))


def test_cells_without_a_number_are_no_positions(tmp_path):
    rows = "10:00:44.28,01:30:00\n,\n10:00:99,01:30:00\nhere,there\n"
    ra = read_positions(positions(written(tmp_path, f"RA,DEC\n{rows}")))["ra"]
    assert ra.notna().tolist() == [True, False, False, False]


@pytest.mark.parametrize("names", [("l", "b"), ("GLON", "GLAT"), ("gal_lon", "gal_b")])
def test_galactic_columns_are_refused_by_name(tmp_path, names):
    path = written(tmp_path, f"{names[0]},{names[1]}\n120.5,45.0\n")
    with pytest.raises(InputError, match=r"galactic coordinates; convert them"):
        read_positions(positions(path, *names))


def test_galactic_columns_are_refused_by_ucd(tmp_path):
    whole = from_table(Table({"lon": RA, "lat": DEC}))
    for field in whole.get_first_table().fields:
        field.ucd = f"pos.galactic.{field.name}"
    whole.to_xml(str(tmp_path / "t.vot"))
    hdu = fits.BinTableHDU(Table({"lon": RA, "lat": DEC}))
    hdu.header["TUCD1"] = "pos.ecliptic.lon"
    hdu.writeto(tmp_path / "t.fits")
    for name, sky in (("t.vot", "galactic"), ("t.fits", "ecliptic")):
        with pytest.raises(InputError, match=f"{sky} coordinates"):
            read_positions(positions(tmp_path / name, "lon", "lat"))


def test_pixels_with_the_unit_of_an_angle_are_refused(tmp_path):
    table = Table({"x": [1.0], "y": [2.0], "r": [3.0]})
    table["x"].unit = table["y"].unit = "pix"
    table["r"].unit = "arcsec"
    table.write(tmp_path / "t.ecsv")
    given = Positions(path=str(tmp_path / "t.ecsv"), x="x", y="y")
    assert read_positions(given)[["x", "y"]].to_numpy().tolist() == [[0.0, 1.0]]
    given = Positions(path=str(tmp_path / "t.ecsv"), x="x", y="y", radius="r")
    with pytest.raises(InputError, match=r"`positions\.radius`.*unit arcsec"):
        read_positions(given)


def test_of_several_tables_that_with_the_columns_is_taken(tmp_path):
    objects = fits.BinTableHDU(Table({"RA": RA, "DEC": DEC}), name="LDAC_OBJECTS")
    head = Table({"Field Header Card": [["SIMPLE", "END"]]})
    hdus = [fits.PrimaryHDU(), fits.BinTableHDU(head, name="LDAC_IMHEAD"), objects]
    for name in ("ldac.fits", "ldac.cat"):
        fits.HDUList(hdus).writeto(tmp_path / name)
        assert f"{name}[2]" in assert_read(tmp_path / name)[0]
        assert position_columns_digest(positions(tmp_path / name))
    assert assert_read(f"{tmp_path}/ldac.fits[2]") == []
    with pytest.raises(InputError, match="no column `ra`"):
        read_positions(positions(tmp_path / "ldac.fits", ra="ra"))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("RA, DEC , name\n{0}, {1} , a b\n{2},{3},c\n{4} ,{5}, d\n", None),
        ('RA, DEC, name\n{0}, {1}, "a, b"\n{2},{3},c\n{4} ,{5}, d\n', None),
        ("\ufeffRA,DEC,name\r\n{0},{1},a\r\n{2},{3},c\r\n{4},{5},d\r\n", None),
        ("RA\tDEC\tname\n{0}\t{1}\ta b\n{2}\t{3}\tc\n{4}\t{5}\t\n", "tabs"),
        ("RA;DEC;name\n{0};{1};a\n{2};{3};c\n{4};{5};d\n", "semicolons"),
        ("RA DEC  name\n{0} {1}   a\n {2} {3} c\n{4}  {5} d\n", "blanks"),
        ("# RA DEC name\n{0} {1} a\n{2} {3} c\n{4} {5} d\n", "blanks"),
        ("# mine\n# RA DEC name\n{0} {1} a\n{2} {3} c\n{4} {5} d\n", "blanks"),
        ("# of 2020\nRA,DEC,name\n{0},{1},a\n{2},{3},c\n{4},{5},d\n", None),
        (
            "#   1 NUMBER  Running number\n#   2 RA  Right ascension [deg]\n"
            "#   3 DEC  Declination [deg]\n1 {0} {1}\n2 {2} {3}\n3 {4} {5}\n",
            "ASCII_HEAD",
        ),
    ],
)
def test_tables_of_text_are_read_however_they_are_separated(tmp_path, text, by):
    cells = [f"{v:.6f}" for pair in zip(RA, DEC, strict=True) for v in pair]
    for name in ("t.csv", "t.txt", "t.cat"):
        notes = assert_read(written(tmp_path, text.format(*cells), name))
        assert (by is None) == (notes == [])
        assert by is None or by in notes[0]


def test_two_columns_of_one_name_are_refused(tmp_path):
    path = written(tmp_path, "RA ,DEC,RA\n1,2,3\n")
    with pytest.raises(InputError, match="two of its columns are called RA"):
        read_positions(positions(path))


def test_masked_cells_bytes_and_big_endian_columns_are_read(tmp_path):
    table = Table(
        {
            "RA": MaskedColumn(RA, mask=[False, True, False]),
            "DEC": DEC.astype(">f4"),
            "name": np.array([b"a ", b"b", b"c"]),
        }
    )
    for name in ("t.fits", "t.ecsv"):
        table.write(tmp_path / name)
        places = read_positions(positions(tmp_path / name, id="name"))
        assert places["ra"].isna().tolist() == [False, True, False]
        assert places["dec"].to_numpy() == pytest.approx(DEC, abs=1e-5)
        assert places["own_id"].tolist() == ["a", "b", "c"]


def test_another_unit_is_another_place(tmp_path):
    digests = []
    for unit in ("deg", "hourangle", "rad"):
        table = Table({"RA": RA / 360, "DEC": DEC / 360})
        table["RA"].unit = unit
        table.write(tmp_path / "t.ecsv", overwrite=True)
        digests.append(places_digest(positions(tmp_path / "t.ecsv")))
    assert len(set(digests)) == 3


def test_listings_of_images_have_their_positions_in_the_same_ways(tmp_path):
    table = Table({"image_path": ["a.png", "b.png", "c.png"], "ra": RA / 15})
    table["dec"], table["ra"].unit = DEC, "hourangle"
    table.write(tmp_path / "t.ecsv")
    table["ra"] = SKY.ra.to_string("hour", sep=":", precision=7)
    table.write(tmp_path / "t.csv")
    for name in ("t.ecsv", "t.csv"):
        listing = read_listing(source_of(kind="images", path=str(tmp_path / name)))
        sky = sky_positions(listing)
        assert sky["ra"].to_numpy() == pytest.approx(RA, abs=1e-6)
        assert sky["dec"].to_numpy() == pytest.approx(DEC, abs=1e-6)
        assert "`ra`" in listing.attrs["notes"][0]


MIDDLES = pd.DataFrame(
    {"width": 400, "height": 300, "pixel_scale": 0.2, "ra": [210.0], "dec": [-30.0]}
)


def said_of(ra, dec, n_placed=0):
    places = pd.DataFrame({"ra": ra, "dec": dec, "x": np.nan, "y": np.nan})
    return warning_of(places, n_placed, positions("cat.csv"), MIDDLES)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ra, dec: (ra / 15, dec), "`RA` looks like hours"),
        (lambda ra, dec: (np.radians(ra), np.radians(dec)), "look like radians"),
        (lambda ra, dec: (dec, ra), "look exchanged"),
        (
            lambda ra, dec: galactic(ra, dec),
            "look like galactic coordinates; convert them to ICRS",
        ),
        (lambda ra, dec: b1950(ra, dec), "B1950"),
        (lambda ra, dec: (ra - 200, dec), "`RA` looks like hours"),
        (lambda ra, dec: (ra - 50, dec), ""),
    ],
)
def test_a_catalogue_elsewhere_is_told_with_ranges_and_the_likely_reason(
    change, reason
):
    ra, dec = np.linspace(209.995, 210.005, 9), np.linspace(-30.005, -29.995, 9)
    said = said_of(*change(ra, dec))
    assert "only 0 of the 9 rows of cat.csv lie in the image: there ra 209.98" in said
    assert "in the catalogue ra" in said
    assert reason in said
    assert reason or said.endswith(f"dec {dec.min():.6g} to {dec.max():.6g}")


def galactic(ra, dec):
    sky = SkyCoord(ra, dec, unit="deg").galactic
    return sky.l.deg, sky.b.deg


def b1950(ra, dec):
    sky = SkyCoord(ra, dec, unit="deg").transform_to("fk4")
    return sky.ra.deg, sky.dec.deg


def test_a_catalogue_of_which_half_lies_in_the_frame_is_not_told():
    assert said_of([210.0, 10.0], [-30.0, 0.0], n_placed=1) == ""
    assert said_of([210.0, 10.0, 11.0], [-30.0, 0.0, 0.0], n_placed=1) != ""


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (np.full(9, 20.0), np.full(9, 390.0), "look exchanged"),
        (np.full(9, 210.0), np.full(9, -30.0), "look like right ascension"),
        (np.full(9, 0.0), np.arange(9.0), "fit with `first_pixel: 0`"),
    ],
)
def test_pixels_elsewhere_are_told_with_their_reason(x, y, reason):
    places = pd.DataFrame({"x": x - 1, "y": y - 1, "ra": np.nan, "dec": np.nan})
    given = Positions(path="cat.csv", x="x", y="y")
    said = warning_of(places, 0, given, MIDDLES)
    assert "there x 1 to 400, y 1 to 300, in the catalogue x" in said
    assert reason in said


def test_a_run_warns_of_a_catalogue_that_lies_elsewhere(tmp_path, caplog):
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [60.0, 60.0], [150.0, 2.0]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-6e-5, 6e-5], ["RA---TAN", "DEC--TAN"]
    image = sersic_frame([(40.0, 40.0), (80.0, 78.0)], size=120)
    fits.PrimaryHDU(image, wcs.to_header()).writeto(tmp_path / "f.fits")
    ra, dec = wcs.pixel_to_world_values([40, 80], [40, 78])
    keys = {"kind": "frames", "path": str(tmp_path / "f.fits"), "psf_fwhm": 2.4}
    for scale, found in ((15.0, 0), (1.0, 2)):
        table = pd.DataFrame({"RA": ra / scale, "DEC": dec})
        table.to_csv(tmp_path / "t.csv", index=False)
        source = source_of(positions=vars(positions(tmp_path / "t.csv")), **keys)
        with caplog.at_level(logging.WARNING, "galvote"):
            caplog.clear()
            result = search_sky(source, search_of(), 1.5)
        assert len(result.rows) == found
        assert ("looks like hours" in caplog.text) == (found == 0)
