"""What should not decide a galaxy's cluster, and how much it does."""

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score

NUISANCES = ["flux", "signal_to_noise", "n_neighbours", "radius"]
PARTS = 10  # a nuisance is cut into deciles
MOST_NEIGHBOURS = 5  # as many or more are one part


def parts_of(values: pd.Series) -> pd.Series:
    """Cut a quantity into parts of equal size; counts stay what they are.

    Equal values share a part; NaN is -1.
    """
    if values.name == "n_neighbours":
        return values.clip(upper=MOST_NEIGHBOURS).astype(int)
    rank = values.rank(method="average", pct=True)
    return np.ceil(rank * PARTS).fillna(-1).astype(int)


def nuisance_table(
    galaxies: pd.DataFrame, clusterings: dict[str, pd.Series]
) -> pd.DataFrame:
    """Measure how much clusters tell of what should not matter.

    Parameters
    ----------
    galaxies : indexed by id, with `NUISANCES`, and `label` where classes are known.
    clusterings : cluster of each galaxy, indexed by id, by name of the clustering.

    Returns
    -------
    `clustering`, `quantity`, `ami` (adjusted mutual information of cluster and part:
    0 for none), `galaxies` (those with a cluster and a value).
    """
    rows = []
    for name, labels in clusterings.items():
        clustered = labels[labels >= 0]
        for quantity in [*NUISANCES, *(["label"] if "label" in galaxies else [])]:
            values = galaxies.loc[clustered.index, quantity].dropna()
            parts = values if quantity == "label" else parts_of(values)
            ami = np.nan
            if parts.nunique() > 1:
                ami = adjusted_mutual_info_score(parts, clustered[values.index])
            row = {"clustering": name, "quantity": quantity, "ami": ami}
            rows.append({**row, "galaxies": len(values)})
    return pd.DataFrame(rows)
