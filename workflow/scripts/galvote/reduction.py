"""Principal components of the codes, and how many of them to keep."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import block_diag, eigh

from galvote.base.errors import InputError
from galvote.features import Features

MOST_COMPONENTS = 200  # of the scree plot, and so of `auto`


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


@dataclass
class Scaling:
    """Multiplies points along some directions.

    Attributes
    ----------
    directions : (n_directions, n_features), orthonormal rows.
    factors : (n_directions,), by which points are multiplied along them.
    """

    directions: np.ndarray
    factors: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Scale points, float32 (N, n_features)."""
        directions = self.directions.astype(np.float32)
        change = (self.factors - 1.0).astype(np.float32)
        return points + ((points @ directions.T) * change) @ directions

    def moments(self, before: Moments) -> Moments:
        """Return the moments of scaled points from those before."""
        matrix = np.eye(len(before.mean))
        matrix += (self.directions.T * (self.factors - 1.0)) @ self.directions
        covariance = matrix @ before.covariance @ matrix
        return Moments(before.count, matrix @ before.mean, covariance)


def find_invariance(changes: np.ndarray, variance: float, strength: float) -> Scaling:
    """Find what makes codes blind to seeing, noise and errors of centre and radius.

    Codes x become (1 + s W / v)^(-1/2) x with the second moment W of their changes and
    the hundredth part v of their variance: the within-class covariance normalisation of
    Hatch, Kajarekar & Stolcke (2006), a galaxy and its degraded images being the class.

    Parameters
    ----------
    changes : (n, n_features), degraded minus undegraded.
    variance : of the codes, added up over the features.
    strength : s.
    """
    _, singular, directions = np.linalg.svd(
        changes.astype(np.float64), full_matrices=False
    )
    moments = singular**2 / max(len(changes), 1)
    unit = variance / 100.0
    if not unit > 0:
        return Scaling(directions, np.ones(len(moments)))
    return Scaling(directions, (1.0 + strength * moments / unit) ** -0.5)


def weigh_measured(
    codes: Scaling, moments: Moments, n_measured: int, share: float
) -> Scaling:
    """Scale measured numbers behind codes so that they have a share of the variance.

    Parameters
    ----------
    codes : scaling of the codes, the first features.
    moments : of codes with n_measured numbers behind them, before any scaling.
    share : of all variance, below 1.
    """
    directions = block_diag(codes.directions, np.eye(n_measured))
    both = Scaling(directions, np.append(codes.factors, np.ones(n_measured)))
    variances = np.diag(both.moments(moments).covariance)
    present, others = variances[-n_measured:].sum(), variances[:-n_measured].sum()
    wanted = share / (1.0 - share) * others
    both.factors[-n_measured:] = np.sqrt(wanted / present) if present > 0 else 0.0
    return both


