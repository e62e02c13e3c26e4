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
)
from galvote.base.settings import FilePath, Section, Whole
from galvote.inputs.search_settings import OwnSearch
from galvote.inputs.source_parts import (
    BLANK,
    LABEL_COLUMN,
    MAPS,
    STRETCH,
    SUM,
    Blank,
    Cube,
    Hdu,
    ImageFile,
    Positions,
    Stretch,
)
from galvote.simulation.settings import SurveySettings


class Source(Section):
    """What all sources have."""

    name: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$",
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

    mask: FilePath | None = Field(
        None,
        description="FITS image that is non-zero where pixels are bad, with the HDU in"
        " brackets where needed (`field.fits[DQ]`). Where `path` is a pattern, a"
        " pattern whose wildcards stand for the same texts.",
    )
    weight: FilePath | None = Field(
        None,
        description="FITS image of the inverse variance of each pixel; zero where it is"
        " bad; also a pattern, as for `mask`.",
    )
    rms: FilePath | None = Field(
        None,
        description="FITS image of the noise of each pixel; also a pattern, as for"
        " `mask`.",
    )
    blank: Blank = Field("auto", description=BLANK)
    most_pixels: Whole = Field(
        2**27,
        ge=1,
        description="An image with more pixels is refused before it is read. A job"
        " takes about 20 bytes of memory for each.",
    )
    label_column: ClassVar[None] = None  # frames have no labels


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
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$",
        description="Name of the band; its flux is in the column `flux_<name>`.",
    )
    path: FilePath = Field(min_length=1, description="The FITS file.")
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
    blank: ClassVar[None] = None
    most_pixels: ClassVar[None] = None

    def as_frames(self, path: str) -> "SimulatedFrames":
        """Return the source once its survey lies in a FITS file at `path`."""
        return SimulatedFrames(**self.model_dump(), path=path)


class SimulatedFrames(Simulated):
    """A simulated survey in its FITS file."""

    path: FilePath
    hdu: ClassVar[str] = "all"
    planes: ClassVar[None] = None

    def images(self) -> list[str]:
        """List the file of its frames."""
        return [self.path]


class ImageSource(Source):
    """A source of images that show one galaxy each."""

    path: FilePath = ImageFile.model_fields["path"]
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


class ListedImages(ImageSource):
    """Images in files of their own, which a table may list."""

    path_column: str = Field(
        "image_path",
        min_length=1,
        description="Column of the table with the paths of the images.",
    )
    id_column: str | None = Field(
        None,
        description="Column of the table with the names of the galaxies; null names"
        " them by their files.",
    )
    folder: FilePath | None = Field(
        None,
        min_length=1,
        description="Folder that the paths of the table are relative to, and must not"
        " leave; null takes that of the table.",
    )


class Stamps(ListedImages, Cube):
    """FITS images of one galaxy each."""

    kind: Literal["stamps"]
    mask: FilePath | None = MappedFrames.model_fields["mask"]
    weight: FilePath | None = MappedFrames.model_fields["weight"]
    rms: FilePath | None = MappedFrames.model_fields["rms"]
    psf: FilePath | None = Field(
        None,
        description="FITS images of the PSF, a pattern as for `mask`; its width is"
        " measured.",
    )
    blank: Blank = Field("auto", description=BLANK)
    zero_point: float | None = FrameSource.model_fields["zero_point"]
    label_column: str | None = Field(None, description=LABEL_COLUMN)


class Images(ListedImages):
    """Pictures of one galaxy each: PNG, JPEG, TIFF, WebP, BMP, GIF or PPM."""

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
    folder: ClassVar[None] = None
    id_column: ClassVar[None] = None


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
