"""Sources: the entries of the config that galaxies come from, a class for each kind."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from galvote.base.file_names import (
    as_utf8,
    fill_in,
    fits_files,
    is_many,
    split_hdu,
    take_hdu,
)
from galvote.base.settings import Index, Numbered, Section
from galvote.inputs.search_settings import OwnSearch
from galvote.simulation.settings import SurveySettings

Stretch = Literal["asinh", "lupton", "linear", "log", "zscale", "none"]
Hdu = Index | str | None
SUM = "sum"  # value of `detect` for all bands
COMPANIONS = ("mask", "rms", "psf")  # files that may belong to a stamp
MAPS = ("mask", "weight", "rms")  # or to a frame

STRETCH = (
    "How pixel values become grey levels; `lupton` keeps colours; `none` is for 8-bit"
    " images that are already stretched."
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

    path: str = Field(
        min_length=1,
        description="The table (CSV, ECSV, FITS, VOTable, Parquet). Its other columns"
        " are passed through to the catalogue.",
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
        description="Column with the right ascension (deg, ICRS); instead of `x` and"
        " `y`.",
    )
    dec: str | None = Field(
        None, description="Column with the declination (deg, ICRS)."
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


class Source(Section):
    """What all sources have."""

    name: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9-]{0,23}$",
        description="Short name; the ids of its galaxies begin with it.",
    )
    kind: str
    detection: OwnSearch = Field(
        default_factory=OwnSearch, description=OwnSearch.__doc__
    )
    psf_fwhm: float | None = Field(
        None,
        gt=0,
        description="Full width at half maximum of the point-spread function (px); null"
        " measures it from the stars of each frame, and leaves it unknown for single"
        " images.",
    )
    saturation: float | None = Field(
        None,
        description="Value, sky included, from which a pixel counts as saturated in"
        " the image that galaxies are detected in; null takes `SATURATE` from the"
        " header of a frame, if present.",
    )
    stretch: Stretch = Field("asinh", description=STRETCH)

    @property
    def subtracts_sky(self) -> bool:
        """Whether the background is subtracted: not from pictures stretched before."""
        return self.stretch != "none"

    def files(self) -> list[str]:
        """List the files that its images are in; none where a table lists them."""
        return []

    def tables(self) -> list[str]:
        """List the tables that belong to it: its listing, or positions."""
        return []


class FrameSource(Source):
    """A source whose galaxies are found in frames."""

    positions: Positions | None = Field(None, description=Positions.__doc__)
    zero_point: float | None = Field(
        None, description="Magnitude of one count; null leaves magnitudes out."
    )

    def tables(self) -> list[str]:
        """List the catalogue of positions, if there is one."""
        return [split_hdu(self.positions.path)[0]] if self.positions else []

    def files(self) -> list[str]:
        """List the files of its images, masks and maps."""
        specs = (*self.images(), self.mask, self.weight, self.rms)
        return [split_hdu(spec)[0] for spec in specs if spec]


class MappedFrames(FrameSource):
    """Frames with masks and maps of the user's own."""

    mask: str | None = Field(
        None,
        description="FITS image that is non-zero where pixels are bad, with the HDU in"
        " brackets where needed (`field.fits[DQ]`). Where `path` is a pattern, a"
        " pattern whose `*` stands for the same text.",
    )
    weight: str | None = Field(
        None,
        description="FITS image of the inverse variance of each pixel; zero where it is"
        " bad; also a pattern, as for `mask`.",
    )
    rms: str | None = Field(
        None,
        description="FITS image of the noise of each pixel; also a pattern, as for"
        " `mask`.",
    )
    label_column: ClassVar[None] = None  # frames have no labels


class ImageFile(Section):
    """An image in a FITS file."""

    path: str = Field(
        min_length=1,
        description="The FITS or HDF5 file; for `stamps` and `images` a table with a"
        " column `image_path` (CSV, ECSV, FITS, VOTable, Parquet); for these and"
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


class Frames(MappedFrames, Cube):
    """FITS images with many galaxies."""

    kind: Literal["frames"]

    @property
    def is_many(self) -> bool:
        """Whether its frames are in many files: those of a folder or a pattern."""
        return is_many(self.path)

    def images(self) -> list[str]:
        """List the files of its images."""
        return fits_files(self.path) if self.is_many else [self.path]

    def of_file(self, file: str) -> Self:
        """Return the source of one of its many files, with the maps that belong to it.

        Raises
        ------
        InputError
            Where the `*` of a map has no meaning.
        """
        maps = {
            key: fill_in(spec, self.path, file)
            for key in MAPS
            if "*" in (spec := getattr(self, key) or "")
        }
        return self.model_copy(update={"path": file, **maps})

    def files(self) -> list[str]:
        """List the files of its images and maps; of many those that are there."""
        if not self.is_many:
            return super().files()
        parts = (self.of_file(file) for file in self.images())
        specs = [getattr(part, key) for part in parts for key in ("path", *MAPS)]
        paths = dict.fromkeys(split_hdu(spec)[0] for spec in specs if spec)
        return [
            path for path in paths if as_utf8(path) == path and Path(path).is_file()
        ]


class Band(ImageFile):
    """One band of a source of several."""

    name: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9-]{0,15}$",
        description="Name of the band; its flux is in the column `flux_<name>`.",
    )
    path: str = Field(min_length=1, description="The FITS file.")
    hdu: Hdu = Field(
        None, description="Number or name of the HDU; null takes the first image."
    )
    zero_point: float | None = Field(
        None, description="Magnitude of one count in this band, for `mag_<name>`."
    )
    scale: float | None = Field(
        None,
        gt=0,
        description="Factor applied to the band in colour images; null makes the"
        " typical galaxy neutral.",
    )
    planes: ClassVar[None] = None


