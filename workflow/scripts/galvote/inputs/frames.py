"""Frames: images of the sky that hold many galaxies, with their sky and noise."""

from dataclasses import dataclass, field

import numpy as np
import sep
from astropy.wcs import WCS

from galvote.base.errors import InputError
from galvote.inputs.fits_images import image_hdus, read_planes
from galvote.inputs.ids import frame_key
from galvote.inputs.no_data import about_no_data, hide_no_data
from galvote.inputs.sources import Band, FrameSource

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
    name : of the frame in its file: the number of its HDU; empty where there is one.
    planes : the bands, of one shape.
    wcs : celestial coordinates of the pixels, or None.
    saturation : of the header (`SATURATE`), counts, or None.
    notes : what of its files was left out, ignored or guessed, a sentence each.
    filled : of the image of one galaxy: it reaches the rim.
    file : in which it is, where its source has many; else empty.
    file_name : of that file in the names of frames, safe and unique in the source.
    """

    name: str
    planes: list[Plane]
    wcs: WCS | None = None
    saturation: float | None = None
    notes: list[str] = field(default_factory=list)
    filled: bool = False
    file: str = ""
    file_name: str = ""

    @property
    def key(self) -> str:
        """Name of the frame, unique in its source."""
        return frame_key(self.file_name, self.name)

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
    """Return the middle of a frame, (ny, nx), at most `MIDDLE_SIDE` px a side."""
    rows, columns = (
        slice(max((n - MIDDLE_SIDE) // 2, 0), (n + MIDDLE_SIDE) // 2) for n in shape
    )
    return rows, columns


def read_frame(
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
            f"{path}: an image of {size_of(planes.shape[1:])} is too small for a frame;"
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
    return Plane(data, noise, level, sky, scaled_rms(rms, noise))


def scaled_rms(rms: np.ndarray | None, noise: float) -> np.ndarray | None:
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


def size_of(shape: tuple[int, ...]) -> str:
    """Write the size of an image, (ny, nx), for people."""
    return f"{shape[1]} x {shape[0]} px"
