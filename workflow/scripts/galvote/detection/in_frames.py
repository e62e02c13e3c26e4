"""The galaxies of a source that consists of frames."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.base.progress import log
from galvote.base.rejects import join_rejects, reject_row, reject_table
from galvote.catalog.flags import Flag
from galvote.catalog.rows import empty_rows
from galvote.detection.at_positions import detections_at
from galvote.detection.flagging import flag_image
from galvote.detection.in_bands import measure_bands
from galvote.detection.measuring import catalog_rows_of_frame, measure
from galvote.detection.psf import PSF, measure_psf
from galvote.detection.search import find_detections
from galvote.inputs.companion_maps import frame_names
from galvote.inputs.frame_views import check_end_of_file, detection_frame
from galvote.inputs.frames import Frame
from galvote.inputs.ids import frame_key, own_ids, place_name
from galvote.inputs.many_frames import check_name, sources_of_files
from galvote.inputs.outside import warning_of
from galvote.inputs.positions import places_in, read_positions, unplaced
from galvote.inputs.sources import Bands, FrameSource

Keep = Callable[[str, np.ndarray, np.ndarray], None]
NOT_USABLE = Flag.EDGE | Flag.BLENDED | Flag.SATURATED | Flag.MASKED


@dataclass
class Search:
    """What was found in a source.

    Attributes
    ----------
    rows : the catalogue's rows.
    rejects : what is no galaxy or cannot be used.
    frames : a row a frame: `hdu`, `frame` and `file` where the source has many files,
        `width`, `height` (px), `pixel_scale` (arcsec), `ra`, `dec` (of its middle; deg,
        ICRS), `background`, `noise` (counts), `psf_fwhm`, `psf_half_light` (px),
        `psf_from`, `stars`, `sources` (number of detections), `notes` (what was left
        out, ignored or guessed), and `scale_<band>` where there are bands.
    """

    rows: pd.DataFrame
    rejects: pd.DataFrame
    frames: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["hdu"]))


def search_frames(
    source: FrameSource,
    search: dict,
    resolved_above: float,
    keep: Keep,
) -> Search:
    """Find the galaxies in all frames of a source, one frame at a time.

    A frame that cannot be searched is a reject and stops nothing.

    Parameters
    ----------
    source : of the config.
    search : settings of `find_detections`, and `background_box` (px).
    resolved_above : section `detection` of the config.
    keep : is given the name, the segmentation map, int32 (ny, nx), and the PSF, (n, n),
        of each frame.
    """
    given = source.positions
    places = read_positions(given) if given else None
    for note in places.attrs["notes"] if given else ():
        log.warning("source %s: %s", source.name, note)
    result = Search(empty_rows(), reject_table([]))
    tables, rejects, notes = [], [], []
    frames = [
        (part, name, file_name)
        for part, file_name in sources_of_files(source)
        for name in _names(part, file_name, rejects)
    ]
    if places is not None and given.x and len(frames) > 1:
        raise InputError(
            f"config key `positions`: `x` and `y` say nothing of which of the"
            f" {len(frames)} frames of source {source.name} is meant; give `ra` and"
            " `dec`, or name one `hdu`"
        )
    for part, name, file_name in frames:
        try:
            searched = _search_frame(
                part, name, file_name, search, resolved_above, places, keep
            )
        except InputError as error:
            id_ = place_name(source.name, frame_key(file_name, name))
            rejects.append(reject_row(source.name, id_, "detect", str(error)))
            continue
        tables.append(searched.rows)
        notes.append(searched.frames)
    if tables:
        result.rows = pd.concat(tables, ignore_index=True)
    if notes:
        result.frames = pd.concat(notes, ignore_index=True)
    parts = [reject_table(rejects)]
    if places is not None:
        if given.id and tables:
            result.rows["id"] = own_ids(places, result.rows, source.name)
        placed = set(result.rows.get("row", []))
        sides = [int(note[["width", "height"]].max(axis=None)) for note in notes]
        more = sides, len(rejects)
        parts.append(unplaced(places, placed, given, source.name, *more))
        if outside := warning_of(places, len(placed), given, result.frames):
            log.warning("source %s: %s", source.name, outside)
    result.rejects = join_rejects(parts)
    return result


def _search_frame(
    source: FrameSource,
    name: str,
    file_name: str,
    search: dict,
    resolved_above: float,
    places: pd.DataFrame | None,
    keep: Keep,
) -> Search:
    """Find the galaxies in one frame, or look at given places in it.

    Parameters
    ----------
    source : of one file.
    name : of the frame in it.
    file_name : of the file in names of frames, where the source has many.
    """
    box = search["background_box"]
    frame = detection_frame(source, name, box)
    if file_name:
        frame.file, frame.file_name = source.path, file_name
    detections, segments = find_detections(frame.planes[0], **search)
    saturation = source.saturation or frame.saturation
    flags = flag_image(detections, frame, saturation)
    usable = flags & NOT_USABLE.value == 0
    psf = measure_psf(detections, usable, frame, source.psf_fwhm)
    of = f"source {source.name}{_which(frame)}"
    log.info("%s: %s", of, _sentence(frame, psf, len(detections)))
    targets, scales = detections, {}
    if places is not None:
        here = places_in(places, frame, source.name)
        targets = detections_at(here, detections, segments, frame, psf)
    if isinstance(source, Bands):
        scales, frame.notes = measure_bands(source, name, box, targets, segments)
    for note in frame.notes:
        log.warning("%s: %s", of, note)
    note = _note(frame, psf, len(detections)) | scales
    limits = {"saturation": saturation, "resolved_above": resolved_above}
    measured = measure(targets, detections, frame, psf, **limits)
    rows = catalog_rows_of_frame(measured, source.name, frame)
    keep(frame.key, segments, psf.image)
    return Search(rows, reject_table([]), pd.DataFrame([note]))


def _note(frame: Frame, psf: PSF, n_detections: int) -> dict[str, object]:
    """Write down what was measured of a frame."""
    many = {"frame": frame.key, "file": frame.file} if frame.file else {}
    ny, nx = frame.shape
    ra, dec = frame.sky_at((nx - 1) / 2.0, (ny - 1) / 2.0)
    return {
        "hdu": frame.name,
        **many,
        "width": nx,
        "height": ny,
        "pixel_scale": frame.pixel_scale,
        "ra": float(ra),
        "dec": float(dec),
        "background": frame.planes[0].level,
        "noise": frame.planes[0].noise,
        "psf_fwhm": psf.fwhm,
        "psf_half_light": psf.half_light,
        "psf_from": psf.origin,
        "stars": psf.stars,
        "sources": n_detections,
        "notes": "; ".join(frame.notes),
    }


def _names(source: FrameSource, file_name: str, rejects: list) -> list[str]:
    """List the frames of a source; what of its file cannot be read is a reject."""
    names = []
    try:
        if file_name:
            check_name(source.path)
        names = frame_names(source)
        check_end_of_file(source)
    except InputError as error:
        id_ = place_name(source.name, file_name)
        rejects.append(reject_row(source.name, id_, "detect", str(error)))
    return names


def _which(frame: Frame) -> str:
    """Say which frame of its source one is, if it has several."""
    hdu = f"HDU {frame.name}" if frame.name else ""
    return "".join(f", {part}" for part in (frame.file, hdu) if part)


def _sentence(frame: Frame, psf: PSF, n_detections: int) -> str:
    """Describe a frame in a line of the log."""
    ny, nx = frame.shape
    by = f"{psf.stars} stars" if psf.stars else psf.origin
    return (
        f"{nx} x {ny} px, noise {frame.planes[0].noise:.4g}, PSF"
        f" {psf.fwhm:.2f} px ({by}), {n_detections} detections"
    )
