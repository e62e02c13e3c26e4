"""The catalogue can be opened in TOPCAT and DS9."""

import re

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.table import Table

from galvote.catalog.exports import write_fits, write_regions
from galvote.catalog.flags import Flag

CATALOG = pd.DataFrame(
    {
        "id": ["a_1", "a_2", "a_3", "b_1", "c_1"],
        "source": ["a", "a", "a", "b", "c"],
        "hdu": ["1", "1", "2", "", ""],
        "x": [9.0, 19.5, 29.0, 39.0, 49.0],
        "y": [0.0, 1.25, 2.0, 3.0, 4.0],
        "ra": [150.0, 150.1, np.nan, 1.0, 2.0],
        "dec": [2.0, 2.1, np.nan, -1.0, 3.0],
        "radius": [10.0, 20.0, 30.0, np.nan, 5.0],
        "flux": [1.0, 2.0, np.nan, 4.0, 5.0],
        "flux_g": [1.0, 2.0, 3.0, 4.0, 5.0],
        "mag_g": [20.0, 21.0, 22.0, 23.0, 24.0],
        "axis_ratio": [0.5, 1.0, 0.25, 1.0, 1.0],
        "position_angle": [30.0, -45.0, 0.0, 0.0, 0.0],
        "flags": [
            0,
            Flag.STAR.value | Flag.UNRESOLVED.value,
            Flag.UNDETECTED.value,
            0,
            0,
        ],
        "image_path": ["", "", "", "", "c.png"],
        "objid": [587731187273892048, 1, 2, 3, 4],
        "name": ["NGC 1", None, "Žižka", "", "x" * 90],
        "flux_capacitor": ["text", "", "", "", ""],
    }
)


def test_the_fits_table_has_all_cells_and_units(tmp_path):
    write_fits(CATALOG, tmp_path / "catalog.fits", ["g"])
    table = Table.read(tmp_path / "catalog.fits")
    assert table.colnames == CATALOG.columns.tolist()
    assert table["x"].unit == table["radius"].unit == units.pix
    assert table["ra"].unit == table["position_angle"].unit == units.deg
    assert table["flux"].unit == table["flux_g"].unit == units.count
    assert table["mag_g"].unit == units.mag
    assert table["axis_ratio"].unit is None
    table.convert_bytestring_to_unicode()
    assert table["objid"].tolist() == CATALOG["objid"].tolist()
    assert table["id"].tolist() == CATALOG["id"].tolist()
    assert table["flux_capacitor"].unit is None
    assert table["name"].filled("").tolist() == ["NGC 1", "", "?i?ka", "", "x" * 90]
    for column in ("x", "ra", "flux", "mag_g"):
        assert np.allclose(table[column], CATALOG[column], equal_nan=True)


@pytest.fixture
def regions(tmp_path):
    """Write the regions; return their folder."""
    write_regions(CATALOG, tmp_path)
    return tmp_path


def test_each_frame_has_its_regions(regions):
    assert sorted(path.name for path in regions.iterdir()) == ["a_h1.reg", "a_h2.reg"]
    for name, ids in {"a_h1.reg": ["a_1", "a_2"], "a_h2.reg": ["a_3"]}.items():
        text = (regions / name).read_text()
        assert text.startswith("# Region file format: DS9")
        assert "\nimage\n" in text
        assert re.findall(r"text={(.*?)}", text) == ids


def test_regions_count_pixels_from_one_and_are_coloured_by_flag(regions):
    lines = (regions / "a_h1.reg").read_text().splitlines()[-2:]
    assert lines[0].startswith("ellipse(10.00,1.00,10.00,5.00,30.0)")
    assert lines[1].startswith("ellipse(20.50,2.25,20.00,20.00,-45.0)")
    colours = re.findall(r"color=(\w+) ", "\n".join(lines))
    assert colours == ["green", "yellow"]
    undetected = (regions / "a_h2.reg").read_text()
    assert "color=red " in undetected


def test_other_flags_leave_a_region_green(tmp_path):
    write_regions(CATALOG[:1].assign(flags=Flag.BLENDED.value), tmp_path)
    assert "# color=green" in (tmp_path / "a_h1.reg").read_text()
