"""Labels of galaxies: of the sources, or of a table that a person made."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from galvote.base.errors import InputError
from galvote.base.progress import log
from galvote.inputs.listings import truth_rows
from galvote.inputs.sources import ImageSource, Source
from galvote.inputs.user_tables import as_text, read_user_table

COLUMNS = ("id", "label")
KEY = "config key `classes.labels`"


def labels_of_table(path: str | Path) -> pd.Series:
    """Read the labels of a table with the columns `id` and `label`.

    Rows without a label are left out. `attrs["notes"]` say what was guessed in reading.

    Raises
    ------
    InputError
        Where a column is missing, there are no labels, or one id has two of them.
    """
    table = read_user_table(path, COLUMNS)
    for column in COLUMNS:
        if column not in table:
            raise InputError(
                f"{KEY}: the table {path} has no column `{column}`; it has:"
                f" {', '.join(map(str, table))}"
            )
    given = table[list(COLUMNS)].apply(lambda cells: as_text(cells).str.strip())
    given = given[(given != "").all(axis=1)].drop_duplicates()
    if given.empty:
        raise InputError(f"{KEY}: no row of the table {path} has an id and a label")
    again = given["id"].duplicated(keep=False)
    if again.any():
        first = given["id"][again].iloc[0]
        labels = " and ".join(given["label"][given["id"] == first])
        raise InputError(
            f"{KEY}: the table {path} gives {first} two labels, {labels}; keep one"
        )
    found = given.set_index("id")["label"].sort_index()
    found.attrs["notes"] = table.attrs.get("notes", [])
    return found


def labels_of_sources(
    sources: Iterable[Source], galaxies: str | Path, truths: Mapping[str, str]
) -> pd.Series:
    """Collect the labels of all sources that have some, text, indexed by id.

    Parameters
    ----------
    sources : with a `label_column`.
    galaxies : the list of galaxies, in Parquet; read for simulated surveys alone.
    truths : files of what is true in these, by the name of the source.
    """
    tables = []
    for source in sources:
        if isinstance(source, ImageSource):
            tables.append(truth_rows(source))
            continue
        from galvote.simulation.truth import matched_rows  # loads astropy

        found = pd.read_parquet(galaxies)
        truth = pd.read_parquet(truths[source.name])
        mine = found[found["source"] == source.name]
        tables.append(matched_rows(mine, truth, source.label_column))
    joined = pd.concat(tables, ignore_index=True)
    return joined.set_index("id")["label"].sort_index()


def labels_that_are_known(table: str | None, truths: Sequence[str]) -> pd.Series:
    """Read all labels: of a table, or collected from the sources before.

    Parameters
    ----------
    table : path of a table of labels, if it is used.
    truths : the file with the labels of the sources, otherwise.
    """
    if table is not None:
        return labels_of_table(table)
    return pd.read_parquet(truths[0]).set_index("id")["label"]


def only_known(labels: pd.Series, ids: Iterable[str]) -> pd.Series:
    """Return the labels of galaxies of this run, and say how many are of no such.

    Raises
    ------
    InputError
        Where none is.
    """
    listed = list(ids)
    known = labels.index.isin(listed)
    if not known.any():
        raise InputError(
            f"none of the {len(labels)} labels is of a galaxy of this run, the first"
            f" of {labels.index[0]}; take the ids of galaxies.parquet, such as"
            f" {listed[0]}"
        )
    if not known.all():
        others = labels.index[~known]
        log.warning(
            "%d labels are of no galaxy of this run, the first of %s",
            len(others),
            others[0],
        )
    return labels[known]
