"""All methods that give galaxies classes; a new one is a line here.

Named by their modules, so that a job is made of the code of its own method alone.
"""

from pkgutil import resolve_name

from galvote.classes.method import Method

PLACES = {
    "probe": "galvote.classes.probe:Probe",
    "hand_made": "galvote.classes.hand_made_probe:HandMade",
    "names": "galvote.classes.named_clusters:NamedClusters",
    "latent": "galvote.classes.latent:Latent",
    "latent_logistic": "galvote.classes.latent_estimators:LatentLogistic",
    "latent_forest": "galvote.classes.latent_estimators:LatentForest",
    "latent_vectors": "galvote.classes.latent_estimators:LatentVectors",
    "moco": "galvote.classes.adapted:MomentumContrast",
    "deepcluster": "galvote.classes.adapted:DeepCluster",
    "fixmatch": "galvote.classes.semi_supervised:FixMatch",
    "fixmatch_twin": "galvote.classes.semi_supervised:FixMatchTwin",
    "pseudo_label": "galvote.classes.semi_supervised:PseudoLabel",
    "mixmatch": "galvote.classes.semi_supervised:MixMatch",
    "network": "galvote.classes.network:FineTuned",
    "network_voted": "galvote.classes.network:TaughtByVoted",
    "small_network": "galvote.classes.network:Small",
    "small_network_turned": "galvote.classes.network:SmallTurned",
}
METHODS: dict[str, type[Method]] = {
    name: resolve_name(place) for name, place in PLACES.items()
}


def module_of(name: str) -> str:
    """Return the file of a method's module, relative to the folder of the scripts."""
    return PLACES[name].partition(":")[0].replace(".", "/") + ".py"
