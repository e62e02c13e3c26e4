"""Light of simulated galaxies, class by class, before the PSF.

The classes differ as galaxies do: by concentration, flattening, spiral arms, clumps and
companions. Profiles are GalSim's (Rowe et al. 2015, A&C 10, 121).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import galsim
import numpy as np
from scipy.special import i0e

ACCURACY = galsim.GSParams(folding_threshold=1e-2, maximum_fft_size=8192)
TRUNCATION = 8.0  # half-light radii at which Sersic profiles end
EXPONENTIAL_END = 4.5  # half-light radii that hold 99.6 % of an exponential disk
HALF_LIGHT_SCALE = 1.0 / 1.6783469900166605  # of an exponential, in half-light radii
FINEST = 30.0  # px a half-light radius of an image model
TIDAL_DETAIL = 6.0  # px a unit; tails are smooth
MEASURED_SIDE = 256  # px


@dataclass(frozen=True)
class LightModel:
    """A galaxy of flux 1 with a half-light radius of about 1, not yet turned.

    Attributes
    ----------
    profile : the light.
    reach : distance from the origin at which it ends.
    n : Sersic index where the light is one Sersic profile, else NaN.
    bulge_share : share of the bulge in the flux; NaN where there is no such thing.
    """

    profile: galsim.GSObject
    reach: float
    n: float = np.nan
    bulge_share: float = np.nan


@dataclass(frozen=True)
class SimulatedGalaxy:
    """A galaxy of flux 1 before the PSF, with its flux centroid at the origin.

    Attributes
    ----------
    profile : the light; unit of length 1 px.
    reach : distance from the centroid at which it ends, px.
    half_light : px, circularised, as in `measure`.
    axis_ratio : of the second moments.
    position_angle : of the major axis, deg from +x to +y, 0..180.
    n, bulge_share : as in `LightModel`.
    """

    profile: galsim.GSObject
    reach: float
    half_light: float
    axis_ratio: float
    position_angle: float
    n: float
    bulge_share: float


@lru_cache(maxsize=64)
def sersic(n: float) -> galsim.GSObject:
    """Return a round Sersic profile of flux and half-light radius 1.

    GalSim tabulates each index and truncation once; all sizes share this table.
    """
    return galsim.Sersic(n, half_light_radius=1.0, trunc=TRUNCATION, gsparams=ACCURACY)


def exponential(half_light: float) -> galsim.GSObject:
    """Return a round exponential disk of flux 1."""
    return galsim.Exponential(half_light_radius=half_light, gsparams=ACCURACY)


def flattened(profile: galsim.GSObject, ratio: float) -> galsim.GSObject:
    """Flatten a profile to an axis ratio along y; its area stays."""
    return profile.shear(q=ratio, beta=0.0 * galsim.degrees)


def image_model(light: np.ndarray, spacing: float) -> galsim.GSObject:
    """Turn an image of light into a profile of flux 1 about the middle pixel.

    Parameters
    ----------
    light : (n, n), n odd.
    spacing : between pixels.
    """
    return galsim.InterpolatedImage(
        galsim.ImageD(light, scale=spacing),
        x_interpolant="linear",
        flux=1.0,
        gsparams=ACCURACY,
    )


def axis_of(reach: float, detail: float) -> np.ndarray:
    """Return an odd number of coordinates from `-reach` to `reach`, `detail` a unit."""
    return np.linspace(-reach, reach, 2 * int(np.ceil(reach * detail)) + 1)


def blobs(
    axis: np.ndarray, places: np.ndarray, width: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Draw round Gaussians.

    Parameters
    ----------
    axis : (n,), coordinates along x and along y.
    places : (m, 2), x and y of each.
    width, height : (m,), standard deviation and central brightness.

    Returns
    -------
    (n, n).
    """
    along = np.exp(-0.5 * ((axis - places[..., None]) / width[:, None, None]) ** 2)
    return np.einsum("m,my,mx->yx", height, along[:, 1], along[:, 0])


def bezier(points: list[tuple[float, float]], n: int) -> np.ndarray:
    """Return `n` points, (n, 2), of the quadratic Bezier curve of three points."""
    t = np.linspace(0.0, 1.0, n)[:, None]
    start, pull, end = (np.array(point) for point in points)
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * pull + t**2 * end


