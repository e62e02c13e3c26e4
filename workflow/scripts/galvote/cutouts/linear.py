"""Galaxies' pixels as they are, for measurements: counts, noise, mask and PSF."""

import math
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from galvote.cutouts.windows import OUTSIDE, Galaxy, others_in, window_of
from galvote.detection.framing import MARGIN
from galvote.inputs.frames import Frame

BAD, OTHER_DETECTION, NO_SKY = 1, 2, 4  # bits of the mask


def linear_cutout(
    frame: Frame, segments: np.ndarray, psf: np.ndarray | None, galaxy: Galaxy
) -> fits.HDUList:
    """Cut a galaxy out of a frame, not resampled.

    Parameters
    ----------
    frame : background subtracted.
    segments : int32 (ny, nx), number of the detection of each pixel, 0 for sky.
    psf : (n, n), sum 1, or None.
    galaxy : which one.

    Returns
    -------
    HDUs `SCI` (counts above the background; (n_bands, n, n) or (n, n)), `ERR` (noise of
    the sky, counts, as `SCI`), `MASK` (bits: 1 bad, 2 another detection, 4 outside of
    the frame), and `PSF` where it is known. `SCI` has the WCS of the frame, where there
    is one; its pixel (XCENTRE, YCENTRE), counted from 1, is the galaxy's centre.
    """
    where = galaxy.x, galaxy.y, 2.0 * MARGIN * galaxy.radius
    numbers, centre = window_of(segments, *where, OUTSIDE)
    mask = np.where(numbers == OUTSIDE, NO_SKY, 0).astype(np.uint8)
    others = others_in(numbers, galaxy, centre)
    if others is not None:
        mask[others] |= OTHER_DETECTION
    science, noise = [], []
    for plane in frame.planes:
        patch, _ = window_of(plane.data, *where, np.nan)
        science.append(patch)
        if plane.rms is None:
            noise.append(np.full(patch.shape, plane.noise, dtype=np.float32))
        else:
            noise.append(window_of(plane.rms, *where, np.nan)[0])
    bad = ~np.isfinite([*science, *noise]).all(axis=0)
    mask[bad & (numbers != OUTSIDE)] |= BAD
    header = _header(frame, galaxy, centre)
    hdus = [
        fits.PrimaryHDU(),
        fits.ImageHDU(_flat(science), header, name="SCI"),
        fits.ImageHDU(_flat(noise), name="ERR"),
        fits.ImageHDU(mask, name="MASK"),
    ]
    if psf is not None:
        hdus.append(fits.ImageHDU(psf.astype(np.float32), name="PSF"))
    return fits.HDUList(hdus)


def _flat(planes: list[np.ndarray]) -> np.ndarray:
    """Stack planes; one alone stays (ny, nx)."""
    return planes[0] if len(planes) == 1 else np.stack(planes)


def _header(frame: Frame, galaxy: Galaxy, centre: tuple[float, float]) -> fits.Header:
    header = fits.Header()
    if frame.wcs is not None:
        low_x = math.floor(galaxy.x - centre[0] + 0.5)
        low_y = math.floor(galaxy.y - centre[1] + 0.5)
        header = _shifted(frame.wcs, low_x, low_y).to_header(relax=True)
    header["OBJECT"] = galaxy.id
    header["XCENTRE"] = (centre[0] + 1.0, "centre of the galaxy, px from 1")
    header["YCENTRE"] = (centre[1] + 1.0, "centre of the galaxy, px from 1")
    header["RADIUS"] = (galaxy.radius, "three half-light radii, px")
    header["BUNIT"] = "count"
    return header


def _shifted(wcs: WCS, x: int, y: int) -> WCS:
    """Return the WCS of a window whose first pixel is (x, y)."""
    moved = wcs.deepcopy()
    moved.wcs.crpix = moved.wcs.crpix - np.array([x, y])
    return moved


def write_linear(hdus: fits.HDUList, folder: str | Path, id_: str) -> None:
    """Write a linear cutout as `folder`/`id_`.fits."""
    hdus.writeto(Path(folder) / f"{id_}.fits", overwrite=True)
