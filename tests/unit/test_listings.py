"""Listings of images: safe and lasting ids, nothing lost, labels apart."""

import hashlib
import os
import re
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from galvote.base.checksums import (
    current_checksum,
    read_checksums,
    read_records,
    states_of,
    write_checksums,
)
from galvote.base.errors import InputError
from galvote.catalog.columns import add_columns
from galvote.inputs.ids import image_ids
from galvote.inputs.listings import (
    columns_digest,
    image_files,
    images_digest,
    labels_digest,
    listed_columns,
    listed_rows,
    read_listing,
    truth_rows,
)
from known_inputs import source_of
from processes import run

PATHS = st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=8, unique=True)


def images_of(path, **more):
    """Return a source of images called s."""
    return source_of(name="s", kind="images", path=str(path), **more)


def table_of(folder, columns, **more):
    """Write a listing and return its source."""
    pd.DataFrame(columns).to_csv(folder / "t.csv", index=False)
    return images_of(folder / "t.csv", **more)


def rows_of(source):
    """Return the kept rows and the rejects of a source."""
    return listed_rows(source, read_listing(source))


@given(PATHS)
def test_ids_are_unique_and_safe_as_file_names(paths):
    ids = image_ids("survey", pd.Series(paths))
    assert ids.str.lower().is_unique
    for id_ in ids:
        assert len(id_) <= 64
        assert re.fullmatch(r"[A-Za-z0-9.+_-]+", id_)
        assert not id_.endswith(".")


def test_ids_do_not_depend_on_what_else_is_in_the_table():
    paths = pd.Series(["images/102371.jpg", "images/102433.jpg"])
    assert image_ids("gz", paths).tolist() == ["gz_102371", "gz_102433"]
    assert image_ids("gz", paths[1:]).tolist() == ["gz_102433"]


def test_ids_leave_out_the_endings_of_compressed_files():
    paths = pd.Series(["a.fits.gz", "b.fits.fz", "c.fits"])
    assert image_ids("s", paths).tolist() == ["s_a", "s_b", "s_c"]


