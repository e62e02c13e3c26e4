"""The sections of the config from the clusters on: keys, defaults, limits, meaning."""

from typing import Annotated, Literal

from pydantic import Field, create_model

from galvote.base.settings import FilePath, Fraction, Positive, Section, Unique, Whole
from galvote.clusters.models import MODELS

ModelName = Literal[tuple(MODELS)]


class _Clustering(Section):
    """Reduction of the codes and the clusterings that vote."""

    space: Literal["pca", "raw"] = Field(
        "pca",
        description="`pca`: cluster the principal components of the codes; `raw`:"
        " cluster the codes themselves.",
    )
    dimensions: Annotated[Whole, Field(ge=1)] | Literal["auto"] = Field(
        "auto",
        description="Number of principal components; `auto` takes the knee of the"
        " cumulative variance.",
    )
    include_unresolved: bool = Field(
        False,
        description="Also cluster galaxies flagged `unresolved` or `star`; otherwise"
        " they go to `rest`.",
    )
    k: Whole = Field(8, ge=2, description="Number of clusters.")
    models: Annotated[list[ModelName], Unique] = Field(
        ["kmeans", "ward", "birch"],
        min_length=1,
        description="Clusterings to make; in the published vote they are the voters.",
    )
    bag_size: Whole = Field(
        50_000,
        ge=100,
        description="Maximum number of galaxies that K-means, BIRCH or a voter is"
        " fitted on; the others are assigned to the nearest cluster.",
    )
    exact_limit: Whole = Field(
        20_000,
        ge=100,
        description="Maximum number of galaxies for models whose memory grows with the"
        " square of that number (Ward, spectral, mean shift, affinity propagation,"
        " DBSCAN).",
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
        description="Who votes. `soft`: many K-means clusterings, each of a bootstrap"
        " of the galaxies; a galaxy gets the shares of the reference clusters in its"
        " cluster. `euml`: the clusterings of `clustering.models`, matched one to one"
        " (the published vote).",
    )
    reference: ModelName = Field(
        "kmeans",
        description="The clustering whose clusters are voted on; one of"
        " `clustering.models`.",
    )
    min_agreement: Fraction = Field(
        0.7,
        description="(soft) Agreement that a galaxy needs to be voted: share of the"
        " voters' weight for the winning cluster or name. `vote/agreement.png` shows"
        " what each threshold costs.",
    )
    least_share: Fraction = Field(
        0.45,
        description="(soft) Least share of each cluster, or name, that is voted: its"
        " surest galaxies, even below `min_agreement`. With 0, a class on which the"
        " voters are unsure may vanish.",
    )
    names: FilePath | None = Field(
        None,
        description="Table with the columns `key` and `name`: `clusters.csv` of the"
        " run with the names filled in. Agreement is then counted on names.",
    )
    voters: Whole = Field(50, ge=1, description="(soft) Number of voters.")
    clusters: list[Positive] = Field(
        [2.0, 7.5],
        min_length=2,
        max_length=2,
        description="(soft) Lowest and highest number of clusters of a voter, in units"
        " of `clustering.k`.",
    )
    dimensions: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        [0.5, 1.0],
        min_length=2,
        max_length=2,
        description="(soft) Lowest and highest number of coordinates that a voter"
        " uses, as a share of all.",
    )
    min_votes: Annotated[Whole, Field(ge=1)] | Literal["all"] = Field(
        "all",
        description="(euml) Number of votes that a galaxy needs for its cluster; `all`"
        " requires every clustering.",
    )


class ChooseSection(Section):
    """Settings of `snakemake choose`."""

    k: Annotated[list[Annotated[Whole, Field(ge=2)]], Unique] = Field(
        [4, 6, 8, 12, 16, 20, 30, 40],
        min_length=1,
        description="Numbers of clusters to try.",
    )
    dimensions: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Unique] = Field(
        [0.33, 0.67, 1.0],
        min_length=1,
        description="Numbers of principal components to try, as shares of those kept"
        " (`clustering.dimensions`).",
    )
    voters: Whole = Field(15, ge=1, description="Number of voters in each trial.")


class AssignSection(Section):
    """Settings of `snakemake assign`."""

    fitted: FilePath | None = Field(
        None,
        description="The file `fitted.npz` of another run; the galaxies of this run"
        " are assigned to its clusters and names.",
    )


class AlikeSection(Section):
    """Settings of `snakemake alike`."""

    ids: Annotated[list[str], Unique] = Field(
        [], description="Ids of the galaxies to find similar ones to."
    )
    count: Whole = Field(20, ge=1, description="Number of similar galaxies for each.")


class SheetsSection(Section):
    """Contact sheets and maps."""

    members: Whole = Field(
        8, ge=1, le=24, description="Galaxies in a row of a contact sheet."
    )
    map_galaxies: Whole = Field(
        5000,
        ge=10,
        description="Maximum number of galaxies in the two-dimensional map; of more, a"
        " sample is shown.",
    )


class EvaluationSection(Section):
    """Judging against labels, where a source has them."""

    seeds: Annotated[list[Annotated[Whole, Field(ge=0)]], Unique] = Field(
        [0, 1, 2, 3, 4],
        min_length=1,
        description="Seeds over which medians are taken.",
    )
    bootstrap: Whole = Field(
        200,
        ge=2,
        description="Number of bootstrap samples of the galaxies that errors are"
        " estimated from.",
    )
    probe_labels: Annotated[list[Annotated[Whole, Field(ge=2)]], Unique] = Field(
        [20, 40, 60, 100, 200],
        min_length=1,
        description="Numbers of labelled galaxies that the logistic probe is trained"
        " on.",
    )
