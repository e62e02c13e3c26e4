"""The sections of the config from the clusters on: keys, defaults, limits, meaning."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from galvote.base.settings import Fraction, Positive, Section, Unique, Whole
from galvote.clusters.models import MODELS

ModelName = Literal[tuple(MODELS)]


class _Clustering(Section):
    """Reduction of the codes and the clusterings that vote."""

    space: Literal["pca", "raw"] = Field(
        "pca", description="Cluster the principal components or the codes themselves."
    )
    dimensions: Annotated[Whole, Field(ge=1)] | Literal["auto"] = Field(
        "auto",
        description="Number of principal components; `auto` takes the knee of the"
        " cumulative variance.",
    )
    include_unresolved: bool = Field(
        False,
        description="Cluster galaxies flagged `unresolved` too; otherwise they go to"
        " `rest`.",
    )
    k: Whole = Field(8, ge=2, description="Number of clusters.")
    models: Annotated[list[ModelName], Unique] = Field(
        ["kmeans", "ward", "birch"],
        min_length=1,
        description="Clusterings that are made; in the published vote they are the"
        " voters.",
    )
    bag_size: Whole = Field(
        50_000,
        ge=100,
        description="Most galaxies that K-means, BIRCH or a voter is fitted on; the"
        " others are assigned to the nearest cluster.",
    )
    exact_limit: Whole = Field(
        20_000,
        ge=100,
        description="Most galaxies that the models are fitted on whose memory grows"
        " with the square (Ward, spectral, mean shift, affinity propagation, DBSCAN).",
    )


ClusteringSection = create_model(
    "ClusteringSection",
    __base__=_Clustering,
    __doc__=_Clustering.__doc__,
    **{
        name: (model, Field(default_factory=model, description=model.__doc__))
        for name, model in MODELS.items()
        if model.model_fields
    },
)


class VoteSection(Section):
    """The vote."""

    method: Literal["soft", "euml"] = Field(
        "soft",
        description="Who votes. `soft`, many clusterings of bags of galaxies by their"
        " shares of the reference clusters; `euml`, the clusterings of"
        " `clustering.models`, matched one to one (the published vote).",
    )
    reference: ModelName = Field(
        "kmeans",
        description="The clustering whose clusters are voted on; one of"
        " `clustering.models`.",
    )
    min_agreement: Fraction = Field(
        0.7,
        description="(soft) Share of the voters' weight that the winner needs;"
        " vote/agreement.png shows what it costs.",
    )
    least_share: Fraction = Field(
        0.45,
        description="(soft) Share of each cluster, or name, that is voted even so, its"
        " surest galaxies; 0 for none, so that a class on which voters are unsure may"
        " vanish.",
    )
    names: str | None = Field(
        None,
        description="Table with the columns `key` and `name`, clusters.csv of the run"
        " with its names filled in; agreement is then on names.",
    )
    voters: Whole = Field(50, ge=1, description="(soft) Number of voters.")
    clusters: list[Positive] = Field(
        [2.0, 7.5],
        min_length=2,
        max_length=2,
        description="(soft) Fewest and most clusters of a voter, in units of"
        " `clustering.k`.",
    )
    dimensions: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        [0.5, 1.0],
        min_length=2,
        max_length=2,
        description="(soft) Fewest and most coordinates that a voter looks at, as a"
        " share of all.",
    )
    min_votes: Annotated[Whole, Field(ge=1)] | Literal["all"] = Field(
        "all",
        description="(euml) Votes for its cluster that a galaxy needs; `all` requires"
        " every clustering.",
    )


class ChooseSection(Section):
    """What `snakemake choose` tries."""

    k: Annotated[list[Annotated[Whole, Field(ge=2)]], Unique] = Field(
        [4, 6, 8, 12, 16, 20, 30, 40],
        min_length=1,
        description="Numbers of clusters.",
    )
    dimensions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Unique] = Field(
        [0.33, 0.67, 1.0],
        min_length=1,
        description="Numbers of principal components, as shares of those kept"
        " (`clustering.dimensions`).",
    )
    voters: Whole = Field(15, ge=1, description="Voters of each trial.")


class AssignSection(Section):
    """What `snakemake assign` does."""

    fitted: str | None = Field(
        None,
        description="File fitted.npz of the run whose clusters and names the galaxies"
        " of this run are assigned to.",
    )


class AlikeSection(Section):
    """What `snakemake alike` looks for."""

    ids: Annotated[list[str], Unique] = Field(
        [], description="Galaxies to which similar ones are sought."
    )
    count: Whole = Field(20, ge=1, description="How many for each.")


class SheetsSection(Section):
    """Contact sheets and maps."""

    members: Whole = Field(
        8, ge=1, le=24, description="Galaxies in a row of a contact sheet."
    )
    map_galaxies: Whole = Field(
        5000,
        ge=10,
        description="Most galaxies in the two-dimensional map; more are sampled.",
    )


class EvaluationSection(Section):
    """Judging against labels, where a source has them."""

    seeds: Annotated[list[Annotated[Whole, Field(ge=0)]], Unique] = Field(
        [0, 1, 2, 3, 4],
        min_length=1,
        description="Seeds over which medians are taken.",
    )
    bootstrap: Whole = Field(
        200, ge=2, description="Bootstrap samples of the galaxies behind the errors."
    )
    probe_labels: Annotated[list[Annotated[Whole, Field(ge=2)]], Unique] = Field(
        [20, 40, 60, 100, 200],
        min_length=1,
        description="Numbers of single labels that the logistic probe learns from.",
    )