def test_every_row_is_kept_or_rejected_with_its_reason(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    columns = {
        "image_path": ["a.png", "a.png", "b.png", "../c.png", "/etc/passwd", ""],
        "label": ["x", "", "y", "", "", ""],
        "redshift": ["0.1"] * 6,
        "id": ["mine"] * 6,
    }
    source = table_of(tmp_path, columns, label_column="label")
    rows, rejects = rows_of(source)
    assert len(rows) + len(rejects) == 6
    assert rows["id"].tolist() == ["s_a"]
    assert not set(rows["id"]) & set(rejects["id"])
    own = listed_columns(source)
    assert own.columns.tolist() == ["id", "redshift", "user_id"]
    catalog = add_columns(rows, [own])
    assert catalog["redshift"].tolist() == [0.1]
    assert catalog["user_id"].tolist() == ["mine"]
    reasons = rejects["reason"].tolist()
    assert "twice" in reasons[0]
    assert "there is no file b.png" in reasons[1]
    assert all("leaves the table's folder" in reason for reason in reasons[2:4])
    assert reasons[4] == "its row names no image"


def test_masks_of_stamps_stay_in_the_folder_and_may_be_empty(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.fits", "b.fits", "c.fits", "m.fits"):
        (tmp_path / "deep" / name).write_bytes(b"x")
    (tmp_path / "outside.fits").write_bytes(b"x")
    columns = {
        "image_path": ["a.fits", "b.fits", "c.fits"],
        "mask_path": ["m.fits", "", "../outside.fits"],
    }
    pd.DataFrame(columns).to_csv(tmp_path / "deep/t.csv", index=False)
    source = source_of(kind="stamps", path=str(tmp_path / "deep/t.csv"))
    rows, rejects = rows_of(source)
    assert rows["mask_path"].tolist() == ["m.fits", ""]
    assert "'../outside.fits' leaves" in rejects["reason"].item()
    names = [path.name for path in image_files(source)]
    assert sorted(names) == ["a.fits", "b.fits", "c.fits", "m.fits"]


def test_truth_holds_the_labelled_rows_only(tmp_path):
    columns = {"image_path": ["a.png", "b.png"], "label": [" disk ", ""]}
    truth = truth_rows(table_of(tmp_path, columns, label_column="label"))
    assert truth.to_dict("list") == {"id": ["s_a"], "label": ["disk"]}


def test_a_digest_changes_with_what_it_is_for(tmp_path):
    path = tmp_path / "t.csv"
    source = images_of(path, label_column="label")
    images, columns, labels = [], [], []
    for text in ("a.png,x,1", "a.png,y,1", "a.png,x,2", "b.png,x,1"):
        path.write_text(f"image_path,label,redshift\n{text}\n")
        images.append(images_digest(source, tmp_path / "none"))
        columns.append(columns_digest(source))
        labels.append(labels_digest(source))
    assert images[0] == images[1] == images[2] != images[3]
    assert columns[0] == columns[1] != columns[2]
    assert labels[0] == labels[2] != labels[1]


def test_odd_names_and_columns_are_no_trouble(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "my_gal.png")
    paths = ["my_gal.png", "a" * 300 + ".png"]
    source = table_of(tmp_path, {"image_path": paths, "x": "1", "user_x": "2"})
    rows, rejects = rows_of(source)
    assert rows["id"].tolist() == ["s_my_gal"]
    catalog = add_columns(rows.assign(x=9.0), [listed_columns(source)])
    assert catalog[["x", "user_x", "user_user_x"]].to_numpy().tolist() == [[9, 2, 1]]
    assert "there is no file" in rejects["reason"].item()


def test_an_image_that_comes_later_is_seen(tmp_path):
    source = table_of(tmp_path, {"image_path": ["a.png"]})
    record = tmp_path / "t.sha256"
    before = images_digest(source, record)
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    after = images_digest(source, record)
    assert after != before
    time.sleep(0.05)  # longer than a tick of the file system's clock
    write_checksums([tmp_path / "a.png"], record)
    assert images_digest(source, record) == after
    os.utime(tmp_path / "a.png", (1e9, 1e9))
    assert images_digest(source, record) == after
    time.sleep(0.05)
    Image.new("L", (8, 8), 9).save(tmp_path / "a.png")
    os.utime(tmp_path / "a.png", (1e9, 1e9))
    assert images_digest(source, record) != after


def test_checksums_are_not_taken_twice(tmp_path):
    path, record = tmp_path / "a.png", tmp_path / "t.sha256"
    path.write_text("a")  # in the same instant, as if unpacked just before the run
    write_checksums([path, tmp_path / "gone.png"], record)
    known = read_records(record)
    (state,) = (state for _, state in known.values())
    assert current_checksum(path, {str(path): ("as recorded", state)}) == "as recorded"
    assert len(current_checksum(path, {})) == 64
    assert current_checksum(tmp_path / "b.png", known) is None
    checked = run(["sha256sum", "--check", "--strict", record])
    assert (checked.returncode, checked.stdout) == (0, f"{path}: OK\n")


@pytest.mark.parametrize("clock", [1e9, 4e9])
@pytest.mark.parametrize("how", ["in place", "replaced", "by a link"])
def test_an_image_changed_by_a_machine_with_another_clock_is_seen(tmp_path, clock, how):
    """The date of the record may lie before or after any change."""
    path, record = tmp_path / "a.png", tmp_path / "t.sha256"
    path.write_text("a")
    write_checksums([path], record)
    os.utime(record, (clock, clock))
    was = path.stat()
    time.sleep(0.05)  # longer than a tick of the file system's clock
    other = path if how == "in place" else tmp_path / "other"
    other.write_text("b")
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    if how == "replaced":
        other.rename(path)
    if how == "by a link":
        path.unlink()
        path.symlink_to(other)
    expected = hashlib.sha256(b"b").hexdigest()
    assert current_checksum(path, read_records(record)) == expected


def test_a_record_without_its_states_counts_for_nothing(tmp_path):
    path, record = tmp_path / "a.png", tmp_path / "t.sha256"
    path.write_text("a")
    write_checksums([path], record)
    assert read_records(record)
    states_of(record).write_text("1 2 3 4\n5 6 7 8\n")
    assert read_records(record) == {}
    states_of(record).unlink()
    assert read_records(record) == {}
    assert len(read_checksums(record)) == 1


@pytest.mark.parametrize("text", ["", "image_path\n", 'a,b\n1,2,3\n"'])
def test_a_table_without_rows_is_refused(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"t\.csv"):
        read_listing(images_of(path))


def test_a_table_without_the_column_names_those_it_has(tmp_path):
    source = table_of(tmp_path, {"file": ["a.png"], "class": ["x"]})
    with pytest.raises(InputError, match="no column `image_path`; it has: file, class"):
        read_listing(source)


@pytest.fixture
def classes(tmp_path):
    """Make a folder with a folder for each of two classes."""
    for name in ("spiral/one.PNG", "spiral/two.jpeg", "round/one.png", "round/a.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_a_folder_lists_its_images_with_their_folders_as_labels(classes):
    source = images_of(classes, label_column="folder")
    rows, rejects = rows_of(source)
    assert rows["image_path"].tolist() == [
        "round/one.png",
        "spiral/one.PNG",
        "spiral/two.jpeg",
    ]
    assert rejects.empty
    assert rows["id"].is_unique
    truth = truth_rows(source)
    assert truth["label"].tolist() == ["round", "spiral", "spiral"]
    assert truth["id"].tolist() == rows["id"].tolist()


def test_a_pattern_lists_what_it_matches(classes):
    source = images_of(f"{classes}/*/one.*", label_column="folder")
    rows, _ = rows_of(source)
    assert len(rows) == 2
    assert [path.name for path in image_files(source)] == [
        "one.png",
        "one.PNG",
    ]
    assert truth_rows(source)["label"].tolist() == ["round", "spiral"]


def test_a_pattern_brings_masks_noise_maps_and_psfs(tmp_path):
    for name in ("a", "b"):
        for kind in ("image", "mask", "psf"):
            (tmp_path / f"{name}_{kind}.fits").write_bytes(b"x")
    source = source_of(
        kind="stamps",
        path=f"{tmp_path}/*_image.fits",
        mask=f"{tmp_path}/*_mask.fits",
        psf=f"{tmp_path}/*_psf.fits",
    )
    rows, rejects = rows_of(source)
    assert rejects.empty
    for name, row in zip("ab", rows.itertuples(), strict=True):
        assert row.mask_path == f"{tmp_path}/{name}_mask.fits"
        assert row.psf_path == f"{tmp_path}/{name}_psf.fits"
    (tmp_path / "b_psf.fits").unlink()
    rows, rejects = rows_of(source)
    assert len(rows) == 1
    assert "there is no file" in rejects["reason"].item()
    assert "b_psf.fits" in rejects["reason"].item()


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "a.fits").write_bytes(b"x")
    with pytest.raises(InputError, match="no images of kind images"):
        read_listing(images_of(tmp_path))
