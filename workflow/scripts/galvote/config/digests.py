"""What jobs depend on in the files of sources: digests of tables, images and frames.

A digest counts the cells or pixels that a job uses, so that a corrected cell of another
column, or a new date, makes nothing run again.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galvote.base.checksums import sampled_digest
from galvote.base.errors import InputError
from galvote.config.classes_section import ClassesSection
from galvote.inputs import listings
from galvote.inputs.sources import FrameSource, ImageSource, Source
from galvote.naming.names import read_names

if TYPE_CHECKING:
    import pandas as pd

_known: dict[tuple[str, str], Any] = {}  # a table is read once, not once a job


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
    return None if path is None else of_all(sorted(_label_table(path).items()))


@cache
def _label_table(path: str) -> "pd.Series":
    from galvote.classes.labels import labels_of_table  # loads pandas

    return labels_of_table(path)


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
        Where there are no labels, or too few would teach.
    """
    listed = list(sources)
    key = "teaching", classes.model_dump_json() + "".join(map(str, listed))
    if key not in _known:
        _known[key] = _digest_teaching(classes, listed)
    return _known[key]


def _digest_teaching(classes: ClassesSection, sources: list[Source]) -> str:
    if (labels := _listed_labels(classes, sources)) is None:
        tables = [source for source in sources if isinstance(source, ImageSource)]
        return of_all(of_labels(source) for source in tables)
    return of_all(_drawn(classes, labels).to_numpy().tolist())


def check_judging(
    classes: ClassesSection,
    sources: Iterable[Source],
    place: str = "config key `classes.teach`",
) -> None:
    """Refuse a config by which all labels teach, so that none is left to judge.

    Parameters
    ----------
    place : in the config, where it is said how many labels teach.

    Raises
    ------
    InputError
        As `of_teaching` does, too.
    """
    labels = _listed_labels(classes, list(sources))
    if labels is not None and len(_drawn(classes, labels, place)) == len(labels):
        raise InputError(
            f"{place}: all {len(labels)} labels teach, and none is left to judge; lower"
            " it"
        )


def _listed_labels(
    classes: ClassesSection, sources: list[Source]
) -> "pd.Series | None":
    """Return all labels; None where some are made by the workflow itself."""
    from galvote.classes.labels import labels_of_sources

    if classes.labels is not None:
        return _label_table(classes.labels)
    if not sources:
        raise InputError(
            "classes need labels: set the `label_column` of a source, or"
            " `classes.labels` to a table with the columns id and label"
        )
    if not all(isinstance(source, ImageSource) for source in sources):
        return None
    key = "labels", "".join(map(str, sources))
    if key not in _known:
        _known[key] = labels_of_sources(sources, "", {})
    return _known[key]


def _drawn(classes: ClassesSection, labels: "pd.Series", *place: str) -> "pd.DataFrame":
    from galvote.classes.splits import draw_teaching

    drawing = classes.teach, classes.per_class, classes.draw
    return draw_teaching(labels, *drawing, *place)


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
