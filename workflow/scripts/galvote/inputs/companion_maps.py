"""Masks, weights and noise maps of frames."""

import numpy as np

from galvote.base.errors import InputError
from galvote.base.file_names import split_hdu
from galvote.inputs.fits_images import ALL, image_hdus, read_planes
from galvote.inputs.frames import size_of
from galvote.inputs.source_parts import MAPS
from galvote.inputs.sources import Bands, FrameSource


def frame_names(source: FrameSource) -> list[str]:
    """Return the names of a source's frames.

    Raises
    ------
    InputError
        Where the file cannot be read or has no such image.
    """
    if isinstance(source, Bands):
        return [""]
    numbers = image_hdus(source.path, source.hdu)
    return [str(number) for number in numbers] if len(numbers) > 1 else [""]


def read_maps(
    source: FrameSource, name: str, shape: tuple[int, int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Read where a frame is bad, bool, and the pattern of its noise, both `shape`.

    Bad is where the mask is not zero or the weight is; weights are inverse variances.
    None stands for what no map tells.
    """
    given = [key for key in MAPS if getattr(source, key)]
    names = frame_names(source) if given else []
    maps = {key: _companion(source, key, names, name, shape) for key in given}
    hidden = [~(maps["mask"] == 0)] if "mask" in maps else []
    hidden += [~(maps["weight"] > 0)] if "weight" in maps else []
    bad, rms = np.logical_or.reduce(hidden) if hidden else None, maps.get("rms")
    with np.errstate(divide="ignore", invalid="ignore"):
        if rms is None and "weight" in maps:
            rms = 1.0 / np.sqrt(maps["weight"])
    if rms is None:
        return bad, None
    usable = (rms > 0) & np.isfinite(rms)
    if not usable.any():
        key = given[-1]
        raise InputError(
            f"{getattr(source, key)} has no positive value; change the `{key}`"
        )
    return bad, np.where(usable, rms, np.nan)


def _companion(
    source: FrameSource, key: str, names: list[str], name: str, shape: tuple[int, int]
) -> np.ndarray:
    """Read the mask or map, (ny, nx), that belongs to the frame `name` of `names`."""
    spec = getattr(source, key)
    path, hdu = split_hdu(spec)
    numbers = image_hdus(path, ALL if hdu is None and len(names) > 1 else hdu)
    if len(numbers) not in (1, len(names)):
        raise InputError(
            f"{spec} has {len(numbers)} images but source {source.name} has"
            f" {len(names)} frame(s); name the right ones with the key `{key}`"
        )
    place = names.index(name) if len(numbers) > 1 else 0
    image = read_planes(path, numbers[place], None, source.most_pixels)
    pixels = image.planes[0]
    if pixels.shape != shape:
        raise InputError(
            f"{spec} is {size_of(pixels.shape)} but the image of source"
            f" {source.name} is {size_of(shape)}; change the key `{key}`"
        )
    return pixels


def hide_bad(planes: np.ndarray, bad: np.ndarray | None, source: FrameSource) -> None:
    """Take the values of bad pixels out of planes, (n, ny, nx), in place."""
    if bad is None:
        return
    planes[:, bad] = np.nan
    if not np.isfinite(planes).all(axis=0).any():
        given = [key for key in ("mask", "weight") if getattr(source, key)]
        keys = " and ".join(f"`{key}`" for key in given)
        raise InputError(
            f"no pixel of the image is left by {keys} of source {source.name}"
        )
