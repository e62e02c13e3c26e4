"""Images of one galaxy each: pictures, FITS stamps, rows of Galaxy10."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.wcs import WCS
from PIL import Image, UnidentifiedImageError

from galvote.base.errors import InputError
from galvote.base.file_names import split_hdu
from galvote.base.limits import LARGEST_IMAGE
from galvote.inputs.fits_images import image_hdus, read_planes
from galvote.inputs.frames import Frame, Plane
from galvote.inputs.galaxy10 import galaxy10_planes
from galvote.inputs.no_data import hide_no_data
from galvote.inputs.source_parts import MAPS
from galvote.inputs.sources import Galaxy10, Images, ImageSource, Stamps

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM")  # as Pillow calls them
SIDES_OF_TILE = (322, 323)  # tags of a TIFF: sides of the blocks that are unpacked
LEAST_IMAGE_SIDE = 8  # px
RIM = 0.1  # of the side: where a picture shows sky,
CORNER = 0.12  # or in its darkest corners where the galaxy reaches the rim
DARKEST = 2  # corners
LEAST_RIM = 2  # px


@dataclass
class Picture:
    """An image of one galaxy.

    Attributes
    ----------
    planes : float32 (n, ny, nx); NaN where bad.
    rms : noise of the pixels, (ny, nx), or None.
    wcs : celestial coordinates of the pixels, or None.
    relative : the level of `rms` says nothing, as it comes from weights.
    notes : what of its file was ignored or guessed, a sentence each.
    no_data : numbers that were taken for no data -> share of the pixels.
    """

    planes: np.ndarray
    rms: np.ndarray | None = None
    wcs: WCS | None = None
    relative: bool = False
    notes: list[str] = field(default_factory=list)
    no_data: dict[float, float] = field(default_factory=dict)


def read_pictures(
    source: ImageSource, rows: pd.DataFrame, folder: Path
) -> Iterator[Picture | ValueError]:
    """Read the images of a source in the order of their rows.

    Parameters
    ----------
    rows : with `image_path`, and for stamps `mask_path` and the like.
    folder : paths are relative to it.

    Yields
    ------
    The picture, or a ValueError that says what is wrong with it.
    """
    for read in _readers(source, rows, folder):
        try:
            yield checked(read())
        except (ValueError, OSError, InputError) as error:
            yield ValueError(str(error))


def _readers(
    source: ImageSource, rows: pd.DataFrame, folder: Path
) -> Iterator[Callable[[], Picture]]:
    """Yield for each row what reads its image."""
    if isinstance(source, Galaxy10):
        for planes in galaxy10_planes(source.path, rows["image_path"]):
            yield partial(_picture_of, planes)
        return
    for row in rows.itertuples():
        if isinstance(source, Images):
            yield partial(_picture_at, folder / row.image_path)
        else:
            yield partial(read_stamp, source, row, folder)


def _picture_of(planes: np.ndarray | ValueError) -> Picture:
    if isinstance(planes, ValueError):
        raise planes
    return Picture(planes)


def _picture_at(path: Path) -> Picture:
    return Picture(read_picture(path).transpose(2, 0, 1))


def checked(picture: Picture) -> Picture:
    """Return a picture that can be used.

    Raises
    ------
    ValueError
        Where it is too small, empty or without any structure.
    """
    planes = picture.planes
    ny, nx = planes.shape[1:]
    if min(ny, nx) < LEAST_IMAGE_SIDE:
        raise ValueError(
            f"its image is {nx} x {ny} px; {LEAST_IMAGE_SIDE} a side are needed"
        )
    blind = ~np.isfinite(planes).any(axis=(1, 2))
    if blind.all():
        raise ValueError("no pixel of its image has a value")
    if blind.any():
        raise ValueError(f"no pixel of plane {np.argmax(blind)} has a value")
    if np.nanmin(planes) == np.nanmax(planes):
        raise ValueError("all pixels of its image have one value")
    return picture


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture: float32 (ny, nx, 3), 0..255, of several images the first.

    Grey of 16 bits and more is scaled, see `_scaled`; what is transparent becomes
    black. The size is read before the pixels.

    Raises
    ------
    ValueError
        Where the file is damaged, too big or of another format; decoders of damaged
        files raise all kinds of errors.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            tags = getattr(image, "tag_v2", {})
            _check_size(image.size)
            _check_size([tags.get(tag, 1) for tag in SIDES_OF_TILE])
            if image.mode.startswith(("I", "F")):
                return np.stack([_scaled(np.asarray(image))] * 3, axis=-1)
            if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA"):
                black = Image.new("RGBA", image.size, "black")
                image = Image.alpha_composite(black, image.convert("RGBA"))
            return np.asarray(image.convert("RGB"), dtype=np.float32)
    except UnidentifiedImageError:
        with Path(path).open("rb") as stream:
            if stream.read(9) == b"SIMPLE  =":
                raise ValueError(
                    "it is a FITS file; list it in a source of kind stamps"
                ) from None
        raise ValueError(
            f"it is none of {', '.join(FORMATS)}, of a variant that is not read, or"
            " damaged at its start"
        ) from None
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _check_size(size: Sequence[int]) -> None:
    if size[0] * size[1] > LARGEST_IMAGE:
        raise ValueError(
            f"{size[0]} x {size[1]} px are more than an image of one galaxy may have,"
            f" {LARGEST_IMAGE}"
        )


def _scaled(grey: np.ndarray) -> np.ndarray:
    """Scale grey, (ny, nx), to 0..255: by its type, or from its lowest to its highest.

    16-bit numbers are divided by 257. Larger ones and floats are taken for 0..1,
    0..255 or 0..65535, the first that holds them all.
    """
    values = grey.astype(np.float32)
    values[~np.isfinite(values)] = np.nan
    if grey.dtype.itemsize == 2:
        return values / np.float32(257.0)
    if np.isnan(values).all():
        return values
    low, high = np.nanmin(values), np.nanmax(values)
    tops = (1.0, 255.0, 65535.0) if grey.dtype.kind == "f" else (255.0, 65535.0)
    top = next((top for top in tops if low >= 0.0 and high <= top), None)
    if top is None:
        return (values - low) * np.float32(255.0 / max(high - low, 1e-30))
    return values * np.float32(255.0 / top)


def read_stamp(source: Stamps, row: object, folder: Path) -> Picture:
    """Read a FITS stamp, NaN where it is masked or has no weight, with its noise map.

    Raises
    ------
    InputError
        Where a file cannot be read or does not fit the image.
    """
    path = folder / row.image_path
    number = image_hdus(path, source.hdu)[0]
    image = read_planes(path, number, source.planes, LARGEST_IMAGE)
    planes = image.planes
    hidden = hide_no_data(planes, source.blank)
    maps = {
        key: _map_of(folder / name, key, planes.shape[1:])
        for key in MAPS
        if (name := getattr(row, f"{key}_path", ""))
    }
    if "mask" in maps:
        planes[:, maps["mask"] != 0] = np.nan
    if "weight" in maps:
        planes[:, ~(maps["weight"] > 0)] = np.nan
    rms = maps.get("rms")
    if rms is None and "weight" in maps:
        with np.errstate(divide="ignore", invalid="ignore"):
            rms = 1.0 / np.sqrt(maps["weight"])
        rms[~np.isfinite(rms)] = np.nan
    relative = "rms" not in maps
    return Picture(planes, rms, image.wcs, relative, image.notes, hidden)


def _map_of(path: Path, key: str, shape: tuple[int, int]) -> np.ndarray:
    """Read the mask or map of a stamp, (ny, nx); its HDU may stand in brackets."""
    file, hdu = split_hdu(str(path))
    map_ = read_planes(file, image_hdus(file, hdu)[0], None, LARGEST_IMAGE).planes[0]
    name = Path(file).name
    if map_.shape != shape:
        raise InputError(f"its {key} {name} has another size than the image")
    if key != "mask" and not (map_ > 0).any():
        raise InputError(f"its {key} {name} has no positive value")
    return map_


def picture_frame(picture: Picture, subtract: bool, filled: bool = False) -> Frame:
    """Make a frame of a picture, with sky and noise from its rim.

    Parameters
    ----------
    picture : from `read_pictures`.
    subtract : False keeps the sky where it is.
    filled : the galaxy reaches the rim: sky and noise are those of the darkest corners.
    """
    made = []
    for plane in picture.planes:
        level, noise = sky_in_corners(plane) if filled else sky_at_rim(plane)
        rms = picture.rms
        if rms is not None and picture.relative:
            rms = rms * np.float32(noise / np.nanmedian(rms))
        elif rms is not None and np.nanmedian(rms) > 0:
            noise = float(np.nanmedian(rms))
        data = plane - np.float32(level) if subtract else plane
        made.append(Plane(data, noise, level, 0.0 if subtract else level, rms))
    return Frame("", made, picture.wcs, notes=picture.notes, filled=filled)


def sky_in_corners(plane: np.ndarray) -> tuple[float, float]:
    """Return level and sigma of the sky from the darkest corners of (ny, nx).

    From its rim where the corners have no values.
    """
    n = max(int(CORNER * min(plane.shape)), LEAST_RIM)
    ends = slice(None, n), slice(-n, None)
    corners = [plane[rows, columns] for rows in ends for columns in ends]
    seen = [corner[np.isfinite(corner)] for corner in corners]
    seen = sorted((c for c in seen if 2 * c.size > n * n), key=np.median)
    if len(seen) < DARKEST:
        return sky_at_rim(plane)
    return _level_and_noise(np.concatenate(seen[:DARKEST]), plane)


def sky_at_rim(plane: np.ndarray) -> tuple[float, float]:
    """Return level and sigma of the sky, robustly, from the rim of (ny, nx)."""
    width = max(int(RIM * min(plane.shape)), LEAST_RIM)
    inner = np.zeros(plane.shape, dtype=bool)
    inner[width:-width, width:-width] = True
    rim = plane[~inner & np.isfinite(plane)]
    if rim.size == 0:
        rim = plane[np.isfinite(plane)]
    return _level_and_noise(rim, plane)


def _level_and_noise(pixels: np.ndarray, plane: np.ndarray) -> tuple[float, float]:
    """Return level and sigma of the sky from pixels that show it, of a plane."""
    level = float(np.median(pixels))
    below = pixels[pixels <= level]  # no light of neighbours there
    noise = 1.4826 * float(np.median(level - below)) if below.size else 0.0
    span = float(np.nanmax(plane) - level)
    return level, max(noise, 1e-3 * span, np.finfo(np.float32).tiny)


def mean_plane(frame: Frame) -> Plane:
    """Return the mean of a picture's planes."""
    if len(frame.planes) == 1:
        return frame.planes[0]
    mean = np.mean([plane.data for plane in frame.planes], axis=0)
    level, noise = sky_in_corners(mean) if frame.filled else sky_at_rim(mean)
    sky = float(np.mean([plane.level for plane in frame.planes]))
    return Plane(mean, noise, sky, level)
