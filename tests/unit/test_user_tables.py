"""Tables of users keep their cells, whatever the format."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from hypothesis import given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.inputs.user_tables import (
    as_numbers,
    as_text,
    read_user_table,
    table_digest,
    typed,
)

IDS = [587731187273892048, 100000000000000001, 999999999999999999]
TABLE = Table(
    {
        "objid": np.array(IDS),
        "name": ["NGC 1", "", "M 31"],
        "z": [0.1, np.nan, 0.3],
        "n": MaskedColumn([1, 2, 3], mask=[False, True, False]),
        "spectrum": np.zeros((3, 4)),
    }
)


def write(path):
    """Write the table in the format that the file's name says."""
    flat = TABLE[["objid", "name", "z", "n"]]
    if path.suffix == ".parquet":
        flat.to_pandas().to_parquet(path)
    elif path.suffix == ".csv":
        flat.to_pandas().to_csv(path, index=False)
    elif path.suffix == ".vot":
        TABLE.write(path, format="votable")
    elif path.suffix == ".ecsv":
        TABLE.write(path, format="ascii.ecsv")
    else:
        TABLE.write(path, format="fits")
    return path


@pytest.mark.parametrize("ending", ["csv", "ecsv", "fits", "fits.gz", "vot", "parquet"])
def test_every_format_gives_the_same_cells(tmp_path, ending):
    table = read_user_table(write(tmp_path / f"t.{ending}"))
    assert table.columns.tolist() == ["objid", "name", "z", "n"]
    assert typed(table["objid"]).tolist() == IDS
    assert as_text(table["objid"]).tolist() == [str(i) for i in IDS]
    assert as_text(table["name"]).tolist() == ["NGC 1", "", "M 31"]
    assert np.allclose(as_numbers(table["z"]), [0.1, np.nan, 0.3], equal_nan=True)
    assert np.allclose(as_numbers(table["n"]), [1, np.nan, 3], equal_nan=True)


def test_the_table_of_a_fits_file_may_be_named(tmp_path):
    path = tmp_path / "t.fits"
    tables = [Table({"a": [n]}) for n in (1, 2)]
    named = [fits.BinTableHDU(t, name=n) for t, n in zip(tables, "XY", strict=True)]
    fits.HDUList([fits.PrimaryHDU(), *named]).writeto(path)
    assert read_user_table(f"{path}[Y]")["a"].tolist() == [2]
    assert read_user_table(f"{path}[1]")["a"].tolist() == [1]


@pytest.mark.parametrize("name", ["t.csv", "t.fits", "t.vot", "t.ecsv", "t.parquet"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe rubbish \n \x80"])
def test_rubbish_is_told_in_a_sentence(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"t\.\w+") as caught:
        read_user_table(path)
    assert "\n" not in str(caught.value)


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1))
def test_whole_numbers_keep_all_their_digits(numbers):
    column = typed(pd.Series([str(number) for number in numbers]))
    assert column.dtype == "Int64"
    assert column.tolist() == numbers


@given(st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=1))
def test_numbers_keep_their_value(numbers):
    text = [repr(number) for number in numbers]
    assert typed(pd.Series(text)).tolist() == numbers


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["007", "012"], ["007", "012"]),
        (["1", ""], [1, None]),
        (["587731187273892048", ""], [587731187273892048, None]),
        (["9007199254740993", ""], [9007199254740993, None]),
        (["9007199254740993", "0.5"], ["9007199254740993", "0.5"]),
        (["0.5", ""], [0.5, None]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        (["1.5", "nan"], ["1.5", "nan"]),
        (["1e3", "-0.5"], [1000.0, -0.5]),
        (["spiral", "1"], ["spiral", "1"]),
        (["", ""], ["", ""]),
    ],
)
def test_cells_of_text_become_numbers_where_nothing_is_lost(cells, expected):
    column = typed(pd.Series(cells, dtype=object)).astype(object)
    assert column.where(column.notna(), None).tolist() == expected


def test_positions_that_are_no_numbers_are_nan():
    numbers = as_numbers(pd.Series(["1.5", "", "x", "inf", " 2 "]))
    assert np.allclose(numbers, [1.5, np.nan, np.nan, np.nan, 2.0], equal_nan=True)


def test_a_digest_sees_each_cell_and_each_name():
    table = pd.DataFrame({"a": ["1", "2"], "b": ["x", None]})
    changed = table.assign(a=["1", "3"]), table.rename(columns={"a": "c"}), table[:1]
    assert len({table_digest(t) for t in (table, *changed)}) == 4
    assert table_digest(table) == table_digest(table.copy())
