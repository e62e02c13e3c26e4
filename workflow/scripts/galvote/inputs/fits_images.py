"""FITS images of any kind: which HDUs hold one, and their pixels as float32."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from galvote.base.errors import InputError
from galvote.base.limits import LARGEST_IMAGE
from galvote.inputs.celestial_wcs import celestial_wcs

LARGEST_PIXEL = 1e30  # of a pixel; what is larger marks one without a value
ALL = "all"  # value of the key `hdu` for every image of a file

Damage = Callable[[], AbstractContextManager]


@dataclass
class FitsImage:
    """An image of a FITS file.

    Attributes
    ----------
    planes : float32 (n_planes, ny, nx); NaN where there is no value.
    header : of its HDU.
    wcs : celestial coordinates of the pixels, or None.
    notes : what was left out or ignored, a sentence each.
    """

    planes: np.ndarray
    header: fits.Header
    wcs: WCS | None
    notes: list[str] = field(default_factory=list)


def image_hdus(path: str | Path, hdu: int | str | None) -> list[int]:
    """Return the numbers of the HDUs that are meant.

    Parameters
    ----------
    path : FITS file, also compressed (tiles, gzip, bzip2).
    hdu : a number; a name, which means all images of that name; `all` for all images;
        None for the first image.

    Raises
    ------
    InputError
        Where the file cannot be read or holds no such image.
    """
    with _opened(path) as (opened, damage):
        with damage():
            hdus, _ = _whole_hdus(opened)
            images = [i for i, h in enumerate(hdus) if h.is_image and len(h.shape) >= 2]
        if isinstance(hdu, int) and not 0 <= hdu < len(hdus):
            raise InputError(f"{path} has no HDU {hdu}; change the key `hdu`")
        if isinstance(hdu, int):
            chosen = [hdu] if hdu in images else []
        elif hdu is None:
            chosen = images[:1]
        elif hdu == ALL:
            chosen = images
        else:
            named = [i for i, h in enumerate(hdus) if h.name.upper() == hdu.upper()]
            if not named:
                raise InputError(f"{path} has no HDU {hdu}; change the key `hdu`")
            chosen = [i for i in named if i in images]
    if not chosen:
        where = "it" if hdu in (None, ALL) else f"HDU {hdu}"
        raise InputError(
            f"{path}: {where} holds no image; name another with the source's key `hdu`"
        )
    return chosen


def check_end(path: str | Path) -> None:
    """Refuse a file that ends in something else than a whole HDU.

    What comes after a broken header is invisible.

    Raises
    ------
    InputError
        That says after which HDU.
    """
    with _opened(path) as (opened, damage), damage():
        hdus, trouble = _whole_hdus(opened)
    if trouble:
        raise InputError(
            f"{path}: what comes after HDU {len(hdus) - 1} cannot be read, its galaxies"
            f" are lost: {trouble}"
        )


def _whole_hdus(opened: fits.HDUList) -> tuple[list, str]:
    """Return the HDUs up to a broken header, and what is wrong there, if anything."""
    hdus, trouble = [], ""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            for hdu in opened:  # reads one header after the other
                hdus.append(hdu)
        except (OSError, ValueError, KeyError) as error:
            trouble = str(error)
    for warning in map(str, (record.message for record in told)):
        if "Error validating header" in warning:
            trouble = warning
    return hdus, " ".join(trouble.split())[:200]


def read_planes(
    path: str | Path,
    number: int,
    planes: int | Sequence[int] | None = None,
    most_pixels: int | None = None,
) -> FitsImage:
    """Read an image with its header and its celestial WCS.

    Pixels without a finite value, or with one beyond all measure, are NaN.

    Parameters
    ----------
    path : FITS file.
    number : of the HDU.
    planes : which planes of a cube; None for all. Leading axes of length one are left
        out.
    most_pixels : what has more is refused before its pixels are read; None for no
        limit.

    Raises
    ------
    InputError
        Where there is no such image, or it holds no real numbers.
    """
    with _opened(path) as (hdus, damage):
        with damage():
            header, shape = hdus[number].header.copy(), hdus[number].shape
        _refuse_larger(shape, path, most_pixels)
        for card in ("BSCALE", "BZERO"):
            if isinstance(header.get(card), str):
                raise InputError(
                    f"{path}: {card} is {header[card]!r}, which is no number"
                )
        with damage():
            pixels = hdus[number].data
        if pixels is None:
            raise InputError(f"{path}: HDU {number} holds no pixels")
        while pixels.ndim > 3 and pixels.shape[0] == 1:
            pixels = pixels[0]
        pixels = pixels[None] if pixels.ndim == 2 else pixels
        if pixels.ndim != 3:
            raise InputError(
                f"{path}: an image with axes {pixels.shape} is neither (ny, nx) nor a"
                " cube (planes, ny, nx)"
            )
        if planes is not None:
            wanted = [planes] if isinstance(planes, int) else list(planes)
            if max(wanted) >= len(pixels):
                raise InputError(
                    f"{path}: plane {max(wanted)} is asked for but HDU {number} has"
                    f" {len(pixels)}, counted from 0; change the key `planes`"
                )
            pixels = pixels[wanted]
        if not np.issubdtype(pixels.dtype, np.number) or np.iscomplexobj(pixels):
            raise InputError(f"{path}: HDU {number} holds no real numbers")
        with np.errstate(over="ignore"):
            image = np.array(pixels, np.float32, order="C")
        image[~(np.abs(image) <= LARGEST_PIXEL)] = np.nan
        wcs, notes = celestial_wcs(header, hdus)
        return FitsImage(image, header, wcs, notes)


def _refuse_larger(shape: tuple[int, ...], path: str | Path, most: int | None) -> None:
    if most is not None and math.prod(shape) > most:
        size = " x ".join(map(str, reversed(shape)))
        raise InputError(
            f"{path} has {size} px, more than {most}: an image of one galaxy may have"
            f" {LARGEST_IMAGE}, a frame as many as the key `most_pixels` says"
        )


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[fits.HDUList, Damage]]:
    """Open a FITS file; yield it, and what turns damage into one sentence.

    Only where astropy reads does the second belong: an error of other code is a bug.
    """
    with warnings.catch_warnings(record=True) as told:  # what astropy can mend is fine
        warnings.simplefilter("always")
        damage = partial(_damage, path, told)
        with damage():
            opened = fits.open(path)
        try:
            yield opened, damage
        finally:
            with damage():  # reads the headers that are left
                opened.close()


@contextmanager
def _damage(path: str | Path, told: list[warnings.WarningMessage]) -> Iterator[None]:
    """Turn whatever astropy raises in reading a damaged file into one sentence."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())
        if isinstance(error, KeyError | AttributeError) or not reason:
            reason = f"{type(error).__name__} {reason}".strip()
        if any("truncated" in str(record.message) for record in told):
            reason = f"the file is truncated ({reason})"
        raise InputError(
            f"{path} cannot be read as a FITS image: {reason[:200]}"
        ) from None