def spheroid(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw an elliptical galaxy: one truncated Sersic profile of high index."""
    n = float(rng.choice(np.arange(2.5, 5.01, 0.25)))
    ratio = rng.uniform(0.6, 1.0)
    reach = TRUNCATION / np.sqrt(ratio)
    return LightModel(flattened(sersic(n), ratio), reach, n, bulge_share=1.0)


def early_disk(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw a lenticular: a large bulge in a smooth disk inclined by up to 60 deg."""
    share, ratio = rng.uniform(0.4, 0.6), rng.uniform(0.5, 1.0)
    disk = flattened(exponential(1.0), ratio) * (1.0 - share)
    bulge = flattened(sersic(4.0), 0.7 + 0.3 * ratio).dilate(0.25) * share
    return LightModel(disk + bulge, EXPONENTIAL_END / np.sqrt(ratio), np.nan, share)


def spiral_light(
    axis: np.ndarray, rng: np.random.Generator, share: float
) -> np.ndarray:
    """Draw a spiral galaxy face-on: bulge, disk, logarithmic arms and knots on them.

    Arms are ridges of a von Mises shape about r = exp(angle tan(pitch)) that grow out
    of a smooth centre; at each radius their mean brightness is the disk's.

    Parameters
    ----------
    axis : (n,), coordinates along x and along y, half-light radii of the disk.
    rng : of the number of arms, their pitch and the knots.
    share : of the bulge in the flux; it is exponential, as those of late disks are.

    Returns
    -------
    (n, n), of sum 1.
    """
    arms = int(rng.choice([2, 2, 3, 4]))
    pitch = np.radians(rng.uniform(17.0, 25.0) + 3.0 * (arms - 2))
    winding = rng.choice([-1.0, 1.0]) / np.tan(pitch)
    radius = np.hypot(axis, axis[:, None]) / HALF_LIGHT_SCALE
    angle = np.arctan2(axis[:, None], axis)
    start = rng.uniform(0.0, 2.0 * np.pi)
    phase = arms * (angle - start - winding * np.log(np.maximum(radius, 0.1)))
    ridge = np.exp(4.0 * (np.cos(phase) - 1.0)) / i0e(4.0)
    strength = 0.9 * np.clip((radius - 0.5) / 0.9, 0.0, 1.0)
    disk = np.exp(-radius) * (1.0 + strength * (ridge - 1.0))

    n_knots = rng.integers(8, 17)
    at = rng.uniform(1.2, 4.0, n_knots)
    turn = start + winding * np.log(at)
    turn += rng.integers(arms, size=n_knots) * 2.0 * np.pi / arms
    places = HALF_LIGHT_SCALE * np.stack([at * np.cos(turn), at * np.sin(turn)], axis=1)
    width, height = rng.uniform(0.06, 0.13, n_knots), rng.uniform(1.0, 3.0, n_knots)
    disk += blobs(axis, places, width, height * np.exp(-at))
    bulge = np.exp(-4.0 * radius)
    return (1.0 - share) * disk / disk.sum() + share * bulge / bulge.sum()


def late_disk(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw a spiral galaxy, from face-on to an inclination of 60 deg."""
    share, ratio = rng.uniform(0.03, 0.18), rng.uniform(0.5, 1.0)
    axis = axis_of(EXPONENTIAL_END, detail)
    profile = image_model(spiral_light(axis, rng, share), axis[1] - axis[0])
    reach = EXPONENTIAL_END / np.sqrt(ratio)
    return LightModel(flattened(profile, ratio), reach, np.nan, share)


def irregular(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw a Magellanic irregular: 4 to 10 clumps over a faint lopsided body."""
    n = int(rng.integers(4, 11))
    ratio = rng.uniform(0.5, 0.9)
    parts = [
        exponential(1.3) * 0.42,
        exponential(0.7).shift(*rng.uniform(-0.7, 0.7, 2)) * 0.18,
    ]
    flux, width = rng.lognormal(0.0, 0.6, n), rng.uniform(0.1, 0.3, n)
    places = np.clip(rng.normal(0.0, 0.9, (n, 2)), -2.0, 2.0)
    for i in range(n):
        clump = galsim.Gaussian(half_light_radius=width[i], gsparams=ACCURACY)
        parts.append(clump.shift(*places[i]) * (0.4 * flux[i] / flux.sum()))
    reach = 1.2 * EXPONENTIAL_END / np.sqrt(ratio)
    return LightModel(flattened(galsim.Sum(parts), ratio), reach, bulge_share=0.0)


def edge_on(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw a disk seen from the side, every other one with a small bulge."""
    disk = galsim.InclinedExponential(
        rng.uniform(85.0, 90.0) * galsim.degrees,
        half_light_radius=1.0,
        scale_h_over_r=rng.uniform(0.14, 0.26),
        gsparams=ACCURACY,
    )
    share = rng.choice([0.0, rng.uniform(0.08, 0.25)])
    bulge = flattened(exponential(0.2), 0.7)
    profile = disk * (1.0 - share) + bulge * share if share else disk
    return LightModel(profile, EXPONENTIAL_END, np.nan, share)


def tides(rng: np.random.Generator, distance: float) -> galsim.GSObject:
    """Draw the bridge between two galaxies and the tails, one or two, they throw out.

    Parameters
    ----------
    rng : of the tails.
    distance : of the second galaxy from the first, at the origin, along x.
    """
    bend = rng.choice([-1.0, 1.0]) * rng.uniform(0.7, 1.3)
    length = rng.uniform(2.5, 4.0)
    near, far = (0.0, 0.0), (distance, 0.0)
    paths = [
        [near, (distance / 2.0, 0.5 * bend), far],
        [far, (distance + 2.0, 0.2 * bend), (distance + 1.0, length * bend)],
    ]
    if rng.random() < 0.4:
        side = rng.choice([-1.0, 1.0]) * bend
        paths.append([near, (-1.5, 0.5 * side), (-1.8, 2.5 * side)])
    axis = axis_of(distance + 4.5, TIDAL_DETAIL)
    places = np.concatenate([bezier(path, 40) for path in paths])
    width = np.tile(np.linspace(0.2, 0.35, 40), len(paths))
    fading = np.tile(np.linspace(1.0, 0.3, 40), len(paths))
    return image_model(blobs(axis, places, width, fading), axis[1] - axis[0])


def disturbed(rng: np.random.Generator) -> galsim.GSObject:
    """Draw one galaxy of a merger: a compact bulge in a disk of any inclination."""
    share = rng.uniform(0.3, 0.6)
    light = exponential(1.3) * (1.0 - share) + sersic(2.5).dilate(0.5) * share
    turn = rng.uniform(0.0, 180.0) * galsim.degrees
    return flattened(light, rng.uniform(0.45, 0.95)).rotate(turn)


def merger(rng: np.random.Generator, detail: float) -> LightModel:
    """Draw two galaxies close to each other, with a tidal bridge and tails.

    Their fluxes are as 0.4 to 1; they lie 1.5 to 2.5 half-light radii of the larger one
    apart, whose radius is the unit. Surface brightness is the same.
    """
    flux, distance = rng.uniform(0.4, 1.0), rng.uniform(1.5, 2.5)
    second = disturbed(rng).dilate(np.sqrt(flux)).shift(distance, 0.0) * flux
    share = rng.uniform(0.15, 0.3)
    both = galsim.Sum(disturbed(rng), second).withFlux(1.0 - share)
    return LightModel(both + tides(rng, distance) * share, distance + 5.0)


GALAXIES: dict[str, Callable[[np.random.Generator, float], LightModel]] = {
    "spheroid": spheroid,
    "early_disk": early_disk,
    "late_disk": late_disk,
    "irregular": irregular,
    "edge_on": edge_on,
    "merger": merger,
}


def light_moments(
    light: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[float, float]:
    """Return axis ratio and position angle (rad) of the second moments.

    Parameters
    ----------
    light : (ny, nx).
    x, y : coordinates from the flux centroid, of shapes (nx,) and (ny, 1).
    """
    total = light.sum()
    xx, yy = (light * x**2).sum() / total, (light * y**2).sum() / total
    xy = (light * x * y).sum() / total
    mean, spread = (xx + yy) / 2.0, np.hypot((xx - yy) / 2.0, xy)
    ratio = np.sqrt(max(mean - spread, 0.0) / (mean + spread))
    return float(ratio), float(0.5 * np.arctan2(2.0 * xy, xx - yy))


def measure_light(model: LightModel) -> tuple[float, float, float]:
    """Measure half-light radius, axis ratio and position angle (rad) of a model.

    Axis ratio q and angle are those of the second moments. The ellipse of this shape
    about the flux centroid that holds half of the flux has the semi-major axis a; the
    circularised half-light radius is a sqrt(q). The light outside is summed, not that
    inside, where a cusp may fall between pixels.
    """
    spacing = 2.0 * model.reach / MEASURED_SIDE
    side = MEASURED_SIDE
    image = model.profile.drawImage(
        nx=side, ny=side, scale=spacing, method="no_pixel", dtype=float
    )
    axis = (np.arange(side) - (side - 1) / 2.0) * spacing
    centre = model.profile.centroid
    x, y = axis - centre.x, (axis - centre.y)[:, None]
    ratio, angle = light_moments(image.array, x, y)
    along, across = (
        x * np.cos(angle) + y * np.sin(angle),
        y * np.cos(angle) - x * np.sin(angle),
    )
    radius = np.hypot(along * np.sqrt(ratio), across / np.sqrt(ratio))
    bins = np.minimum((radius / spacing).astype(int), 4 * side)
    per_bin = np.bincount(bins.ravel(), weights=image.array.ravel())
    outside = np.cumsum(per_bin[::-1])  # of the lower edges, from the outermost inwards
    edges = np.arange(len(per_bin))[::-1] * spacing
    return float(np.interp(0.5, outside, edges)), ratio, angle


def make_galaxy(
    kind: str, half_light: float, seeing: float, rng: np.random.Generator
) -> SimulatedGalaxy:
    """Make a galaxy at a random angle.

    Parameters
    ----------
    kind : class, a key of `GALAXIES`.
    half_light : circularised half-light radius, px.
    seeing : FWHM of the PSF to come, px; image models are drawn three times finer.
    rng : of everything else.
    """
    detail = float(np.clip(3.0 * half_light / seeing, 8.0, FINEST))
    model = GALAXIES[kind](rng, detail)
    measured, ratio, angle = measure_light(model)
    turn = rng.uniform(0.0, 180.0)
    scale = half_light / measured
    centre = model.profile.centroid
    profile = model.profile.shift(-centre).dilate(scale).rotate(turn * galsim.degrees)
    return SimulatedGalaxy(
        profile,
        scale * (model.reach + np.hypot(centre.x, centre.y)),
        half_light,
        ratio,
        (np.degrees(angle) + turn) % 180.0,
        model.n,
        model.bulge_share,
    )
