"""Reduction, clusterings and the vote against points of known clusters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import Birch
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from galvote.base.enough import refuse_too_few
from galvote.base.errors import InputError
from galvote.clusters.fitting import cluster
from galvote.clusters.means import number_by_size
from galvote.clusters.models import MODELS
from galvote.codes.components import principal_components
from galvote.codes.moments import moments_of
from galvote.vote.keys import cluster_keys
from galvote.vote.matching import align, align_by_majority, aligned_memberships
from galvote.vote.tally import hold_vote, is_voted, vote_table, winners

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
LIMITS = {"bag_size": 10_000, "exact_limit": 10_000}
LABELS = st.lists(st.integers(-1, 4), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 12, (4, 5))
    truth = np.repeat(np.arange(4), 60)
    return centres[truth] + rng.normal(0, 0.5, (240, 5)), truth


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_finds_clear_clusters(name, blobs):
    points, truth = blobs
    result = cluster(name, points, 4, 1, SETTINGS[name], LIMITS)
    assert adjusted_rand_score(truth, result.labels) > 0.9
    known = result.labels >= 0
    assert ((result.confidence[known] >= 0) & (result.confidence[known] <= 1)).all()
    assert np.isnan(result.confidence[~known]).all()
    again = cluster(name, points, 4, 1, SETTINGS[name], LIMITS)
    assert (again.labels == result.labels).all()


def test_more_clusters_than_galaxies_are_refused(blobs):
    with pytest.raises(InputError, match=r"`clustering.k` is 9 but only 5 galaxies"):
        cluster("ward", blobs[0][:5], 9, 1, {}, LIMITS)


RESOLVED, STAR, UNRESOLVED = [""] * 5, ["star"], ["unresolved"] * 3


@pytest.mark.parametrize(
    ("reasons", "changes", "parts"),
    [
        ([""], {}, ["there is only 1 galaxy"]),
        (STAR + UNRESOLVED, {}, ["of 4 galaxies only 0", "3 flagged unresolved and 1"]),
        (["", *STAR], {}, ["of 2 galaxies only 1", "`clustering.include_unresolved`"]),
        (RESOLVED + UNRESOLVED, {"k": 6}, ["`clustering.k` is 6 but only 5 galaxies"]),
        (RESOLVED, {"k": 5, "models": ["ward", "spectral"]}, ["is 5, too many for"]),
        (
            RESOLVED + STAR,
            {"dimensions": 5},
            ["`clustering.dimensions` is 5", "most 4"],
        ),
    ],
)
def test_galaxies_that_are_too_few_are_refused(reasons, changes, parts):
    wanted = {"models": ["kmeans"], "k": 3, "dimensions": "auto"}
    wanted |= {"include_unresolved": False}
    config = {"clustering": wanted, "assign": {"fitted": None}}
    refuse_too_few(np.array(RESOLVED, dtype=object), config)
    config["clustering"] = wanted | changes
    with pytest.raises(InputError) as caught:
        refuse_too_few(np.array(reasons, dtype=object), config)
    refuse_too_few(np.array(reasons), config | {"assign": {"fitted": "a.npz"}})
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e3])
def test_birch_does_not_copy_ward(spread):
    points = np.random.default_rng(1).normal(0, spread, (600, 20))
    threshold = MODELS["birch"]().find_threshold(points, 10)
    tree = Birch(threshold=threshold, n_clusters=None).fit(points)
    assert 30 <= len(tree.subcluster_centers_) <= 120
    labels = {
        name: cluster(name, points, 10, 1, SETTINGS[name], LIMITS).labels
        for name in ("ward", "birch")
    }
    assert adjusted_rand_score(labels["ward"], labels["birch"]) < 0.95


def components_of(codes, dimensions):
    return principal_components(moments_of([codes]), dimensions)


@given(
    cuts=st.lists(st.integers(0, 40), max_size=4),
    n_features=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_moments_are_those_of_the_whole_however_it_is_cut(cuts, n_features, seed):
    points = np.random.default_rng(seed).normal(size=(40, n_features)) + 1e3
    moments = moments_of(np.split(points.astype(np.float32), sorted(cuts)))
    assert moments.count == 40
    assert np.allclose(moments.mean, points.mean(axis=0), rtol=1e-6)
    expected = np.cov(points, rowvar=False, bias=True).reshape(n_features, n_features)
    assert np.allclose(moments.covariance, expected, atol=1e-3)


@pytest.mark.parametrize("n_galaxies", [30, 300])
def test_principal_components_are_those_of_scikit_learn(n_galaxies):
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(n_galaxies, 60)) * np.linspace(5.0, 1.0, 60)
    found = components_of(codes, 20)
    pca = PCA(20).fit(codes)
    assert np.allclose(
        found.scree["variance_share"][:20], pca.explained_variance_ratio_
    )
    assert np.allclose(found.scree["singular_value"][:20], pca.singular_values_)
    along = np.abs(np.sum(found.components * pca.components_, axis=1))
    assert np.allclose(along, 1.0)
    assert (found.components.max(axis=1) == np.abs(found.components).max(axis=1)).all()


def test_principal_components_rebuild_the_codes():
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 30)) + 5.0
    result = components_of(codes.astype(np.float32), 4)
    rebuilt = result.scores(codes) @ result.components + result.mean
    assert np.allclose(rebuilt, codes, atol=1e-4)
    ratio = result.scree["singular_value"][0] / result.scree["singular_value"][1]
    assert result.scree["neighbour_ratio"][0] == pytest.approx(ratio)
    assert result.scree["kept"].sum() == 4
    assert result.scree["cumulative"].iloc[3] == pytest.approx(1.0)


def test_the_knee_is_where_the_curve_bends():
    strong, weak = np.full(12, 10.0), np.full(60, 0.2)
    codes = np.random.default_rng(3).normal(size=(500, 72)) * np.r_[strong, weak]
    assert len(components_of(codes, "auto").components) == pytest.approx(12, abs=1)


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.filterwarnings("ignore")
def test_galaxies_that_are_all_alike_are_clustered(name):
    result = cluster(name, np.ones((6, 3)), 2, 1, SETTINGS[name], LIMITS)
    assert result.labels.shape == result.confidence.shape == (6,)


def test_as_many_clusters_as_galaxies_are_too_many_for_spectral_clustering(blobs):
    settings = SETTINGS["spectral"], LIMITS
    with pytest.raises(InputError, match="is 5, too many for the spectral"):
        cluster("spectral", blobs[0][:5], 5, 1, *settings)


def test_impossible_dimensions_are_refused():
    codes = np.random.default_rng(3).normal(size=(10, 4))
    with pytest.raises(InputError, match="have at most 4"):
        components_of(codes, 5)
    with pytest.raises(InputError, match="only 1 galaxies"):
        components_of(codes[:1], "auto")


def test_equal_galaxies_have_components_without_numbers_that_are_none():
    scree = components_of(np.ones((5, 3), np.float32), "auto").scree
    assert (scree["variance_share"] == 0).all()
    assert scree["neighbour_ratio"].isna().all()


@given(LABELS, st.permutations(range(5)))
def test_renamed_clusters_are_matched_one_to_one(labels, names):
    reference = np.array(labels)
    renamed = np.where(reference >= 0, np.array(names)[reference], -1)
    assert (align(reference, renamed) == reference).all()


@given(LABELS, st.randoms())
def test_no_two_clusters_take_one_label(labels, random):
    reference = np.array(labels)
    voter = np.array([random.randint(-1, 6) for _ in labels])
    aligned = align(reference, voter)
    for label in set(aligned.tolist()) - {-1}:
        assert len(set(voter[aligned == label].tolist())) == 1
    assert (aligned[voter < 0] == -1).all()


def test_the_original_lets_two_clusters_take_one_label():
    reference, voter = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 1, 1, 2])
    assert align_by_majority(reference, voter).tolist() == [0, 0, 0, 0, 1]
    assert align(reference, voter).tolist() in (
        [0, 0, -1, -1, 1],
        [-1, -1, 0, 0, 1],
    )


@pytest.mark.parametrize("name", sorted(MODELS))
def test_beyond_its_limit_a_model_labels_all_galaxies(name, blobs, monkeypatch):
    points, truth = blobs
    few, fitted = {"bag_size": 100, "exact_limit": 100}, []
    model = MODELS[name]

    def fit(self, sample, k, seed):
        fitted.append(len(sample))
        return model.fit(self, sample, k, seed)

    monkeypatch.setitem(MODELS, name, type("Counted", (model,), {"fit": fit}))
    result = cluster(name, points, 4, 1, SETTINGS[name], few)
    assert len(result.labels) == len(points)
    assert adjusted_rand_score(truth, result.labels) > 0.9
    assert fitted == [100 if model.limit else len(points)]
    known = ~np.isnan(result.confidence)
    assert (known == (result.labels >= 0)).all()


@given(LABELS)
def test_clusters_are_numbered_by_falling_size(labels):
    labels = np.array(labels)
    numbered = number_by_size(labels)
    assert ((numbered < 0) == (labels < 0)).all()
    known = labels >= 0
    assert adjusted_rand_score(labels[known], numbered[known]) == 1.0
    sizes = np.bincount(numbered[known], minlength=1)
    assert (np.diff(sizes) <= 0).all()
    first = [np.flatnonzero(numbered == n)[0] for n in range(len(sizes)) if sizes[n]]
    ties = np.diff(sizes) == 0
    assert (np.diff(first)[ties[: len(first) - 1]] > 0).all()


def test_shares_of_aligned_voters_are_those_counted_by_hand():
    reference = np.array([0, 0, 0, 0, 1, 1, -1])
    renamed = np.array([1, 1, 1, 0, 0, 0, 0])
    shares = aligned_memberships(reference, [reference, renamed])
    assert shares.tolist() == [
        [1, 0], [1, 0], [1, 0], [0.5, 0.5], [0, 1], [0, 1], [0, 0.5]
    ]  # fmt: skip


MEMBERSHIPS = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.4, 0.2, 0.4],
        [0.3, 0.4, 0.2],
        [0.0, 0.0, 0.0],
        [0.1, 0.8, 0.1],
        [0.0, 0.1, 0.5],
    ]
)


def decided(memberships, least, share=0.0, names=None):
    return hold_vote(memberships, least, share, names)


def test_votes_are_counted_as_by_hand():
    counted, reason = decided(MEMBERSHIPS, 0.7)
    assert counted.cluster.tolist()[:3] == [0, 0, 1]
    assert counted.agreement.tolist() == pytest.approx([0.9, 0.4, 0.4, 0.0, 0.8, 0.5])
    assert counted.runner_up.tolist() == [1, 2, 0, -1, 0, 1]
    assert reason.tolist() == [
        "voted", "tie", "disagreement", "noise", "voted", "disagreement"
    ]  # fmt: skip


def test_two_clusters_of_one_name_are_one_answer():
    counted, reason = decided(MEMBERSHIPS, 0.7, names=["spiral", "disk", "spiral"])
    assert counted.answers == ["spiral", "disk"]
    assert counted.agreement.tolist() == pytest.approx([0.9, 0.8, 0.5, 0.0, 0.8, 0.5])
    assert counted.cluster.tolist()[:3] == [0, 0, 0]
    assert counted.runner_up.tolist() == [1, 1, 1, -1, 0, 1]
    assert reason.tolist()[:3] == ["voted", "voted", "disagreement"]


def test_the_surest_of_each_cluster_are_voted():
    reason = decided(MEMBERSHIPS, 0.95, share=0.5)[1]
    assert reason.tolist() == [
        "surest", "tie", "disagreement", "noise", "surest", "surest"
    ]  # fmt: skip
    assert decided(MEMBERSHIPS, 0.95, share=0.0)[1].tolist().count("surest") == 0


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
def test_what_every_vote_keeps(seed, least, share):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(4), 30) * rng.uniform(0.5, 1, (30, 1))
    counted, reason = decided(weights.astype(np.float16), least, share)
    voted = is_voted(reason)
    assert (counted.agreement[reason == "voted"] >= least - 1e-3).all()
    assert (counted.runner_up != counted.cluster).all()
    assert counted.agreement.max() <= 1.0
    for answer in range(4):
        mine = (counted.answer == answer) & ~counted.tie
        if mine.any():
            assert voted[mine].mean() >= share - 1e-9
            if voted[mine].any() and not voted[mine].all():
                left_out = counted.agreement[mine & ~voted].max()
                assert counted.agreement[mine & voted].min() > left_out


def test_keys_do_not_know_numbers():
    ids = np.array(["a", "b", "c", "d", "e", "f"])
    keys, order = cluster_keys(ids, MEMBERSHIPS), [2, 0, 1]
    assert len(set(keys)) == 3
    assert not any(key[0].isdigit() for key in keys)
    assert cluster_keys(ids, MEMBERSHIPS[:, order]) == [keys[i] for i in order]
    assert cluster_keys(ids[::-1], MEMBERSHIPS[::-1]) == keys
    moved = cluster_keys(np.array(["z", *ids[1:]]), MEMBERSHIPS)
    assert [one != other for one, other in zip(keys, moved, strict=True)] == [
        True,
        False,
        False,
    ]


def test_clusters_without_members_have_keys_of_their_own():
    memberships = np.pad(MEMBERSHIPS, ((0, 0), (0, 2)))
    assert len(set(cluster_keys(np.array(list("abcdef")), memberships))) == 5


def test_noise_wins_no_cluster():
    assert winners(MEMBERSHIPS).tolist() == [0, 0, 1, -1, 1, 2]


def test_the_table_holds_all_encoded_galaxies():
    counted, reason = decided(np.array([[1.0, 0.0], [0.5, 0.3]]), 0.9)
    aside = pd.DataFrame({"id": ["b"], "reason": ["unresolved"]})
    table = vote_table(np.array(["a", "c"]), counted, reason, 10, aside)
    assert table["id"].tolist() == ["a", "b", "c"]
    assert table["cluster"].tolist() == [0, -1, -1]
    assert table["name"].tolist() == ["0", "rest", "rest"]
    assert table["votes"].tolist() == [10, 0, 5]
    assert table["reason"].tolist() == ["voted", "unresolved", "disagreement"]
