"""Principal components of the codes, and how many of them to keep."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import eigh

from galvote.base.errors import InputError
from galvote.codes.features import Features
from galvote.codes.invariance import Scaling, find_invariance, weigh_hand_made
from galvote.codes.moments import Moments, moments_of

MOST_COMPONENTS = 200  # of the scree plot, and so of `auto`
OF_EQUAL_CODES = 1e-20  # variance of equal codes, in units of their square


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
    hand_made: float,
    dimensions: int | str,
) -> tuple[Projection, pd.DataFrame]:
    """Find the way from features to the coordinates that are clustered.

    Features are read once, in blocks.

    Parameters
    ----------
    changes : (n, n_codes), of codes by degradations.
    invariance : strength with which codes are made blind to them.
    hand_made : share of the variance for the hand-made numbers beside codes.
    dimensions : components to keep, or `auto`.

    Returns
    -------
    the projection, and the table `scree` of `Reduction`.

    Raises
    ------
    InputError
        Where all features are alike.
    """
    moments = moments_of(features.blocks())
    if np.trace(moments.covariance) <= OF_EQUAL_CODES * np.square(moments.mean).sum():
        raise InputError(
            f"the codes of all {moments.count} galaxies are the same, so that nothing"
            " can be clustered; choose another `codes.encoder`, or look whether the"
            " images in cutouts/ differ"
        )
    n_features, n_hand_made = len(moments.mean), features.numbers.shape[1]
    if features.stored is None:
        scaling = Scaling(np.zeros((0, n_features)), np.zeros(0))
    else:
        variances = np.diag(moments.covariance)[: n_features - n_hand_made]
        scaling = find_invariance(changes, variances.sum(), invariance)
        if n_hand_made:
            scaling = weigh_hand_made(scaling, moments, n_hand_made, hand_made)
    found = principal_components(scaling.moments(moments), dimensions)
    both = scaling.directions, scaling.factors
    return Projection(*both, found.mean, found.components), found.scree
