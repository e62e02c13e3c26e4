"""The galaxy in the middle of an image of its own."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.file_names import split_hdu
from galvote.base.limits import LARGEST_IMAGE
from galvote.base.progress import log
from galvote.base.rejects import join_rejects, reject_row, reject_table
from galvote.catalog.flags import Flag
from galvote.catalog.rows import GALAXY_COLUMNS, empty_rows
from galvote.detection.framing import MARGIN, own_detections
from galvote.detection.measuring import measure
from galvote.detection.psf import HALF_LIGHT, PSF, fwhm_of_image, gaussian_psf
from galvote.detection.search import find_detections
from galvote.inputs.fits_images import image_hdus, read_planes
from galvote.inputs.frames import Frame
from galvote.inputs.listings import folder_of, listed_rows, read_listing
from galvote.inputs.no_data import about_no_data
from galvote.inputs.single_images import (
    Picture,
    mean_plane,
    picture_frame,
    read_pictures,
)
from galvote.inputs.sources import ImageSource, Stamps

MIDDLE = 0.15  # of the shorter side: how far the galaxy may lie from the middle
STRETCHED_RADIUS = 1.75  # half-light radii in a `radius` where faint light was lifted
LEAST_PSF = 5  # px, side of an image of a PSF
MANY_PADDED = 0.5  # share of a source's galaxies: from where on it is said
OFF_CENTRE = 0.08  # of the shorter side: from where on it is flagged


def find_galaxy(
    frame: Frame, search: dict
) -> tuple[pd.DataFrame, np.ndarray, int | None]:
    """Find the detections in a picture, and which of them is its galaxy.

    Parameters
    ----------
    frame : from `picture_frame`.
    search : settings of `find_detections`.

    Returns
    -------
    detections and segments of `find_detections`, and the place of the galaxy among the
    detections: of the one that covers the middle, or the nearest; None where none is
    near.
    """
    detections, segments = find_detections(mean_plane(frame), **search)
    ny, nx = frame.shape
    covering = np.flatnonzero(detections["segment"] == segments[ny // 2, nx // 2])
    if len(covering):
        return detections, segments, int(covering[0])
    if len(detections) == 0:
        return detections, segments, None
    distance = np.hypot(detections["x"] - (nx - 1) / 2, detections["y"] - (ny - 1) / 2)
    nearest = int(np.argmin(distance))
    near = distance.iloc[nearest] < MIDDLE * min(ny, nx)
    return detections, segments, nearest if near else None


def galaxy_frames(
    source: ImageSource, rows: pd.DataFrame, search: dict, subtract: bool
) -> Iterator[tuple[object, Frame, np.ndarray] | tuple[object, ValueError, None]]:
    """Yield the galaxies of a source with the frames of their images.

    Parameters
    ----------
    source : of the config.
    rows : of the catalogue, of this source.
    search : settings of `find_detections`.
    subtract : False keeps the sky where it is.

    Yields
    ------
    row, frame and segmentation map, (ny, nx); or row, what is wrong, and None.
    """
    pictures = read_pictures(source, rows, folder_of(source))
    for galaxy, picture in zip(rows.itertuples(), pictures, strict=True):
        if isinstance(picture, ValueError):
            yield galaxy, picture, None
        else:
            filled = galaxy.flags & Flag.PADDED.value != 0
            frame = picture_frame(picture, subtract, filled)
            yield galaxy, frame, find_detections(mean_plane(frame), **search)[1]


def search_images(
    source: ImageSource, search: dict, resolved_above: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the galaxies of all images that a source lists.

    A listing that cannot be read is a reject and stops nothing.

    Parameters
    ----------
    search : settings of `find_detections`.
    resolved_above : section `detection` of the config.

    Returns
    -------
    The catalogue's rows, and the rejects.
    """
    try:
        listing = read_listing(source)
    except InputError as error:
        reject = reject_row(source.name, source.name, "detect", str(error))
        return empty_rows(), reject_table([reject])
    for note in listing.attrs.get("notes", []):
        log.warning("source %s: %s", source.name, note)
    rows, missing = listed_rows(source, listing)
    folder = folder_of(source)
    rows, unusable = measure_pictures(source, rows, folder, search, resolved_above)
    return rows, join_rejects([missing, unusable])


