"""The whole config of a run."""

from pydantic import Field

from galvote.base.settings import Section, Whole
from galvote.config import cluster_sections, image_sections
from galvote.inputs.sources import AnySource


def _section(kind: type[Section]) -> Section:
    return Field(default_factory=kind, description=kind.__doc__)


class Config(Section):
    """All settings of a run."""

    run: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="Name of the run; everything is written under `results/<run>/`.",
    )
    seed: Whole = Field(
        42,
        ge=0,
        le=2**32 - 1,
        description="Seed of everything that draws random numbers.",
    )
    shards: Whole = Field(
        2,
        ge=1,
        le=9999,
        description="Number of blocks in which cutouts, denoised and polar images and"
        " codes are made; each block is a separate job. The results do not depend on"
        " it.",
    )
    threads: Whole = Field(
        2,
        ge=1,
        le=256,
        description="Compute threads of a job. The last digits of the results depend"
        " on it, so it is set here and not taken from the number of cores.",
    )
    sources: list[AnySource] = Field(
        min_length=1,
        description="Where the galaxies come from: a list of sources of any kind."
        " `frames`: FITS images with many galaxies; `bands`: several aligned FITS"
        " images; `stamps`: FITS images of one galaxy each; `images`: PNG or JPEG"
        " images of one galaxy each; `galaxy10`: the HDF5 file of Galaxy10;"
        " `simulated`: a survey made by GalSim. A list in your own file replaces the"
        " whole list.",
    )
    detection: image_sections.Detection = _section(image_sections.Detection)
    cutouts: image_sections.Cutouts = _section(image_sections.Cutouts)
    autoencoder: image_sections.Autoencoder = _section(image_sections.Autoencoder)
    polar: image_sections.Polar = _section(image_sections.Polar)
    codes: image_sections.Codes = _section(image_sections.Codes)
    clustering: cluster_sections.Clustering = _section(cluster_sections.Clustering)
    vote: cluster_sections.Vote = _section(cluster_sections.Vote)
    choose: cluster_sections.Choose = _section(cluster_sections.Choose)
    assign: cluster_sections.Assign = _section(cluster_sections.Assign)
    alike: cluster_sections.Alike = _section(cluster_sections.Alike)
    sheets: cluster_sections.Sheets = _section(cluster_sections.Sheets)
    evaluation: cluster_sections.Evaluation = _section(cluster_sections.Evaluation)
