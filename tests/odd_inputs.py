"""Broken and odd inputs of every kind, and what is to become of each.

The outcome of an input is a part of its reason in the reject list, or the flags that it
has in the catalogue.
"""

import gzip
import hashlib
import io
import os
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table
from PIL import Image

from galvote.catalog import Flag
from simulated import sersic_frame

FOUND = Flag(0)  # in the catalogue, and detected
EMPTY = None  # a frame without any source
SIDE = 48  # px of a stamp or picture
FIELD = 120  # px of a frame
PLACES = [(40.0, 40.0), (80.0, 78.0)]  # galaxies of a frame, 0-based px
PIXEL = 0.2 / 3600.0  # deg
OBJECT_ID = 123456789012345678  # 18 digits, more than a float can hold
Outcome = Flag | str | None


@dataclass
class Corpus:
    """Odd inputs.

    Attributes
    ----------
    folder : that holds them.
    sources : for the config.
    single : outcome of each image, position and source that cannot be read, by id.
    frames : outcome of each frame, by the id of its reject, with which those of its
        galaxies begin.
    values : cells of the catalogue, by id.
    """

    folder: Path
    sources: list[dict] = field(default_factory=list)
    single: dict[str, Outcome] = field(default_factory=dict)
    frames: dict[str, Outcome] = field(default_factory=dict)
    values: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, name: str, kind: str, path: str, **keys: object) -> None:
        """Add a source to the config."""
        self.sources.append({"name": name, "kind": kind, "path": path, **keys})

    def put(self, path: str, content: bytes) -> None:
        """Write a file."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)


def make_corpus(folder: Path) -> Corpus:
    """Write all odd inputs into a folder."""
    corpus = Corpus(folder)
    for group in (
        add_pictures,
        add_names,
        add_table_of_pictures,
        add_ecsv_table,
        add_galaxy10,
        add_stamps,
        add_stamps_with_maps,
        add_exposure,
        add_broken_frames,
        add_masked_frames,
        add_positions_in_pixels,
        add_positions_on_the_sky,
        add_positions_of_nothing,
    ):
        group(corpus)
    return corpus


def stamp(x: float = 23.5, y: float = 23.5, amplitude: float = 200.0) -> np.ndarray:
    """Draw one galaxy on a noisy sky: float32 (SIDE, SIDE)."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    light = np.exp(-0.5 * (((columns - x) / 4) ** 2 + ((rows - y) / 3) ** 2))
    noise = np.random.default_rng(1).normal(20.0, 2.0, light.shape)
    return (amplitude * light + noise).astype(np.float32)


def sky(seed: int = 0, places: list = PLACES) -> np.ndarray:
    """Draw a frame of two galaxies: float32 (FIELD, FIELD)."""
    image = sersic_frame(places, size=FIELD, half_light=3.0, seed=seed) + 50.0
    return image.astype(np.float32)


def changed(image: np.ndarray, where: object, value: float) -> np.ndarray:
    """Return a copy of an image with other pixels somewhere."""
    copy = image.copy()
    copy[where] = value
    return copy


def celestial(**cards: object) -> fits.Header:
    """Make a header with a WCS whose reference is pixel (31, 21), counted from 1."""
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRVAL1"], header["CRVAL2"] = 30.0, 10.0
    header["CRPIX1"], header["CRPIX2"] = 31.0, 21.0
    header["CDELT1"], header["CDELT2"] = -PIXEL, PIXEL
    header["CUNIT1"], header["CUNIT2"] = "deg", "deg"
    header.update(cards)
    return header


SWAPPED = celestial(
    CTYPE1="DEC--TAN", CTYPE2="RA---TAN", CRVAL1=10.0, CRVAL2=30.0
)  # declination grows to the left, right ascension upwards
GALACTIC = celestial(CTYPE1="GLON-TAN", CTYPE2="GLAT-TAN", CRVAL1=150.0, CRVAL2=-50.0)


