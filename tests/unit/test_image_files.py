"""Pictures of every format are read alike; what cannot be read is told by name."""

import io
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

import processes
from galvote.base.errors import InputError
from galvote.base.limits import LARGEST_IMAGE
from galvote.inputs.image_folders import found_files
from galvote.inputs.listings import images_digest, listed_rows, read_listing
from galvote.inputs.single_images import read_picture
from known_inputs import source_of

LEVELS = np.add.outer(np.arange(40) * 3, np.arange(60)).astype(np.uint8)
SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"


def read_back(folder, image, name, **options):
    """Write a picture and read it as a run does."""
    image.save(folder / name, **options)
    return read_picture(folder / name)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "gif", "webp", "pgm"])
def test_formats_without_loss_give_the_same_pixels(tmp_path, ending):
    options = {"lossless": True} if ending == "webp" else {}
    levels = read_back(tmp_path, Image.fromarray(LEVELS), f"a.{ending}", **options)
    assert np.array_equal(levels, np.stack([LEVELS] * 3, axis=-1))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
def test_colours_of_a_tiff_are_kept(tmp_path, compression):
    colour = np.stack([LEVELS, LEVELS[::-1], 255 - LEVELS], axis=-1)
    image = Image.fromarray(colour)
    assert np.array_equal(
        read_back(tmp_path, image, "a.tif", compression=compression), colour
    )


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (LEVELS.astype(np.uint16) * 257, LEVELS),
        (LEVELS.astype(np.uint16), LEVELS / 257.0),
        (LEVELS.astype(np.int32), LEVELS),
        (LEVELS.astype(np.int32) * 257, LEVELS),
        (LEVELS.astype(np.float32) / 255.0, LEVELS),
        (LEVELS.astype(np.float32), LEVELS),
        (LEVELS.astype(np.float32) * 1e7 - 4e8, LEVELS * 255.0 / LEVELS.max()),
    ],
)
def test_deep_tiffs_are_scaled_to_levels(tmp_path, pixels, expected):
    levels = read_back(tmp_path, Image.fromarray(pixels), "a.tif")[..., 0]
    assert levels == pytest.approx(expected, abs=1e-3)


def test_pixels_of_a_float_tiff_without_a_value_stay_without(tmp_path):
    pixels = LEVELS.astype(np.float32)
    pixels[3, 4], pixels[5, 6] = np.nan, np.inf
    levels = read_back(tmp_path, Image.fromarray(pixels), "a.tif")
    assert np.argwhere(np.isnan(levels[..., 0])).tolist() == [[3, 4], [5, 6]]


@pytest.mark.parametrize("ending", ["gif", "webp", "tif"])
def test_of_several_frames_the_first_is_read(tmp_path, ending):
    first, second = Image.fromarray(LEVELS), Image.fromarray(255 - LEVELS)
    options = {"lossless": True} if ending == "webp" else {}
    options |= {"save_all": True, "append_images": [second]}
    levels = read_back(tmp_path, first, f"a.{ending}", **options)
    assert np.array_equal(levels[..., 0], LEVELS)


def test_palettes_cmyk_and_turned_pictures_are_read_as_they_lie(tmp_path):
    image = Image.fromarray(LEVELS)
    palette = read_back(tmp_path, image.convert("P"), "p.png")
    assert np.array_equal(palette[..., 1], LEVELS)
    cmyk = read_back(tmp_path, image.convert("CMYK"), "c.tif")
    assert np.abs(cmyk - LEVELS[..., None]).max() <= 2
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert read_back(tmp_path, image, "t.jpg", exif=exif).shape == (40, 60, 3)


def png_bomb(width, height):
    """Make a PNG of black, as small as it gets."""
    lines = zlib.compress(bytes((width + 1) * height), 9)
    content = b"\x89PNG\r\n\x1a\n"
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    for kind, data in ((b"IHDR", size), (b"IDAT", lines), (b"IEND", b"")):
        content += struct.pack(">I", len(data)) + kind + data
        content += struct.pack(">I", zlib.crc32(kind + data))
    return content


def saved(size, kind, **options):
    """Save a black picture."""
    stream = io.BytesIO()
    Image.new("L", size).save(stream, kind, **options)
    return stream.getvalue()


def tiled_tiff():
    """Make a TIFF of 64 x 64 px in a single tile of 10,000 x 10,000 px of black."""
    tile = zlib.compress(bytes(10_000 * 10_000), 1)
    tags = [(256, 64), (257, 64), (258, 8), (259, 8), (262, 1)]
    tags += [(322, 10_000), (323, 10_000), (324, 200), (325, len(tile))]
    content = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    for tag, value in tags:
        content += struct.pack("<HHII", tag, 4, 1, value)
    return content.ljust(200, b"\0") + tile


