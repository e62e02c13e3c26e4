"""How galaxies are searched for, and what a source needs otherwise."""

from typing import Annotated, Any

from pydantic import Field, create_model

from galvote.base.settings import Section, Whole


class SearchSettings(Section):
    """How galaxies are searched for in an image."""

    threshold: float = Field(
        5.0,
        gt=0,
        description="Detection threshold in units of the noise of the smoothed image.",
    )
    smoothing: float = Field(
        5.0,
        gt=0,
        le=20,
        description="Full width at half maximum of the Gaussian that smooths the image"
        " for the search (px).",
    )
    min_area: Whole = Field(
        20, ge=1, description="Minimum number of pixels above the threshold."
    )
    background_box: Whole = Field(
        64,
        ge=8,
        description="Side of the boxes in which the background is measured (px).",
    )
    deblend_levels: Whole = Field(
        32,
        ge=1,
        description="Number of levels used for deblending.",
    )
    deblend_contrast: float = Field(
        0.065,
        ge=0,
        le=1,
        description="Minimum share of the flux that makes a part a separate galaxy; 1"
        " turns deblending off.",
    )


def _optional(name: str) -> tuple[Any, Any]:
    """Make a key that overrides one of `SearchSettings`, with the same limits."""
    field = SearchSettings.model_fields[name]
    limited = Annotated[field.annotation, *field.metadata]
    text = "As in `detection`; null takes the value there."
    return limited | None, Field(None, description=text)


OwnSearch = create_model(
    "OwnSearch",
    __base__=Section,
    __doc__="Settings of this source that override those of the section `detection`.",
    **{name: _optional(name) for name in SearchSettings.model_fields},
)
