"""Settings of a simulated survey."""

from typing import Annotated, Literal

from pydantic import Field

from galvote.base.settings import Positive, Section, Whole

Class = Literal[
    "spheroid",
    "early_disk",
    "late_disk",
    "irregular",
    "edge_on",
    "merger",
    "star",
    "artefact",
]
SHARES = {
    "spheroid": 1,
    "early_disk": 1,
    "late_disk": 1,
    "irregular": 1,
    "edge_on": 1,
    "merger": 1,
    "star": 1,
    "artefact": 0.2,
}


class SurveySettings(Section):
    """Settings of a simulated survey."""

    seed: Whole = Field(1, ge=0, le=2**32 - 1, description="Seed of the survey.")
    frames: Whole = Field(
        1,
        ge=1,
        le=10_000,
        description="Number of frames, side by side on the sky; a frame does not"
        " depend on how many there are.",
    )
    galaxies: Whole = Field(
        400,
        ge=1,
        le=20_000,
        description="Objects in a frame, stars and artefacts included.",
    )
    spacing: float = Field(
        64,
        ge=20,
        le=1000,
        description="Mean distance between objects (px); the side of a frame is this"
        " times the square root of `galaxies`.",
    )
    overlap: Whole = Field(
        0,
        ge=0,
        le=2000,
        description="Columns of sky that a frame shares with the next one (px).",
    )
    shares: dict[Class, Positive] = Field(
        SHARES,
        min_length=1,
        description="Relative number of objects of each class; a class that is left"
        " out does not occur. `spheroid`: one Sersic profile of index 2.5 to 5;"
        " `early_disk`: a large bulge in a smooth disk; `late_disk`: two to four"
        " spiral arms; `irregular`: clumps over a faint lopsided body; `edge_on`:"
        " disks seen from the side; `merger`: two galaxies with a tidal bridge and"
        " tails; `star`: point sources, some up to 100 times brighter than"
        " `signal_to_noise` says; `artefact`: cosmic rays, hot columns, satellite"
        " trails and ghosts.",
    )
    signal_to_noise: list[Annotated[float, Field(gt=0, le=100_000)]] = Field(
        [20, 50, 100],
        min_length=1,
        description="Signal-to-noise ratios of the objects: flux over the noise in a"
        " circle of two half-light radii, as observed. Each class has every ratio at"
        " every size equally often.",
    )
    half_light: list[Annotated[float, Field(ge=1, le=30)]] = Field(
        [3, 5, 8],
        min_length=1,
        description="Half-light radii of the galaxies before the PSF, circularised"
        " (px).",
    )
    psf: Literal["moffat", "gaussian"] = Field(
        "moffat",
        description="Shape of the PSF; the Moffat profile has a beta of 3.5.",
    )
    seeing: float = Field(
        3.0,
        ge=1.5,
        le=20,
        description="Full width at half maximum of the PSF, pixels included (px).",
    )
    sky: float = Field(100.0, description="Level of the sky (counts).")
    noise: float = Field(
        5.0, gt=0, description="Standard deviation of a pixel's noise (counts)."
    )
    noise_correlation: float = Field(
        0.0,
        ge=0,
        le=20,
        description="Full width at half maximum of the Gaussian that smooths the"
        " noise, as resampling does (px); the noise per pixel stays the same. 0 gives"
        " white noise.",
    )
    pixel_scale: float = Field(
        0.2, gt=0, le=10, description="Side of a pixel (arcsec)."
    )
    saturation: float | None = Field(
        None,
        gt=0,
        description="Counts, sky included, at which pixels are clipped; null for no"
        " limit.",
    )
