"""Frames in many files: a folder or a pattern, with the maps that belong to each."""

import os
import time

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from galvote.base.checksums import sampled_digest
from galvote.base.errors import InputError
from galvote.base.file_names import fits_files, take_hdu
from galvote.catalog.exports import write_regions
from galvote.catalog.merging import drop_repeated
from galvote.config.checks import check_files, complete
from galvote.config.digests import of_files
from galvote.cutouts.pictures import frame_pictures
from galvote.inputs.ids import frame_keys, names_of_files
from galvote.inputs.maps import map_file, map_reader
from known_inputs import search_of, source_of
from simulated import grid_of_places, search_sky, sersic_frame

SIZE = 160
PLACES = grid_of_places(3, SIZE)
SCALE = 0.4 / 3600.0


def header(right_ascension):
    """Return the header of a tile about a right ascension (deg)."""
    cards = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": right_ascension}
    cards |= {"CRVAL2": 0.0, "CRPIX1": SIZE / 2, "CRPIX2": SIZE / 2}
    return fits.Header(cards | {"CDELT1": -SCALE, "CDELT2": SCALE})


def sky(seed):
    """Return an image of nine galaxies."""
    return (sersic_frame(PLACES, size=SIZE, seed=seed) + 50.0).astype(np.float32)


@pytest.fixture
def survey(tmp_path, monkeypatch):
    """Write tiles, most of them good, and masks of two; work in their folder."""
    monkeypatch.chdir(tmp_path)
    for folder in ("tiles/deep/.old", "masks"):
        (tmp_path / folder).mkdir(parents=True)
    for number, name in enumerate(("a.fits", "b.fits", "007.fits", "deep/a.fit")):
        fits.writeto(f"tiles/{name}", sky(number), header(10.0 + number))
    packed = fits.CompImageHDU(sky(7), header(20.0), name="SCI")
    hdus = [fits.PrimaryHDU(), packed, fits.ImageHDU(sky(8), header(21.0), name="SCI")]
    fits.HDUList(hdus).writeto("tiles/mef.fits.fz")
    (tmp_path / "tiles/broken.fits").write_bytes(b"SIMPLE = ?")
    (tmp_path / "tiles/empty.fits").touch()
    for name in (
        *(".hidden.fits", "._a.fits", "deep/.old/a.fits", "read.me"),
        *("cat.csv.gz", "tar.bz2"),
    ):
        (tmp_path / f"tiles/{name}").write_text("no image")
    mask = np.zeros((SIZE, SIZE), np.int16)
    for name, rows in (("a", np.s_[:60]), ("b", np.s_[110:])):
        bad = mask.copy()
        bad[rows] = 1
        fits.writeto(f"masks/{name}_bad.fits", bad, overwrite=True)
    return tmp_path


def tiles(path, **more):
    """Return a source of many frames."""
    return source_of(kind="frames", path=path, psf_fwhm=2.4, **more)


def test_a_folder_gives_all_its_frames_and_names_those_that_are_damaged(survey):
    found = search_sky(tiles("tiles", hdu="all"), search_of(), 1.5)
    frames = found.frames.set_index("frame")
    digests = [name for name in frames.index if name.startswith("a-")]
    assert len(digests) == 2  # two files are called a
    assert set(frames.index) - set(digests) == {"b", "f007", "mef_h1", "mef_h2"}
    assert (frames["sources"] == 9).all()
    assert frames.loc["mef_h2", "file"] == "tiles/mef.fits.fz"
    assert frames.loc["mef_h2", "hdu"] == "2"
    assert frames.loc["f007", ["file", "hdu"]].tolist() == ["tiles/007.fits", ""]
    assert set(found.segments) == set(frames.index)
    assert found.rows["id"].is_unique
    assert found.rows.groupby("file").size().tolist() == [9, 9, 9, 9, 18]
    prefix = "sky_" + found.rows["frame"] + "_x"
    assert all(i.startswith(p) for i, p in zip(found.rows["id"], prefix, strict=True))
    assert found.rejects["id"].tolist() == ["sky_broken", "sky_empty"]


