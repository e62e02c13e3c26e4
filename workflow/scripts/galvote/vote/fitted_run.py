"""A fitted run in one file: from codes to names, for galaxies of other surveys."""

import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np
import pandas as pd

from galvote.base.errors import InputError, first_line
from galvote.base.files import read_arrays, write_arrays
from galvote.base.fitted_arrays import TEXTS, headers_in, what_is_wrong
from galvote.clusters.novelty import Novelty, with_residual
from galvote.codes.components import Projection
from galvote.vote import tally
from galvote.vote.voters import Voters

FITTED_FORMAT = "galvote fitted run, 2"


@dataclass
class FittedRun:
    """What a run has learned about its galaxies.

    Attributes
    ----------
    fingerprint : of the codes: encoder, preprocessing, views and copies.
    cutouts : settings with which the galaxies were cut out.
    projection : from codes to coordinates.
    voters : that were fitted on the coordinates.
    names : (K,) of the clusters; a number where nobody named one.
    least : (n_answers,), the agreement that each name asks for.
    min_agreement : of the vote.
    novelty : what is usual among the fitted galaxies.
    """

    fingerprint: str
    cutouts: dict
    projection: Projection
    voters: Voters
    names: list[str]
    least: np.ndarray
    min_agreement: float
    novelty: Novelty

    def check(self, path: str | Path, fingerprint: str, cutouts: dict) -> None:
        """Refuse galaxies that were cut out or encoded in another way.

        Parameters
        ----------
        path : of this fitted run, for the message.
        fingerprint, cutouts : of the galaxies to assign.

        Raises
        ------
        InputError
            That says what differs.
        """
        where = f"config key `assign.fitted`: the galaxies of {path} were"
        for key, value in cutouts.items():
            theirs = self.cutouts.get(key)
            if theirs != value:
                raise InputError(
                    f"{where} cut out with `{key}: {theirs}`, these with"
                    f" `{key}: {value}`; take over the section `cutouts` of that run"
                )
        if self.fingerprint != fingerprint:
            raise InputError(
                f"{where} encoded in another way; take over the sections `polar` and"
                " `codes` of that run"
            )

    def write(self, path: str | Path) -> None:
        """Write everything as arrays, without pickles."""
        write_arrays(
            path,
            format=np.array(FITTED_FORMAT),
            fingerprint=np.array(self.fingerprint),
            cutouts=np.array(json.dumps(self.cutouts)),
            names=np.array(self.names),
            least=self.least,
            min_agreement=np.array(self.min_agreement),
            **{f"projection_{k}": v for k, v in vars(self.projection).items()},
            **{f"voters_{k}": v for k, v in vars(self.voters).items()},
            **{f"novelty_{k}": v for k, v in self.novelty.arrays().items()},
        )

    def assign(
        self, ids: np.ndarray, codes: np.ndarray, reasons: np.ndarray
    ) -> pd.DataFrame:
        """Say to which cluster and name galaxies belong, without fitting again.

        Parameters
        ----------
        ids : (N,).
        codes : float32 (N, n_features), encoded as the fitted galaxies were.
        reasons : text (N,), why a galaxy is set aside, empty for the others.

        Returns
        -------
        The columns of `votes`, `outlier` (score of novelty) and `unlike`: bool, further
        from all fitted galaxies than nearly all of these are from each other.

        Raises
        ------
        InputError
            Where the codes have another number of features.
        """
        known = len(self.projection.mean)
        if codes.shape[1] != known:
            raise InputError(
                f"config key `assign.fitted`: it was fitted to codes of {known}"
                f" numbers, these have {codes.shape[1]}; name the fitted.npz of a run"
                " with the section `codes` of this one"
            )
        chosen = reasons == ""
        aside = pd.DataFrame(
            {"id": ids[~chosen], "reason": reasons[~chosen]}, dtype=str
        )
        points, residual = self.projection.apply(codes[chosen])
        counted = tally.tally(self.voters.ask(points), self.names)
        reason = tally.decide(counted, self.least, self.min_agreement)
        n_voters = len(self.voters.sizes)
        table = tally.vote_table(ids[chosen], counted, reason, n_voters, aside)
        score = self.novelty.score(with_residual(points, residual))
        scores = pd.Series(score, index=ids[chosen]).reindex(table["id"]).to_numpy()
        return table.assign(outlier=scores, unlike=scores > self.novelty.unlike_above)


def read_fitted(path: str | Path) -> FittedRun:
    """Read what `FittedRun.write` wrote; pickled content is refused.

    Raises
    ------
    InputError
        Where the file is nothing of the kind, or a part of it is missing or does not
        fit the others.
    """
    where = f"config key `assign.fitted`: {path} is not the file fitted.npz of a run"
    try:
        wrong = what_is_wrong(headers_in(path))
        arrays = {} if wrong else read_arrays(path)
    except (ValueError, OSError, EOFError, KeyError, BadZipFile, ZlibError) as error:
        raise InputError(f"{where}: {first_line(error)}") from None
    wrong = wrong or _wrong_values(arrays)
    if wrong:
        raise InputError(f"{where} of this version: {wrong}")
    parts: dict[str, dict] = {"projection_": {}, "voters_": {}, "novelty_": {}}
    for prefix, found in parts.items():
        for name, values in arrays.items():
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] = values
    return FittedRun(
        str(arrays["fingerprint"]),
        json.loads(str(arrays["cutouts"])),
        Projection(**parts["projection_"]),
        Voters(**parts["voters_"]),
        arrays["names"].tolist(),
        arrays["least"],
        float(arrays["min_agreement"]),
        Novelty(**parts["novelty_"]),
    )


def _wrong_values(arrays: dict[str, np.ndarray]) -> str:
    """Say which values no run can have written; nothing if all are possible."""
    if str(arrays["format"]) != FITTED_FORMAT:
        return f"it is of the kind {str(arrays['format'])!r}"
    for name, values in arrays.items():
        if name not in TEXTS and not np.isfinite(values).all():
            return f"its {name} holds values that are no numbers"
    try:
        cutouts = json.loads(str(arrays["cutouts"]))
    except ValueError:
        cutouts = None
    if not isinstance(cutouts, dict):
        return "its cutouts are no settings"
    sizes, dimensions = arrays["voters_sizes"], arrays["voters_dimensions"]
    n_centres, n_coordinates = arrays["voters_centres"].shape
    if sizes.dtype.kind == "f" or sizes.min() < 1 or sizes.sum() != n_centres:
        return f"its voters_sizes do not add up to {n_centres} centres"
    if dimensions.dtype.kind == "f" or not (
        dimensions.min() >= 1 and dimensions.max() <= n_coordinates
    ):
        return f"its voters_dimensions are not within 1 and {n_coordinates}"
    if len(arrays["least"]) != len(set(arrays["names"].tolist())):
        return "its least has another number of values than its names"
    if arrays["novelty_usual_distance"] <= 0:
        return "its novelty_usual_distance is not positive"
    return ""
