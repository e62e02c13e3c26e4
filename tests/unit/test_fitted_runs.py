"""A fitted run is kept, asked about other galaxies, and refused where it is broken."""

import numpy as np
import pytest

from galvote.base.errors import InputError
from galvote.base.files import read_arrays
from galvote.base.fitted_arrays import SHAPES
from galvote.clusters import novelty
from galvote.codes.components import Projection, principal_components
from galvote.codes.moments import moments_of
from galvote.config.checks import complete
from galvote.config.parameters import fitted_file
from galvote.vote import tally
from galvote.vote.fitted_run import FittedRun, read_fitted
from galvote.vote.voters import fit_voters
from known_inputs import VOTERS, four_clusters

ASSIGNS = {"run": "a", "sources": [{"name": "a", "kind": "images", "path": "b"}]}


@pytest.fixture
def kept(tmp_path):
    """Write a fitted run whose codes are the points in a space of ten dimensions."""
    points_of_all, truth = four_clusters()
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0][:6]
    codes = (points_of_all @ turn + 3.0).astype(np.float32)
    reduction = principal_components(moments_of([codes]), 6)
    projection = Projection(
        np.zeros((1, 10)), np.ones(1), reduction.mean, reduction.components
    )
    scores, left_out = projection.apply(codes)
    points = novelty.with_residual(scores, left_out)
    reference = np.r_[truth, np.arange(20) % 2]
    voters, memberships = fit_voters(scores, reference, VOTERS, 3)
    names = ["round", "thin", "round", "3"]
    counted = tally.tally(memberships, names)
    least = tally.least_agreements(counted, 0.7, 0.4)
    usual = novelty.fit_novelty(points)[0]
    cutouts = {"size": 64, "channels": "colour"}
    fit = FittedRun("f", cutouts, projection, voters, names, least, 0.7, usual)
    fit.write(tmp_path / "fitted.npz")
    return tmp_path / "fitted.npz", codes, memberships, counted, least


def test_a_fitted_run_says_of_its_own_galaxies_what_it_said(kept):
    path, codes, _, counted, least = kept
    ids = np.array([f"g{i:03d}" for i in range(len(codes))])
    table = read_fitted(path).assign(ids, codes, np.full(len(ids), ""))
    reason = tally.decide(counted, least, 0.7)
    assert (table["reason"] == reason).mean() > 0.99
    # asked again, voters count what a galaxy itself was in the fit
    assert np.allclose(table["agreement"], counted.agreement, atol=0.06)
    assert set(table["name"]) == {"round", "thin", "3", "rest"}
    assert table["unlike"].mean() < 0.02


def test_galaxies_unlike_any_seen_are_flagged(kept):
    path, codes, *_ = kept
    rng = np.random.default_rng(0)
    far = codes[:5] + 40.0
    off_the_plane = codes[:5] + 3.0 * rng.normal(size=(5, 10)).astype(np.float32)
    table = read_fitted(path).assign(
        np.array(list("abcdefghijklmnop")),
        np.r_[codes[:5], far, off_the_plane, codes[:1]],
        np.array([""] * 15 + ["star"]),
    )
    assert table["unlike"].tolist() == [False] * 5 + [True] * 10 + [False]
    assert table[["name", "reason"]].iloc[-1].tolist() == ["rest", "star"]
    assert (table["outlier"][5:10] > 5).all()


def test_a_fitted_run_is_asked_about_none_but_stars(kept):
    path, codes, *_ = kept
    table = read_fitted(path).assign(np.array(["a"]), codes[:1], np.array(["star"]))
    assert table["reason"].tolist() == ["star"]
    nothing = np.zeros(0, dtype=str)
    assert len(read_fitted(path).assign(nothing, codes[:0], nothing)) == 0


def test_galaxies_made_in_another_way_are_refused(kept):
    fit, cutouts = read_fitted(kept[0]), {"size": 64, "channels": "colour"}
    fit.check("fitted.npz", "f", cutouts)
    with pytest.raises(InputError, match="encoded in another way"):
        fit.check("fitted.npz", "g", cutouts)
    grey = "cut out with `channels: colour`, these with `channels: grey`"
    with pytest.raises(InputError, match=grey):
        fit.check("fitted.npz", "f", cutouts | {"channels": "grey"})