@pytest.mark.parametrize(
    ("path", "frames"),
    [
        ("tiles/?.fits", ["a", "b"]),
        ("tiles/*.fits.fz", ["mef_h1", "mef_h2"]),
        ("tiles/*.fits.fz[2]", ["mef"]),
        ("tiles/[ab].fits", ["a", "b"]),
        ("tiles/**/*.fit", ["a"]),
        ("tiles/deep", ["a"]),
    ],
)
def test_a_pattern_gives_the_frames_it_matches(survey, path, frames):
    keys = {"hdu": "SCI"} if path.endswith(".fz") else {}
    found = search_sky(tiles(path, **keys), search_of(), 1.5)
    assert found.frames["frame"].tolist() == frames
    assert len(found.rows) == 9 * len(frames)


def test_each_file_has_its_own_mask_and_none_is_no_frame(survey):
    source = tiles("tiles/*.fits", mask="masks/*_bad.fits")
    rows = search_sky(source, search_of(), 1.5).rows
    y = rows.groupby("frame")["y"].agg(["min", "max"])
    assert list(y.index) == ["a", "b"]
    assert y.loc["a", "min"] > 59
    assert y.loc["b", "max"] < 110
    assert "masks/007_bad.fits" not in source.files()
    assert {"masks/a_bad.fits", "tiles/007.fits"} <= set(source.files())
    one = tiles("tiles/[ab].fits", mask="masks/a_bad.fits")  # the same for all
    assert search_sky(one, search_of(), 1.5).rows["y"].min() > 59


def test_weights_may_be_in_the_files_themselves(survey):
    for name in "ab":
        weight = np.ones((SIZE, SIZE), np.float32)
        weight[:, : 60 if name == "a" else 110] = 0.0
        fits.append(f"tiles/{name}.fits", weight, fits.Header({"EXTNAME": "WHT"}))
    found = search_sky(
        tiles("tiles/*.fits", weight="tiles/*.fits[WHT]"), search_of(), 1.5
    )
    x = found.rows.groupby("frame")["x"].min()
    assert x["a"] > 59
    assert x["b"] > 109
    assert found.rejects["id"].tolist() == ["sky_broken", "sky_empty", "sky_f007"]


def test_places_on_the_sky_are_sought_in_all_files(survey):
    sides = [(10.0, "a"), (11.0, "b"), (12.0, "f007")]
    middle = 40 * SCALE
    table = pd.DataFrame({"ra": [ra + middle for ra, _ in sides], "dec": 0.0})
    table.to_csv("places.csv", index=False)
    positions = {"path": "places.csv", "ra": "ra", "dec": "dec"}
    found = search_sky(tiles("tiles/*.fits", positions=positions), search_of(), 1.5)
    assert found.rows["frame"].tolist() == ["f007", "a", "b"]
    assert sorted(found.rows["row"]) == [0, 1, 2]
    positions = {"path": "places.csv", "x": "ra", "y": "dec"}
    with pytest.raises(InputError, match="give `ra` and `dec`"):
        search_sky(tiles("tiles/*.fits", positions=positions), search_of(), 1.5)


def test_a_galaxy_in_two_tiles_is_kept_once_and_each_frame_has_its_regions(survey):
    fits.writeto("tiles/c.fits", sky(0), header(10.0))  # the sky of a
    rows = search_sky(tiles("tiles/[abc].fits"), search_of(), 1.5).rows
    kept, repeated = drop_repeated(rows, ["sky"], 1.0)
    assert len(kept) == 18
    assert len(repeated) == 9
    write_regions(rows, survey)
    names = sorted(path.name for path in survey.glob("*.reg"))
    assert names == ["sky_a.reg", "sky_b.reg", "sky_c.reg"]