def packed(*hdus: object) -> bytes:
    """Return a FITS file of HDUs, or arrays for them."""
    first, *others = [
        fits.ImageHDU(h) if isinstance(h, np.ndarray) else h for h in hdus
    ]
    if isinstance(first, fits.ImageHDU):
        first = fits.PrimaryHDU(first.data, first.header)
    stream = io.BytesIO()
    fits.HDUList([first, *others]).writeto(stream, output_verify="ignore")
    return stream.getvalue()


def with_card(content: bytes, name: str, value: str) -> bytes:
    """Change the value of the last card of a name where it stands, however wrong."""
    start = content.rindex(f"{name:<8}=".encode())
    card = f"{name:<8}= {value:>20}".ljust(80).encode()
    return content[:start] + card + content[start + 80 :]


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    """Return a picture as the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def marked(path: str, text: str) -> str:
    """Return what the id of a path with an unsafe name ends with."""
    return f"{text}-{hashlib.sha256(path.encode()).hexdigest()[:10]}"


def half(content: bytes) -> bytes:
    """Return the first half of a file."""
    return content[: len(content) // 2]


# ---------------------------------------------------------------- PNG and JPEG

GREY = Image.fromarray(np.clip(stamp(), 0, 255).astype(np.uint8))
FLAT = "all pixels of its image have one value"


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


def add_pictures(corpus: Corpus) -> None:
    """Add a folder of pictures with odd contents."""
    deep = np.clip(stamp() * 200, 0, 65535).astype(np.uint16)
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
        "gif.png": (encoded(GREY, "GIF"), "is neither PNG nor JPEG"),
        "text.png": (b"no picture", "is neither PNG nor JPEG"),
        "cut.png": (half(encoded(GREY)), "truncated"),
        "cut-jpeg.jpg": (half(encoded(GREY, "JPEG")), "Truncated"),
        "head.png": (encoded(GREY)[:20], "Truncated"),
        "void.png": (b"", "is empty"),
        "bomb.png": (_bomb(), "2500000000 pixels"),
    }
    for name, (content, outcome) in files.items():
        corpus.put(f"pictures/{name}", content)
        corpus.single[f"pictures_{Path(name).stem}"] = outcome
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
        "...dots.png": marked("...dots.png", "dots"),
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
    for name in ("one", "two", "three", "four"):
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


def _galaxy10(**columns: np.ndarray) -> bytes:
    """Return an HDF5 file with the given arrays."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, values in columns.items():
            file[name] = values
    return stream.getvalue()


_IMAGES = np.stack([np.asarray(GREY.convert("RGB").resize((69, 69)))] * 4)
_IMAGES[1] = 7
BROKEN_GALAXY10: dict[str, tuple[bytes, str]] = {
    "flat": (_galaxy10(images=_IMAGES[0, :, :, 0]), "has axes (69, 69)"),
    "words": (_galaxy10(images=np.array([b"no", b"image"])), "has axes (2,)"),
    "short": (_galaxy10(images=_IMAGES, ans=np.array([1])), "beside 4 images"),
    "nothing": (_galaxy10(ans=np.array([1])), "images"),
    "torn": (half(_galaxy10(images=_IMAGES)), "truncated"),
    "text": (b"no HDF5", "signature not found"),
}


def add_galaxy10(corpus: Corpus) -> None:
    """Add HDF5 files that are not quite Galaxy10."""
    answers = np.array([0, 0, 99, -1])
    for name, content, label in (
        ("bare", _galaxy10(images=_IMAGES), None),
        ("classes", _galaxy10(images=_IMAGES, ans=answers), "ans"),
    ):
        corpus.put(f"{name}.h5", content)
        corpus.add(name, "galaxy10", f"{name}.h5", label_column=label)
        ids = [f"{name}_{i:05d}" for i in range(4)]
        corpus.single |= dict.fromkeys(ids, FOUND) | {ids[1]: FLAT}
    content, corpus.single["torn"] = BROKEN_GALAXY10["torn"]
    corpus.put("torn.h5", content)
    corpus.add("torn", "galaxy10", "torn.h5", label_column="ans")


