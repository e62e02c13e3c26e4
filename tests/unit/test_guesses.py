"""Guesses of unlabelled galaxies and clusters of features, against what is true."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from galvote.figures.curves import plot_guesses
from galvote.judging.features import feature_report
from galvote.judging.guesses import guess_scores

NAMES = np.array(["disk", "merger", "spheroid"])


@pytest.fixture(scope="module")
def known():
    """90 galaxies, and features in which their classes lie apart."""
    rng = np.random.default_rng(0)
    classes = np.resize([0, 1, 2], 90)
    ids = np.array([f"g{n:02d}" for n in range(90)])
    features = 9.0 * np.eye(3)[classes] + rng.normal(size=(90, 3))
    return ids, features.astype(np.float32), pd.Series(NAMES[classes], ids)


def test_guesses_are_scored_by_true_class_and_epoch(known):
    ids, _, labels = known
    first = pd.DataFrame({"epoch": 1, "id": ids, "class": "disk", "probability": 0.5})
    last = pd.DataFrame({"epoch": 2, "id": ids, "class": labels.to_numpy()})
    last["probability"] = np.where(labels == "merger", 0.96, 0.6)
    last.loc[1, "class"] = "disk"  # a merger, and surely wrong
    unknown = pd.DataFrame({"epoch": [1], "id": ["x"], "class": ["disk"]})
    guesses = pd.concat([first, last, unknown.assign(probability=1.0)])
    found = guess_scores(guesses, labels, 0.95).set_index(["epoch", "class"])
    assert found.loc[(1, "(all)"), "accuracy"] == pytest.approx(1 / 3)
    assert found.loc[(1, "(all)"), "sure"] == 0.0
    assert np.isnan(found.loc[(1, "disk"), "accuracy_of_sure"])
    assert found.loc[(1, "disk"), "accuracy"] == 1.0
    assert found.loc[(2, "merger"), "galaxies"] == 30
    assert found.loc[(2, "merger"), "sure"] == 1.0
    assert found.loc[(2, "merger"), "accuracy_of_sure"] == pytest.approx(29 / 30)
    assert found.loc[(2, "(all)"), "sure"] == pytest.approx(1 / 3)
    assert found.loc[(2, "(all)"), "accuracy_of_sure"] == pytest.approx(29 / 30)


@pytest.mark.parametrize("count", [3, 9])
def test_clusters_that_are_classes_are_found_and_matched(known, count):
    ids, features, labels = known
    ks = {"one to one": count, "majority": count}
    report, counts = feature_report(ids, features, labels[:60], labels[60:], ks)
    report = report.set_index(["match", "class"])
    assert (report.loc["majority", "f1"] == 1.0).all()
    assert (report["support"] == 10).all()
    one = report.loc["one to one", "accuracy"].iloc[0]
    assert one == 1.0 if count == 3 else one < 0.9  # six clusters have no class
    assert counts.groupby("match")["galaxies"].sum().tolist() == [30, 30]


def test_labels_that_judge_match_nothing(known):
    ids, features, labels = known
    ks = {"one to one": 3}
    wrong = labels.copy()
    wrong[6:] = np.roll(wrong[6:], 1)  # each label is another class
    report, _ = feature_report(ids, features, labels[:6], wrong[6:], ks)
    assert (report["accuracy"] == 0.0).all()


def test_guesses_are_drawn(known, tmp_path):
    ids, _, labels = known
    guesses = pd.DataFrame({"epoch": 1, "id": ids, "class": "disk", "probability": 0.5})
    found = guess_scores(guesses, labels, 0.95).assign(method="fixmatch")
    for name, table in (("some", found), ("none", found.iloc[:0])):
        plot_guesses(table, tmp_path / f"{name}.png")
        assert min(Image.open(tmp_path / f"{name}.png").size) > 300


def test_classes_may_have_any_names(known):
    ids, features, labels = known
    odd = labels.map({"disk": "galaxies", "merger": "label", "spheroid": "(no class)"})
    ks = {"one to one": 9, "majority": 200}
    report, counts = feature_report(ids, features, odd[:60], odd[60:], ks)
    assert set(report["class"]) == {"galaxies", "label", "(no class)"}
    assert set(report["clusters"]) == {9, 90}  # not more than there are galaxies
    for _, cells in counts.groupby("match"):
        table = cells.pivot(index="label", columns="class", values="galaxies")
        assert table.shape == (3, 4) and table.to_numpy().sum() == 30