def test_only_the_frames_that_are_cut_are_opened(survey):
    source = tiles("tiles/[ab].fits")
    found = search_sky(source, search_of(), 1.5)
    with map_file("segments.fits") as add:
        for name, segments in found.segments.items():
            add(name, segments)
    found.frames.to_csv("frames.csv", index=False)
    (survey / "tiles/a.fits").unlink()
    rows = found.rows[found.rows["frame"] == "b"]
    look = {"size": 32, "channels": "grey", "softening": 3.0, "hide_neighbours": True}
    shown = dict(frame_pictures(source, rows, 64, "frames.csv", "segments.fits", look))
    assert list(shown) == rows["id"].tolist()
    assert all(picture.max() > 150 for picture in shown.values())


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ({"path": "tiles/*.fts"}, "no file is called tiles/*.fts"),
        ({"path": "masks/none"}, "there is no file masks/none"),
        ({"path": "bare"}, "no file with FITS images is in bare"),
        ({"path": "tiles", "mask": "masks/*_bad.fits"}, "needs a `path` with one `*`"),
        (
            {"path": "tiles/**/*.fits", "rms": "masks/*.fits"},
            "needs a `path` with one `*`",
        ),
        (
            {"path": "tiles/*.fits", "weight": "weights/*.fits"},
            "no file weights/*.fits belongs to one of tiles/*.fits",
        ),
        ({"path": "tiles/*.fits", "mask": "mask.fits"}, "there is no file mask.fits"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_the_run(survey, keys, part):
    (survey / "bare").mkdir()
    config = complete({"sources": [{"name": "s", "kind": "frames", **keys}]})
    with pytest.raises(InputError) as refused:
        check_files(config, lambda path: False)
    assert part in str(refused.value)


def test_names_of_frames_are_safe_and_unique():
    paths = ["t/a.fits", "u/a.fits", "t/A.fits", "t/b c.fits", "t/12.fits.gz"]
    paths += ["t/a_h1.fits", "t/a_h1-.fits", "t/" + "x" * 90 + ".fits"]
    names = names_of_files(pd.Series(paths))
    assert names.str.lower().is_unique
    assert names.str.fullmatch(r"[\w.+-]{1,39}").all()
    assert not names.str.fullmatch(r"\d+").any()
    assert not names.str.contains(r"_h\d+$").any()
    table = pd.DataFrame({"hdu": ["3", "", "2"], "frame": [None, "a", "b_h2"]})
    assert frame_keys(table).tolist() == ["3", "a", "b_h2"]


def test_brackets_are_an_hdu_where_they_are_no_part_of_the_name(survey):
    assert take_hdu("tiles/*.fits[SCI]") == ("tiles/*.fits", "SCI")
    assert take_hdu("tiles/a.fits[2]") == ("tiles/a.fits", 2)
    (survey / "t1").touch()
    assert take_hdu("t[0-9]") == ("t[0-9]", None)
    assert fits_files("tiles/deep") == ["tiles/deep/a.fit"]


def test_a_new_a_changed_and_a_removed_file_are_noticed(survey):
    source = tiles("tiles/[a-n].fits")
    before = source.files(), [sampled_digest(survey / f) for f in source.files()]
    assert before[0] == ["tiles/a.fits", "tiles/b.fits"]
    assert of_files(before[0]) == before[1]
    old = (survey / "tiles/b.fits").stat().st_mtime - 1e6
    fits.writeto("tiles/b.fits", sky(9), overwrite=True)
    os.utime("tiles/b.fits", (old, old))
    assert sampled_digest(survey / "tiles/b.fits") != before[1][1]
    fits.writeto("tiles/n.fits", sky(9))
    (survey / "tiles/a.fits").unlink()
    assert source.files() == ["tiles/b.fits", "tiles/n.fits"]


def test_maps_of_many_frames_are_written_and_read_in_equal_times(tmp_path):
    image, took = np.arange(400, dtype=np.int32).reshape(20, 20), []
    with map_file(tmp_path / "maps.fits") as add:
        for number in range(200):
            start = time.perf_counter()
            add(f"t{number}", image + number)
            took.append(time.perf_counter() - start)
    assert np.median(took[-50:]) < 3.0 * np.median(took[:50])
    with map_reader(tmp_path / "maps.fits") as read:
        for number in (199, 0, 100):
            assert (read(f"t{number}") == image + number).all()