# ----------------------------------------------------------------- FITS stamps


def add_stamps(corpus: Corpus) -> None:
    """Add a folder of FITS images with all that a FITS file can have."""
    good = stamp()
    whole = packed(good)
    scaled = fits.PrimaryHDU(good.astype(np.int16))
    many = fits.Header([(f"KEY{i:05d}"[:8], i, "one of many") for i in range(5000)])
    table = fits.BinTableHDU(Table({"a": [1, 2]}))
    cube = np.stack([good, np.full_like(good, np.nan)])
    small = "8 a side are needed"
    unreadable = "cannot be read as a FITS image"
    files: dict[str, tuple[bytes, Outcome]] = {
        "good.fits": (whole, FOUND),
        "cut.fits": (half(whole), "the file is truncated"),
        "cut-gz.fits.gz": (half(gzip.compress(whole)), unreadable),
        "no-gz.fits.gz": (whole, FOUND),
        "text.fits": (b"no FITS file\n" * 400, unreadable),
        "void.fits": (b"", "is empty"),
        "table.fits": (packed(fits.PrimaryHDU(), table), "holds no image"),
        "header.fits": (packed(fits.PrimaryHDU()), "holds no image"),
        "nan.fits": (packed(good * np.nan), "no pixel of its image has a value"),
        "constant.fits": (packed(good * 0 + 7), FLAT),
        "zero.fits": (packed(good * 0), FLAT),
        "pixel.fits": (packed(good[:1, :1]), small),
        "row.fits": (packed(good[:1]), small),
        "rows.fits": (packed(good[:3]), small),
        "line.fits": (packed(good[0]), "holds no image"),
        "cards.fits": (packed(fits.PrimaryHDU(good, many)), FOUND),
        "bitpix.fits": (with_card(whole, "BITPIX", "7"), unreadable),
        "bitpix-word.fits": (with_card(whole, "BITPIX", "'many'"), unreadable),
        "naxis.fits": (with_card(whole, "NAXIS1", "-48"), unreadable),
        "naxis-big.fits": (with_card(whole, "NAXIS1", "4800000000"), unreadable),
        "naxis-big-gz.fits.gz": (
            gzip.compress(with_card(whole, "NAXIS1", "4800000000")),
            unreadable,
        ),
        "uint16.fits": (packed(good.astype(np.uint16)), FOUND),
        "int8.fits": (packed((good / 2).astype(np.int8)), FOUND),
        "uint8.fits": (packed(np.clip(good, 0, 255).astype(np.uint8)), FOUND),
        "int64.fits": (packed(good.astype(np.int64) * 10**12), FOUND),
        "double.fits": (packed(good.astype(np.float64) * 1e200), "no pixel"),
        "huge.fits": (packed(good * np.float32(1e35)), "no pixel"),
        "tiny.fits": (packed(good * np.float32(1e-35)), FOUND),
        "infinite.fits": (
            packed(changed(changed(good, (3, 3), np.inf), (40, 9), -np.inf)),
            FOUND,
        ),
        "all-infinite.fits": (packed(good * np.inf), "no pixel"),
        "hole.fits": (
            packed(changed(good, (slice(20, 28), slice(20, 28)), np.nan)),
            FOUND,
        ),
        "axes4.fits": (packed(good[None, None]), FOUND),
        "axes5.fits": (packed(np.stack([good[None, None]] * 2)), "is neither"),
        "blind-plane.fits": (packed(cube), "plane 1 "),
        "off-centre.fits": (packed(stamp(x=32.0, y=18.0)), Flag.OFF_CENTRE),
        "empty.fits": (packed(stamp(amplitude=0.0)), Flag.UNDETECTED),
        "sky.fits": (packed(fits.PrimaryHDU(good, celestial())), FOUND),
        "swapped.fits": (packed(fits.PrimaryHDU(good, SWAPPED)), FOUND),
        "ctype.fits": (
            packed(fits.PrimaryHDU(good, celestial(CTYPE1="RA---BAD"))),
            FOUND,
        ),
        "cunit.fits": (
            packed(fits.PrimaryHDU(good, celestial(CUNIT1="furlong"))),
            FOUND,
        ),
        "wcs-word.fits": (
            packed(fits.PrimaryHDU(good, celestial(CRVAL1="here"))),
            FOUND,
        ),
    }
    scaled.header["BSCALE"] = -1.0
    files["bscale-minus.fits"] = packed(scaled), Flag.UNDETECTED
    for name, value, outcome in (
        ("bscale-zero", "0.0", FLAT),
        ("bscale-word", "'much'", "BSCALE is 'much'"),
    ):
        content = with_card(files["bscale-minus.fits"][0], "BSCALE", value)
        files[f"{name}.fits"] = content, outcome
    for name, (content, outcome) in files.items():
        corpus.put(f"stamps/{name}", content)
        stem = name.removesuffix(".gz").removesuffix(".fits")
        corpus.single[f"stamps_{stem}"] = outcome
    across, up = (23.5 - 30.0) * PIXEL, (23.5 - 20.0) * PIXEL
    slope = np.cos(np.radians(10.0))
    at = {"ra": 30.0 - across / slope, "dec": 10.0 + up}
    corpus.values["stamps_sky"] = at
    corpus.values["stamps_swapped"] = {"ra": 30.0 + up / slope, "dec": 10.0 - across}
    for name in ("ctype", "cunit", "wcs-word"):
        corpus.values[f"stamps_{name}"] = {"ra": None, "dec": None}
    corpus.add("stamps", "stamps", "stamps")


