"""Simulated artefacts: light that came neither from a star nor from a galaxy."""

from collections.abc import Callable

import numpy as np

from galvote.simulation.galaxies import axis_of, bezier

FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))  # of a Gaussian, in standard deviations


def cosmic_ray(
    rng: np.random.Generator, half_light: float, seeing: float
) -> np.ndarray:
    """Draw the sharp track of a particle through the detector; no PSF blurs it."""
    half = 2.0 * half_light * rng.uniform(0.8, 1.3)
    bend = rng.normal(0.0, 0.15 * half)
    track = bezier([(-half, 0.0), (0.0, bend), (half, 0.0)], 40 * int(half + 1))
    angle = rng.uniform(0.0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    places = track @ turn + rng.normal(0.0, 0.25, track.shape)
    edges = np.arange(-np.ceil(half) - 3.5, np.ceil(half) + 4.0)
    charge = rng.gamma(0.5, size=len(places)) * np.linspace(0.5, 1.5, len(places))
    return np.histogram2d(places[:, 1], places[:, 0], [edges, edges], weights=charge)[0]


def hot_column(
    rng: np.random.Generator, half_light: float, seeing: float
) -> np.ndarray:
    """Draw a piece of one or two bright columns of the detector."""
    half = int(np.ceil(2.0 * half_light * rng.uniform(0.8, 1.5)))
    light = np.zeros((2 * half + 1, 2 * half + 1))
    light[:, half : half + rng.integers(1, 3)] = rng.uniform(
        0.8, 1.2, (2 * half + 1, 1)
    )
    return light


def trail(rng: np.random.Generator, half_light: float, seeing: float) -> np.ndarray:
    """Draw a piece of a satellite's trail, as wide as the PSF."""
    half = 4.0 * half_light * rng.uniform(0.8, 1.3)
    angle = rng.uniform(0.0, np.pi)
    axis = axis_of(np.ceil(half + 2.0 * seeing), 1.0)
    across = axis[:, None] * np.cos(angle) - axis * np.sin(angle)
    along = axis * np.cos(angle) + axis[:, None] * np.sin(angle)
    return np.exp(-0.5 * (across * FWHM / seeing) ** 2) * (np.abs(along) < half)


def ghost(rng: np.random.Generator, half_light: float, seeing: float) -> np.ndarray:
    """Draw a ghost: the out-of-focus ring that reflections in the optics make."""
    outer = 1.5 * half_light + seeing
    inner = outer * rng.uniform(0.4, 0.65)
    axis = axis_of(np.ceil(1.3 * outer + seeing), 1.0)
    radius = np.hypot(axis, axis[:, None])
    soft = 0.1 * outer
    return (
        1.0
        / (1.0 + np.exp((radius - outer) / soft))
        / (1.0 + np.exp((inner - radius) / soft))
    )


ARTEFACTS: tuple[Callable[[np.random.Generator, float, float], np.ndarray], ...] = (
    cosmic_ray,
    hot_column,
    trail,
    ghost,
)


def make_artefact(
    half_light: float, seeing: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw an artefact of a random kind.

    Parameters
    ----------
    half_light : px; the larger, the longer or wider it is.
    seeing : FWHM of the PSF, px.
    rng : of everything else.

    Returns
    -------
    (n, n), n odd, of sum 1.
    """
    kind = ARTEFACTS[rng.integers(len(ARTEFACTS))]
    light = kind(rng, half_light, seeing)
    return light / light.sum()
