"""The picture of each galaxy, at one scale relative to its size."""

import warnings
import zlib
from functools import cached_property

import numpy as np
from astropy.convolution import Gaussian2DKernel, interpolate_replace_nans
from astropy.utils.exceptions import AstropyUserWarning
from PIL import Image

from galvote.cutouts.edges import light_beyond
from galvote.cutouts.sky_noise import correlation_of, mixing_of, noise_patch, noise_tile
from galvote.cutouts.stretch import stretch
from galvote.cutouts.windows import OUTSIDE, Galaxy, others_in, window_of
from galvote.detection.framing import cutout_side
from galvote.inputs.frames import Frame, Plane, middle_of

MENDING = Gaussian2DKernel(1.0)  # bad pixels within a galaxy are filled from about 2 px


def resample(
    patches: np.ndarray, centre: tuple[float, float], side: float, size: int
) -> np.ndarray:
    """Resample a square of an image with anti-aliasing.

    Parameters
    ----------
    patches : (n_bands, n, n).
    centre : (x, y) of the square, 0-based px.
    side : of the square, px of the patches.
    size : of the result, px.

    Returns
    -------
    float32 (n_bands, size, size).
    """
    low_x, low_y = (place + 0.5 - side / 2.0 for place in centre)
    box = (low_x, low_y, low_x + side, low_y + side)
    bands = [
        Image.fromarray(patch.astype(np.float32)).resize(
            (size, size), Image.Resampling.BILINEAR, box=box
        )
        for patch in patches
    ]
    return np.stack([np.asarray(band) for band in bands])


def to_bytes(levels: np.ndarray) -> np.ndarray:
    """Turn (n_channels, ny, nx) in 0..1 into uint8 (ny, nx, n_channels)."""
    return np.round(levels * 255.0).astype(np.uint8).transpose(1, 2, 0)


