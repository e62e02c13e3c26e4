"""The soft vote and what is unlike all others, on points of known clusters."""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from galvote.clusters import fitting, novelty
from galvote.judging import choices, completeness, stability
from galvote.judging.consensus import co_association
from galvote.vote import tally
from galvote.vote.tally import SOFT_VOTE
from galvote.vote.voters import fit_voters
from known_inputs import VOTERS, four_clusters
from processes import run

SCRIPTS = str(Path(__file__).parents[2] / "workflow/scripts")
MODELS = {
    "k": 4, "kmeans": {"n_init": 2}, "ward": {}, "models": ["kmeans", "ward"],
    "limits": {"bag_size": 500, "exact_limit": 500}, "soft": VOTERS, "workers": 2,
    "reference": "kmeans", "min_agreement": 0.7, "least_share": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def blobs():
    return four_clusters()


@pytest.fixture(scope="module")
def fitted(blobs):
    points, truth = blobs
    reference = np.r_[truth, np.arange(20) % 2]
    return fit_voters(points, reference, VOTERS, 3)


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
    one_by_one = VOTERS | {"clusters": [40, 40]}
    for settings in (VOTERS, one_by_one):
        own = fit_voters(points, reference, settings, 3)[1]
        voters, mistaken = fit_voters(points, wrong, settings, 3)
        assert (own[7] == mistaken[7]).all()
        assert voters.ask(points[7:8])[0, 3] > mistaken[7, 3]


def test_voters_agree_on_galaxies_as_well_as_on_others():
    points = np.random.default_rng(4).normal(size=(800, 5))
    reference = fitting.cluster(
        "kmeans", points, 8, 0, {"n_init": 3}, {"bag_size": 800}
    ).labels
    settings = VOTERS | {"voters": 20, "clusters": [2, 8]}
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
    voters, memberships = fit_voters(points, reference, VOTERS, 3, workers=3)
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
    memberships = fit_voters(points, reference, VOTERS, 3)[1]
    assert memberships.shape == (260, 3)
    alone = memberships[:240][truth == 3]
    assert alone.sum(axis=1).mean() < 0.5  # their clusters hold nothing but noise


def test_a_bag_holds_no_more_than_its_size(blobs):
    # of ten galaxies a cluster's mean is one of few sums, of all it is none of them
    few = VOTERS | {"bag_size": 10, "clusters": [0.25, 0.25]}
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
    settings = VOTERS | {"voters": 4, "bag_size": 11_000}
    memberships = fit_voters(many, truth[chosen], settings, 0)[1]
    assert (memberships.argmax(axis=1) == truth[chosen]).mean() > 0.99


def test_co_association_finds_the_clusters(blobs, fitted):
    found = co_association(blobs[0][:240], fitted[0], 4)
    assert adjusted_rand_score(blobs[1], found.labels) > 0.95


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
    settings = {"n_init": 3, "soft": VOTERS, "workers": 1, "min_agreement": 0.7}
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
