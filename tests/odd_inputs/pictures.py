"""Odd pictures: PNG and JPEG in a folder and in tables."""

import io
import os
import struct
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from astropy.table import MaskedColumn, Table
from PIL import Image

from odd_inputs.corpus import (
    FLAT,
    FOUND,
    GREY,
    OBJECT_ID,
    Corpus,
    Outcome,
    encoded,
    half,
    marked,
    packed,
    stamp,
)


def _bomb() -> bytes:
    """Return a PNG whose header promises 50,000 x 50,000 px."""
    content = b"\x89PNG\r\n\x1a\n"
    size = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    for kind, data in (
        (b"IHDR", size),
        (b"IDAT", zlib.compress(b"\0")),
        (b"IEND", b""),
    ):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        content += struct.pack(">I", len(data)) + kind + data + checksum
    return content


def _tiles() -> bytes:
    """Return a small TIFF that is to be unpacked in tiles of 30,000 x 30,000 px."""
    entries = [
        *((256, 4, 48), (257, 4, 48), (258, 3, 8), (259, 3, 8), (262, 3, 1)),
        *((322, 4, 30_000), (323, 4, 30_000), (324, 4, 200), (325, 4, 9)),
    ]
    content = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    for tag, kind, value in entries:
        content += struct.pack("<HHII", tag, kind, 1, value)
    return content.ljust(200, b"\0") + zlib.compress(b"\0")


def add_pictures(corpus: Corpus) -> None:
    """Add a folder of pictures with odd contents."""
    deep = np.clip(stamp() * 200, 0, 65535).astype(np.uint16)
    large = Image.new("L", (5000, 4000))
    moving = io.BytesIO()
    GREY.save(moving, "GIF", save_all=True, append_images=[GREY.rotate(90)])
    moving = moving.getvalue()
    clear = Image.merge("RGBA", [GREY] * 3 + [Image.new("L", GREY.size, 0)])
    files: dict[str, tuple[bytes, Outcome]] = {
        "grey.png": (encoded(GREY), FOUND),
        "deep.png": (encoded(Image.fromarray(deep)), FOUND),
        "palette.png": (encoded(GREY.convert("RGB").quantize(16)), FOUND),
        "two-tone.png": (encoded(GREY.point(lambda v: 255 * (v > 90), "1")), FOUND),
        "cmyk.jpg": (encoded(GREY.convert("CMYK"), "JPEG"), FOUND),
        "png.jpg": (encoded(GREY), FOUND),
        "SHOUT.PNG": (encoded(GREY), FOUND),
        "clear.png": (encoded(clear), FLAT),
        "constant.png": (encoded(Image.new("L", GREY.size, 90)), FLAT),
        "black.png": (encoded(Image.new("RGB", GREY.size)), FLAT),
        "pixel.png": (encoded(Image.new("L", (1, 1), 9)), "is 1 x 1 px"),
        "strip.png": (encoded(Image.new("L", (400, 1), 9)), "is 400 x 1 px"),
        "gif.png": (encoded(GREY, "GIF"), FOUND),
        "moving.gif": (moving, FOUND),
        "palette.gif": (encoded(GREY.convert("RGB").quantize(16), "GIF"), FOUND),
        "lossy.webp": (encoded(GREY, "WEBP"), FOUND),
        "clear.webp": (encoded(clear, "WEBP"), FLAT),
        "bitmap.bmp": (encoded(GREY, "BMP"), FOUND),
        "plain.pgm": (encoded(GREY, "PPM"), FOUND),
        "deep.tif": (encoded(Image.fromarray(deep), "TIFF"), FOUND),
        "float.tiff": (encoded(Image.fromarray(stamp() - 400.0), "TIFF"), FOUND),
        "cmyk.tiff": (encoded(GREY.convert("CMYK"), "TIFF"), FOUND),
        "tiles.tif": (_tiles(), "are more than an image of one galaxy may have"),
        "cut.webp": (half(encoded(GREY, "WEBP")), "cannot be used"),
        "large.gif": (encoded(large, "GIF"), "are more than an image"),
        "fits.png": (packed(stamp()), "it is a FITS file"),
        "text.png": (b"no picture", "is none of PNG, JPEG"),
        "cut.png": (half(encoded(GREY)), "truncated"),
        "cut-jpeg.jpg": (half(encoded(GREY, "JPEG")), "Truncated"),
        "head.png": (encoded(GREY)[:20], "Truncated"),
        "void.png": (b"", "is empty"),
        "bomb.png": (_bomb(), "2500000000 pixels"),
    }
    stems = Counter(Path(name).stem for name in files)
    for name, (content, outcome) in files.items():
        corpus.put(f"pictures/{name}", content)
        stem = Path(name).stem
        id_ = stem if stems[stem] == 1 else marked(name, stem)
        corpus.single[f"pictures_{id_}"] = outcome
    for name, reason in (
        ("drawing.svg", "is of no format that is read"),
        ("raw.cr2", "is of no format that is read"),
        ("no-ending", "is of no format that is read"),
        ("grey.fits", "is a FITS file"),
        ("grey.fits.gz", "is a FITS file"),
    ):
        corpus.put(f"pictures/{name}", b"x")
        corpus.single[f"pictures_{name}"] = reason
    for name in ("._grey.png", ".DS_Store", "Thumbs.db", ".hidden/a.png", "notes.txt"):
        corpus.put(f"pictures/{name}", b"x")
    folder = corpus.folder / "pictures"
    (folder / "folder.png").mkdir()
    (folder / "dangling.png").symlink_to("gone.png")
    os.mkfifo(folder / "pipe.png")
    corpus.single["pictures_dangling"] = "is a link to no file"
    corpus.single["pictures_pipe"] = "is no ordinary file"
    corpus.add("pictures", "images", "pictures")


