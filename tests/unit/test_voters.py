"""The soft vote, a fitted run and what is unlike it, on points of known clusters."""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from galvote.base.errors import InputError
from galvote.base.files import read_arrays
from galvote.base.fitted_arrays import SHAPES
from galvote.clusters import fitting, novelty
from galvote.codes.components import Projection, principal_components
from galvote.codes.moments import moments_of
from galvote.config.checks import complete
from galvote.config.parameters import fitted_file
from galvote.judging import choices, completeness, stability
from galvote.judging.consensus import co_association
from galvote.vote import tally
from galvote.vote.fitted_run import FittedRun, read_fitted
from galvote.vote.tally import SOFT_VOTE
from galvote.vote.voters import fit_voters
from processes import run

SCRIPTS = str(Path(__file__).parents[2] / "workflow/scripts")
SETTINGS = {"voters": 12, "clusters": [1, 3], "dimensions": [0.5, 1], "bag_size": 500}
MODELS = {
    "k": 4, "kmeans": {"n_init": 2}, "ward": {}, "models": ["kmeans", "ward"],
    "limits": {"bag_size": 500, "exact_limit": 500}, "soft": SETTINGS, "workers": 2,
    "reference": "kmeans", "min_agreement": 0.7, "least_share": 0.0,
}  # fmt: skip

ASSIGNS = {"run": "a", "sources": [{"name": "a", "kind": "images", "path": "b"}]}


