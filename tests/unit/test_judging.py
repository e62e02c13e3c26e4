"""Scores against numbers worked out by hand, and measured shapes against truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galvote.clusters import fitting
from galvote.codes import hand_made
from galvote.judging import methods, scores
from galvote.judging.scores import Assignment
from galvote.vote.tally import SOFT_VOTE

TRUTH = np.array([0, 0, 0, 1, 1, 2])
CLUSTER = np.array([5, 5, 7, 7, 7, 7])


def test_purity_by_hand():
    assert scores.purity(TRUTH, CLUSTER) == pytest.approx((2 + 2) / 6)
    names = scores.name_clusters(TRUTH, CLUSTER, 9, 3)
    assert names.tolist() == [
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
    ]  # of an empty one the commonest
    named = names[CLUSTER]
    shares = scores.class_completeness(TRUTH, named, 3)
    assert shares.tolist() == pytest.approx([2 / 3, 1, 0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=2))
def test_purity_lies_between_its_floor_and_one(pairs):
    truth, cluster = np.array(pairs).T
    purity = scores.purity(truth, cluster)
    assert np.bincount(truth).max() / len(truth) <= purity + 1e-12
    assert purity <= 1.0
    named = scores.name_clusters(truth, cluster, 6, 4)[cluster]
    assert (named == truth).mean() == pytest.approx(purity)


def test_the_curve_of_the_surest():
    right = np.array([True, False, True, False])
    curve = scores.risk_coverage(right, np.array([0.9, 0.1, 0.8, np.nan]))
    assert curve.tolist() == pytest.approx([1, 1, 2 / 3, 1 / 2])
    tied = scores.risk_coverage(right, np.zeros(4))
    assert tied.tolist() == pytest.approx([0.5] * 4)
    assert scores.accuracy_at(curve, 0.5) == 1.0
    assert scores.accuracy_at(curve, 1.0) == 0.5


def test_half_of_each_class_gives_the_names():
    truth = np.repeat([0, 1, 2], [100, 51, 1])
    learning = scores.learning_half(truth, 3)
    assert np.bincount(truth[learning]).tolist() == [50, 26, 1]
    assert (learning != scores.learning_half(truth, 4)).any()


def test_names_come_from_one_half_and_the_other_is_judged():
    truth = np.array([0, 0, 1, 1, 0, 1, 1, 0])
    labels = np.array([0, 0, 1, 1, 0, 1, 0, 1])
    learning = np.arange(8) < 4
    confidence = np.array([1, 1, 1, 1, 0.9, 0.8, 0.2, 0.1])
    said = Assignment("m", scores.single_weights(labels, confidence))
    rows, curve = scores.score(truth, said, ["e", "s"], 50, learning)
    (row,) = rows
    assert row["accuracy"] == 0.5
    assert curve.tolist() == pytest.approx([1, 1, 2 / 3, 1 / 2])
    assert row["purity"] == pytest.approx(6 / 8)
    assert row["completeness_e"] == row["completeness_s"] == 0.5
    # the other half is undecided about both clusters and calls both e
    (row,) = scores.score(truth, said, ["e", "s"], 50, ~learning)[0]
    assert [row["completeness_e"], row["completeness_s"]] == [1, 0]


def test_voted_and_rest_are_scored_apart():
    weights = np.array([[1.0, 0.0], [0.9, 0.0], [0.3, 0.2], [0.0, 1.0]] * 2)
    truth = np.array([0, 0, 0, 1] * 2)
    said = Assignment("vote", weights, min_agreement=0.5)
    rows, _ = scores.score(truth, said, ["e", "s"], 50, np.arange(8) < 4)
    by_set = {row["set"]: row for row in rows}
    assert by_set["voted"]["accuracy"] == 1.0
    assert by_set["voted"]["galaxies"] == 6
    assert by_set["voted"]["kept_e"] == pytest.approx(2 / 3)
    assert by_set["rest"]["share"] == pytest.approx(1 / 4)
    assert by_set["all"]["random_floor"] <= 1.0


def test_agreement_on_names_or_on_clusters():
    weights = np.array([[0.4, 0.4, 0.2], [0.25, 0.2, 0.55]])
    names = np.array([1, 1, 0])
    on_names = scores.by_names(Assignment("m", weights, 0.6), names)
    assert on_names.predicted.tolist() == [1, 0]
    assert on_names.voted.tolist() == [True, False]
    published = Assignment("m", weights, 0.6, on_names=False)
    assert not scores.by_names(published, names).voted.any()


def test_the_surest_of_each_class_come_first():
    weights = np.array([[0.9, 0], [0.8, 0], [0.7, 0], [0, 0.3], [0, 0.2]])
    said = Assignment("m", weights, 0.5, least_share=0.5)
    order = scores.by_names(said, np.array([0, 1])).order
    assert (np.argsort(-order) == [0, 1, 3, 2, 4]).all()


def test_the_bootstrap_error_is_binomial():
    right = np.random.default_rng(0).random(400) < 0.8
    assert scores.bootstrap_error(right, 500) == pytest.approx(0.02, rel=0.15)


def test_a_probe_does_not_judge_what_it_learned():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1, 2], 50)
    points = rng.normal(size=(150, 4)) + 4 * truth[:, None]
    judged, chances = scores.logistic_probe(points, truth, 30, 0)
    assert chances.shape == (120, 3)
    assert (chances.argmax(axis=1) == truth[judged]).mean() > 0.9
    assert np.allclose(chances.sum(axis=1), 1.0, atol=1e-6)
    assert scores.logistic_probe(points, truth, 121, 0) is None
    assert scores.logistic_probe(points, np.r_[truth[:-1], 3], 30, 0) is None
    many = np.repeat(np.arange(50), 3)
    assert scores.logistic_probe(points, many, 110, 0) is None  # 40 are left


def test_every_method_is_judged():
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1], 40)
    points = rng.normal(size=(80, 3)) + 5 * truth[:, None]
    soft = {"voters": 5, "clusters": [1, 3], "dimensions": [0.5, 1], "bag_size": 100}
    settings = {
        "k": 2, "kmeans": {"n_init": 2}, "ward": {}, "models": ["kmeans", "ward"],
        "limits": {"bag_size": 100, "exact_limit": 100}, "soft": soft, "workers": 1,
        "reference": "kmeans", "min_agreement": 0.7, "least_share": 0.4,
        "min_votes": 2, "probe_labels": [10, 500],
    }  # fmt: skip
    given_labels = {
        name: fitting.cluster(name, points, 2, 0, settings[name], settings["limits"])
        for name in ("kmeans", "ward")
    }
    labels = methods.refit(points, settings, 3, given_labels)
    assert labels["ward"] is given_labels["ward"]
    known = np.arange(10, 70)
    said = {
        a.method: a for a in methods.assignments(points, labels, settings, 3, known)
    }
    votes = {SOFT_VOTE, methods.PUBLISHED, methods.ORIGINAL}
    assert set(said) == {"kmeans", "ward", "co-association"} | votes
    for assignment in said.values():
        cluster = assignment.weights.argmax(axis=1)
        assert scores.purity(truth[known], cluster) > 0.95
    others = methods.other_clusterings(points, settings, 0)
    assert set(others) == {"gaussian_mixture", "hdbscan"}
    base = dict(
        (a.method, (chosen, a))
        for chosen, a in methods.baselines(points, points, truth, settings, 0)
    )
    assert set(base) == {
        "random clusters",
        "eight hand-made numbers",
        "logistic probe, 10 labels",
    }
    assert methods.voter_agreement(labels)["ari"].item() > 0.9


def test_medians_over_seeds():
    rows = [
        {"method": "m", "set": "all", "galaxies": 4, "share": 1.0, "purity": p}
        for p in (0.1, 0.9, 0.5)
    ]
    summary = scores.median_over_seeds(rows)
    assert summary["purity"].item() == 0.5
    assert summary["purity_lowest"].item() == 0.1


def gaussian(ratio, sigma=6.0, size=81):
    y, x = np.mgrid[:size, :size] - size // 2
    light = 200 * np.exp(-0.5 * ((x / sigma) ** 2 + (y / (sigma * ratio)) ** 2))
    noise = np.random.default_rng(0).normal(20, 1, light.shape)
    return np.round(light + noise).astype(np.uint8)[..., None].repeat(3, axis=2)


def test_measured_shapes_of_known_galaxies():
    round_one, thin = (
        hand_made.measure_by_hand(gaussian(1.0)),
        hand_made.measure_by_hand(gaussian(0.4)),
    )
    assert round_one["axis_ratio"] == pytest.approx(1.0, abs=0.05)
    assert thin["axis_ratio"] == pytest.approx(0.4, abs=0.05)
    # half the light of a Gaussian lies within 1.1774 sigma; 80 / 20 % at 1.794 / 0.668
    assert round_one["size"] == pytest.approx(1.1774 * 6, rel=0.1)
    assert round_one["concentration"] == pytest.approx(
        5 * np.log10(1.794 / 0.668), rel=0.1
    )
    assert round_one["m20"] < -1.0
    assert 0 < round_one["gini"] < 1
    assert round_one["colour_blue"] == pytest.approx(0.0, abs=0.02)


def test_blank_images_are_measured_as_far_as_they_can_be():
    blank = np.full((2, 40, 40, 1), 9, np.uint8)
    table = pd.DataFrame([hand_made.measure_by_hand(image) for image in blank])
    assert list(table.columns) == hand_made.HAND_MADE
    assert np.isfinite(hand_made.hand_made_points(table)).all()
