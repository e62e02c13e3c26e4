"""Mean and covariance of codes, read in blocks."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from galvote.base.errors import InputError


@dataclass
class Moments:
    """First and second moments of points.

    Attributes
    ----------
    count : N.
    mean : (n_features,).
    covariance : (n_features, n_features), of the N points themselves (divided by N).
    """

    count: int
    mean: np.ndarray
    covariance: np.ndarray


def moments_of(blocks: Iterable[np.ndarray]) -> Moments:
    """Add up the moments of points that come in blocks (n, n_features), in float64.

    Raises
    ------
    InputError
        Where there are fewer than two points.
    """
    count, origin, total, products = 0, None, 0.0, 0.0
    for block in blocks:
        if origin is None and len(block):
            origin = block.mean(axis=0, dtype=np.float64)
        if len(block):
            shifted = block - origin
            count += len(block)
            total = total + shifted.sum(axis=0)
            products = products + shifted.T @ shifted
    if count < 2:
        raise InputError(
            f"only {count} galaxies can be clustered; add sources, or set"
            " `clustering.include_unresolved` to true"
        )
    shift = total / count
    return Moments(count, origin + shift, products / count - np.outer(shift, shift))
