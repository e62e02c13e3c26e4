"""Names that a person gave to clusters are read, or refused in one sentence."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.naming.names import folder_names, name_of_each, read_names


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
        ("0,aa,be\x07ll", "line 2 .* a sign that cannot be shown"),
        ('0,aa,"two\nlines"', "a sign that cannot be shown"),
        ("0,aa,nu\0ll", "a sign that cannot be shown"),
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


ODD = [
    "E/S0",
    "Sb?",
    "..",
    ".hidden",
    "dot.",
    "CON",
    "com1.x",
    'a"b',
    "<i>",
    "*",
    "a\\b",
]


@pytest.mark.parametrize("name", [*ODD, "x" * 300, "\N{GOTHIC LETTER AHSA}" * 90, "-r"])
def test_any_name_is_kept_as_it_is_and_gets_a_folder(tmp_path, name):
    quoted = name.replace('"', '""')
    assert read_names(table(tmp_path, f'0,aa,"{quoted}"')) == {"aa": name}
    folder = folder_names([name])[name]
    (tmp_path / folder).mkdir()
    assert (tmp_path / folder).parent == tmp_path
    assert len(folder.encode()) <= 100
    assert not set(folder) & set('/\\:*?"<>|')
    assert folder[0] not in ".-"
    assert folder[-1] not in ". "
    assert folder.upper().split(".")[0] not in ("CON", "COM1")


def test_folders_of_safe_names_are_called_so():
    names = ["étoile", "SBc+ 2.1", "सर्पिल", "0", "rest", "edge-on", "a_b"]
    assert folder_names(names) == {name: name for name in names}
    assert folder_names(["E/S0", "Sb?"]) == {"E/S0": "E_S0", "Sb?": "Sb_"}


def test_names_that_look_alike_get_folders_of_their_own():
    names = ["E/S0", "E_S0", "E?S0", "e:s0", "CON", "con_", "x" * 300, "x" * 299]
    folders = folder_names(names)
    assert len({folder.casefold() for folder in folders.values()}) == len(names)
    assert folders["E_S0"] == "E_S0"
    assert folder_names(reversed(names)) == folders


@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=6, unique=True))
def test_folders_are_unique_and_safe_for_all_names(names):
    folders = [folder for folder in folder_names(names).values()]
    plain = {unicodedata.normalize("NFKC", folder).casefold() for folder in folders}
    assert len(plain) == len(names)
    for folder in folders:
        assert 0 < len(folder.encode()) <= 100
        assert "/" not in folder
        assert folder[-1] not in ". "
        assert folder[0] != "."


def test_other_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"has no column `key` .*copy clusters.csv"):
        read_names(table(tmp_path, "0,spiral", header="cluster,name"))
    assert read_names(table(tmp_path)) == {}
    (tmp_path / "names.csv").write_bytes(b"key,name\n\xff\xfe,a\n")
    with pytest.raises(InputError, match="cannot be read as a CSV table"):
        read_names(tmp_path / "names.csv")