def measure_pictures(
    source: ImageSource,
    rows: pd.DataFrame,
    folder: Path,
    search: dict,
    resolved_above: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the galaxy of each image of a source.

    Parameters
    ----------
    source : of the config.
    rows : from `listings.listed_rows`.
    folder : paths are relative to it.
    search : settings of `find_detections`.
    resolved_above : section `detection` of the config.

    Returns
    -------
    The catalogue's rows, and the rejects: images that cannot be used.
    """
    measured, rejects, told = [], [], ToldOfImages()
    pictures = read_pictures(source, rows, folder)
    for row, picture in zip(rows.itertuples(), pictures, strict=True):
        try:
            if isinstance(picture, ValueError):
                raise picture
            told.add(picture)
            psf = given_psf(source, row, folder)
            numbers = _measure_galaxy(source, picture, search, psf, resolved_above)
            given = {k: v for k, v in row._asdict().items() if v == v}
            measured.append({**numbers, **given})
        except (ValueError, InputError) as error:
            reason = f"cannot be used: {error}"
            rejects.append(reject_row(source.name, row.id, "detect", reason))
    told.say(source.name)
    table = pd.DataFrame(measured).drop(columns="Index", errors="ignore")
    _say_if_padded(source, table)
    if table.empty:
        return catalog_rows_of_images(rows.iloc[:0], source), reject_table(rejects)
    return catalog_rows_of_images(table, source), reject_table(rejects)


def _say_if_padded(source: ImageSource, table: pd.DataFrame) -> None:
    """Say so where most galaxies, rows of `table`, need more room than their images."""
    if table.empty or source.crop is not None:
        return
    share = float((table["flags"] & Flag.PADDED.value != 0).mean())
    if share > MANY_PADDED:
        log.warning(
            "source %s: %.0f%% of the galaxies fill their images, and their cutouts"
            " reach beyond the edge, where the light was continued; the key `crop` of"
            " the source (such as crop: 1.0) frames all images alike instead",
            source.name,
            100.0 * share,
        )


class ToldOfImages:
    """What was ignored or hidden in the images of a source, said once for all."""

    def __init__(self) -> None:
        self.images = 0
        self.notes: Counter[str] = Counter()
        self.shares: dict[float, list[float]] = {}

    def add(self, picture: Picture) -> None:
        """Take up what is told of one image."""
        self.images += 1
        self.notes.update(picture.notes)
        for value, share in picture.no_data.items():
            self.shares.setdefault(value, []).append(share)

    def say(self, name: str) -> None:
        """Say on the screen what was told, and of how many images of source `name`."""
        for note, count in self.notes.items():
            log.warning(
                "source %s, %d of %d images: %s", name, count, self.images, note
            )
        for value, shares in self.shares.items():
            counts = len(shares), self.images
            sentence = about_no_data(value, max(shares))
            log.warning("source %s, %d of %d images: up to %s", name, *counts, sentence)


def given_psf(source: ImageSource, row: object, folder: Path) -> PSF | None:
    """Return the PSF of an image, from its PSF file or the config; None without one."""
    name, given = getattr(row, "psf_path", ""), source.psf_fwhm
    if name:
        path, hdu = split_hdu(str(folder / name))
        read = read_planes(path, image_hdus(path, hdu)[0], None, LARGEST_IMAGE)
        image = np.nan_to_num(read.planes[0])
        if min(image.shape) < LEAST_PSF or not image.max() > 0:
            raise InputError(f"its PSF {name} shows no star")
        given = fwhm_of_image(image)
        if not 0.0 < given < max(image.shape):
            raise InputError(f"its PSF {name} has no width that can be measured")
        return PSF(given, HALF_LIGHT * given, 0, "file", image / image.sum())
    if given is None:
        return None
    return PSF(given, HALF_LIGHT * given, 0, "config", gaussian_psf(given))


def _measure_galaxy(
    source: ImageSource,
    picture: Picture,
    search: dict,
    psf: PSF | None,
    resolved_above: float,
) -> dict:
    """Measure the galaxy of a picture; again with sky from the corners if it fills it.

    What is flagged `padded` has been measured so.
    """
    more, subtract = (search, psf, resolved_above), source.subtracts_sky
    usual = _measure_in(source, picture_frame(picture, subtract), *more)
    padded = usual["flags"] & Flag.PADDED.value != 0
    if not padded and usual["flags"] & Flag.UNDETECTED.value == 0:
        return usual
    again = _measure_in(source, picture_frame(picture, subtract, filled=True), *more)
    if not padded and again["flags"] & Flag.UNDETECTED.value:
        return usual
    return again | {"flags": again["flags"] | Flag.PADDED.value}


def _measure_in(
    source: ImageSource,
    frame: Frame,
    search: dict,
    psf: PSF | None,
    resolved_above: float,
) -> dict:
    detections, segments, own = find_galaxy(frame, search)
    if not isinstance(source, Stamps):
        detections["radius"] = STRETCHED_RADIUS * detections["half_light"]
    ny, nx = frame.shape
    middle = (nx - 1) / 2.0, (ny - 1) / 2.0
    if own is None or not detections["radius"].iloc[own] > 0:
        radius = min(ny, nx) / 2.0 / MARGIN
        held_by = int(segments[ny // 2, nx // 2])
        segment = held_by if own is None else int(detections["segment"].iloc[own])
        may_be = own_detections(segments, *middle, radius, segment)
        flags = Flag.UNDETECTED | (Flag.UNDECIDED if may_be - {segment} else Flag(0))
        place = {"x": middle[0], "y": middle[1], "radius": radius, "segment": segment}
        return {**place, "flags": flags.value, **_sky_of(frame, *middle)}
    galaxy = measure(
        detections.iloc[[own]],
        detections,
        Frame(frame.name, [mean_plane(frame)], frame.wcs),
        psf,
        saturation=source.saturation,
        resolved_above=resolved_above,
    ).iloc[0]
    numbers = {name: galaxy[name] for name in GALAXY_COLUMNS if name in galaxy}
    if numbers["flags"] & Flag.EDGE.value:  # whoever made the image has seen that
        numbers["flags"] ^= Flag.EDGE.value
    far = np.hypot(galaxy["x"] - middle[0], galaxy["y"] - middle[1])
    if far > OFF_CENTRE * min(ny, nx):
        numbers["flags"] |= Flag.OFF_CENTRE.value
    return numbers | _sky_of(frame, galaxy["x"], galaxy["y"])


def _sky_of(frame: Frame, x: float, y: float) -> dict[str, float]:
    return dict(zip(("ra", "dec"), map(float, frame.sky_at(x, y)), strict=True))


def catalog_rows_of_images(table: pd.DataFrame, source: ImageSource) -> pd.DataFrame:
    """Return the catalogue's rows for measured galaxies in images of their own."""
    rows = table.copy()
    rows["source"], rows["hdu"] = source.name, ""
    for column in GALAXY_COLUMNS:
        if column not in rows:
            rows[column] = np.nan
    whole = ["segment", "n_neighbours", "flags"]
    rows[whole] = rows[whole].fillna(0).astype(np.int32)
    others = [column for column in rows if column not in GALAXY_COLUMNS]
    return rows[[*GALAXY_COLUMNS, *others]]