class Bands(MappedFrames):
    """Several FITS images of one sky, one a band."""

    kind: Literal["bands"]
    bands: list[Band] = Field(min_length=1, description="The images.")
    align: Literal["resample", "refuse"] = Field(
        "resample",
        description="What to do with a band whose WCS differs by more than half a pixel"
        " from that of the band `detect` (the first for `sum`): resample it to the same"
        " pixels, its light conserved, or refuse it. Bands without a WCS must lie on"
        " the same pixels.",
    )
    colour: list[str] | None = Field(
        None,
        min_length=3,
        max_length=3,
        description="Names of the bands that are shown as red, green and blue; null"
        " takes the last, the middle and the first.",
    )
    detect: str = Field(
        SUM,
        description="Band that galaxies are detected in, or `sum` for all bands,"
        " weighted by their noise.",
    )
    stretch: Stretch = Field("lupton", description=STRETCH)

    @property
    def band_names(self) -> list[str]:
        """Names of the bands, in order."""
        return [band.name for band in self.bands]

    @model_validator(mode="after")
    def _choose_colours(self) -> Self:
        if self.colour is None:
            names = self.band_names
            chosen = [names[-1], names[len(names) // 2], names[0]]
            self.colour = chosen if len(names) >= 3 else names[:1] * 3
        return self

    def images(self) -> list[str]:
        """List the files of its bands."""
        return [band.path for band in self.bands]


class Simulated(FrameSource):
    """A survey made by GalSim."""

    kind: Literal["simulated"]
    simulation: SurveySettings = Field(
        default_factory=SurveySettings, description=SurveySettings.__doc__
    )
    label_column: str | None = Field("class", description=LABEL_COLUMN)

    mask: ClassVar[None] = None
    weight: ClassVar[None] = None
    rms: ClassVar[None] = None

    def as_frames(self, path: str) -> "SimulatedFrames":
        """Return the source once its survey lies in a FITS file at `path`."""
        return SimulatedFrames(**self.model_dump(), path=path)


class SimulatedFrames(Simulated):
    """A simulated survey in its FITS file."""

    path: str
    hdu: ClassVar[str] = "all"
    planes: ClassVar[None] = None

    def images(self) -> list[str]:
        """List the file of its frames."""
        return [self.path]


class ImageSource(Source):
    """A source of images that show one galaxy each."""

    path: str = ImageFile.model_fields["path"]
    crop: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Central fraction of each image that is kept; null frames the"
        " galaxy by its radius, as in frames.",
    )
    positions: ClassVar[None] = None

    def tables(self) -> list[str]:
        """List the table of its images, where there is one."""
        path = split_hdu(self.path)[0]
        return [path] if Path(path).is_file() else []


class Stamps(ImageSource, Cube):
    """FITS images of one galaxy each."""

    kind: Literal["stamps"]
    mask: str | None = MappedFrames.model_fields["mask"]
    rms: str | None = MappedFrames.model_fields["rms"]
    psf: str | None = Field(
        None,
        description="FITS images of the PSF, a pattern as for `mask`; its width is"
        " measured.",
    )
    zero_point: float | None = FrameSource.model_fields["zero_point"]
    label_column: str | None = Field(None, description=LABEL_COLUMN)


class Images(ImageSource):
    """PNG or JPEG images of one galaxy each."""

    kind: Literal["images"]
    stretch: Stretch = Field("linear", description=STRETCH)
    label_column: str | None = Field(None, description=LABEL_COLUMN)
    zero_point: ClassVar[None] = None


class Galaxy10(ImageSource):
    """The HDF5 file of Galaxy10."""

    kind: Literal["galaxy10"]
    stretch: Stretch = Field("linear", description=STRETCH)
    label_column: str | None = Field("ans", description=LABEL_COLUMN)
    zero_point: ClassVar[None] = None


KINDS: dict[str, type[Source]] = {
    "frames": Frames,
    "bands": Bands,
    "stamps": Stamps,
    "images": Images,
    "galaxy10": Galaxy10,
    "simulated": Simulated,
}
AnySource = Annotated[
    Frames | Bands | Stamps | Images | Galaxy10 | Simulated,
    Field(discriminator="kind"),
]


def source_of(settings: dict) -> Source:
    """Make a source from the parameters of a rule; keys that it lacks are as usual."""
    made = settings.get("kind") == "simulated" and "path" in settings
    return TypeAdapter(SimulatedFrames if made else AnySource).validate_python(settings)
