"""The whole config of a run."""

from pydantic import Field

from galvote.base.settings import Section, Whole
from galvote.config.classes_section import ClassesSection, CompareSection
from galvote.config.cluster_sections import (
    AlikeSection,
    AssignSection,
    ChooseSection,
    ClusteringSection,
    EvaluationSection,
    SheetsSection,
    VoteSection,
)
from galvote.config.image_sections import (
    AutoencoderSection,
    CodesSection,
    CutoutsSection,
    DetectionSection,
    PolarSection,
)
from galvote.inputs.sources import AnySource


def _section(kind: type[Section]) -> Section:
    return Field(default_factory=kind, description=kind.__doc__)


class Config(Section):
    """All settings of a run."""

    run: str = Field(
        "galvote",
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="Name of the run; everything is written under `results/<run>/`."
        " Sources of your own need a name of their own.",
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
        " images; `stamps`: FITS images of one galaxy each; `images`: pictures"
        " (PNG, JPEG, TIFF, WebP, BMP, GIF) of one galaxy each; `galaxy10`: the HDF5"
        " file of Galaxy10; `simulated`: a survey made by GalSim. A list in your own"
        " file replaces the whole list.",
    )
    detection: DetectionSection = _section(DetectionSection)
    cutouts: CutoutsSection = _section(CutoutsSection)
    autoencoder: AutoencoderSection = _section(AutoencoderSection)
    polar: PolarSection = _section(PolarSection)
    codes: CodesSection = _section(CodesSection)
    clustering: ClusteringSection = _section(ClusteringSection)
    vote: VoteSection = _section(VoteSection)
    choose: ChooseSection = _section(ChooseSection)
    assign: AssignSection = _section(AssignSection)
    alike: AlikeSection = _section(AlikeSection)
    sheets: SheetsSection = _section(SheetsSection)
    evaluation: EvaluationSection = _section(EvaluationSection)
    classes: ClassesSection = _section(ClassesSection)
    compare: CompareSection = _section(CompareSection)
