"""Images are read ahead by batches; what cannot be read is a reject."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from galvote.base.pngs import images_of_shards, read_batches, write_image


@pytest.fixture
def folders(tmp_path):
    """Write ten images of each of two views; some are damaged."""
    made = tmp_path / "cutouts", tmp_path / "polar"
    for folder, channels in zip(made, (3, 1), strict=True):
        folder.mkdir()
        for number in range(10):
            pixels = np.full((4, 5, channels), 10 * number, dtype=np.uint8)
            write_image(pixels, folder, f"g{number}")
    (made[0] / "g1.png").unlink()
    (made[1] / "g4.png").write_bytes(b"no image")
    content = bytearray((made[0] / "g5.png").read_bytes())
    content[content.find(b"IDAT") - 1] = 1  # Pillow calls this a syntax error
    (made[0] / "g5.png").write_bytes(content)
    write_image(np.zeros((9, 9), np.uint8), made[1], "g7")
    for number in (8, 9):
        (made[0] / f"g{number}.png").unlink()
    return made


def rows_of(numbers):
    return pd.DataFrame({"id": [f"g{n}" for n in numbers], "source": "s"})


def test_galaxies_count_where_all_their_images_can_be_read(folders):
    batches = list(read_batches(rows_of(range(10)), folders, "encode", 4))
    assert [b.ids.tolist() for b in batches] == [["g0", "g2", "g3"], ["g6"], []]
    rejects = [reject for batch in batches for reject in batch.rejects]
    assert [r["id"] for r in rejects] == ["g1", "g4", "g5", "g7", "g8", "g9"]
    assert all(r["stage"] == "encode" and r["source"] == "s" for r in rejects)
    assert "its shape is (9, 9, 1), not (4, 5, 1)" in rejects[3]["reason"]
    for batch in batches[:2]:
        for images in batch.images:
            assert images.shape[1:3] == (4, 5)
            wanted = [10 * int(id_[1:]) for id_ in batch.ids]
            assert images[:, 0, 0, 0].tolist() == wanted


def test_no_galaxies_give_no_batches(folders):
    assert list(read_batches(rows_of([]), folders, "encode", 4)) == []
    (batch,) = read_batches(rows_of([8]), folders, "encode", 4)
    assert batch.images == []


def test_images_of_shards_are_in_memory_once(tmp_path):
    folders, ids = [tmp_path / "1", tmp_path / "2"], [f"g{n:04d}" for n in range(1200)]
    galaxies = pd.DataFrame({"id": ids, "source": "s"})
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (len(ids), 32, 32, 3), dtype=np.uint8)
    for folder in folders:
        folder.mkdir()
    for number, (id_, image) in enumerate(zip(ids, images, strict=True)):
        write_image(image, folders[number // 600], id_)
    tracemalloc.start()
    try:
        found, read = images_of_shards(galaxies, folders)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.tolist() == ids
    assert np.array_equal(read, images)
    assert peak < 1.8 * images.nbytes  # two batches are on their way
