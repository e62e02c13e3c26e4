"""Patterns lead from an image to its own mask, or are refused."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.base.file_names import fill_in, matches
from galvote.inputs.listings import read_listing
from known_inputs import source_of

NAMES = st.text("ab1_.-é[ ", min_size=1, max_size=6).filter(lambda t: t[0] != ".")


@pytest.mark.parametrize(
    ("template", "pattern", "file", "expected"),
    [
        ("m/*.fits", "s/*.fits", "s/a.fits", "m/a.fits"),
        ("s/*_m.fits", "s/*_im.fits", "s/a_b_im.fits", "s/a_b_m.fits"),
        ("s[12]_*_m.f", "s[12]_*_im.f", "s2_a_im.f", "s2_a_m.f"),
        ("m_*.f", "s[12]_*_im.f", "s2_a_im.f", "m_a.f"),
        ("m??_*.f", "s??_*.f", "s07_a.f", "m07_a.f"),
        ("m?_*.f", "s[!a-c]_*.f", "sd_x.f", "md_x.f"),
        ("*/m_*.f", "*/s_*.f", "deep/s_a.f", "deep/m_a.f"),
        ("m/**/*.f", "s/**/*.f", "s/a.f", "m/a.f"),
        ("m/**/*.f", "s/**/*.f", "s/x/y/a.f", "m/x/y/a.f"),
        ("m/**", "s/**", "s/x/a.f", "m/x/a.f"),
        ("./m/*.f", "./s/*.f", "./s/a.f", "./m/a.f"),
        ("m/*.f", "s//*.f", "s/a.f", "m/a.f"),
        ("*-*_m.f", "*-*_im.f", "a_b-c_im.f", "a_b-c_m.f"),
        ("*_*_m.f", "*_*_im.f", "a_b_c_im.f", "a_b_c_m.f"),
        ("one.fits", "s/*.fits", "s/a.fits", "one.fits"),
        ("m/*.fits[DQ]", "s/*.fits", "s/a.fits", "m/a.fits[DQ]"),
        ("*.fits[2]", "*.fits[SCI]", "a.fits[SCI]", "a.fits[2]"),
        ("m[]x]*", "s[]x]*", "s]a", "m]a"),
        ("é*", "ä*ö", "äüö", "éü"),
        (r"m\*", "s.*", "s.a", r"m\a"),
    ],
)
def test_wildcards_stand_for_the_same_texts(template, pattern, file, expected):
    assert fill_in(template, pattern, file) == expected


@pytest.mark.parametrize(
    ("template", "pattern", "file", "said"),
    [
        ("m/*_*.f", "s/*.f", "s/a.f", "other wildcards"),
        ("m/?.f", "s/*.f", "s/a.f", "other wildcards"),
        ("m/*?.f", "s/?*.f", "s/ab.f", "other wildcards"),
        ("*/m.f", "**/*.f", "x/a.f", None),
        ("m/**/*.f", "s/*.f", "s/a.f", "other wildcards"),
        ("*.*.f", "*_*.f", "a_b_c.f", r"more than one text \(a.b_c.f or a_b.c.f\)"),
        ("m/*.f", "s/*.f", "t/a.f", "does not match"),
    ],
)
def test_what_is_not_clear_is_refused(template, pattern, file, said):
    if said is None:
        assert fill_in(template, pattern, file) == "a/m.f"
        return
    with pytest.raises(InputError, match=said):
        fill_in(template, pattern, file)


@given(NAMES, NAMES, st.sampled_from("12"))
def test_a_file_has_the_companion_of_its_own_texts(one, two, digit):
    pattern, template = "s[12]/*-im/*.f", "t[12]/*-m/x*.g"
    file = f"s{digit}/{one}-im/{two}.f"
    assert fill_in(template, pattern, file) == f"t{digit}/{one}-m/x{two}.g"


@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6, unique=True))
def test_two_files_never_have_one_companion(pairs):
    made = set()
    for one, two in pairs:
        try:
            made.add(fill_in("*_*.g", "*_*.f", f"{one}_{two}.f"))
        except InputError:
            assume(False)
    assert len(made) == len({f"{one}_{two}" for one, two in pairs})


def stamps(folder, names, **keys):
    """Write empty files, and return a source of stamps by a pattern."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    keys = {key: f"{folder}/{pattern}" for key, pattern in keys.items()}
    return source_of(kind="stamps", **keys)


def test_each_stamp_gets_its_own_mask(tmp_path):
    names = ["s1_a_im.fits", "s2_a_im.fits", "s1_bb_im.fits"]
    masks = [name.replace("_im", "_mask") for name in names]
    keys = {"path": "s[12]_*_im.fits", "mask": "s[12]_*_mask.fits"}
    listing = read_listing(stamps(tmp_path, [*names, *masks], **keys))
    for row in listing.itertuples():
        assert row.mask_path == row.image_path.replace("_im", "_mask")


@pytest.mark.parametrize("mask", ["m_*.fits", "*_mask.fits"])
def test_one_mask_for_two_stamps_is_refused(tmp_path, mask):
    names = ["s1_a_im.fits", "s2_a_im.fits"]
    source = stamps(tmp_path, names, path="s[12]_*_im.fits", mask=mask)
    with pytest.raises(InputError, match=r"the same file, .*a.*write all wildcards"):
        read_listing(source)


def test_one_psf_named_for_all_is_fine(tmp_path):
    source = stamps(tmp_path, ["a.fits", "b.fits"], path="?.fits", psf="psf/all.fits")
    assert set(read_listing(source)["psf_path"]) == {f"{tmp_path}/psf/all.fits"}


@pytest.mark.parametrize("pattern", ["*.f", "**/*.f", "?[ab]*", "[!x]*/*.f"])
def test_what_matches_can_be_filled_in(tmp_path, pattern):
    for name in ("a.f", "bb.f", "cb/a.f", ".h.f", "._a.f"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = matches(f"{tmp_path}/{pattern}")
    assert found
    assert not any(re.search(r"/\.", name) for name in found)
    for file in found:
        assert fill_in(f"{tmp_path}/{pattern}", f"{tmp_path}/{pattern}", file) == file
