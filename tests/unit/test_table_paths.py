"""Paths of tables lead to images in one folder, however they are written."""

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galvote.base.errors import InputError
from galvote.config.checks import check_files, complete
from galvote.inputs.listings import (
    image_files,
    images_digest,
    listed_columns,
    listed_rows,
    read_listing,
    truth_rows,
)
from galvote.inputs.sources import source_of as any_source_of
from known_inputs import source_of


def images_of(path, **more):
    """Return a source of images called s."""
    return source_of(name="s", kind="images", path=str(path), **more)


@pytest.fixture
def zoo(tmp_path):
    """Make a folder of pictures, and one beside it."""
    for name in ("zoo/a.png", "zoo/b.png", "zoo/deep/c.png", "other/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(tmp_path / name)
    return tmp_path / "zoo"


def listed(zoo, paths, name="t.csv", **more):
    """Write a table of paths, and return its rows and rejects."""
    column = more.get("path_column", "image_path")
    lines = "\n".join([f" {column} , note", *(f" {path} , x " for path in paths)])
    (zoo / name).write_text(lines)
    source = images_of(zoo / name, **more)
    rows, rejects = listed_rows(source, read_listing(source))
    assert len(rows) + len(rejects) == len(paths)
    kept = [path for path in image_files(source) if path.exists()]
    assert len(kept) >= len(rows)
    assert all(path.resolve().is_relative_to(zoo.resolve()) for path in kept)
    return rows, rejects


def test_absolute_paths_inside_the_folder_and_blanks_are_fine(zoo):
    paths = [f"{zoo}/a.png", f"{zoo}//deep/../b.png", " deep/c.png  "]
    rows, rejects = listed(zoo, paths)
    assert rejects.empty
    assert rows["image_path"].tolist() == ["a.png", "b.png", "deep/c.png"]
    assert rows["id"].tolist() == ["s_a", "s_b", "s_c"]


def test_absolute_paths_through_a_linked_folder_are_inside(zoo):
    (zoo.parent / "link").symlink_to(zoo)
    rows, _ = listed(zoo, [f"{zoo.parent}/link/a.png", "b.png"])
    assert rows["image_path"].tolist() == ["a.png", "b.png"]
    source = images_of(zoo.parent / "link/t.csv")
    rows, rejects = listed_rows(source, read_listing(source))
    assert len(rows) == 2
    assert rejects.empty


def test_one_image_written_in_two_ways_is_there_twice(zoo):
    paths = ["a.png", f"{zoo}/a.png", "./a.png", "deep/../a.png"]
    rows, rejects = listed(zoo, paths)
    assert len(rows) == 1
    assert (rejects["reason"] == "the table lists this image twice").all()
    assert rejects["id"].is_unique


@pytest.mark.parametrize(
    "path",
    ["../other/x.png", "{}/other/x.png", "deep/../../other/x.png", "/etc/passwd"],
)
def test_paths_that_leave_the_folder_are_refused(zoo, path):
    rows, rejects = listed(zoo, [path.format(zoo.parent), "a.png"])
    assert rows["id"].tolist() == ["s_a"]
    assert "leaves the table's folder" in rejects["reason"].item()
    assert ("key `folder`" in rejects["reason"].item()) == (path[0] in "/{")


def test_links_that_lead_out_of_the_folder_are_refused(zoo):
    other = zoo.parent / "other"
    (zoo / "far.png").symlink_to(other / "x.png")
    (zoo / "relative.png").symlink_to("../other/x.png")
    (zoo / "far").symlink_to(other)
    (zoo / "chain").symlink_to("far")
    (zoo / "near.png").symlink_to("deep/c.png")
    (zoo / "near").symlink_to("deep")
    out = ["far.png", "relative.png", "far/x.png", "chain/x.png"]
    rows, rejects = listed(zoo, [*out, "near.png", "near/c.png"])
    assert rows["image_path"].tolist() == ["near.png", "near/c.png"]
    assert len(rejects) == 4
    assert rejects["reason"].str.contains("is a link that leads out of").all()


def test_links_of_masks_that_lead_out_are_refused(zoo):
    (zoo / "m.fits").symlink_to(zoo.parent / "other/x.png")
    (zoo / "s.fits").write_bytes(b"x")
    (zoo / "t.csv").write_text("image_path,mask_path\ns.fits,m.fits\n")
    source = source_of(kind="stamps", path=str(zoo / "t.csv"))
    _, rejects = listed_rows(source, read_listing(source))
    assert "'m.fits' is a link that leads out" in rejects["reason"].item()
    assert [path.name for path in image_files(source)] == ["s.fits"]


def test_links_in_a_folder_or_pattern_are_the_users_own(zoo):
    (zoo / "far.png").symlink_to(zoo.parent / "other/x.png")
    for path in (zoo, f"{zoo}/*.png"):
        source = images_of(path)
        rows, rejects = listed_rows(source, read_listing(source))
        assert "s_far" in rows["id"].tolist()
        assert rejects.empty


def test_a_folder_may_be_named_for_the_paths(zoo):
    tables = zoo.parent / "tables"
    tables.mkdir()
    (tables / "t.csv").write_text(
        f"image_path\na.png\n{zoo}/b.png\n../other/x.png\n{tables}/t.csv\n"
    )
    source = images_of(tables / "t.csv", folder=str(zoo))
    rows, rejects = listed_rows(source, read_listing(source))
    assert rows["image_path"].tolist() == ["a.png", "b.png"]
    assert len(rejects) == 2
    assert {path.parent for path in image_files(source)} == {zoo}


def test_tables_of_zoobot_are_read_by_their_own_columns(zoo):
    names = ["J1/x", "J2", "J2", "", "j2"]
    table = pd.DataFrame({"id_str": names, "smooth": range(5), "image_path": "mine"})
    files = ["a.png", "b.png", "deep/c.png", "d.png", "e.png"]
    for name in files[3:]:
        Image.new("L", (8, 8)).save(zoo / name)
    table["file_loc"] = [str(zoo / name) for name in files]
    table["class"] = list("vwxyz")
    table.to_csv(zoo / "t.csv", index=False)
    keys = {"path_column": "file_loc", "id_column": "id_str", "label_column": "class"}
    source = images_of(zoo / "t.csv", **keys)
    rows, rejects = listed_rows(source, read_listing(source))
    assert rows["image_path"].tolist() == ["a.png", "b.png", "d.png", "e.png"]
    ids = rows["id"].tolist()
    assert ids[2] == "s_d"
    assert ids[0].startswith("s_J1-x-")
    assert ids[1].startswith("s_J2-")
    assert rows["id"].str.lower().is_unique
    assert rejects["reason"].item() == "row 2 has the same id, J2"
    assert rejects["id"].item() == "s_row3"
    own = listed_columns(source).set_index("id").loc[ids]
    assert own["smooth"].tolist() == [0, 1, 3, 4]
    assert own["user_image_path"].tolist() == ["mine"] * 4
    truth = truth_rows(source).set_index("id")["label"]
    assert truth[ids].tolist() == ["v", "w", "y", "z"]


def test_another_named_folder_is_another_set_of_images(zoo):
    digests = []
    (zoo / "t.csv").write_text("image_path\na.png\n")
    Image.new("L", (9, 9)).save(zoo / "deep/a.png")
    for folder in (None, str(zoo), str(zoo / "deep")):
        source = images_of(zoo / "t.csv", folder=folder)
        digests.append(images_digest(source, zoo / "none"))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"path_column": "file"}, r"`sources\[0\]\.path_column`.* no column `file`"),
        ({"id_column": "name"}, r"`sources\[0\]\.id_column`.* no column `name`"),
        ({"folder": "gone"}, r"`sources\[0\]\.folder`: there is no folder gone"),
        ({"path": ".", "folder": "."}, r"`sources\[0\]\.folder` is for the paths"),
    ],
)
def test_keys_of_tables_are_checked(zoo, monkeypatch, keys, said):
    monkeypatch.chdir(zoo)
    (zoo / "t.csv").write_text("image_path, note\na.png, x\n")
    source = {"name": "s", "kind": "images", "path": "t.csv"}
    check_files(complete({"sources": [source]}), lambda _: False)
    with pytest.raises(InputError, match=said):
        check_files(complete({"sources": [source | keys]}), lambda _: False)