def add_names(corpus: Corpus) -> None:
    """Add good pictures with odd names to the folder."""
    long = "a" * 200
    names = {
        "-dash.png": "-dash",
        "dots...png": marked("dots...png", "dots"),
        "with space.png": marked("with space.png", "with-space"),
        "new\nline.png": marked("new\nline.png", "new-line"),
        "ünï☄.png": marked("ünï☄.png", "-n--"),
        "{brace}.png": marked("{brace}.png", "-brace-"),
        f"{long}.png": marked(f"{long}.png", long[:28]),
        "one/same.png": marked("one/same.png", "same"),
        "two/same.png": marked("two/same.png", "same"),
        "Case.png": marked("Case.png", "Case"),
        "case.png": marked("case.png", "case"),
    }
    for name, id_ in names.items():
        corpus.put(f"pictures/{name}", encoded(GREY))
        corpus.single[f"pictures_{id_}"] = FOUND
    if len(list((corpus.folder / "pictures").glob("[Cc]ase.png"))) == 1:
        for name in ("Case", "case"):  # a file system that knows no case
            del corpus.single[f"pictures_{marked(f'{name}.png', name)}"]
        corpus.single["pictures_Case"] = FOUND
    try:
        (corpus.folder / os.fsdecode(b"pictures/bytes\xff.png")).write_bytes(
            encoded(GREY)
        )
    except OSError:  # a file system that wants UTF-8
        pass
    else:
        id_ = marked("bytes\\xff.png", "bytes-xff")
        corpus.single[f"pictures_{id_}"] = "is not UTF-8"


def add_table_of_pictures(corpus: Corpus) -> None:
    """Add a CSV table of paths that lead astray, with odd cells."""
    good = encoded(GREY)
    for name in ("one", "two", "three", "four", "five"):
        corpus.put(f"table/{name}.png", good)
    (corpus.folder / "table/folder.png").mkdir()
    os.mkfifo(corpus.folder / "table/pipe.png")
    leaves = "leaves the table's folder"
    rows: dict[str, tuple[str, Outcome]] = {
        "one.png": ("table_one", FOUND),
        "./two.png": ("table_two", FOUND),
        "gone.png": ("table_gone", "there is no file"),
        "folder.png": ("table_folder", "is a folder"),
        "pipe.png": ("table_pipe", "is no ordinary file"),
        "../pictures/-dash.png": ("table_-dash", leaves),
        "/etc/hostname": ("table_hostname", leaves),
        "": ("table_row8", "names no image"),
        "x" * 400: (f"table_{marked('x' * 400, 'x' * 28)}", "there is no file"),
    }
    corpus.single |= dict(rows.values())
    cells = [f'"{path}",{OBJECT_ID + i},z' for i, path in enumerate(rows)]
    cells[1] = '"./two.png",,"quoted\nline, <b>bold</b>"'
    cells.append("three.png,7,0012")
    cells.append(f"three.png,{OBJECT_ID},twice")
    folder = corpus.folder.resolve() / "table"
    (folder / "out.png").symlink_to("../pictures/grey.png")
    (folder / "outside").symlink_to("../pictures")
    (folder / "inside.png").symlink_to("one.png")
    out = "is a link that leads out of the table's folder"
    for path, outcome in (
        (f"{folder}/four.png", FOUND),
        ("out.png", out),
        ("outside/SHOUT.PNG", out),
        ("inside.png", FOUND),
        (" five.png ", FOUND),
    ):
        cells.append(f"{path},1,x")
        corpus.single[f"table_{Path(path.strip()).stem}"] = outcome
    corpus.single["table_three"] = FOUND
    corpus.single["table_row11"] = "lists this image twice"
    table = "\n".join(["image_path,objid,note", *cells])
    corpus.put("table/table.csv", b"\xef\xbb\xbf" + table.encode())
    corpus.values["table_one"] = {"objid": OBJECT_ID}
    corpus.values["table_two"] = {"note": "quoted\nline, <b>bold</b>"}
    corpus.values["table_three"] = {"note": "0012"}
    corpus.add("table", "images", "table/table.csv")


def add_ecsv_table(corpus: Corpus) -> None:
    """Add a table with masked values, and columns of other types than in the CSV."""
    for name in ("uno", "due"):
        corpus.put(f"ecsv/{name}.png", encoded(GREY))
    table = Table(
        {
            "image_path": ["uno.png", "due.png"],
            "objid": MaskedColumn([OBJECT_ID, 0], mask=[False, True]),
            "note": [1.5, 2.5],
            "RADIUS": [1.0, 2.0],
            "comète ☄": [1, 2],
            "good": [True, False],
            "spectrum": np.ones((2, 3)),
            "observed": np.array(["2020-01-01T12:00:00"] * 2, dtype="datetime64[s]"),
        }
    )
    table["observed"] = table["observed"].astype(str)
    table.write(corpus.folder / "ecsv/table.ecsv")
    corpus.single |= {"ecsv_uno": FOUND, "ecsv_due": FOUND}
    corpus.values["ecsv_uno"] = {"objid": OBJECT_ID, "note": "1.5"}
    corpus.add("ecsv", "images", "ecsv/table.ecsv")
