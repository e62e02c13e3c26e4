"""What a corpus of inputs is, and what its files are made of."""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from astropy.io import fits
from PIL import Image

from galvote.catalog.flags import Flag
from simulated import sersic_frame

FOUND = Flag(0)  # in the catalogue, and detected
EMPTY = None  # a frame without any detection
SIDE = 48  # px of a stamp or picture
FIELD = 120  # px of a frame
PLACES = [(40.0, 40.0), (80.0, 78.0)]  # galaxies of a frame, 0-based px
PIXEL = 0.2 / 3600.0  # deg
FLAT = "all pixels of its image have one value"  # reason
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


GREY = Image.fromarray(np.clip(stamp(), 0, 255).astype(np.uint8))
