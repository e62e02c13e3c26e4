"""Codes made blind to seeing, noise and errors of centre and radius."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from galvote.codes.moments import Moments


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


def weigh_hand_made(
    codes: Scaling, moments: Moments, n_hand_made: int, share: float
) -> Scaling:
    """Scale hand-made numbers behind codes so that they have a share of the variance.

    Parameters
    ----------
    codes : scaling of the codes, the first features.
    moments : of codes with n_hand_made numbers behind them, before any scaling.
    share : of all variance, below 1.
    """
    directions = block_diag(codes.directions, np.eye(n_hand_made))
    both = Scaling(directions, np.append(codes.factors, np.ones(n_hand_made)))
    variances = np.diag(both.moments(moments).covariance)
    present, others = variances[-n_hand_made:].sum(), variances[:-n_hand_made].sum()
    wanted = share / (1.0 - share) * others
    both.factors[-n_hand_made:] = np.sqrt(wanted / present) if present > 0 else 0.0
    return both
