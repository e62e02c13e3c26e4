"""Files are whole or absent; shards partition; equal arrays give equal bytes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from galvote.base.files import (
    read_arrays,
    read_table,
    whole_file,
    whole_folder,
    write_arrays,
    write_table,
)
from galvote.base.rejects import reject_row, reject_table
from galvote.base.shards import read_shard, shard_of


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    path = tmp_path / "a.csv"
    write_table(pd.DataFrame({"a": [1]}), path)
    with pytest.raises(RuntimeError), whole_file(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert path.read_text() == "a\n1\n"
    assert list(tmp_path.iterdir()) == [path]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1)


@given(st.lists(st.tuples(NAMES, st.floats()), min_size=1))
@example([("NA", 1.0), ("nan", float("nan")), ("None", 0.0), ("007", 1.5)])
def test_names_in_a_csv_are_read_as_they_were_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "names.csv"
    table = pd.DataFrame(rows, columns=["label", "number"])
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path, ["label"]), table)


def test_a_failed_folder_leaves_the_old_one(tmp_path):
    path = tmp_path / "folder"
    with whole_folder(path) as partial:
        (partial / "old").touch()
    with pytest.raises(RuntimeError), whole_folder(path) as partial:
        (partial / "new").touch()
        raise RuntimeError
    assert [file.name for file in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


@given(st.integers(0, 50), st.integers(1, 12))
def test_shards_partition_the_catalogue_in_order(rows, count):
    catalog = pd.DataFrame({"id": [f"g{i:03d}" for i in range(rows)]})
    parts = [shard_of(catalog, i, count) for i in range(count)]
    assert pd.concat(parts)["id"].tolist() == catalog["id"].tolist()
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_equal_arrays_give_equal_bytes_and_no_pickles(tmp_path):
    arrays = {"ids": np.array(["a", "b"]), "codes": np.ones((2, 3), np.float32)}
    for name in ("one.npz", "two.npz"):
        write_arrays(tmp_path / name, **arrays)
    one, two = (tmp_path / name for name in ("one.npz", "two.npz"))
    assert one.read_bytes() == two.read_bytes()
    assert read_arrays(one)["codes"].dtype == np.float32
    np.savez(tmp_path / "bad.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        read_arrays(tmp_path / "bad.npz")


def test_a_shard_leaves_out_rejects_of_earlier_stages(tmp_path):
    catalog = pd.DataFrame({"id": ["a", "b", "c", "d"], "source": "s"})
    write_table(catalog, tmp_path / "catalog.parquet")
    row = reject_row("s", "c", "cut_out", "damaged, badly")
    write_table(reject_table([row]), tmp_path / "r.csv")
    rows = read_shard(tmp_path / "catalog.parquet", "2-of-2", [tmp_path / "r.csv"])
    assert rows["id"].tolist() == ["d"]


def test_rejects_are_text_with_empty_cells_where_the_place_is_not_known():
    nowhere = reject_row("s", "a", "detect", "there is no file")
    unknown = reject_row("s", "b", "detect", "looks like a star", np.nan, np.nan)
    placed = reject_row("s", "c", "detect", "looks like a star", 150.5, -2.25)
    table = reject_table([nowhere, unknown, placed])
    assert table.columns.tolist() == ["source", "id", "stage", "reason", "ra", "dec"]
    assert table["ra"].tolist() == ["", "", "150.5"]
    assert table["dec"].tolist() == ["", "", "-2.25"]
