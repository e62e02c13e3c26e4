"""Turned, mirrored and zoomed copies of images, over whose codes is averaged.

A code that is the mean over copies hardly depends on how a galaxy lies on the sky, nor
on a small error of its radius.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

SPARE = 1.3  # images with this many times the wanted pixels a side are reduced first


def identity(images: Tensor) -> Tensor:
    """Leave images as they are."""
    return images


@dataclass(frozen=True)
class Copies:
    """Which copies of an image are made.

    Attributes
    ----------
    rotations : number of angles, evenly spread over a full turn.
    flips : add the mirror images.
    zooms : factors by which the galaxy is enlarged.
    """

    rotations: int = 1
    flips: bool = False
    zooms: tuple[float, ...] = (1.0,)

    def __len__(self) -> int:
        return self.rotations * (1 + self.flips) * len(self.zooms)

    def of(
        self,
        images: Tensor,
        size: int,
        mode: str,
        finish: Callable[[Tensor], Tensor] = identity,
    ) -> Iterator[Tensor]:
        """Yield the copies of images of galaxies on the sky.

        Quarter turns and mirror images are exact; only the angles between them are
        resampled.

        Parameters
        ----------
        images : float (N, C, ny, nx), square.
        size : side of the copies (px).
        mode : bilinear or bicubic.
        finish : what else is done to the pixels, once for all quarter turns and mirror
            images.

        Yields
        ------
        (N, C, size, size).
        """
        quarters = math.gcd(self.rotations, 4)  # how many are exact
        steps = self.rotations // quarters
        for zoom in self.zooms:
            for step in range(steps):
                angle = 2.0 * np.pi * step / self.rotations
                turned = finish(_turned(images, angle, zoom, size, mode))
                for quarter in range(quarters):
                    copy = turned.rot90(quarter * 4 // quarters, (2, 3)).contiguous()
                    yield copy
                    if self.flips:
                        yield copy.flip(3)

    def of_polar(
        self,
        images: Tensor,
        size: int,
        mode: str,
        mirrored: bool,
        finish: Callable[[Tensor], Tensor] = identity,
    ) -> Iterator[Tensor]:
        """Yield the copies of polar images: rows are angles, columns radii.

        A rotation shifts the rows round, a mirror image has them in reverse order, and
        a zoom stretches the columns about the galaxy's centre.

        Parameters
        ----------
        images : float (N, C, angles, radii).
        size, mode, finish : as for `of`.
        mirrored : the centre is in the middle column, and not the first.

        Yields
        ------
        (N, C, size, size).
        """
        angles = images.shape[2]
        for zoom in self.zooms:
            stretched = _stretched(images, zoom, mirrored)
            for step in range(self.rotations):
                copy = stretched.roll(round(step * angles / self.rotations), 2)
                yield finish(resized(copy, size, mode))
                if self.flips:
                    copy = copy.flip(2).roll(1, 2)  # the first row stays
                    yield finish(resized(copy, size, mode))


def resized(images: Tensor, size: int, mode: str) -> Tensor:
    """Resample images (N, C, ny, nx) to (N, C, size, size)."""
    if images.shape[2:] == (size, size):
        return images
    return functional.interpolate(images, (size, size), mode=mode, antialias=True)


def _turned(images: Tensor, angle: float, zoom: float, size: int, mode: str) -> Tensor:
    """Rotate images by an angle (rad) and enlarge them about their middle."""
    if angle == 0.0 and zoom == 1.0:
        return resized(images, size, mode)
    if images.shape[2] > SPARE * size * zoom:
        images = resized(images, round(SPARE * size * zoom), mode)
    cosine, sine = np.cos(angle) / zoom, np.sin(angle) / zoom
    turn = [[[cosine, -sine, 0.0], [sine, cosine, 0.0]]]
    turn = torch.tensor(turn, dtype=images.dtype, device=images.device)
    planes = images.reshape(1, -1, *images.shape[2:])  # one grid serves all
    shape = (*planes.shape[:2], size, size)
    grid = functional.affine_grid(turn, shape, align_corners=False)
    turned = functional.grid_sample(
        planes, grid, mode=mode, padding_mode="reflection", align_corners=False
    )
    return turned.reshape(*images.shape[:2], size, size)


def _stretched(images: Tensor, zoom: float, mirrored: bool) -> Tensor:
    """Enlarge polar images along their columns about the galaxy's centre."""
    if zoom == 1.0:
        return images
    columns = images.shape[3]
    centre = (columns - 1) / 2.0 if mirrored else -0.5
    at = centre + (torch.arange(columns, device=images.device) - centre) / zoom
    at = at.clamp(0.0, columns - 1.0)
    low = at.floor().long()
    high = (low + 1).clamp(max=columns - 1)
    share = (at - low).to(images.dtype)
    return images[..., low] * (1.0 - share) + images[..., high] * share
