"""What sources are made of: catalogues of positions, image files, words for keys."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from galvote.base.file_names import take_hdu
from galvote.base.settings import FilePath, Index, Numbered, Section

Stretch = Literal["asinh", "lupton", "linear", "log", "zscale", "none"]
Hdu = Index | str | None
SUM = "sum"  # value of `detect` for all bands
AUTO = "auto"  # value of `blank`: look for the number that marks pixels without data
Blank = Literal["auto"] | float | Annotated[list[float], Field(min_length=1)] | None
COMPANIONS = ("mask", "weight", "rms", "psf")  # files that may belong to a stamp
MAPS = ("mask", "weight", "rms")  # or to a frame

STRETCH = (
    "How pixel values become grey levels; `lupton` keeps colours; `none` is for 8-bit"
    " images that are already stretched."
)
BLANK = (
    "Number, or list of numbers, that pixels without data hold, besides NaN. `auto`"
    " looks for a number that fills blocks or the border and is not the sky's, such as"
    " 0 outside of a footprint; null leaves all numbers as they are."
)
HDU = (
    "Number or name of the HDU that holds the image; a name takes every HDU of that"
    " name, `all` every image HDU, null the first image."
)
LABEL_COLUMN = (
    "Column with the true class, used only for judging; an empty cell is unlabelled."
    " Without a table, `folder` takes the name of each image's folder. `ans` in"
    " Galaxy10; `class` in simulations."
)


class Positions(Section):
    """Your own catalogue; its galaxies are cut out, and no others."""

    path: FilePath = Field(
        min_length=1,
        description="The table (CSV and other text, ECSV, FITS, VOTable, Parquet), with"
        " the HDU in brackets if a FITS file has several (`cat.fits[2]`). Its other"
        " columns are passed through to the catalogue.",
    )
    x: str | None = Field(
        None, description="Column with the position along NAXIS1 (px)."
    )
    y: str | None = Field(
        None, description="Column with the position along NAXIS2 (px)."
    )
    first_pixel: Annotated[Literal[0, 1], Numbered] = Field(
        1,
        description="Coordinate of the centre of the first pixel in `x` and `y`: 1 in"
        " SExtractor, DS9 and FITS, 0 in Python.",
    )
    ra: str | None = Field(
        None,
        description="Column with the right ascension (ICRS); instead of `x` and `y`."
        " The unit of the column is obeyed; without one, degrees, or hours where it is"
        " sexagesimal.",
    )
    dec: str | None = Field(
        None,
        description="Column with the declination (ICRS); degrees without a unit.",
    )
    id: str | None = Field(
        None,
        description="Column with the names of the galaxies; null names them by"
        " position.",
    )
    radius: str | None = Field(
        None,
        description="Column with the radius of each galaxy (px); a cutout extends 1.5"
        " radii each way. null takes the measured radius.",
    )


class ImageFile(Section):
    """An image in a FITS file."""

    path: FilePath = Field(
        min_length=1,
        description="The FITS or HDF5 file; for `stamps` and `images` a table with a"
        " column `path_column` (CSV, ECSV, FITS, VOTable, Parquet); for these and"
        " `frames` also a folder, or a pattern like `stamps/*.fits`. Relative to the"
        " folder where snakemake is run; paths in a table are relative to the table.",
    )
    hdu: Hdu = Field(None, description=HDU)

    @model_validator(mode="after")
    def _take_hdu_from_brackets(self) -> Self:
        """Take the HDU in brackets behind a path as the key: `field.fits[SCI]`."""
        path, hdu = take_hdu(self.path)
        if hdu is not None:
            self.path, self.hdu = path, hdu
        return self


class Cube(ImageFile):
    """An image, or a cube of images."""

    planes: Index | Annotated[list[Index], Field(min_length=1)] | None = Field(
        None,
        description="Planes of a cube to use, counted from 0; three for red, green and"
        " blue; null takes all.",
    )
