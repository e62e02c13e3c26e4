"""Odd positions of galaxies in frames."""

import numpy as np
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import Table

from galvote.catalog.flags import Flag
from odd_inputs.corpus import (
    FOUND,
    OBJECT_ID,
    PIXEL,
    SWAPPED,
    Corpus,
    Outcome,
    marked,
    packed,
    sky,
)


def add_positions_in_pixels(corpus: Corpus) -> None:
    """Add a CSV table of pixels, counted from 1, with odd places, ids and radii."""
    at, beside, nowhere = ("41", "41"), ("81", "79"), ("20", "100")
    outside, unplaced = "lies outside of the image", "its position is no number"
    long, n = "L" * 300, iter(range(1, 99))
    rows: list[tuple[tuple[str, str], str, str, str, Outcome]] = [
        (at, "plain", "", "plain", FOUND),
        (beside, "../../x", "", marked("../../x", "-..-x"), FOUND),
        (at, "a/b", "", marked("a/b", "a-b"), FOUND),
        (at, "two words", "", marked("two words", "two-words"), FOUND),
        (at, "ünï", "", marked("ünï", "-n-"), FOUND),
        (at, "☄", "", marked("☄", "-"), FOUND),
        (at, long, "", marked(long, long[:28]), FOUND),
        (at, "Case", "", marked("Case", "Case"), FOUND),
        (at, "case", "", marked("case", "case"), FOUND),
        (at, "", "", "row10", FOUND),
        (at, "", "", "row11", FOUND),
        (at, "twice", "", "twice", FOUND),
        (at, "twice", "", "row13", "row 12 has the same id"),
        (at, "twice", "", "row14", "row 12 has the same id"),
        (at, "minus", "-3", "minus", FOUND),
        (at, "none", "0", "none", FOUND),
        (at, "word", "wide", "word", FOUND),
        (at, "wide", "1e9", "row18", "its radius of 1e+09 px"),
        (at, "thin", "1e-9", "thin", FOUND),
        (nowhere, "sky", "", "sky", Flag.UNDETECTED),
        (nowhere, "sky-wide", "4", "sky-wide", Flag.UNDETECTED),
        (("500", "500"), "far", "", "row22", outside),
        (("-7", "41"), "left", "", "row23", outside),
        (("120.5", "41"), "rim", "", "row24", outside),
        (("0.5", "41"), "brink", "", "brink", Flag.UNDETECTED),
        (("nan", "41"), "nan", "", "row26", unplaced),
        (("", ""), "empty", "", "row27", unplaced),
        (("here", "41"), "text", "", "row28", unplaced),
        (("inf", "-inf"), "inf", "", "row29", unplaced),
        (("1e300", "41"), "1e300", "", "row30", outside),
    ]
    lines = ["X,Y,name,r,image_path,y"]
    for (x, y), name, radius, id_, outcome in rows:
        lines.append(f"{x},{y},{name},{radius},cell {next(n)},{OBJECT_ID}")
        corpus.single[f"pixels_{id_}"] = outcome
    corpus.values["pixels_plain"] = {"user_image_path": "cell 1", "user_y": OBJECT_ID}
    corpus.put("pixels.csv", "\n".join(lines).encode())
    corpus.put("pixels.fits", packed(sky()))
    columns = {"x": "X", "y": "Y", "id": "name", "radius": "r"}
    places = {"path": "pixels.csv", **columns}
    # positions in the margin are kept here, to be seen
    corpus.add("pixels", "frames", "pixels.fits", psf_fwhm=2.4, positions=places)


def add_positions_on_the_sky(corpus: Corpus) -> None:
    """Add a FITS table and a VOTable of right ascension and declination."""
    slope = np.cos(np.radians(10.0))
    ra, dec = 30.0 + 20.0 * PIXEL / slope, 10.0 - 10.0 * PIXEL  # at (40, 40) in SWAPPED
    rows: list[tuple[float, float, Outcome]] = [
        (ra, dec, FOUND),
        (ra + 360.0, dec, FOUND),
        (ra - 360.0, dec, FOUND),
        (ra, 95.0, "its declination is 95.0"),
        (ra, -90.1, "its declination is -90.1"),
        (ra + 180.0, -dec, "outside of the image"),
        (ra, np.nan, "no number"),
        (np.inf, dec, "no number"),
        (1e300, dec, "outside of the image"),
    ]
    ids = OBJECT_ID + np.arange(len(rows))
    table = Table(rows=[row[:2] for row in rows], names=["RA", "DEC"])
    table["objid"] = ids
    table["spectrum"] = np.ones((len(rows), 3))
    table["ragged"] = np.array(
        [np.arange(i % 3) for i in range(len(rows))], dtype=object
    )
    table.write(corpus.folder / "places.fits")
    masked = Table(table[["RA", "DEC", "objid"]][:2], masked=True)
    masked["RA"].mask = [False, True]
    from_table(masked).to_xml(str(corpus.folder / "places.vot"))
    corpus.put("swapped.fits", packed(fits.PrimaryHDU(sky(), SWAPPED)))
    columns = {"ra": "RA", "dec": "DEC", "id": "objid"}
    for name, path in (("fitstable", "places.fits"), ("votable", "places.vot")):
        places = {"path": path, **columns}
        keys = {"psf_fwhm": 2.4, "positions": places}
        corpus.add(name, "frames", "swapped.fits", **keys)
    for i, (*_, outcome) in enumerate(rows):
        id_ = f"row{i + 1}" if isinstance(outcome, str) else ids[i]
        corpus.single[f"fitstable_{id_}"] = outcome
    corpus.single[f"votable_{ids[0]}"] = FOUND
    corpus.single["votable_row2"] = "no number"


def add_positions_of_nothing(corpus: Corpus) -> None:
    """Add positions in a frame that cannot be read, and none that is in a frame."""
    places = {"path": "nothing.csv", "x": "x", "y": "y", "id": "id"}
    corpus.put("nothing.csv", b"x,y,id\n1000,1000,a\n2000,2000,b\n")
    for name, path, reason in (
        ("blind", "cut.fits", "no image of its source could be searched"),
        ("beyond", "pixels.fits", "lies outside of the image"),
    ):
        corpus.add(name, "frames", path, positions=places)
        corpus.single |= dict.fromkeys((f"{name}_row1", f"{name}_row2"), reason)
    corpus.frames["blind"] = "cannot be read as a FITS image"