BOMBS = {
    "png": lambda: png_bomb(12_000, 12_000),
    "tif": lambda: saved((12_000, 12_000), "TIFF", compression="tiff_adobe_deflate"),
    "tiles.tif": tiled_tiff,
    "gif": lambda: saved((9_000, 9_000), "GIF"),
    "webp": lambda: saved((9_000, 4_000), "WEBP", lossless=True, method=0),
    "jpg": lambda: saved((9_000, 9_000), "JPEG"),
}
READ = """
import resource, sys
from galvote.inputs.single_images import read_picture
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_picture(sys.argv[1])
except ValueError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_told_and_take_no_memory(tmp_path, name):
    path = tmp_path / f"bomb.{name}"
    path.write_bytes(BOMBS[name]())
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    done = processes.run(
        [sys.executable, "-c", READ, str(path)], check=True, env=environment
    )
    said, grown = done.stdout.splitlines()
    assert f"more than an image of one galaxy may have, {LARGEST_IMAGE}" in said
    assert int(grown) < 50_000  # kB


def images_in(path, kind="images"):
    """Return a source of images called s."""
    return source_of(name="s", kind=kind, path=str(path))


@pytest.fixture
def folder(tmp_path):
    """Make a folder of files of all kinds."""
    for name in ("a.png", "deep/b.tif", "c.WEBP", "d.bmp", "e.gif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        format_ = Image.registered_extensions()[Path(name).suffix.lower()]
        Image.fromarray(LEVELS).save(tmp_path / name, format_)
    for name in ("._a.png", ".DS_Store", "Thumbs.db", "deep/.b.png", ".old/z.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX/a.png").write_bytes(b"x")
    for name in ("t.csv", "README.md", "deep/notes.txt"):
        (tmp_path / name).write_text("x")
    for name in ("a.eps", "deep/f.heic", "g"):
        (tmp_path / name).write_bytes(b"x")
    fits.writeto(tmp_path / "a.fits", LEVELS)
    return tmp_path


def test_what_is_passed_over_in_a_folder_is_told(folder):
    listing = read_listing(images_in(folder))
    rows, rejects = listed_rows(images_in(folder), listing)
    assert rows["image_path"].tolist() == [
        "a.png",
        "c.WEBP",
        "d.bmp",
        "deep/b.tif",
        "e.gif",
    ]
    assert rows["id"].tolist() == ["s_a", "s_c", "s_d", "s_b", "s_e"]
    reasons = dict(zip(rejects["id"], rejects["reason"], strict=True))
    assert list(reasons) == ["s_a.eps", "s_a.fits", "s_f.heic", "s_g"]
    for id_ in ("s_a.eps", "s_f.heic", "s_g"):
        assert "is of no format that is read (.png, .jpg" in reasons[id_]
    assert "list it in one of kind stamps" in reasons["s_a.fits"]
    assert listing.attrs["notes"][0].startswith("3 file(s)")


def test_what_is_passed_over_by_a_pattern_is_told(folder):
    source = images_in(f"{folder}/**/*")
    found = found_files(source)
    names = sorted(Path(path).name for path in found.images if Path(path).is_file())
    assert names == [
        "a.eps",
        "a.png",
        "b.tif",
        "c.WEBP",
        "d.bmp",
        "e.gif",
        "f.heic",
        "g",
    ]
    assert [Path(path).name for path, _ in found.others] == ["a.fits"]
    assert found.beside == 3


def test_pictures_among_stamps_are_told(folder):
    fits.writeto(folder / "deep/b.fits", LEVELS)
    for path in (folder, f"{folder}/**/*.*"):
        source = images_in(path, "stamps")
        rows, rejects = listed_rows(source, read_listing(source))
        assert {"a.fits", "b.fits"} <= {Path(path).name for path in rows["image_path"]}
        reasons = dict(zip(rejects["id"], rejects["reason"], strict=True))
        assert "list it in one of kind images" in reasons["s_a.png"]
        assert not any("Thumbs" in id_ for id_ in reasons)


def test_a_table_may_name_a_file_of_another_kind(folder):
    (folder / "list.csv").write_text("image_path\na.png\na.fits\n")
    for kind, kept, other in (
        ("images", "a.png", "stamps"),
        ("stamps", "a.fits", "im"),
    ):
        source = images_in(folder / "list.csv", kind)
        rows, rejects = listed_rows(source, read_listing(source))
        assert rows["image_path"].tolist() == [kept]
        assert f"one of kind {other}" in rejects["reason"].item()


def test_a_folder_of_another_kind_is_refused_with_a_hint(tmp_path):
    fits.writeto(tmp_path / "a.fits", LEVELS)
    with pytest.raises(InputError, match=r"no images of kind images .*kind stamps"):
        read_listing(images_in(tmp_path))
    Image.fromarray(LEVELS).save(tmp_path / "a.png")
    (tmp_path / "a.fits").unlink()
    with pytest.raises(InputError, match=r"no images of kind stamps .*kind images"):
        read_listing(images_in(tmp_path, "stamps"))


def test_linked_folders_are_listed_and_loops_end(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    Image.fromarray(LEVELS).save(elsewhere / "far.png")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "deep/back").symlink_to(folder)
    names = found_files(images_in(folder)).images
    assert "linked/far.png" in names
    assert len(names) == 6


def test_a_file_that_comes_beside_changes_the_digest_only_if_it_is_told(folder):
    source, digests = images_in(folder), []
    for name in (None, "more.txt", ".more.png", "more.psd"):
        if name:
            (folder / name).write_bytes(b"x")
        digests.append(images_digest(source, folder / "none"))
    assert digests[0] == digests[1] == digests[2] != digests[3]
