"""What jobs depend on in the files of sources: digests of tables, images and frames.

A digest counts the cells or pixels that a job uses, so that a corrected cell of another
column, or a new date, makes nothing run again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from galvote.base.checksums import sampled_digest
from galvote.config.classes_section import ClassesSection
from galvote.inputs import listings
from galvote.inputs.sources import FrameSource, ImageSource, Source
from galvote.naming.names import read_names

_known: dict[tuple[str, str], str | None] = {}  # a table is read once, not once a job


def _once(digest: Callable[..., str], source: Source, *more: str) -> str:
    key = digest.__qualname__, source.model_dump_json() + "".join(more)
    if key not in _known:
        _known[key] = digest(source, *more)
    return _known[key]


def of_images(source: Source, record: str) -> str | None:
    """Digest which images a source lists and what is in them; None for frames.

    Parameters
    ----------
    record : checksums taken before, if there are any; see `listings.images_digest`.
    """
    if not isinstance(source, ImageSource):
        return None
    return _once(listings.images_digest, source, record)


def of_labels(source: ImageSource) -> str:
    """Digest the images of a source and their labels."""
    return _once(listings.labels_digest, source)


def of_places(source: Source) -> str | None:
    """Digest where the user's positions are; None without any."""
    if isinstance(source, ImageSource) or source.positions is None:
        return None
    return _once(_digest_places, source)


def of_columns(source: Source) -> str | None:
    """Digest the columns that a source's table gives to the catalogue, if any."""
    if isinstance(source, ImageSource):
        return _once(listings.columns_digest, source)
    if source.positions is None:
        return None
    return _once(_digest_positions, source)


def _digest_places(source: FrameSource) -> str:
    from galvote.inputs import positions  # loads astropy

    return positions.places_digest(source.positions)


def _digest_positions(source: FrameSource) -> str:
    from galvote.inputs import positions

    return positions.position_columns_digest(source.positions)


def of_files(
    paths: Iterable[str], is_made: Callable[[str], bool] = lambda path: False
) -> list[str | None]:
    """Digest files, so that one with an older date is noticed; None for each made one.

    Parameters
    ----------
    paths : of FITS files, or of others that no job counts the cells of.
    is_made : tells whether a path is made by the workflow itself.
    """
    return [None if is_made(path) else _digest_file(path) for path in paths]


def _digest_file(path: str) -> str | None:
    """Digest a file, once for all jobs that read it."""
    key = "file", path
    if key not in _known:
        _known[key] = sampled_digest(Path(path))
    return _known[key]


def of_names(path: str | None) -> str | None:
    """Digest the names that a table gives to clusters; None without one."""
    return None if path is None else of_all(sorted(read_names(path).items()))


def of_label_table(path: str | None) -> str | None:
    """Digest the labels of a table of ids and labels; None without one."""
    if path is None:
        return None
    from galvote.classes.labels import labels_of_table  # loads pandas

    return of_all(sorted(labels_of_table(path).items()))


def of_teaching(classes: ClassesSection, sources: Iterable[Source]) -> str:
    """Digest the labels that teach: a corrected label that judges does not count.

    The labels of simulated surveys are made by the workflow itself; beside these all
    labels count.

    Parameters
    ----------
    classes : section of the config.
    sources : that have labels.

    Raises
    ------
    InputError
        Where too few labels would teach.
    """
    from galvote.classes.labels import labels_of_sources, labels_of_table
    from galvote.classes.splits import draw_teaching

    listed = list(sources)
    if classes.labels is not None:
        labels = labels_of_table(classes.labels)
    elif all(isinstance(source, ImageSource) for source in listed):
        labels = labels_of_sources(listed, "", {})
    else:
        tables = [source for source in listed if isinstance(source, ImageSource)]
        return of_all(of_labels(source) for source in tables)
    drawn = draw_teaching(labels, classes.teach, classes.per_class, classes.draw)
    return of_all(drawn.to_numpy().tolist())


def of_all(digests: Iterable[object]) -> str:
    """Return one digest of several, or of texts."""
    text = json.dumps(list(digests))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_tables(sources: Iterable[Source]) -> None:
    """Refuse tables that cannot be read, or lack a column, before anything runs.

    Raises
    ------
    InputError
        That names the table.
    """
    for source in sources:
        of_columns(source)
        of_places(source)
        if isinstance(source, ImageSource) and source.label_column is not None:
            of_labels(source)
