"""Which galaxies are one object: close on the sky, or copies of one image.

Labels of one object must not both teach and judge.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from galvote.base.progress import progress

SAME_WITHIN = 2.0  # arcsec
RADII, ANGLES = 16, 128  # of the polar image by which copies are found
ORDERS = 40  # Fourier orders of the angle that are compared
SMOOTH_ORDERS = 8  # the lowest orders, in which galaxies of one kind are alike
CANDIDATES = 6  # that are looked at more closely
BLUR_FIRST = 1.0  # px; what resampling changes most is left out
COPY = 0.78  # correlation of the small structure from which two images are copies
ODD_COPY = 0.5  # and of the odd orders alone
FAINTEST = 0.1  # grey levels of small structure on a ring, below which it is rounding
EQUAL = 1e-3  # grey levels by which amplitudes of equal images differ
COMPARED = 512  # galaxies


def groups_of(ids: np.ndarray, sky: np.ndarray, images: np.ndarray) -> pd.Series:
    """Give galaxies that are one object the same number.

    Parameters
    ----------
    ids : (N,) text.
    sky : (N, 2), right ascension and declination (deg), NaN where unknown.
    images : uint8 (N, ny, nx, n_channels).

    Returns
    -------
    int (N,), indexed by id, numbered from 0 in the order of the galaxies.
    """
    pairs = np.concatenate([pairs_on_sky(sky), pairs_of_copies(images)])
    return pd.Series(_group_numbers(pairs, len(ids)), index=ids, name="group")


def _group_numbers(pairs: np.ndarray, count: int) -> np.ndarray:
    """Return the number (count,) of the group that pairs (n, 2) join each to."""
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    return connected_components(links, directed=False)[1]


def pairs_on_sky(sky: np.ndarray) -> np.ndarray:
    """Return pairs (n, 2) of galaxies that are closer than `SAME_WITHIN`."""
    from astropy import units
    from astropy.coordinates import SkyCoord

    known = np.flatnonzero(np.isfinite(sky).all(axis=1))
    if len(known) < 2:
        return np.zeros((0, 2), dtype=int)
    places = SkyCoord(sky[known, 0], sky[known, 1], unit="deg")
    one, other, _, _ = places.search_around_sky(places, SAME_WITHIN * units.arcsec)
    pairs = np.stack([known[one], known[other]], axis=1)
    return pairs[one < other]


def pairs_of_copies(images: np.ndarray) -> np.ndarray:
    """Return pairs (n, 2) of images that are one, turned and mirrored at will.

    Candidates have like amplitudes of the Fourier orders of the angle about the
    middle, which no turn changes. Two of them are copies where their small structure
    (noise and knots: the orders from `SMOOTH_ORDERS` on) correlates on all rings at one
    turn, also in the odd orders, which a smooth galaxy does not have; where there is no
    small structure, if their amplitudes are equal.
    """
    if len(images) < 2:
        return np.zeros((0, 2), dtype=int)
    spectra = np.concatenate(
        [
            spectra_of(images[start : start + COMPARED])
            for start in progress(range(0, len(images), COMPARED), "looking for copies")
        ]
    )
    pairs = _near_copies(spectra)
    while True:  # an image with more copies than candidates falls into several groups
        firsts = np.unique(_group_numbers(pairs, len(images)), return_index=True)[1]
        more = firsts[_near_copies(spectra[firsts])]
        if not len(more):
            return pairs
        pairs = np.concatenate([pairs, more])


def _near_copies(spectra: np.ndarray) -> np.ndarray:
    """Return pairs (n, 2) of copies among the candidates of each image."""
    powers = np.abs(spectra).reshape(len(spectra), -1)
    count = min(CANDIDATES + 1, len(spectra))
    nearest = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(powers)
    found = nearest.kneighbors(powers, return_distance=False)
    one = np.repeat(np.arange(len(spectra)), count)
    pairs = np.unique(np.sort(np.stack([one, found.ravel()], axis=1), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    return pairs[_are_copies(spectra, pairs)]


def spectra_of(images: np.ndarray) -> np.ndarray:
    """Return Fourier orders of the angle: complex64 (N, RADII, ORDERS).

    Parameters
    ----------
    images : uint8 (N, ny, nx, n_channels), of which the mean of the channels counts.
    """
    grey = images.mean(axis=3, dtype=np.float32)
    grey = gaussian_filter(grey, (0.0, BLUR_FIRST, BLUR_FIRST))
    ny, nx = grey.shape[1:]
    radii = (np.arange(RADII) + 1.0) / (RADII + 0.5) * min(ny, nx) / 2.0
    angles = 2.0 * np.pi * np.arange(ANGLES) / ANGLES
    y = (ny - 1) / 2.0 + radii[:, None] * np.sin(angles)
    x = (nx - 1) / 2.0 + radii[:, None] * np.cos(angles)
    places = np.arange(len(grey))[:, None, None]
    wanted = np.broadcast_arrays(places, y, x)
    polar = map_coordinates(grey, wanted, order=1, mode="nearest")
    return np.fft.rfft(polar, axis=2)[..., :ORDERS].astype(np.complex64) / ANGLES


def _are_copies(spectra: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Tell which pairs (n, 2) are copies of one image."""
    copies = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), COMPARED):
        part = slice(start, start + COMPARED)
        both = spectra[pairs[part].T]  # (2, n, RADII, ORDERS)
        amplitudes = np.abs(both)
        small = both.copy()
        small[..., :SMOOTH_ORDERS] = 0.0
        odd = small.copy()
        odd[..., ::2] = 0.0
        has_structure = np.square(np.abs(small)).sum(axis=3) > FAINTEST**2
        rings = has_structure.all(axis=0).sum(axis=1)
        copies[part] = np.where(
            rings > RADII // 2,
            (_best_turn(*_of_unit_size(small)) >= COPY * rings)
            & (_best_turn(*_of_unit_size(odd)) >= ODD_COPY * rings),
            np.abs(amplitudes[0] - amplitudes[1]).max(axis=(1, 2)) < EQUAL,
        )
    return copies


def _of_unit_size(spectra: np.ndarray) -> np.ndarray:
    """Scale each ring to unit size."""
    sizes = np.sqrt(np.square(np.abs(spectra)).sum(axis=-1, keepdims=True))
    return spectra / np.maximum(sizes, FAINTEST)


def _best_turn(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the highest sum of the rings' correlations (n,) over turns and mirrors."""
    best = [
        np.fft.irfft((one * turned).sum(axis=1), n=2 * ANGLES, axis=1).max(axis=1)
        for turned in (other.conj(), other)
    ]
    return np.maximum(*best) * ANGLES