class Cutter:
    """Makes the pictures of the galaxies of one frame.

    Parameters
    ----------
    frame : with the planes to show: one, or red, green and blue.
    segments : int32 (ny, nx), number of the detection of each pixel, 0 for sky.
    kind : name of the stretch.
    size, channels, softening : section `cutouts` of the config.
    hide_neighbours : put noise like the sky's in the place of other detections.
    scales : factors on the planes, for colours; None for 1.
    """

    def __init__(
        self,
        frame: Frame,
        segments: np.ndarray,
        *,
        kind: str,
        size: int,
        channels: str,
        softening: float,
        hide_neighbours: bool,
        scales: list[float] | None = None,
    ) -> None:
        self.planes, self.segments = frame.planes, segments
        self.hide_neighbours, self.size = hide_neighbours, size
        self.kind, self.channels, self.softening = kind, channels, softening
        self.scales = np.array(scales or [1.0] * len(frame.planes), dtype=np.float32)
        self.noise = noise_of_mean(frame.planes, segments > 0, self.scales)

    @cached_property
    def tiles(self) -> list[np.ndarray]:
        """Noise of unit variance like that of each plane, made where it is needed."""
        middle = middle_of(self.segments.shape)
        is_detected = self.segments[middle] > 0
        return [
            noise_tile(correlation_of(plane.data[middle], is_detected), seed)
            for seed, plane in enumerate(self.planes)
        ]

    @cached_property
    def mixing(self) -> np.ndarray:
        """Matrix (n_bands, n_bands) that gives noises the correlation of the bands."""
        middle = middle_of(self.segments.shape)
        return mixing_of(
            np.stack([plane.data[middle] for plane in self.planes]),
            self.segments[middle] > 0,
        )

    def cut(self, galaxy: Galaxy, crop: float | None = None) -> np.ndarray:
        """Make the picture of one galaxy: uint8 (size, size, n_channels).

        Parameters
        ----------
        galaxy : which one.
        crop : None frames the galaxy by its radius; a number takes that share of the
            shorter side out of the image's middle.
        """
        ny, nx = self.segments.shape
        if crop is None:
            x, y, side = galaxy.x, galaxy.y, cutout_side(galaxy.radius, self.size)
        else:
            x, y = (nx - 1) / 2.0, (ny - 1) / 2.0
            side = max(crop * min(ny, nx), self.size / 2.0)
        patches, centre = self.clean_patches(galaxy, x, y, side)
        planes = resample(patches, centre, side, self.size) * self.scales[:, None, None]
        steps = (np.arange(self.size) + 0.5 - self.size / 2.0) * side / self.size
        across, along = steps - (galaxy.x - x), steps - (galaxy.y - y)
        distance = across[None, :] ** 2 + along[:, None] ** 2
        levels = stretch(
            planes,
            self.kind,
            self.channels,
            inside=distance < max(galaxy.radius, 2.0) ** 2,
            noise=self.noise,
            softening=self.softening,
        )
        return to_bytes(levels)

    def clean_patches(
        self, galaxy: Galaxy, x: float, y: float, side: float
    ) -> tuple[np.ndarray, tuple[float, float]]:
        """Copy a square of each plane; neighbours, bad pixels and edges are filled.

        Returns
        -------
        patches (n_bands, n, n), counts, and the square's centre (x, y) in them.
        """
        numbers, centre = window_of(self.segments, x, y, side, OUTSIDE)
        other = None
        low = x - centre[0], y - centre[1]
        place = galaxy.x - low[0], galaxy.y - low[1]
        if self.hide_neighbours:
            other = others_in(numbers, galaxy, place)
        patches = np.stack(
            [window_of(plane.data, x, y, side, np.nan)[0] for plane in self.planes]
        )
        if other is None and np.isfinite(patches).all():
            return patches, centre
        other = np.zeros(numbers.shape, dtype=bool) if other is None else other
        outside = numbers == OUTSIDE
        noises = self._draw_noise(numbers.shape, zlib.crc32(galaxy.id.encode()))
        filled = [
            _filled(patch, other, outside, noise)
            for patch, noise in zip(patches, noises, strict=True)
        ]
        if outside.any():
            for plane, patch in zip(self.planes, filled, strict=True):
                patch += light_beyond(patch - plane.sky, outside, place, galaxy.radius)
        return np.stack(filled), centre

    def _draw_noise(self, shape: tuple[int, int], seed: int) -> np.ndarray:
        """Draw what empty sky would look like in each plane: (n_bands, ny, nx)."""
        drawn = [
            noise_patch(tile, shape, seed + place * len(tile))
            for place, tile in enumerate(self.tiles)
        ]
        mixed = np.tensordot(self.mixing, drawn, axes=1)
        levels = [(plane.sky, plane.noise) for plane in self.planes]
        sky, noise = np.array(levels, dtype=np.float32).T[:, :, None, None]
        return sky + noise * mixed


def _filled(
    patch: np.ndarray, other: np.ndarray, outside: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Fill bad pixels from around them, what is hidden or outside with noise."""
    bad = ~np.isfinite(patch)
    whole = np.where(other | bad, noise, patch)
    lonely = bad & ~other & ~outside
    if lonely.any():
        mended = _mended(np.where(other, noise, patch))
        whole = np.where(lonely & np.isfinite(mended), mended, whole)
    return whole.astype(np.float32)


def _mended(patch: np.ndarray) -> np.ndarray:
    """Fill bad pixels from around them; wide gaps stay NaN in their middles."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyUserWarning)  # of those gaps
        return interpolate_replace_nans(patch, MENDING, boundary="extend")


def noise_of_mean(
    planes: list[Plane], is_detected: np.ndarray, scales: np.ndarray
) -> float:
    """Return the noise of the mean of planes (counts), their correlation included."""
    if len(planes) == 1:
        return planes[0].noise
    middle = middle_of(is_detected.shape)
    parts = [p.data[middle] * scale for p, scale in zip(planes, scales, strict=True)]
    mean = np.mean(parts, axis=0)
    sky = mean[~is_detected[middle] & np.isfinite(mean)]
    noises = [plane.noise * scale for plane, scale in zip(planes, scales, strict=True)]
    alone = float(np.linalg.norm(noises)) / len(planes)
    if sky.size < 100:
        return alone
    return max(1.4826 * float(np.median(np.abs(sky - np.median(sky)))), 0.5 * alone)
