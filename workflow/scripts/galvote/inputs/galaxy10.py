"""Galaxy10's HDF5 file: its images and their classes."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.limits import LARGEST_IMAGE

SLICE = 256  # rows of the file that are read at a time, at most
BYTES_AT_ONCE = 2**26  # bytes of images that are read at a time
LARGEST_CHUNK = 2**30  # bytes that HDF5 unpacks at once
# side of its images (px) -> classes (Leung & Bovy, astroNN's Galaxy10)
GALAXY10_CLASSES = {
    69: (
        "disk, face-on, no spiral",
        "smooth, completely round",
        "smooth, in-between round",
        "smooth, cigar shaped",
        "disk, edge-on, rounded bulge",
        "disk, edge-on, boxy bulge",
        "disk, edge-on, no bulge",
        "disk, face-on, tight spiral",
        "disk, face-on, medium spiral",
        "disk, face-on, loose spiral",
    ),
    256: (
        "disturbed",
        "merging",
        "round smooth",
        "in-between round smooth",
        "cigar shaped smooth",
        "barred spiral",
        "unbarred tight spiral",
        "unbarred loose spiral",
        "edge-on without bulge",
        "edge-on with bulge",
    ),
}


def list_galaxy10(path: str) -> pd.DataFrame:
    """List the images of a file: `image_path`, the class `ans` and what else is there.

    Raises
    ------
    InputError
        Where the file is damaged or another one.
    """
    import h5py

    try:
        with h5py.File(path, "r") as stored:
            images = _dataset(stored, "images")
            if len(images.shape) not in (3, 4) or images.dtype.kind not in "uif":
                raise ValueError(
                    f"`images` has axes {images.shape} of {images.dtype}, not"
                    " (galaxies, ny, nx, bands) of numbers"
                )
            listing = pd.DataFrame(
                {"image_path": [f"images/{i}" for i in range(len(images))]}, dtype=str
            )
            for name in ("ans", "ra", "dec", "redshift", "pxscale"):
                if stored.get(name, getlink=True) is not None:
                    listing[name] = _column_of(stored, name)
            classes = GALAXY10_CLASSES.get(images.shape[1])
    except (OSError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as Galaxy10's HDF5 with `images` and `ans`: {error}"
        ) from None
    if classes is not None and "ans" in listing:
        known = listing["ans"].between(0, len(classes) - 1)
        names = listing["ans"].where(known, 0).map(lambda number: classes[int(number)])
        listing["ans"] = names.where(known, "")
    return listing


def _dataset(stored: object, name: str) -> object:
    """Return a dataset that lies in its file, and is of bounded size.

    Raises
    ------
    ValueError
        Where it leads to another file, or is larger than an image may be.
    KeyError
        Where there is none.
    """
    import h5py

    link = stored.get(name, getlink=True)
    outside = isinstance(link, h5py.ExternalLink)
    if not outside:
        data = stored[name]
        outside = data.file.filename != stored.filename
        outside |= bool(data.external) or data.is_virtual
    if outside:
        raise ValueError(f"`{name}` is a link that leads to another file")
    if data.chunks and math.prod(data.chunks) * data.dtype.itemsize > LARGEST_CHUNK:
        raise ValueError(f"`{name}` is stored in chunks of {data.chunks}, too large")
    if math.prod(data.shape[1:3]) > LARGEST_IMAGE:
        raise ValueError(
            f"`{name}` has images of {data.shape[1:3]} px, more than the"
            f" {LARGEST_IMAGE} that an image of one galaxy may have"
        )
    return data


def _column_of(stored: object, name: str) -> np.ndarray:
    """Read a column of Galaxy10's HDF5, as long as its images are many."""
    column, images = _dataset(stored, name), stored["images"]
    if column.shape != images.shape[:1]:
        raise ValueError(
            f"`{name}` has the shape {column.shape} beside {len(images)} images"
        )
    return column[:]


def galaxy10_planes(
    path: str, image_paths: pd.Series
) -> Iterator[np.ndarray | ValueError]:
    """Read images of a file: float32 (n_bands, ny, nx), or what is wrong with one.

    Parameters
    ----------
    path : of the file.
    image_paths : `images/<number>`.
    """
    import h5py

    numbers = image_paths.str.removeprefix("images/").astype(int).to_numpy()
    with h5py.File(path, "r") as stored:
        images = _dataset(stored, "images")
        size = images.dtype.itemsize * math.prod(images.shape[1:])
        rows = min(SLICE, max(1, BYTES_AT_ONCE // max(size, 1)))
        for start in range(0, len(numbers), rows):
            some = numbers[start : start + rows]
            try:
                low, high = some.min(), some.max() + 1
                close = high - low <= 2 * rows
                block = images[low:high][some - low] if close else [None] * len(some)
            except OSError:  # a damaged chunk: the others may be whole
                block = [None] * len(some)
            for number, image in zip(some, block, strict=True):
                try:
                    image = images[number] if image is None else image
                    yield np.atleast_3d(image.astype(np.float32)).transpose(2, 0, 1)
                except (ValueError, OSError) as error:
                    yield ValueError(str(error))
