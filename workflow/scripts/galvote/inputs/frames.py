"""Frames: images of the sky that hold many galaxies, in one band or several."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import sep
from astropy.wcs import WCS

from galvote.base.errors import InputError
from galvote.base.file_names import split_hdu
from galvote.inputs import fits_images
from galvote.inputs.fits_images import ALL, image_hdus, read_planes
from galvote.inputs.no_data import about_no_data, hide_no_data
from galvote.inputs.sources import SUM, Band, Bands, FrameSource

LEAST_FRAME_SIDE = 16  # px
MIDDLE_SIDE = 1024  # px, side of the part of a frame in which its noise is looked at
LEAST_VALID = 0.01  # share of pixels with a value


@dataclass
class Plane:
    """One band of the sky.

    Attributes
    ----------
    data : float32 (ny, nx), counts above the background; NaN where there is no value.
    noise : standard deviation of an empty pixel, counts.
    level : typical background, counts; subtracted from `data` unless `sky` is the same.
    sky : level of empty sky in `data`, counts: 0 once the background is subtracted.
    rms : float32 (ny, nx), noise of each pixel where a map was given, else None.
    """

    data: np.ndarray
    noise: float
    level: float = 0.0
    sky: float = 0.0
    rms: np.ndarray | None = None


@dataclass
class Frame:
    """The sky in one band or more.

    Attributes
    ----------
    name : of the frame in its source: the number of its HDU; empty where there is one.
    planes : the bands, of one shape.
    wcs : celestial coordinates of the pixels, or None.
    saturation : of the header (`SATURATE`), counts, or None.
    notes : what of its files was left out, ignored or guessed, a sentence each.
    filled : of the image of one galaxy: it reaches the rim.
    """

    name: str
    planes: list[Plane]
    wcs: WCS | None = None
    saturation: float | None = None
    notes: list[str] = field(default_factory=list)
    filled: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx) in px."""
        return self.planes[0].data.shape

    @property
    def pixel_scale(self) -> float:
        """Arcseconds a pixel; NaN without a WCS."""
        if self.wcs is None:
            return np.nan
        return float(np.sqrt(self.wcs.proj_plane_pixel_area().value) * 3600.0)

    def sky_at(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return right ascension and declination (deg, ICRS) of pixels, from 0.

        NaN without a WCS.
        """
        if self.wcs is None or np.size(x) == 0:
            return np.full(np.shape(x), np.nan), np.full(np.shape(y), np.nan)
        sky = self.wcs.pixel_to_world(x, y).icrs
        return sky.ra.deg, sky.dec.deg


def middle_of(shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the middle of a frame, (ny, nx), at most `WINDOW` px a side."""
    rows, columns = (
        slice(max((n - MIDDLE_SIDE) // 2, 0), (n + MIDDLE_SIDE) // 2) for n in shape
    )
    return rows, columns


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


def check_end_of_file(source: FrameSource) -> None:
    """Refuse a file of several frames that hides some after a broken header.

    Raises
    ------
    InputError
        Where it does.
    """
    if not isinstance(source, Bands) and isinstance(source.hdu, str):
        fits_images.check_end(source.path)


def detection_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read what is searched for detections, as a frame of one plane.

    The mean of a cube's planes; of `bands` the one that `detect` names, or the mean of
    all, weighted by the inverse square of their noise, in the counts of the first.

    Parameters
    ----------
    source : of the config.
    name : of the frame.
    box : side of the boxes of the background (px).

    Raises
    ------
    InputError
        Where an image cannot be read or does not fit the others.
    """
    if isinstance(source, Bands):
        return _joined_bands(source, name, box)
    planes, frame, rms = _read_with_maps(source, name)
    mean = planes[0] if len(planes) == 1 else planes.mean(axis=0)
    frame.planes = [plane_of(mean, rms, box, source.subtracts_sky)]
    return frame


def colour_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read the three bands that are shown as red, green and blue; one is shown grey.

    Raises
    ------
    InputError
        Where there are neither three nor one, or they do not fit together.
    """
    if isinstance(source, Bands):
        shown = dict(band_frames(source, name, box, source.colour))
        planes = [shown[band].planes[0] for band in source.colour]
        return Frame(name, planes)
    planes, frame, _ = _read_with_maps(source, name)
    check_colour(source.name, len(planes))
    subtract = source.subtracts_sky
    shown = [plane_of(plane, None, box, subtract) for plane in planes]
    frame.planes = shown * (3 // len(shown))
    return frame


def check_colour(name: str, n_bands: int) -> None:
    """Refuse to show other than three bands, or one, as red, green and blue.

    Raises
    ------
    InputError
        That names the source and the other choices.
    """
    if n_bands not in (1, 3):
        raise InputError(
            f"config key `cutouts.channels` is colour but source {name} has {n_bands}"
            " bands; choose grey or depths, or three `planes`"
        )


def all_bands_frame(source: FrameSource, name: str, box: int) -> Frame:
    """Read all bands of a frame, background subtracted."""
    if isinstance(source, Bands):
        names = source.band_names
        frames = [frame for _, frame in band_frames(source, name, box, names)]
        frames[0].planes = [frame.planes[0] for frame in frames]
        return frames[0]
    planes, frame, rms = _read_with_maps(source, name)
    frame.planes = [plane_of(plane, rms, box, subtract=True) for plane in planes]
    return frame


def band_frames(
    source: FrameSource, name: str, box: int, wanted: list[str]
) -> Iterator[tuple[str, Frame]]:
    """Read bands of a source of kind `bands` one after the other, with their names.

    A mask, weight or noise map belongs to all of them; each noise has its own level.

    Raises
    ------
    InputError
        Where they are not of one shape.
    """
    shape: tuple[int, int] | None = None
    for band in source.bands:
        if band.name not in wanted:
            continue
        planes, frame = _read(band, name, source)
        if shape is None:
            shape = frame.shape
            bad, rms = _read_maps(source, name, shape)
        if frame.shape != shape:
            raise InputError(
                f"{band.path} is {_size(frame.shape)} but the other bands of source"
                f" {source.name} are {_size(shape)}; align them first"
            )
        _hide(planes, bad, source)
        frame.planes = [plane_of(planes[0], rms, box)]
        yield band.name, frame


def _joined_bands(source: Bands, name: str, box: int) -> Frame:
    wanted = source.band_names if source.detect == SUM else [source.detect]
    joined: Frame | None = None
    for _, frame in band_frames(source, name, box, wanted):
        plane = frame.planes[0]
        if joined is None:
            joined, first = frame, plane
            total, weights = (np.zeros(frame.shape, np.float32) for _ in range(2))
        weight = np.float32((first.noise / plane.noise) ** 2) if plane.noise else 1.0
        there = np.isfinite(plane.data)  # a gap in one band is none in the others
        total[there] += weight * plane.data[there]
        weights[there] += weight
    covered, rms = weights > 0, first.rms
    mean = np.where(covered, total / np.where(covered, weights, 1), np.float32(np.nan))
    noise = background_of(mean, box).globalrms if len(wanted) > 1 else first.noise
    if rms is None and weights.min() < weights.max():
        rms = np.where(covered, 1.0 / np.sqrt(np.where(covered, weights, 1)), np.nan)
    joined.planes = [Plane(mean, noise, first.level, 0.0, _scaled_rms(rms, noise))]
    return joined


def _read_with_maps(
    source: FrameSource, name: str
) -> tuple[np.ndarray, Frame, np.ndarray | None]:
    """Read planes, NaN where a map says so, and the pattern of their noise."""
    planes, frame = _read(source, name, source)
    bad, rms = _read_maps(source, name, frame.shape)
    _hide(planes, bad, source)
    return planes, frame, rms


def _read(
    file: FrameSource | Band, name: str, source: FrameSource
) -> tuple[np.ndarray, Frame]:
    """Read planes (n, ny, nx) of `file`, the source or one of its bands."""
    path = file.path
    number = int(name) if name else image_hdus(path, file.hdu)[0]
    image = read_planes(path, number, file.planes, source.most_pixels)
    planes = image.planes
    hidden = hide_no_data(planes, source.blank)
    image.notes += [about_no_data(*one) for one in hidden.items()]
    if min(planes.shape[1:]) < LEAST_FRAME_SIDE:
        raise InputError(
            f"{path}: an image of {_size(planes.shape[1:])} is too small for a frame;"
            f" {LEAST_FRAME_SIDE} px a side is the least"
        )
    valid = np.isfinite(planes).all(axis=0).mean()
    if valid < LEAST_VALID:
        raise InputError(
            f"{path}: only {valid:.1%} of the pixels of HDU {number} have"
            " a finite value"
        )
    if np.nanmin(planes) == np.nanmax(planes):
        raise InputError(f"{path}: all pixels of HDU {number} have one value")
    saturation = image.header.get("SATURATE")
    frame = Frame(name, [Plane(planes[0], 0.0)], image.wcs, notes=image.notes)
    if isinstance(saturation, int | float) and saturation > 0:
        frame.saturation = float(saturation)
    return planes, frame


def _read_maps(
    source: FrameSource, name: str, shape: tuple[int, int]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Read where a frame is bad, bool, and the pattern of its noise, both `shape`.

    Bad is where the mask is not zero or the weight is; weights are inverse variances.
    None stands for what no map tells.
    """
    given = [key for key in ("mask", "weight", "rms") if getattr(source, key)]
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
            f"{spec} is {_size(pixels.shape)} but the image of source"
            f" {source.name} is {_size(shape)}; change the key `{key}`"
        )
    return pixels


def _hide(planes: np.ndarray, bad: np.ndarray | None, source: FrameSource) -> None:
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


def plane_of(
    data: np.ndarray, rms: np.ndarray | None, box: int, subtract: bool = True
) -> Plane:
    """Measure sky and noise of a band, (ny, nx), and subtract its background in place.

    Parameters
    ----------
    data : NaN where there is no value.
    rms : pattern of the noise, of any level, or None.
    box : side of the boxes of the background (px).
    subtract : False leaves the background where it is.
    """
    background = background_of(data, box)
    noise, level = background.globalrms, background.globalback
    if subtract:
        background.subfrom(data)
    sky = 0.0 if subtract else level
    return Plane(data, noise, level, sky, _scaled_rms(rms, noise))


def _scaled_rms(rms: np.ndarray | None, noise: float) -> np.ndarray | None:
    """Give a noise map the level that is measured.

    Weights are often known up to a factor, and the rms of a resampled image is that of
    single pixels without their correlation.
    """
    if rms is None:
        return None
    scaled = rms * (noise / np.nanmedian(rms))
    return np.where(np.isfinite(scaled), scaled, np.inf).astype(np.float32)


def background_of(plane: np.ndarray, box: int) -> sep.Background:
    """Measure the background of one band, (ny, nx), in boxes of `box` px."""
    return sep.Background(plane, mask=~np.isfinite(plane), bw=box, bh=box)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]} px"