PICTURES = np.zeros((3, 69, 69, 3), np.uint8)


def linked_outside(file, other):
    file["images"] = h5py.ExternalLink(str(other), "images")


def softly_outside(file, other):
    file["far"] = h5py.ExternalLink(str(other), "/")
    file["images"] = h5py.SoftLink("/far/images")


def raw_outside(file, other):
    raw = other.with_suffix(".raw")
    raw.write_bytes(PICTURES.tobytes())
    external = [(str(raw), 0, PICTURES.nbytes)]
    file.create_dataset("images", PICTURES.shape, "u1", external=external)


def virtually_outside(file, other):
    layout = h5py.VirtualLayout(PICTURES.shape, "u1")
    layout[:] = h5py.VirtualSource(str(other), "images", PICTURES.shape)
    file.create_virtual_dataset("images", layout)


def labels_outside(file, other):
    file["images"] = PICTURES
    file["ans"] = h5py.ExternalLink(str(other), "ans")


def too_large(file, other):
    file.create_dataset("images", (2, 30000, 30000, 3), "u1", chunks=(1, 64, 64, 3))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (linked_outside, "leads to another file"),
        (softly_outside, "leads to another file"),
        (raw_outside, "leads to another file"),
        (virtually_outside, "leads to another file"),
        (labels_outside, "`ans` is a link that leads to another file"),
        (too_large, "more than the 16777216"),
    ],
)
def test_files_of_galaxy10_that_lead_elsewhere_are_refused(tmp_path, make, said):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["images"], file["ans"] = PICTURES, np.zeros(3, int)
    with h5py.File(tmp_path / "g.h5", "w") as file:
        make(file, other)
    source = {"name": "g", "kind": "galaxy10", "path": str(tmp_path / "g.h5")}
    with pytest.raises(InputError, match=said):
        read_listing(any_source_of(source))


def test_links_inside_a_file_of_galaxy10_are_fine(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file["data/pictures"] = PICTURES
        file["images"] = h5py.SoftLink("/data/pictures")
    source = {"name": "g", "kind": "galaxy10", "path": str(tmp_path / "g.h5")}
    assert len(read_listing(any_source_of(source))) == 3