def test_other_files_are_no_fitted_runs(tmp_path):
    np.savez(tmp_path / "codes.npz", codes=np.zeros(3))
    (tmp_path / "text.npz").write_text("no")
    pickled = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "pickle.npz", format=pickled)
    for name in ("codes", "text", "pickle"):
        with pytest.raises(InputError, match=r"`assign.fitted`: .* is not the file"):
            read_fitted(tmp_path / f"{name}.npz")


def test_every_part_of_a_fitted_run_is_needed(kept, tmp_path):
    arrays = read_arrays(kept[0])
    assert set(arrays) == set(SHAPES)
    for name in arrays:
        path = tmp_path / "less.npz"
        np.savez(path, **{key: arrays[key] for key in arrays if key != name})
        with pytest.raises(InputError, match=f"less.npz .* it lacks {name}$"):
            read_fitted(path)
        with pytest.raises(InputError, match=f"less.npz .* it lacks {name}$"):
            fitted_file(complete(ASSIGNS | {"assign": {"fitted": str(path)}}))


def edited(values, edit):
    """Return an array of another shape, or with other values."""
    match edit:
        case "longer":
            return np.concatenate([values, values[:1]])
        case "wider":
            return np.concatenate([values, values[:, :1]], axis=1)
        case "no axis":
            return values.ravel()[0]
        case "NaN":
            return np.full(values.shape, np.nan)
        case "text":
            return np.full(values.shape, "a")
        case "none":
            return values[:0]
        case "negative":
            return -values


@pytest.mark.parametrize(
    ("name", "edit", "part"),
    [
        ("names", "longer", "5 clusters|4 clusters"),
        ("least", "longer", "than its names"),
        ("projection_mean", "longer", "11 features"),
        ("projection_mean", "no axis", "has the shape"),
        ("projection_directions", "wider", "features"),
        ("projection_factors", "longer", "2 directions"),
        ("projection_components", "wider", "11 features"),
        ("projection_components", "none", "6 coordinates, not 10"),
        ("voters_centres", "wider", "7 coordinates, not 6"),
        ("voters_chances", "longer", "centres"),
        ("voters_sizes", "longer", "voters"),
        ("voters_sizes", "negative", "do not add up"),
        ("voters_dimensions", "negative", "voters_dimensions are not within 1 and 6"),
        ("novelty_sample", "wider", "8 coordinates and residual, not 7"),
        ("novelty_sample", "none", "has no sample"),
        ("novelty_unlike_above", "NaN", "no numbers"),
        ("novelty_usual_distance", "negative", "is not positive"),
        ("voters_chances", "NaN", "no numbers"),
        ("min_agreement", "text", "has the shape"),
        ("cutouts", "text", "its cutouts are no settings"),
    ],
)
def test_parts_of_a_fitted_run_that_do_not_fit_are_refused(
    kept, tmp_path, name, edit, part
):
    arrays = read_arrays(kept[0])
    path = tmp_path / "edited.npz"
    np.savez(path, **arrays | {name: edited(arrays[name], edit)})
    with pytest.raises(InputError, match=f"edited.npz .*({part})") as caught:
        read_fitted(path)
    assert "\n" not in str(caught.value)


def test_codes_of_another_length_are_refused(kept):
    path, codes, *_ = kept
    with pytest.raises(InputError, match="fitted to codes of 10 numbers, these have 9"):
        read_fitted(path).assign(np.array(["a"]), codes[:1, :9], np.array([""]))


def test_a_fitted_run_that_is_cut_short_is_refused(kept, tmp_path):
    whole = kept[0].read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(InputError, match="is not the file"):
            read_fitted(tmp_path / "cut.npz")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    (tmp_path / "flipped.npz").write_bytes(flipped)
    with pytest.raises(InputError, match="is not the file"):
        read_fitted(tmp_path / "flipped.npz")


def test_a_fitted_run_has_no_pickles(kept):
    assert all(values.dtype != object for values in read_arrays(kept[0]).values())
