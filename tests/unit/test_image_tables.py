"""Tables of images: safe and lasting ids, nothing lost, labels apart."""

import os
import re
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from galvote import image_tables
from galvote.catalog import add_columns
from galvote.checksums import current_checksum, write_checksums
from galvote.errors import InputError

PATHS = st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=8, unique=True)


@given(PATHS)
def test_ids_are_unique_and_safe_as_file_names(paths):
    ids = image_tables.image_ids("survey", pd.Series(paths))
    assert ids.str.lower().is_unique
    for id_ in ids:
        assert len(id_) <= 64
        assert re.fullmatch(r"[A-Za-z0-9.+_-]+", id_)
        assert not id_.endswith(".")


def test_ids_do_not_depend_on_what_else_is_in_the_table():
    paths = pd.Series(["images/102371.jpg", "images/102433.jpg"])
    assert image_tables.image_ids("gz", paths).tolist() == ["gz_102371", "gz_102433"]
    assert image_tables.image_ids("gz", paths[1:]).tolist() == ["gz_102433"]


def test_every_row_is_kept_or_rejected_with_its_reason(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    table = pd.DataFrame(
        {
            "image_path": ["a.png", "a.png", "b.png", "../c.png", "/etc/passwd", ""],
            "label": ["x", "", "y", "", "", ""],
            "redshift": ["0.1"] * 6,
            "id": ["mine"] * 6,
        }
    )
    rows, rejects = image_tables.galaxy_rows(table, "s", tmp_path)
    assert len(rows) + len(rejects) == len(table)
    assert rows["id"].tolist() == ["s_a"]
    assert not set(rows["id"]) & set(rejects["id"])
    own = image_tables.user_columns(table, "s", "label")
    assert own.columns.tolist() == ["id", "redshift", "user_id"]
    catalog = add_columns(rows, [own])
    assert catalog["redshift"].tolist() == ["0.1"]
    assert catalog["user_id"].tolist() == ["mine"]
    reasons = rejects["reason"].tolist()
    assert "twice" in reasons[0]
    assert "there is no file b.png" in reasons[1]
    assert all("leaves the table's folder" in reason for reason in reasons[2:])


def test_truth_holds_the_labelled_rows_only():
    table = pd.DataFrame({"image_path": ["a.png", "b.png"], "label": [" disk ", ""]})
    truth = image_tables.truth_rows(table, "s", "label")
    assert truth.to_dict("list") == {"id": ["s_a"], "label": ["disk"]}


def test_a_digest_changes_with_what_it_is_for(tmp_path):
    path = tmp_path / "t.csv"
    images, columns = [], []
    for text in ("a.png,x,1", "a.png,y,1", "a.png,x,2", "b.png,x,1"):
        path.write_text(f"image_path,label,redshift\n{text}\n")
        images.append(image_tables.images_digest(path, tmp_path / "none"))
        columns.append(image_tables.columns_digest(path, "label"))
    assert images[0] == images[1] == images[2] != images[3]
    assert columns[0] == columns[1] != columns[2]


def test_odd_names_and_columns_are_no_trouble(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "my_gal.png")
    paths = ["my_gal.png", "a" * 300 + ".png"]
    table = pd.DataFrame({"image_path": paths, "x": "1", "user_x": "2"})
    rows, rejects = image_tables.galaxy_rows(table, "s", tmp_path)
    assert rows["id"].tolist() == ["s_my_gal"]
    catalog = add_columns(rows, [image_tables.user_columns(table, "s", None)])
    assert catalog[["user_x", "user_user_x"]].values.tolist() == [["2", "1"]]
    assert "there is no file" in rejects["reason"].item()


def test_an_image_that_comes_later_is_seen(tmp_path):
    (tmp_path / "t.csv").write_text("image_path\na.png\n")
    files = tmp_path / "t.csv", tmp_path / "t.sha256"
    before = image_tables.images_digest(*files)
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    after = image_tables.images_digest(*files)
    assert after != before
    time.sleep(0.05)  # longer than a tick of the file system's clock
    write_checksums([tmp_path / "a.png"], files[1])
    assert image_tables.images_digest(*files) == after
    os.utime(tmp_path / "a.png", (1e9, 1e9))
    assert image_tables.images_digest(*files) == after
    time.sleep(0.05)
    Image.new("L", (8, 8), 9).save(tmp_path / "a.png")
    os.utime(tmp_path / "a.png", (1e9, 1e9))
    assert image_tables.images_digest(*files) != after


def test_checksums_are_not_taken_twice(tmp_path):
    (tmp_path / "a.png").write_text("a")
    known = {str(tmp_path / "a.png"): "as recorded"}
    later, earlier = time.time() + 9.0, time.time() - 9.0
    assert current_checksum(tmp_path / "a.png", known, later) == "as recorded"
    assert len(current_checksum(tmp_path / "a.png", known, earlier)) == 64
    assert current_checksum(tmp_path / "b.png", known, later) is None


@pytest.mark.parametrize("text", ["", "image_path\n", 'a,b\n1,2,3\n"'])
def test_a_table_without_rows_is_refused(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"t\.csv"):
        image_tables.read_image_table(path)
