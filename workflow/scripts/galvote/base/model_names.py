"""Facts about the clustering models that the workflow needs before any is loaded."""

SEEDED_MODELS = (
    "kmeans",
    "spectral",
    "gaussian_mixture",
    "mean_shift",
    "affinity_propagation",
)

# which key of `clustering` bounds a model's time and memory; others take all galaxies
LIMITS = {
    "kmeans": "bag_size",
    "birch": "bag_size",
    "ward": "exact_limit",
    "spectral": "exact_limit",
    "mean_shift": "exact_limit",
    "affinity_propagation": "exact_limit",
    "dbscan": "exact_limit",
}

SOFT_VOTE = "soft vote"  # as tables and figures call it