@pytest.fixture(scope="module")
def blobs():
    """Four clear clusters, and halfway between two of them galaxies of neither."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 6, (4, 6))
    truth = np.repeat(np.arange(4), 60)
    between = (centres[0] + centres[1]) / 2 + rng.normal(0, 0.7, (20, 6))
    return np.r_[centres[truth] + rng.normal(0, 0.7, (240, 6)), between], truth


@pytest.fixture(scope="module")
def fitted(blobs):
    points, truth = blobs
    reference = np.r_[truth, np.arange(20) % 2]
    return fit_voters(points, reference, SETTINGS, 3)


def test_voters_agree_on_clear_galaxies_and_not_between(blobs, fitted):
    _, memberships = fitted
    truth = blobs[1]
    assert memberships.shape == (260, 4)
    assert np.allclose(memberships.sum(axis=1), 1.0, atol=1e-5)
    assert (memberships[:240].argmax(axis=1) == truth).all()
    assert memberships[:240].max(axis=1).mean() > 0.9
    assert memberships[240:].max(axis=1).mean() < 0.8


def test_a_galaxy_does_not_speak_for_itself(blobs):
    points, truth = blobs
    reference = np.r_[truth, np.arange(20) % 2]
    wrong = reference.copy()
    wrong[7] = 3
    one_by_one = SETTINGS | {"clusters": [40, 40]}
    for settings in (SETTINGS, one_by_one):
        own = fit_voters(points, reference, settings, 3)[1]
        voters, mistaken = fit_voters(points, wrong, settings, 3)
        assert (own[7] == mistaken[7]).all()
        assert voters.ask(points[7:8])[0, 3] > mistaken[7, 3]


def test_voters_agree_on_galaxies_as_well_as_on_others():
    points = np.random.default_rng(4).normal(size=(800, 5))
    reference = fitting.cluster(
        "kmeans", points, 8, 0, {"n_init": 3}, {"bag_size": 800}
    ).labels
    settings = SETTINGS | {"voters": 20, "clusters": [2, 8]}
    voters, memberships = fit_voters(points[:400], reference[:400], settings, 0)
    fitted, held_back = (
        tally.tally(some).agreement.mean()
        for some in (memberships, voters.ask(points[400:]))
    )
    assert fitted == pytest.approx(held_back, abs=0.02)


def test_nobody_is_asked_about_no_galaxies(fitted):
    assert fitted[0].ask(np.zeros((0, 6))).shape == (0, 4)


def test_the_number_of_workers_changes_no_bit(blobs, fitted):
    points, truth = blobs
    reference = np.r_[truth, np.arange(20) % 2]
    voters, memberships = fit_voters(points, reference, SETTINGS, 3, workers=3)
    assert (memberships == fitted[1]).all()
    assert (voters.centres == fitted[0].centres).all()


ALONE = """
import hashlib, sys
import numpy as np
from galvote.vote.voters import fit_voters
points = np.random.default_rng(0).normal(size=(4000, 8))
settings = {"voters": 4, "clusters": [8, 9], "dimensions": [1, 1], "bag_size": 4000}
voters, memberships = fit_voters(points, np.arange(4000) % 4, settings, 0, 2)
print(hashlib.sha256(voters.centres.tobytes() + memberships.tobytes()).hexdigest())
"""


def test_the_number_of_cores_changes_no_bit():
    digests = set()
    for cores in ("1", "2", "4"):
        environment = os.environ | {"OMP_NUM_THREADS": cores, "PYTHONPATH": SCRIPTS}
        done = run([sys.executable, "-c", ALONE], env=environment)
        digests.add(done.stdout)
    assert done.stdout
    assert len(digests) == 1


def test_voters_differ_in_clusters_and_coordinates(fitted):
    voters = fitted[0]
    assert len(voters.sizes) == 12
    assert set(voters.dimensions) == {3, 4, 5, 6}
    assert 4 <= voters.sizes.min() < voters.sizes.max() <= 12
    assert len(voters.centres) == len(voters.chances) == voters.sizes.sum()


def test_noise_of_the_reference_is_no_answer(blobs):
    points, truth = blobs
    reference = np.where(np.r_[truth, [0] * 20] == 3, -1, np.r_[truth, [0] * 20])
    memberships = fit_voters(points, reference, SETTINGS, 3)[1]
    assert memberships.shape == (260, 3)
    alone = memberships[:240][truth == 3]
    assert alone.sum(axis=1).mean() < 0.5  # their clusters hold nothing but noise


def test_a_bag_holds_no_more_than_its_size(blobs):
    # of ten galaxies a cluster's mean is one of few sums, of all it is none of them
    few = SETTINGS | {"bag_size": 10, "clusters": [0.25, 0.25]}
    points = np.eye(240, dtype=np.float32)
    centres = fit_voters(points, blobs[1], few, 0)[0].centres
    assert ((centres > 0).sum(axis=1) <= 10).all()
    centres = fit_voters(points, blobs[1], few | {"bag_size": 240}, 0)[0].centres
    assert ((centres > 0).sum(axis=1) > 10).all()


def test_large_bags_are_clustered_in_mini_batches(blobs):
    points, truth = blobs
    rng = np.random.default_rng(1)
    chosen = rng.integers(240, size=12_000)
    many = points[chosen] + rng.normal(0, 0.3, (12_000, 6))
    settings = SETTINGS | {"voters": 4, "bag_size": 11_000}
    memberships = fit_voters(many, truth[chosen], settings, 0)[1]
    assert (memberships.argmax(axis=1) == truth[chosen]).mean() > 0.99


def test_co_association_finds_the_clusters(blobs, fitted):
    found = co_association(blobs[0][:240], fitted[0], 4)
    assert adjusted_rand_score(blobs[1], found.labels) > 0.95


@pytest.fixture
def kept(blobs, fitted, tmp_path):
    """Write a fitted run whose codes are the points in a space of ten dimensions."""
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0][:6]
    codes = (blobs[0] @ turn + 3.0).astype(np.float32)
    reduction = principal_components(moments_of([codes]), 6)
    projection = Projection(
        np.zeros((1, 10)), np.ones(1), reduction.mean, reduction.components
    )
    scores, left_out = projection.apply(codes)
    points = novelty.with_residual(scores, left_out)
    reference = np.r_[blobs[1], np.arange(20) % 2]
    voters, memberships = fit_voters(scores, reference, SETTINGS, 3)
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


def test_a_galaxy_does_not_count_as_its_own_neighbour():
    places = np.arange(30.0, dtype=np.float32)[:, None]
    fitted, scores = novelty.fit_novelty(places)
    by_hand = [
        np.sort(np.abs(place - places[:, 0]))[1:11].mean() for place in places[:, 0]
    ]
    assert np.allclose(scores, by_hand / np.median(by_hand), rtol=1e-5)
    assert (fitted.score(places) < scores).all()  # of others it would be its nearest


def test_outliers_score_high_and_doubles_low(blobs):
    points = np.r_[blobs[0], [[90.0] * 6]].astype(np.float32)
    _, scores = novelty.fit_novelty(points)
    assert scores.argmax() == 260
    assert np.median(scores) == pytest.approx(1.0)
    assert scores[260] > 10
    doubles = novelty.fit_novelty(np.r_[points, np.repeat(points[:1], 12, axis=0)])[1]
    assert (doubles[261:] < 0.1 * scores[0]).all()


def test_the_most_alike_are_the_nearest(blobs):
    ids = np.array([f"g{i:03d}" for i in range(260)])
    table = novelty.most_alike(ids, blobs[0], ["g100", "g005"], 7)
    assert table["id"].tolist() == ["g100"] * 7 + ["g005"] * 7
    distance = np.linalg.norm(blobs[0] - blobs[0][100], axis=1)
    expected = ids[np.argsort(distance)[1:8]].tolist()
    assert table["alike"].tolist()[:7] == expected
    assert table["rank"].tolist()[:7] == list(range(1, 8))
    assert len(novelty.most_alike(ids[:3], blobs[0][:3], ["g000"], 9)) == 2


def test_clear_clusters_are_stable(blobs):
    table = stability.stability_table(blobs[0][:240], MODELS, 0).set_index("method")
    assert set(table.index) == {"kmeans", "ward", SOFT_VOTE}
    assert (table["ari"] > 0.9).all()
    assert table["share"].between(0.5, 1.0).all()
    noise = np.random.default_rng(0).normal(size=(240, 6))
    assert (stability.stability_table(noise, MODELS, 0)["ari"] < 0.5).all()
    assert stability.stability_table(blobs[0][:9], MODELS, 0).empty
    unasked = stability.stability_table(noise, MODELS | {"min_agreement": 1.1}, 0)
    assert (unasked["share"] == 0).all()
    assert unasked["ari_voted"].isna().all()  # and not 1, as of empty lists


def test_the_right_number_of_clusters_is_recommended(blobs):
    settings = {"n_init": 3, "soft": SETTINGS, "workers": 1, "min_agreement": 0.7}
    rows = [
        choices.try_choice(blobs[0][:240], k, settings, 0) for k in (2, 3, 4, 8, 16)
    ]
    table = pd.DataFrame(rows)
    assert table.loc[table["silhouette"].idxmax(), "k"] == 4
    assert table.loc[table["k"] == 4, "stability"].item() > 0.95
    sentence = choices.recommend(table)
    assert sentence.startswith("Take `clustering.k: 4` and `clustering.dimensions: 6`")
    assert "number tried" not in sentence
    assert "the largest number tried" in choices.recommend(table[table["k"] <= 4])
    assert (np.diff(table["inertia"]) < 0).all()


def test_the_voted_share_by_magnitude_is_counted():
    magnitude = pd.DataFrame({"magnitude": np.r_[np.arange(100.0), np.nan]})
    voted = np.r_[np.arange(100) < 50, False]
    table = completeness.voted_shares(magnitude, voted)
    assert table["galaxies"].tolist() == [10] * 10
    assert table["share"].tolist() == [1.0] * 5 + [0.0] * 5
    assert (table["error"] > 0).all()
    same = completeness.voted_shares(pd.DataFrame({"r": np.ones(20)}), voted[:20])
    assert same["galaxies"].tolist() == [20]


def test_magnitude_and_size_by_what_is_known():
    galaxies = pd.DataFrame(
        {"source": ["a", "b"], "frame": ["1", ""], "flux": [100.0, -1.0],
         "mag": [np.nan] * 2, "radius": [6.0, 8.0]}
    )  # fmt: skip
    frames = pd.DataFrame({"source": ["a"], "frame": ["1"], "psf_fwhm": [3.0]})
    found = completeness.quantities_of(galaxies, frames)
    assert found["instrumental magnitude"].tolist()[0] == -5.0
    assert found["radius / FWHM of the PSF"].tolist()[0] == 2.0
    bare = completeness.quantities_of(galaxies, frames[["source", "frame"]])
    assert bare["radius (px)"].tolist() == [6.0, 8.0]


def test_shares_and_accuracy_by_agreement():
    first = np.array([0.9, 0.95, 0.2, 0.1, 0.6] * 6)
    memberships = np.column_stack([first, 1.0 - first])
    labels = pd.Series(["e", "e", "s", "s", "s"] * 6)
    table = completeness.agreement_table(memberships, ["0", "1"], labels)
    table = table.set_index("min_agreement")
    assert table.loc[0.5, "share"] == 1.0
    assert table.loc[0.7, "galaxies"] == 24
    assert table.loc[0.7, "accuracy"] == 1.0
    assert table.loc[0.0, "accuracy"] < 1.0
    assert "accuracy" not in completeness.agreement_table(memberships, ["0", "1"], None)
