"""Reduction, clusterings and the vote against points of known clusters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import Birch
from sklearn.metrics import adjusted_rand_score

from galvote import clustering, reduction, voting
from galvote.errors import InputError

SETTINGS = {
    "kmeans": {"n_init": 3},
    "ward": {},
    "birch": {"branching_factor": 50, "threshold": None},
    "spectral": {"neighbours": 10},
    "gaussian_mixture": {"covariance": "diag"},
    "mean_shift": {"quantile": 0.2},
    "affinity_propagation": {"damping": 0.9},
    "dbscan": {"eps": 1.5, "min_samples": 4},
}
LABELS = st.lists(st.integers(-1, 4), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 12, (4, 5))
    truth = np.repeat(np.arange(4), 60)
    return centres[truth] + rng.normal(0, 0.5, (240, 5)), truth


@pytest.mark.parametrize("name", sorted(clustering.MODELS))
def test_every_model_finds_clear_clusters(name, blobs):
    points, truth = blobs
    result = clustering.cluster(name, points, 4, 1, SETTINGS[name])
    assert adjusted_rand_score(truth, result.labels) > 0.9
    known = result.labels >= 0
    assert ((result.confidence[known] >= 0) & (result.confidence[known] <= 1)).all()
    assert np.isnan(result.confidence[~known]).all()
    again = clustering.cluster(name, points, 4, 1, SETTINGS[name])
    assert (again.labels == result.labels).all()


def test_more_clusters_than_galaxies_are_refused(blobs):
    with pytest.raises(InputError, match=r"`clustering.k` is 9 but only 5 galaxies"):
        clustering.cluster("ward", blobs[0][:5], 9, 1, {})


@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e3])
def test_birch_does_not_copy_ward(spread):
    points = np.random.default_rng(1).normal(0, spread, (600, 20))
    threshold = clustering.birch_threshold(points, 10, 50)
    tree = Birch(threshold=threshold, n_clusters=None).fit(points)
    assert 30 <= len(tree.subcluster_centers_) <= 120
    labels = {
        name: clustering.cluster(name, points, 10, 1, SETTINGS[name]).labels
        for name in ("ward", "birch")
    }
    assert adjusted_rand_score(labels["ward"], labels["birch"]) < 0.95


def test_principal_components_rebuild_the_codes():
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 30)) + 5.0
    result = reduction.reduce_codes(codes.astype(np.float32), 4)
    rebuilt = result.scores @ result.components + result.mean
    assert np.allclose(rebuilt, codes, atol=1e-4)
    ratio = result.scree["singular_value"][0] / result.scree["singular_value"][1]
    assert result.scree["neighbour_ratio"][0] == pytest.approx(ratio)
    assert result.scree["kept"].sum() == 4
    assert result.scree["cumulative"].iloc[3] == pytest.approx(1.0)


def test_the_knee_is_where_the_curve_bends():
    strong, weak = np.full(12, 10.0), np.full(60, 0.2)
    codes = np.random.default_rng(3).normal(size=(500, 72)) * np.r_[strong, weak]
    assert reduction.reduce_codes(codes, "auto").scores.shape[1] == pytest.approx(
        12, abs=1
    )


def test_impossible_dimensions_are_refused():
    codes = np.random.default_rng(3).normal(size=(10, 4))
    with pytest.raises(InputError, match="have at most 4"):
        reduction.reduce_codes(codes, 5)
    with pytest.raises(InputError, match="only 1 galaxies"):
        reduction.reduce_codes(codes[:1], "auto")


@given(LABELS, st.permutations(range(5)))
def test_renamed_clusters_are_matched_one_to_one(labels, names):
    reference = np.array(labels)
    renamed = np.where(reference >= 0, np.array(names)[reference], -1)
    assert (voting.align(reference, renamed) == reference).all()


@given(LABELS, st.randoms())
def test_no_two_clusters_take_one_label(labels, random):
    reference = np.array(labels)
    voter = np.array([random.randint(-1, 6) for _ in labels])
    aligned = voting.align(reference, voter)
    for label in set(aligned.tolist()) - {-1}:
        assert len(set(voter[aligned == label].tolist())) == 1
    assert (aligned[voter < 0] == -1).all()


def test_the_original_lets_two_clusters_take_one_label():
    reference, voter = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 1, 1, 2])
    assert voting.align_by_majority(reference, voter).tolist() == [0, 0, 0, 0, 1]
    assert voting.align(reference, voter).tolist() in (
        [0, 0, -1, -1, 1],
        [-1, -1, 0, 0, 1],
    )


def test_votes_are_counted_as_by_hand():
    aligned = np.array(
        [
            [0, 1, 1, 1, 2, -1, 0],
            [0, 1, 1, 1, 0, -1, -1],
            [0, 1, 1, 0, 1, -1, -1],
        ]
    )
    vote = voting.count_votes(aligned, 2)
    # cluster 1 has most members, so it becomes 0
    assert vote.cluster.tolist() == [1, 0, 0, 0, -1, -1, -1]
    assert vote.votes.tolist() == [3, 3, 3, 2, 1, 0, 1]
    assert vote.agreement.round(2).tolist() == [1, 1, 1, 0.67, 0.33, 0, 0.33]
    assert vote.runner_up.tolist()[:4] == [-1, -1, -1, 1]
    assert vote.reason.tolist() == ["voted"] * 4 + [
        "disagreement",
        "noise",
        "disagreement",
    ]
    assert vote.memberships.dtype == np.float16
    assert vote.memberships.shape == (7, 3)
    assert vote.memberships[3].tolist() == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-3)
    assert voting.count_votes(aligned, 1).reason.tolist()[4] == "tie"
    assert voting.count_votes(aligned, 3).cluster.tolist() == [1, 0, 0, -1, -1, -1, -1]


@given(st.lists(st.tuples(*[st.integers(-1, 3)] * 3), min_size=1, max_size=30))
def test_what_every_vote_keeps(rows):
    reference, *others = np.array(rows).T
    for needed in (1, 2, 3):
        vote = voting.hold_vote(reference, [reference, *others], needed)
        voted = vote.cluster >= 0
        assert (vote.votes[voted] >= needed).all()
        assert (voted == (vote.reason == "voted")).all()
        assert np.allclose(vote.agreement, vote.votes / 3)
        assert (vote.memberships.sum(axis=1) <= 1.01).all()
        sizes = np.bincount(vote.cluster[voted], minlength=1)
        assert (np.diff(sizes) <= 0).all()
        assert (vote.runner_up[voted] != vote.cluster[voted]).all()


def test_the_table_holds_all_encoded_galaxies():
    vote = voting.count_votes(np.array([[0, 1], [0, 1], [0, 0]]), 3)
    aside = pd.DataFrame({"id": ["b"], "reason": ["unresolved"]})
    table = voting.vote_table(np.array(["a", "c"]), vote, aside)
    assert table["id"].tolist() == ["a", "b", "c"]
    assert table["cluster"].tolist() == [0, -1, -1]
    assert table["reason"].tolist() == ["voted", "unresolved", "disagreement"]