@dataclass
class Projection:
    """The way from codes to the coordinates that are clustered.

    Attributes
    ----------
    directions, factors : of the `Scaling`.
    mean : (n_features,).
    components : (n_components, n_features), orthonormal rows; none where the codes
        themselves are clustered.
    """

    directions: np.ndarray
    factors: np.ndarray
    mean: np.ndarray
    components: np.ndarray

    def apply(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return coordinates (N, n_dimensions) and what the components leave out.

        Parameters
        ----------
        codes : float32 (N, n_features), as encoded.

        Returns
        -------
        the coordinates, and the distance (N,) of each code from the space of the
        components, None where codes are not reduced.
        """
        scaled = Scaling(self.directions, self.factors).apply(codes)
        if len(self.components) == 0:
            return scaled, None
        centred = scaled - self.mean
        scores = centred @ self.components.T
        left_out = np.square(centred).sum(axis=1) - np.square(scores).sum(axis=1)
        return scores, np.sqrt(np.maximum(left_out, 0.0))


@dataclass
class Reduction:
    """Principal components of codes.

    Attributes
    ----------
    mean : (n_features,).
    components : (n_components, n_features), orthonormal rows, each with a positive
        largest value.
    scree : a row per component: `component` (from 1), `singular_value`,
        `variance_share`, `cumulative`, `neighbour_ratio` (this singular value over the
        next), `kept`.
    """

    mean: np.ndarray
    components: np.ndarray
    scree: pd.DataFrame

    def scores(self, codes: np.ndarray) -> np.ndarray:
        """Return the coordinates of codes (N, n_features), float64 (N, n_kept)."""
        return (codes - self.mean) @ self.components.T


def knee(cumulative: np.ndarray) -> int:
    """Return where a rising, concave curve is furthest above its chord (1-based).

    Satopaa et al. 2011 ("Finding a kneedle in a haystack"), with no smoothing.
    """
    if len(cumulative) < 3 or cumulative[-1] == cumulative[0]:
        return len(cumulative)
    rise = (cumulative - cumulative[0]) / (cumulative[-1] - cumulative[0])
    return int(np.argmax(rise - np.linspace(0.0, 1.0, len(cumulative)))) + 1


def principal_components(moments: Moments, dimensions: int | str) -> Reduction:
    """Find the principal components of points with these moments.

    Parameters
    ----------
    dimensions : components to keep, or `auto`: the knee of the cumulative variance.

    Raises
    ------
    InputError
        Where more components are asked for than there can be.
    """
    n_features = len(moments.mean)
    possible = min(moments.count - 1, n_features)
    if dimensions != "auto" and dimensions > possible:
        raise InputError(
            f"config key `clustering.dimensions` is {dimensions} but {moments.count}"
            f" galaxies with {n_features} code values have at most {possible}"
        )
    wanted = 0 if dimensions == "auto" else dimensions
    shown = min(possible, max(MOST_COMPONENTS, wanted))
    found = shown + (shown < possible)
    variances, vectors = eigh(
        moments.covariance, subset_by_index=(n_features - found, n_features - 1)
    )
    variances, components = np.maximum(variances[::-1], 0.0), vectors.T[::-1]
    largest = np.abs(components).argmax(axis=1)
    components *= np.sign(components[np.arange(found), largest])[:, None]
    shares = variances / max(np.trace(moments.covariance), np.finfo(float).tiny)
    cumulative = np.cumsum(shares)[:shown]
    kept = knee(cumulative) if dimensions == "auto" else dimensions
    singular = np.sqrt(variances * moments.count)
    following = np.append(singular[1:], 0.0)[:shown]
    ratios = np.full(shown, np.nan)
    np.divide(singular[:shown], following, out=ratios, where=following > 0)
    number = np.arange(1, shown + 1)
    scree = pd.DataFrame(
        {
            "component": number,
            "singular_value": singular[:shown],
            "variance_share": shares[:shown],
            "cumulative": cumulative,
            "neighbour_ratio": ratios,
            "kept": number <= kept,
        }
    )
    return Reduction(moments.mean, components[:kept], scree)


def fit_projection(
    features: Features,
    changes: np.ndarray,
    invariance: float,
    measured: float,
    dimensions: int | str,
) -> tuple[Projection, pd.DataFrame]:
    """Find the way from features to the coordinates that are clustered.

    Features are read once, in blocks.

    Parameters
    ----------
    changes : (n, n_codes), of codes by degradations.
    invariance : strength with which codes are made blind to them.
    measured : share of the variance for numbers that are measured beside codes.
    dimensions : components to keep, or `auto`.

    Returns
    -------
    the projection, and the table `scree` of `Reduction`.
    """
    moments = moments_of(features.blocks())
    n_features, n_measured = len(moments.mean), features.numbers.shape[1]
    if features.stored is None:
        scaling = Scaling(np.zeros((0, n_features)), np.zeros(0))
    else:
        variances = np.diag(moments.covariance)[: n_features - n_measured]
        scaling = find_invariance(changes, variances.sum(), invariance)
        if n_measured:
            scaling = weigh_measured(scaling, moments, n_measured, measured)
    found = principal_components(scaling.moments(moments), dimensions)
    both = scaling.directions, scaling.factors
    return Projection(*both, found.mean, found.components), found.scree