def add_stamps_with_maps(corpus: Corpus) -> None:
    """Add stamps whose mask, noise map or PSF is odd."""
    ones = np.ones((SIDE, SIDE), dtype=np.float32)
    steps = np.arange(25) - 12
    blob = np.exp(-0.5 * (steps[:, None] ** 2 + steps**2) / 1.5**2).astype(np.float32)
    maps = {
        "mask": packed((ones * 0).astype(np.uint8)),
        "rms": packed(ones * 2),
        "psf": packed(blob),
    }
    corner = changed(ones * 0, (slice(0, 9), slice(0, 9)), 1)
    cases: dict[str, tuple[str, bytes | None, Outcome]] = {
        "good": ("mask", maps["mask"], FOUND),
        "corner": ("mask", packed(corner), FOUND),
        "mask-gone": ("mask", None, "there is no file"),
        "mask-void": ("mask", b"", "is empty"),
        "mask-shape": ("mask", packed(ones[:40]), "mask"),
        "mask-all": ("mask", packed(ones), "no pixel of its image has a value"),
        "mask-text": ("mask", b"text" * 900, "cannot be read as a FITS image"),
        "rms-zero": ("rms", packed(ones * 0), "rms"),
        "rms-nan": ("rms", packed(ones * np.nan), "rms"),
        "rms-shape": ("rms", packed(ones[:, :40]), "rms"),
        "psf-text": ("psf", b"text" * 900, "cannot be read as a FITS image"),
        "psf-zero": ("psf", packed(blob * 0), "PSF"),
        "psf-nan": ("psf", packed(blob * np.nan), "PSF"),
        "psf-pixel": ("psf", packed(blob[:1, :1]), "PSF"),
        "psf-gone": ("psf", None, "there is no file"),
    }
    for name, (odd, content, outcome) in cases.items():
        corpus.put(f"pairs/{name}.fits", packed(stamp()))
        for part, usual in maps.items():
            written = content if part == odd else usual
            if written is not None:
                corpus.put(f"{part}s/{name}.fits", written)
        corpus.single[f"pairs_{name}"] = outcome
    patterns = {part: f"{part}s/*.fits" for part in maps}
    corpus.add("pairs", "stamps", "pairs/*.fits", **patterns)


