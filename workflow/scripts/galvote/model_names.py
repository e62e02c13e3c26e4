"""Facts about the clustering models that the workflow needs before any is loaded."""

SEEDED_MODELS = (
    "kmeans",
    "spectral",
    "gaussian_mixture",
    "mean_shift",
    "affinity_propagation",
)
