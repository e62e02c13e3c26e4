"""FITS images of the sky that hold many galaxies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sep
from astropy.io import fits
from astropy.wcs import WCS

from galvote.errors import InputError
from galvote.tables import whole_file


@dataclass
class Frame:
    """An image of the sky in one or more bands.

    Attributes
    ----------
    planes : float32, (n_bands, ny, nx), counts; NaN where the image has no value.
    sky : level of empty sky in each band of `planes`, counts.
    noise : sky noise (standard deviation of a pixel) of each band and, last, of their
        mean, in counts.
    level : background of the bands' mean before it was subtracted, in counts.
    wcs : celestial coordinates of the pixels, or None.
    """

    planes: np.ndarray
    sky: np.ndarray
    noise: np.ndarray
    level: float
    wcs: WCS | None

    @property
    def mean(self) -> np.ndarray:
        """Mean of the bands, float32, (ny, nx)."""
        return self.planes.mean(axis=0)


def read_planes(
    path: str | Path, hdu: int | str | None
) -> tuple[np.ndarray, WCS | None]:
    """Read an image, (ny, nx) or (n_bands, ny, nx), as float32 (n_bands, ny, nx).

    Raises
    ------
    InputError
        Where the file is no FITS file, or the HDU is missing or holds no such image.
    """
    try:
        with fits.open(path) as hdus:
            chosen = hdus[hdu] if hdu is not None else _first_image(hdus)
            if chosen is None or not chosen.is_image or chosen.data is None:
                raise InputError(
                    f"{path}: HDU {hdu if hdu is not None else 0} holds no image;"
                    " name another with the source's key `hdu`"
                )
            planes = np.array(chosen.data, dtype=np.float32, order="C", ndmin=3)
            wcs = WCS(chosen.header).celestial
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a FITS image: {error}") from None
    except (KeyError, IndexError):
        raise InputError(f"{path} has no HDU {hdu}; change the key `hdu`") from None
    if planes.ndim != 3 or min(planes.shape[1:]) < 16:
        raise InputError(
            f"{path}: an image of shape {planes.shape} is not a frame; (ny, nx) or"
            " (bands, ny, nx) with at least 16 px a side is needed"
        )
    return planes, wcs if wcs.has_celestial else None


def _first_image(hdus: fits.HDUList) -> object | None:
    images = (h for h in hdus if h.is_image and h.shape and len(h.shape) >= 2)
    return next(images, None)


def background_of(plane: np.ndarray, box: int) -> sep.Background:
    """Measure the background of one band, (ny, nx), in boxes of `box` px."""
    return sep.Background(plane, mask=~np.isfinite(plane), bw=box, bh=box)


def read_frame(
    path: str | Path, hdu: int | str | None, box: int, subtract: bool = True
) -> Frame:
    """Read a frame, measure its sky and noise and subtract the background.

    Parameters
    ----------
    path : FITS file.
    hdu : number or name of the image HDU; None for the first with an image.
    box : side of the boxes of the background (px).
    subtract : False keeps the pixels as they are, for pictures shown unstretched.
    """
    planes, wcs = read_planes(path, hdu)
    mean_noise = background_of(planes.mean(axis=0), box).globalrms
    backgrounds = [background_of(plane, box) for plane in planes]
    noise = np.array([*(b.globalrms for b in backgrounds), mean_noise])
    if subtract:
        for plane, background in zip(planes, backgrounds, strict=True):
            plane -= background.back()
        sky = np.zeros(len(planes))
    else:
        sky = np.array([background.globalback for background in backgrounds])
    level = float(np.mean([background.globalback for background in backgrounds]))
    return Frame(planes, sky, noise, level, wcs)


def write_segments(segments: np.ndarray, path: str | Path) -> None:
    """Write a segmentation map, int32 (ny, nx), as a tile-compressed FITS file."""
    hdus = fits.HDUList(
        [fits.PrimaryHDU(), fits.CompImageHDU(segments, name="SEGMENTS")]
    )
    with whole_file(path) as partial:
        hdus.writeto(partial, overwrite=True)


def read_segments(path: str | Path) -> np.ndarray:
    """Read a segmentation map that `write_segments` wrote."""
    return fits.getdata(path, "SEGMENTS")