# ----------------------------------------------------------------- FITS frames


def add_exposure(corpus: Corpus) -> None:
    """Add a file of many extensions, some of them broken, two of one name."""
    good = sky()
    star = changed(good, (slice(20, 24), slice(60, 64)), 900.0)
    small = "is too small for a frame"
    packing = fits.CompImageHDU(good, compression_type="RICE_1")
    images: list[tuple[object, Outcome]] = [
        (fits.ImageHDU(good, celestial(), name="SCI"), FOUND),
        (good * np.nan, "of the pixels of HDU 2 have a finite value"),
        (good * 0 + 5, "all pixels of HDU 3 have one value"),
        (good * 0, "all pixels of HDU 4 have one value"),
        (good[:1, :1], small),
        (good[:1], small),
        (good[:3], small),
        (sky(places=[]), EMPTY),
        (fits.ImageHDU(sky(9), name="SCI"), FOUND),
        (changed(changed(good, (3, 3), np.inf), (9, 90), -np.inf), FOUND),
        (changed(good, np.s_[:, 60:], np.nan), FOUND),
        (good.astype(np.uint16), FOUND),
        ((good / 2).astype(np.int8), FOUND),
        (good.astype(np.int64), FOUND),
        (good[None, None], FOUND),
        (np.stack([good[None, None]] * 2), "is neither (ny, nx) nor a cube"),
        (good * np.float32(1e35), "of the pixels of HDU 17 have a finite value"),
        (good * np.float32(1e-35), FOUND),
        (np.round(good / 50), FOUND),
        (fits.ImageHDU(good, SWAPPED), FOUND),
        (fits.ImageHDU(good, GALACTIC), FOUND),
        (fits.ImageHDU(good, celestial(CTYPE2="DEC--BAD")), FOUND),
        (fits.ImageHDU(good, celestial(CUNIT2="furlong")), FOUND),
        (fits.ImageHDU(star, celestial(SATURATE=800.0, CRVAL1=31.0)), Flag.SATURATED),
        (good, "cannot be read as a FITS image"),  # broken below
    ]
    hdus = [fits.PrimaryHDU(), *(image for image, _ in images[:-1]), packing]
    content = packed(*hdus)
    content = with_card(content, "ZCMPTYPE", "'SQUEEZE'")
    corpus.put("exposure.fits", content)
    corpus.add("exposure", "frames", "exposure.fits", hdu="all", psf_fwhm=2.4)
    for number, (_, outcome) in enumerate(images, start=1):
        corpus.frames[f"exposure_h{number}"] = outcome
    across, up = (40.0 - 30.0) * PIXEL, (40.0 - 20.0) * PIXEL
    slope = np.cos(np.radians(10.0))
    corpus.values["exposure_h1_x00040_y00040"] = {
        "ra": 30.0 - across / slope,
        "dec": 10.0 + up,
    }
    corpus.values["exposure_h20_x00040_y00040"] = {
        "ra": 30.0 + up / slope,
        "dec": 10.0 - across,
    }


