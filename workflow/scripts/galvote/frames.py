"""Frames: images of the sky that hold many galaxies, in one band or several."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sep
from astropy.io import fits
from astropy.wcs import WCS

from galvote import fits_images
from galvote.errors import InputError
from galvote.file_names import split_hdu
from galvote.fits_images import ALL, image_hdus, read_planes
from galvote.tables import whole_file

LEAST_SIDE = 16  # px
WINDOW = 1024  # px, side of the part of a frame in which its noise is looked at
LEAST_VALID = 0.01  # share of pixels with a value
SUM = "sum"  # value of the key `detect` for all bands


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
    """

    name: str
    planes: list[Plane]
    wcs: WCS | None = None
    saturation: float | None = None

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
    rows, columns = (slice(max((n - WINDOW) // 2, 0), (n + WINDOW) // 2) for n in shape)
    return rows, columns


def frame_names(source: dict) -> list[str]:
    """Return the names of a source's frames.

    Raises
    ------
    InputError
        Where the file cannot be read or has no such image.
    """
    if source["kind"] == "bands":
        return [""]
    numbers = image_hdus(source["path"], source["hdu"])
    return [str(number) for number in numbers] if len(numbers) > 1 else [""]


def check_end(source: dict) -> None:
    """Refuse a file of several frames that hides some after a broken header.

    Raises
    ------
    InputError
        Where it does.
    """
    if source["kind"] != "bands" and isinstance(source["hdu"], str):
        fits_images.check_end(source["path"])


def detection_frame(source: dict, name: str, box: int) -> Frame:
    """Read what sources are found in, as a frame of one plane.

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
    if source["kind"] == "bands":
        return _joined_bands(source, name, box)
    planes, frame = _read(source, source, name)
    bad, rms = _bad_pixels(source, name, frame), _noise_map(source, name, frame)
    mean = planes[0] if len(planes) == 1 else planes.mean(axis=0)
    frame.planes = [_plane_of(mean, bad, rms, box, source.get("stretch") != "none")]
    return frame


def colour_frame(source: dict, name: str, box: int) -> Frame:
    """Read the three bands that are shown as red, green and blue; one is shown grey.

    Raises
    ------
    InputError
        Where there are neither three nor one, or they do not fit together.
    """
    if source["kind"] == "bands":
        planes = dict(band_planes(source, name, box, source["colour"]))
        return Frame(name, [planes[band] for band in source["colour"]])
    planes, frame = _read(source, source, name)
    check_colour(source["name"], len(planes))
    bad = _bad_pixels(source, name, frame)
    subtract = source.get("stretch") != "none"
    shown = [_plane_of(plane, bad, None, box, subtract) for plane in planes]
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


def all_bands_frame(source: dict, name: str, box: int) -> Frame:
    """Read all bands of a frame, background subtracted.

    Maps of the noise belong to the image that sources are found in, and are left out
    for `bands`.
    """
    if source["kind"] == "bands":
        names = [band["name"] for band in source["bands"]]
        frame = _read(source, source["bands"][0], name)[1]
        frame.planes = [plane for _, plane in band_planes(source, name, box, names)]
        return frame
    planes, frame = _read(source, source, name)
    bad, rms = _bad_pixels(source, name, frame), _noise_map(source, name, frame)
    frame.planes = [_plane_of(plane, bad, rms, box, subtract=True) for plane in planes]
    return frame


def band_planes(
    source: dict, name: str, box: int, wanted: list[str]
) -> Iterator[tuple[str, Plane]]:
    """Read bands of a source of kind `bands` one after the other, with their names.

    Raises
    ------
    InputError
        Where they are not of one shape.
    """
    first: Frame | None = None
    for band in source["bands"]:
        if band["name"] not in wanted:
            continue
        planes, frame = _read(source, band, name)
        first = first or frame
        if frame.shape != first.shape:
            raise InputError(
                f"{band['path']} is {_size(frame.shape)} but the other bands of source"
                f" {source['name']} are {_size(first.shape)}; align them first"
            )
        bad = _bad_pixels(source, name, frame)
        yield band["name"], _plane_of(planes[0], bad, None, box, subtract=True)


def _joined_bands(source: dict, name: str, box: int) -> Frame:
    names = [band["name"] for band in source["bands"]]
    wanted = names if source["detect"] == SUM else [source["detect"]]
    head = next(band for band in source["bands"] if band["name"] in wanted)
    frame = _read(source, head, name)[1]
    rms, first = _noise_map(source, name, frame), None
    total, weights = (np.zeros(frame.shape, np.float32) for _ in range(2))
    for _, plane in band_planes(source, name, box, wanted):
        first = first or plane
        weight = np.float32((first.noise / plane.noise) ** 2) if plane.noise else 1.0
        there = np.isfinite(plane.data)  # a gap in one band is none in the others
        total[there] += weight * plane.data[there]
        weights[there] += weight
    covered = weights > 0
    mean = np.where(covered, total / np.where(covered, weights, 1), np.float32(np.nan))
    noise = background_of(mean, box).globalrms if len(wanted) > 1 else first.noise
    if rms is None and weights.min() < weights.max():
        rms = np.where(covered, 1.0 / np.sqrt(np.where(covered, weights, 1)), np.nan)
    frame.planes = [Plane(mean, noise, first.level, 0.0, _scaled_rms(rms, noise))]
    return frame


def _read(source: dict, file: dict, name: str) -> tuple[np.ndarray, Frame]:
    """Read planes (n, ny, nx) of `file`, a source or one of its bands."""
    path = file["path"]
    number = int(name) if name else image_hdus(path, file["hdu"])[0]
    planes, header, wcs = read_planes(path, number, file.get("planes"))
    if min(planes.shape[1:]) < LEAST_SIDE:
        raise InputError(
            f"{path}: an image of {_size(planes.shape[1:])} is too small for a frame;"
            f" {LEAST_SIDE} px a side is the least"
        )
    valid = np.isfinite(planes).all(axis=0).mean()
    if valid < LEAST_VALID:
        raise InputError(
            f"{path}: only {valid:.1%} of the pixels of HDU {number} have"
            " a finite value"
        )
    if np.nanmin(planes) == np.nanmax(planes):
        raise InputError(f"{path}: all pixels of HDU {number} have one value")
    saturation = header.get("SATURATE")
    frame = Frame(name, [Plane(planes[0], 0.0)], wcs)
    if isinstance(saturation, int | float) and saturation > 0:
        frame.saturation = float(saturation)
    return planes, frame


def _companion(source: dict, key: str, name: str, frame: Frame) -> np.ndarray | None:
    """Read the mask or map that belongs to a frame, (ny, nx), where one is given."""
    if not source.get(key):
        return None
    path, hdu = split_hdu(source[key])
    names = frame_names(source)
    numbers = image_hdus(path, ALL if hdu is None and len(names) > 1 else hdu)
    if len(numbers) not in (1, len(names)):
        raise InputError(
            f"{source[key]} has {len(numbers)} images but source {source['name']} has"
            f" {len(names)} frame(s); name the right ones with the key `{key}`"
        )
    place = names.index(name) if len(numbers) > 1 else 0
    pixels = read_planes(path, numbers[place])[0][0]
    if pixels.shape != frame.shape:
        raise InputError(
            f"{source[key]} is {_size(pixels.shape)} but the image of source"
            f" {source['name']} is {_size(frame.shape)}; change the key `{key}`"
        )
    return pixels


def _bad_pixels(source: dict, name: str, frame: Frame) -> np.ndarray | None:
    """Return where the mask is not zero or the weight is, bool (ny, nx)."""
    mask = _companion(source, "mask", name, frame)
    weight = _companion(source, "weight", name, frame)
    bad = None if mask is None else ~(mask == 0)
    if weight is not None:
        without = ~(weight > 0)
        bad = without if bad is None else bad | without
    if bad is not None and bad[np.isfinite(frame.planes[0].data)].all():
        keys = " and ".join(f"`{key}`" for key in ("mask", "weight") if source.get(key))
        raise InputError(
            f"no pixel of the image is left by {keys} of source {source['name']}"
        )
    return bad


def _noise_map(source: dict, name: str, frame: Frame) -> np.ndarray | None:
    """Return the pattern of the noise, (ny, nx), where an rms or weight map is given.

    Weights are inverse variances.
    """
    rms = _companion(source, "rms", name, frame)
    weight = _companion(source, "weight", name, frame) if rms is None else None
    with np.errstate(divide="ignore", invalid="ignore"):
        if weight is not None:
            rms = 1.0 / np.sqrt(weight)
    if rms is None:
        return None
    usable = (rms > 0) & np.isfinite(rms)
    if not usable.any():
        key = "rms" if source.get("rms") else "weight"
        raise InputError(f"{source[key]} has no positive value; change the `{key}`")
    return np.where(usable, rms, np.nan)


def _plane_of(
    data: np.ndarray,
    bad: np.ndarray | None,
    rms: np.ndarray | None,
    box: int,
    subtract: bool,
) -> Plane:
    """Measure sky and noise of a band, and subtract the background in place."""
    if bad is not None:
        data[bad] = np.nan
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


@contextmanager
def map_file(path: str | Path) -> Iterator[Callable[[str, np.ndarray], None]]:
    """Open a FITS file of maps; what is yielded adds that of a frame, (ny, nx).

    Each is written at once, so that the maps of one frame only are in memory.
    """
    with whole_file(path) as partial:
        fits.PrimaryHDU().writeto(partial, overwrite=True)

        def add(name: str, image: np.ndarray) -> None:
            with fits.open(partial, mode="append") as hdus:
                hdu = fits.CompImageHDU(
                    image, None, f"FRAME{name}", "GZIP_2", quantize_level=0.0
                )  # without loss
                hdus.append(hdu)

        yield add


def read_map(path: str | Path, name: str) -> np.ndarray:
    """Read the map of a frame from a file that `map_file` made."""
    return fits.getdata(path, f"FRAME{name}")
