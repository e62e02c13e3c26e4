"""Principal components of the codes, and how many of them to keep."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from galvote.errors import InputError

MOST_COMPONENTS = 200  # of the scree plot, and so of `auto`


@dataclass
class Invariance:
    """Shrinks codes along the directions in which degradations change them.

    Attributes
    ----------
    directions : (n_directions, n_features), orthonormal rows.
    factors : (n_directions,), by which codes are multiplied along them.
    """

    directions: np.ndarray
    factors: np.ndarray

    def apply(self, codes: np.ndarray) -> np.ndarray:
        """Shrink codes, float32 (N, n_features), with no wider copy of them."""
        change = (self.directions.T * (self.factors - 1.0)) @ self.directions
        return codes @ (np.eye(len(change)) + change).astype(np.float32)


def find_invariance(
    codes: np.ndarray, changes: np.ndarray, strength: float
) -> Invariance:
    """Find what makes codes blind to seeing, noise and errors of centre and radius.

    Codes x become (1 + s W / v)^(-1/2) x with the second moment W of their changes and
    the hundredth part v of their variance: the within-class covariance normalisation of
    Hatch, Kajarekar & Stolcke (2006), a galaxy and its degraded images being the class.

    Parameters
    ----------
    codes : (N, n_features).
    changes : (n, n_features), degraded minus undegraded.
    strength : s.
    """
    _, singular, directions = np.linalg.svd(
        changes.astype(np.float64), full_matrices=False
    )
    moments = singular**2 / max(len(changes), 1)
    unit = codes.var(axis=0, dtype=np.float64).sum() / 100.0
    if not unit > 0:
        return Invariance(directions, np.ones(len(moments)))
    return Invariance(directions, (1.0 + strength * moments / unit) ** -0.5)


@dataclass
class Projection:
    """The way from codes to the coordinates that are clustered.

    Attributes
    ----------
    directions, factors : of the `Invariance`.
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
        the coordinates, and their `residuals`, None where codes are not reduced.
        """
        shrunk = Invariance(self.directions, self.factors).apply(codes)
        if len(self.components) == 0:
            return shrunk, None
        scores = (shrunk - self.mean) @ self.components.T
        return scores, residuals(shrunk, self.mean, scores)


def residuals(codes: np.ndarray, mean: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the distance of codes (N, n_features) from the space of their scores."""
    length = np.square(codes - mean.astype(np.float32)).sum(axis=1, dtype=np.float64)
    return np.sqrt(np.maximum(length - np.square(scores).sum(axis=1), 0.0))


@dataclass
class Reduction:
    """Principal components of codes.

    Attributes
    ----------
    mean : (n_features,).
    components : (n_components, n_features), orthonormal rows.
    scores : float64 (N, dimensions), the galaxies' coordinates.
    scree : a row per component: `component` (from 1), `singular_value`,
        `variance_share`, `cumulative`, `neighbour_ratio` (this singular value over the
        next), `kept`.
    """

    mean: np.ndarray
    components: np.ndarray
    scores: np.ndarray
    scree: pd.DataFrame


def knee(cumulative: np.ndarray) -> int:
    """Return where a rising, concave curve is furthest above its chord (1-based).

    Satopaa et al. 2011 ("Finding a kneedle in a haystack"), with no smoothing.
    """
    if len(cumulative) < 3 or cumulative[-1] == cumulative[0]:
        return len(cumulative)
    rise = (cumulative - cumulative[0]) / (cumulative[-1] - cumulative[0])
    return int(np.argmax(rise - np.linspace(0.0, 1.0, len(cumulative)))) + 1


def reduce_codes(codes: np.ndarray, dimensions: int | str) -> Reduction:
    """Find the principal components of codes (N, n_features), N sorted by id.

    Parameters
    ----------
    codes : one row a galaxy.
    dimensions : components to keep, or `auto`: the knee of the cumulative variance.

    Raises
    ------
    InputError
        Where more components are asked for than there can be.
    """
    if len(codes) < 2:
        raise InputError(
            f"only {len(codes)} galaxies can be clustered; add sources, or set"
            " `clustering.include_unresolved` to true"
        )
    possible = min(len(codes) - 1, codes.shape[1])
    if dimensions != "auto" and dimensions > possible:
        raise InputError(
            f"config key `clustering.dimensions` is {dimensions} but {len(codes)}"
            f" galaxies with {codes.shape[1]} code values have at most {possible}"
        )
    wanted = 0 if dimensions == "auto" else dimensions
    shown = min(possible, max(MOST_COMPONENTS, wanted))
    pca = PCA(shown + (shown < possible), svd_solver="full")
    scores = pca.fit_transform(codes.astype(np.float64))
    cumulative = np.cumsum(pca.explained_variance_ratio_)[:shown]
    kept = knee(cumulative) if dimensions == "auto" else dimensions
    singular = pca.singular_values_
    following = np.append(singular[1:], np.nan)[:shown]
    number = np.arange(1, shown + 1)
    scree = pd.DataFrame(
        {
            "component": number,
            "singular_value": singular[:shown],
            "variance_share": pca.explained_variance_ratio_[:shown],
            "cumulative": cumulative,
            "neighbour_ratio": singular[:shown] / following,
            "kept": number <= kept,
        }
    )
    return Reduction(pca.mean_, pca.components_[:kept], scores[:, :kept], scree)


def join_measured(codes: np.ndarray, numbers: np.ndarray, share: float) -> np.ndarray:
    """Put measured numbers beside codes so that they have a share of the variance.

    Parameters
    ----------
    codes : (N, n_features).
    numbers : (N, n_numbers), of unit variance each.
    share : of all variance, below 1.

    Returns
    -------
    float32 (N, n_features + n_numbers).
    """
    wanted = share / (1.0 - share) * codes.var(axis=0, dtype=np.float64).sum()
    present = numbers.var(axis=0).sum()
    factor = np.sqrt(wanted / present) if present > 0 else 0.0
    return np.concatenate([codes, factor * numbers], axis=1).astype(np.float32)
