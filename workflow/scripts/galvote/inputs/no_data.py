"""Pixels without data that hold a number: zeros outside a footprint, -99, 65535."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import (
    binary_dilation,
    maximum_filter,
    minimum_filter,
    uniform_filter,
)

from galvote.inputs.source_parts import AUTO, Blank

SIDE_OF_BLOCK = 4  # px, side of the least block that is looked for
LEAST_SHARE = 0.005  # of the pixels
BORDER_WINDOW = (
    5  # px, side of the window in which the number is counted about a border pixel:
)
MOST_AT_BORDER = 0.65  # a straight border has .4, a photon among zeros nearly 1
BEYOND = 5e-4  # share of the pixels beyond it from which a number is no extreme
LEAST_GAP = (
    2.0  # from an extreme to the pixels at the border, in units of their scatter
)
NEXT = 3  # px from the border to where pixels are looked at again
FEW_STEPS = 1.6  # of the numbers that occur: so near is another grey level
ON_SOURCES = 0.1  # of the way from the sky to a high number: a saturated core is there
BRIGHT = 90.0  # percentile of the border that tells a saturated core
SMOOTH = 0.5  # second differences over first ones: 1.7 in noise, less in a model


def hide_no_data(planes: np.ndarray, blank: Blank) -> dict[float, float]:
    """Take the value of pixels without data out of planes, (n, ny, nx), in place.

    Parameters
    ----------
    planes : float32; NaN where there is no value.
    blank : the number or numbers that mark them; `auto` looks for them in each plane;
        None leaves all.

    Returns
    -------
    Number -> share of the pixels that held it, of the plane that had most.
    """
    shares: dict[float, float] = {}
    if blank is None:
        return shares
    for plane in planes:
        found = _searched(plane) if blank == AUTO else _hidden_by_name(plane, blank)
        for value, hidden in found:
            plane[hidden] = np.nan
            shares[value] = max(shares.get(value, 0.0), float(hidden.mean()))
    return shares


def about_no_data(value: float, share: float) -> str:
    """Say what was taken for no data."""
    return (
        f"{share:.1%} of the pixels are exactly {value:.9g} and were taken for pixels"
        " without data (key `blank`)"
    )


Marked = tuple[float, np.ndarray]


def _hidden_by_name(plane: np.ndarray, blank: float | Sequence[float]) -> list[Marked]:
    """Return each named number that a plane holds, and where."""
    values = [blank] if isinstance(blank, int | float) else blank
    found = [(float(value), np.isclose(plane, value, rtol=1e-6)) for value in values]
    return [(value, hidden) for value, hidden in found if hidden.any()]


def _searched(plane: np.ndarray) -> list[Marked]:
    """Return the numbers that mark pixels without data in a plane, and where."""
    left, found = plane, []
    while (one := _find(left)) is not None:
        found.append(one)
        left = np.where(one[1], np.float32(np.nan), left)
    return found


def _find(plane: np.ndarray) -> Marked | None:
    """Return a number that fills blocks and is not the sky's, and where; None for none.

    Parameters
    ----------
    plane : (ny, nx); NaN where there is no value.
    """
    value = _number_of_blocks(plane)
    if value is None:
        return None
    same = plane == value
    blocks = _blocks_of(same)
    others = np.isfinite(plane) & ~same
    if blocks.mean() < LEAST_SHARE or not others.any():
        return None
    border = binary_dilation(blocks) & others
    if border.any():
        around = uniform_filter(same.astype(np.float32), BORDER_WINDOW, mode="nearest")
        if around[border].mean() > MOST_AT_BORDER or _continues(
            plane, blocks, border, others, value
        ):
            return None
    # whole numbers of the sky are it by chance; single pixels of others are no data
    neighbours = plane[others & (np.abs(plane - value) == 1.0)]
    return value, blocks if neighbours.size >= (same & ~blocks).sum() / 2 else same


def _number_of_blocks(plane: np.ndarray) -> float | None:
    """Return the number that fills most tiles, or most of the edge; None for none."""
    ny, nx = (n // SIDE_OF_BLOCK * SIDE_OF_BLOCK for n in plane.shape)
    tiles = plane[:ny, :nx].reshape(
        ny // SIDE_OF_BLOCK, SIDE_OF_BLOCK, nx // SIDE_OF_BLOCK, SIDE_OF_BLOCK
    )
    low, high = tiles.min(axis=(1, 3)), tiles.max(axis=(1, 3))
    edge = np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
    least = LEAST_SHARE * plane.size
    for values, size in (
        (low[low == high], SIDE_OF_BLOCK * SIDE_OF_BLOCK),
        (edge, SIDE_OF_BLOCK),
    ):
        numbers, counts = np.unique(values[np.isfinite(values)], return_counts=True)
        if counts.size and counts.max() * size >= least:
            return float(numbers[counts.argmax()])
    return None


def _blocks_of(same: np.ndarray) -> np.ndarray:
    """Return the pixels, bool (ny, nx), in or beside squares of `SIDE_OF_BLOCK` px.

    At the edge of the image a line of `SIDE_OF_BLOCK` px is enough.
    """
    room = SIDE_OF_BLOCK - 1
    padded = np.pad(same, room, mode="edge")
    squares = maximum_filter(
        minimum_filter(padded, SIDE_OF_BLOCK), SIDE_OF_BLOCK, origin=-1
    )
    inside = slice(room, -room)
    return maximum_filter(squares[inside, inside], 2 * SIDE_OF_BLOCK + 1) & same


def _continues(
    plane: np.ndarray,
    blocks: np.ndarray,
    border: np.ndarray,
    others: np.ndarray,
    value: float,
) -> bool:
    """Tell whether the image leads up to a number: to black, or to saturation.

    Parameters
    ----------
    plane : (ny, nx).
    blocks, border, others : bool (ny, nx), pixels of the number, those beside them,
        and all that hold another one.
    value : the number.
    """
    near, rest = plane[border], plane[others]
    gaps = np.abs(near - value)
    steps = np.diff(np.unique(near))
    if np.median(gaps) <= FEW_STEPS * (steps.min() if steps.size else gaps[0]):
        return True
    below = float((rest < value).mean())
    if min(below, 1.0 - below) > BEYOND:
        return False
    inner = binary_dilation(blocks, iterations=NEXT)
    beyond = binary_dilation(inner) & ~inner & others
    level = float(np.median(near))
    next_level = float(np.median(plane[beyond])) if beyond.any() else level
    scatter = 1.4826 * float(np.median(np.abs(near - level)))
    if abs(level - value) <= max(LEAST_GAP * scatter, 2.0 * abs(next_level - level)):
        return True
    sky, bright = float(np.median(rest)), float(np.percentile(near, BRIGHT))
    if below > 0.5 and bright - sky > ON_SOURCES * (value - sky):
        return True
    return _is_smooth(np.where(others, plane, np.float32(np.nan)))


def _is_smooth(plane: np.ndarray) -> bool:
    """Tell whether an image, (ny, nx), has no noise from pixel to pixel: a model."""
    first = np.diff(plane, axis=1)
    second = np.diff(first, axis=1)
    sizes = [np.nanmedian(np.abs(part)) for part in (first, second)]
    return not sizes[1] > SMOOTH * sizes[0]
