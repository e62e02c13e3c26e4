"""Names that a person gave to clusters are read, or refused in one sentence."""

import unicodedata

import pytest

from galvote.base.errors import InputError
from galvote.naming.names import name_of_each, read_names


def table(folder, *rows, header="cluster,key,name"):
    path = folder / "names.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_names_go_by_keys_and_not_by_numbers(tmp_path):
    names = read_names(table(tmp_path, "0,aa,spiral", "1,bb,round one", "2,cc,"))
    assert names == {"aa": "spiral", "bb": "round one"}
    assert name_of_each(["cc", "bb", "aa"], names) == ["0", "round one", "spiral"]


@pytest.mark.parametrize("name", ["étoile", "e\u0301toile", "सर्पिल", "SBc+ 2.1"])
def test_names_are_in_any_script(tmp_path, name):
    (read,) = read_names(table(tmp_path, f"0,aa,{name}")).values()
    assert read == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("0,aa,../up", "line 2 .* use letters, digits"),
        ("0,aa,.hidden", "use letters, digits"),
        ("0,aa,dot.", "use letters, digits"),
        ("0,aa," + "x" * 101, "at most 100"),
        ("0,aa," + "\N{GOTHIC LETTER AHSA}" * 26, "at most 100"),
        ("0,aa,Rest", "means something else"),
        ("0,aa,12", "means something else"),
        ("0,,spiral", "has no `key`"),
        ("0,aa,one\n0,aa,two", "a second name, 'two'"),
        ("0,aa,Spiral\n1,bb,spiral", "write one name in one way"),
        ("0,aa,edge-on\n1,bb,edge on", "write one name in one way"),
    ],
)
def test_bad_names_are_refused(tmp_path, row, sentence):
    with pytest.raises(InputError, match=sentence):
        read_names(table(tmp_path, row))


def test_other_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"has no column `key` .*copy clusters.csv"):
        read_names(table(tmp_path, "0,spiral", header="cluster,name"))
    assert read_names(table(tmp_path)) == {}
    (tmp_path / "names.csv").write_bytes(b"key,name\n\xff\xfe,a\n")
    with pytest.raises(InputError, match="cannot be read as a CSV table"):
        read_names(tmp_path / "names.csv")