def add_broken_frames(corpus: Corpus) -> None:
    """Add frames whose files are broken, each in its own way."""
    good = sky()
    whole = packed(good)
    one, other, last = (fits.ImageHDU(good, name=n) for n in ("SCI", "ERR", "SCI"))
    extensions = packed(fits.PrimaryHDU(), one, last, other, last)
    fourth = extensions.rindex(b"XTENSION")
    hidden = extensions[:fourth] + b"?" * 2880 + extensions[fourth + 2880 :]
    cut = "the file is truncated"
    files: dict[str, tuple[bytes, dict, dict[str, Outcome]]] = {
        "nohdu": (whole, {"hdu": 7}, {"": "has no HDU 7"}),
        "noplane": (packed(np.stack([good] * 3)), {"planes": 5}, {"": "plane 5 is"}),
        "header": (
            hidden,
            {"hdu": "sci"},
            {"_h1": FOUND, "_h2": FOUND, "": "what comes after HDU 3"},
        ),
        "tail": (
            extensions[: -len(whole) // 2],
            {"hdu": "all"},
            {"_h1": FOUND, "_h2": FOUND, "_h3": FOUND, "_h4": cut},
        ),
    }
    for name, (content, keys, outcomes) in files.items():
        corpus.put(f"{name}.fits", content)
        corpus.add(name, "frames", f"{name}.fits", psf_fwhm=2.4, **keys)
        corpus.frames |= {name + frame: o for frame, o in outcomes.items()}
    corpus.put("cut.fits", half(whole))
    paths = {"g": "nohdu.fits", "r": "cut.fits"}
    bands = [{"name": name, "path": path} for name, path in paths.items()]
    corpus.sources.append(
        {"name": "bands", "kind": "bands", "bands": bands, "detect": "g"}
    )
    corpus.frames["bands"] = cut


def add_masked_frames(corpus: Corpus) -> None:
    """Add an exposure with a mask, a weight and a noise map, all odd."""
    good = sky()
    ones = np.ones_like(good)
    none, most = ones * 0, changed(ones, np.s_[:, :60], 0)
    cases: list[tuple[np.ndarray, np.ndarray, np.ndarray, Outcome]] = [
        (none, ones, ones, FOUND),
        (most, ones, ones, FOUND),
        (none, ones, ones * 5, FOUND),
        (ones[:50], ones, ones, "is 120 x 50 px"),
        (ones, ones, ones, "no pixel of the image is left"),
        (ones * np.nan, ones, ones, "no pixel of the image is left"),
        (none, none, ones, "no pixel of the image is left"),
        (none, -ones, ones, "no pixel of the image is left"),
        (none, ones, none, "has no positive value"),
        (none, ones, ones * np.nan, "has no positive value"),
    ]
    *maps, outcomes = zip(*cases, strict=True)
    parts = ("mask", "weight", "rms")
    for part, images in zip(parts, maps, strict=True):
        corpus.put(f"masked.{part}.fits", packed(fits.PrimaryHDU(), *images))
    corpus.put("masked.fits", packed(fits.PrimaryHDU(), *[good] * len(cases)))
    keys = {part: f"masked.{part}.fits[all]" for part in parts}
    corpus.add("masked", "frames", "masked.fits", hdu="all", psf_fwhm=2.4, **keys)
    corpus.frames |= {f"masked_h{i}": o for i, o in enumerate(outcomes, start=1)}


# ------------------------------------------------------------------- positions


def add_positions_in_pixels(corpus: Corpus) -> None:
    """Add a CSV table of pixels, counted from 1, with odd places, ids and radii."""
    at, beside, nowhere = ("41", "41"), ("81", "79"), ("20", "100")
    outside, unplaced = "lies outside of the image", "its position is no number"
    long, n = "L" * 300, iter(range(1, 99))
    rows: list[tuple[tuple[str, str], str, str, str, Outcome]] = [
        (at, "plain", "", "plain", FOUND),
        (beside, "../../x", "", marked("../../x", "-..-x"), FOUND),
        (at, "a/b", "", marked("a/b", "a-b"), FOUND),
        (at, "two words", "", marked("two words", "two-words"), FOUND),
        (at, "ünï", "", marked("ünï", "-n-"), FOUND),
        (at, "☄", "", marked("☄", "-"), FOUND),
        (at, long, "", marked(long, long[:28]), FOUND),
        (at, "Case", "", marked("Case", "Case"), FOUND),
        (at, "case", "", marked("case", "case"), FOUND),
        (at, "", "", "row10", FOUND),
        (at, "", "", "row11", FOUND),
        (at, "twice", "", "twice", FOUND),
        (at, "twice", "", "row13", "row 12 has the same id"),
        (at, "twice", "", "row14", "row 12 has the same id"),
        (at, "minus", "-3", "minus", FOUND),
        (at, "none", "0", "none", FOUND),
        (at, "word", "wide", "word", FOUND),
        (at, "wide", "1e9", "row18", "its radius of 1e+09 px"),
        (at, "thin", "1e-9", "thin", FOUND),
        (nowhere, "sky", "", "sky", Flag.UNDETECTED),
        (nowhere, "sky-wide", "4", "sky-wide", Flag.UNDETECTED),
        (("500", "500"), "far", "", "row22", outside),
        (("-7", "41"), "left", "", "row23", outside),
        (("120.5", "41"), "rim", "", "row24", outside),
        (("0.5", "41"), "brink", "", "brink", Flag.UNDETECTED),
        (("nan", "41"), "nan", "", "row26", unplaced),
        (("", ""), "empty", "", "row27", unplaced),
        (("here", "41"), "text", "", "row28", unplaced),
        (("inf", "-inf"), "inf", "", "row29", unplaced),
        (("1e300", "41"), "1e300", "", "row30", outside),
    ]
    lines = ["X,Y,name,r,image_path,y"]
    for (x, y), name, radius, id_, outcome in rows:
        lines.append(f"{x},{y},{name},{radius},cell {next(n)},{OBJECT_ID}")
        corpus.single[f"pixels_{id_}"] = outcome
    corpus.values["pixels_plain"] = {"user_image_path": "cell 1", "user_y": OBJECT_ID}
    corpus.put("pixels.csv", "\n".join(lines).encode())
    corpus.put("pixels.fits", packed(sky()))
    columns = {"x": "X", "y": "Y", "id": "name", "radius": "r"}
    places = {"path": "pixels.csv", **columns}
    # positions in the margin are kept here, to be seen
    corpus.add("pixels", "frames", "pixels.fits", psf_fwhm=2.4, positions=places)


def add_positions_on_the_sky(corpus: Corpus) -> None:
    """Add a FITS table and a VOTable of right ascension and declination."""
    slope = np.cos(np.radians(10.0))
    ra, dec = 30.0 + 20.0 * PIXEL / slope, 10.0 - 10.0 * PIXEL  # at (40, 40) in SWAPPED
    rows: list[tuple[float, float, Outcome]] = [
        (ra, dec, FOUND),
        (ra + 360.0, dec, FOUND),
        (ra - 360.0, dec, FOUND),
        (ra, 95.0, "its declination is 95.0"),
        (ra, -90.1, "its declination is -90.1"),
        (ra + 180.0, -dec, "outside of the image"),
        (ra, np.nan, "no number"),
        (np.inf, dec, "no number"),
        (1e300, dec, "outside of the image"),
    ]
    ids = OBJECT_ID + np.arange(len(rows))
    table = Table(rows=[row[:2] for row in rows], names=["RA", "DEC"])
    table["objid"] = ids
    table["spectrum"] = np.ones((len(rows), 3))
    table["ragged"] = np.array(
        [np.arange(i % 3) for i in range(len(rows))], dtype=object
    )
    table.write(corpus.folder / "places.fits")
    masked = Table(table[["RA", "DEC", "objid"]][:2], masked=True)
    masked["RA"].mask = [False, True]
    from_table(masked).to_xml(str(corpus.folder / "places.vot"))
    corpus.put("swapped.fits", packed(fits.PrimaryHDU(sky(), SWAPPED)))
    columns = {"ra": "RA", "dec": "DEC", "id": "objid"}
    for name, path in (("fitstable", "places.fits"), ("votable", "places.vot")):
        places = {"path": path, **columns}
        keys = {"psf_fwhm": 2.4, "positions": places}
        corpus.add(name, "frames", "swapped.fits", **keys)
    for i, (*_, outcome) in enumerate(rows):
        id_ = f"row{i + 1}" if isinstance(outcome, str) else ids[i]
        corpus.single[f"fitstable_{id_}"] = outcome
    corpus.single[f"votable_{ids[0]}"] = FOUND
    corpus.single["votable_row2"] = "no number"


def add_positions_of_nothing(corpus: Corpus) -> None:
    """Add positions in a frame that cannot be read, and none that is in a frame."""
    places = {"path": "nothing.csv", "x": "x", "y": "y", "id": "id"}
    corpus.put("nothing.csv", b"x,y,id\n1000,1000,a\n2000,2000,b\n")
    for name, path, reason in (
        ("blind", "cut.fits", "no image of its source could be searched"),
        ("beyond", "pixels.fits", "lies outside of the image"),
    ):
        corpus.add(name, "frames", path, positions=places)
        corpus.single |= dict.fromkeys((f"{name}_row1", f"{name}_row2"), reason)
    corpus.frames["blind"] = "cannot be read as a FITS image"


# -------------------------------------------------------------------- mistakes


def make_mistakes(folder: Path) -> dict[str, tuple[dict, str]]:
    """Write tables that cannot be used: the source, and a part of what is said."""
    corpus = Corpus(folder)
    corpus.put("sky.fits", packed(sky()))
    corpus.put("latin.csv", "x,y,name\n41,41,caf\xe9\n".encode("latin-1"))
    corpus.put("header.csv", b"x,y\n")
    corpus.put("ragged.csv", b"x,y\n41,41,1\n")
    corpus.put("good.csv", b"x,y\n41,41\n")
    corpus.put("text.fits", b"no FITS file")
    corpus.put("images.csv", b"image_path,x\na.png,caf\xe9\n")
    Table({"path": ["a.png"]}).write(folder / "images.ecsv")
    Table({"image_path": ["a.png"]}).write(folder / "images.vot", format="votable")
    corpus.put("bare.h5", _galaxy10(images=_IMAGES))
    (folder / "empty").mkdir()
    frame = {"kind": "frames", "path": "sky.fits"}
    pixels = {"x": "x", "y": "y"}
    cases: dict[str, tuple[dict, str]] = {
        "positions in Latin-1": ({"path": "latin.csv", **pixels}, "is not in UTF-8"),
        "positions without a row": ({"path": "header.csv", **pixels}, "has no rows"),
        "positions of more cells": ({"path": "ragged.csv", **pixels}, "more cells"),
        "positions in no table": ({"path": "text.fits", **pixels}, "text.fits cannot"),
        "positions without a column": (
            {"path": "good.csv", **pixels, "id": "name"},
            "`positions.id`: the table good.csv has no column `name`; it has: x, y",
        ),
    }
    cases = {
        name: (frame | {"positions": places}, said)
        for name, (places, said) in cases.items()
    }
    images, labels = {"kind": "images"}, {"label_column": "ans"}
    cases |= {
        "images in Latin-1": (images | {"path": "images.csv"}, "in UTF-8"),
        "images without a path": (
            images | {"path": "images.ecsv"},
            "images.ecsv has no column `image_path`; it has: path",
        ),
        "images without a label": (
            images | {"path": "images.vot"} | labels,
            "images.vot has no column `ans`; it has: image_path",
        ),
        "an empty folder": (images | {"path": "empty"}, "there are no images"),
        "Galaxy10 without a label": (
            {"kind": "galaxy10", "path": "bare.h5"} | labels,
            "bare.h5 has no column `ans`",
        ),
    }
    return {
        name: ({"name": "odd", **source}, said)
        for name, (source, said) in cases.items()
    }
