"""Codes by shard, and read in blocks."""

from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.catalog.flags import Flag
from galvote.codes import stored_codes
from galvote.codes.features import reasons_not_clustered


def test_shards_encoded_in_different_ways_are_not_joined(tmp_path):
    for name, digest in (("1", "a"), ("2", "b")):
        ids = np.array([f"g{name}"])
        made = {"fingerprint": digest, "device": "cpu", "engine": "torch"}
        stored_codes.write_codes(tmp_path / f"{name}.npz", ids, np.ones((1, 2)), **made)
    both = [tmp_path / "2.npz", tmp_path / "1.npz"]
    with pytest.raises(InputError, match="made in different ways"):
        stored_codes.StoredCodes(both)
    ids = np.array(["g0"])
    made["engine"] = "openvino"
    stored_codes.write_codes(tmp_path / "1.npz", ids, np.zeros((1, 2)), **made)
    assert stored_codes.makers_of(both) == {
        "device": "cpu",
        "engine": "openvino and torch",
    }


@given(cuts=st.lists(st.integers(0, 20), max_size=5), order=st.randoms())
def test_stored_codes_come_in_the_same_blocks_from_any_shards(cuts, order):
    ids = np.array([f"g{number:02d}" for number in range(20)])
    values = np.arange(40, dtype=np.float32).reshape(20, 2)
    made = {"fingerprint": "a", "device": "cpu", "engine": "torch"}
    with TemporaryDirectory() as folder:
        paths = []
        for number, rows in enumerate(np.split(np.arange(20), sorted(cuts))):
            paths.append(f"{folder}/{number}.npz")
            stored_codes.write_codes(paths[-1], ids[rows], values[rows], **made)
        order.shuffle(paths)
        stored = stored_codes.StoredCodes(paths)
        blocks = list(stored.blocks(8))
    assert stored.ids.tolist() == ids.tolist()
    assert [len(block) for _, block in blocks] == [8, 8, 4]
    assert (np.concatenate([block for _, block in blocks]) == values).all()
    assert [ids[place][0] for place, _ in blocks] == ["g00", "g08", "g16"]


def test_no_galaxies_are_one_empty_block(tmp_path):
    made = {"fingerprint": "a", "device": "cpu", "engine": "torch"}
    nothing = np.zeros(0, dtype=str), np.zeros((0, 2))
    stored_codes.write_codes(tmp_path / "1.npz", *nothing, **made)
    ((place, block),) = stored_codes.StoredCodes([tmp_path / "1.npz"]).blocks()
    assert (place, block.shape) == (slice(0, 0), (0, 2))


def test_who_is_not_clustered_and_why(tmp_path):
    flags = [Flag(0), Flag.UNDECIDED | Flag.UNDETECTED, Flag.STAR, Flag.UNRESOLVED]
    ids = np.array(list("abcd"))
    galaxies = tmp_path / "galaxies.parquet"
    pd.DataFrame({"id": ids, "flags": [f.value for f in flags]}).to_parquet(galaxies)
    told = reasons_not_clustered(ids, galaxies, include_unresolved=False)
    assert told.tolist() == ["", "undecided", "star", "unresolved"]
    told = reasons_not_clustered(ids, galaxies, include_unresolved=True)
    assert told.tolist() == ["", "undecided", "", ""]
