"""Classes are scored as scikit-learn scores them, with intervals and baselines."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    precision_recall_fscore_support,
    roc_auc_score,
)

from galvote.base.errors import InputError
from galvote.figures import classes
from galvote.figures.curves import plot_efforts, plot_training
from galvote.judging import bases, classification

NAMES = ["edge-on", "elliptical", "spiral"]


def table_of(ids, chances):
    best = chances.argmax(axis=1)
    table = pd.DataFrame(chances, columns=[f"p_{name}" for name in NAMES])
    table.insert(0, "id", ids)
    return table.assign(
        **{"class": np.array(NAMES)[best], "probability": chances.max(axis=1)}
    )


@pytest.fixture(scope="module")
def judged():
    """400 galaxies, a good and a poor method; the first 100 taught."""
    rng = np.random.default_rng(2)
    ids = np.array([f"g{n:03d}" for n in range(400)])
    truth = rng.choice(3, 400, p=[0.1, 0.5, 0.4])
    true = 0.1 + 0.7 * np.eye(3)[truth]
    tables = {}
    for name, noise in (("probe", 1.5), ("poor", 4.0)):
        logits = np.log(true) + rng.normal(0, noise, (400, 3))
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        tables[name] = table_of(ids, chances)
    labels = pd.Series(np.array(NAMES)[truth], ids)
    return classification.Judged(tables, labels[100:], labels[:100]), tables, labels


def test_scores_are_those_of_scikit_learn(judged):
    found, tables, labels = judged
    assert found.names == NAMES
    numbers = found.scores({"all": found.truth >= 0}, 9).iloc[:, 4:]
    assert numbers.select_dtypes("float").shape == numbers.shape
    everyone = {"all": np.ones(300, dtype=bool)}
    scores = found.scores(everyone, 50).set_index("method")
    by_class = found.by_class(50).set_index(["method", "class"])
    for method, table in tables.items():
        said, truth = table["class"][100:], labels[100:].to_numpy()
        row = scores.loc[method]
        assert row["accuracy"] == np.mean(said.to_numpy() == truth)
        assert row["macro_f1"] == pytest.approx(f1_score(truth, said, average="macro"))
        balanced = balanced_accuracy_score(truth, said)
        assert row["balanced_accuracy"] == pytest.approx(balanced)
        assert row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"]
        expected = precision_recall_fscore_support(truth, said, labels=NAMES)
        mine = by_class.loc[method, ["precision", "recall", "f1", "support"]]
        assert pytest.approx(np.array(expected)) == mine.to_numpy().T
    assert scores.loc["probe", "over_probe"] == 0.0
    difference = scores.loc["poor", "accuracy"] - scores.loc["probe", "accuracy"]
    assert scores.loc["poor", "over_probe"] == pytest.approx(difference)
    assert scores.loc["poor", "over_probe_error"] > 0


def test_areas_are_those_of_scikit_learn(judged):
    found, tables, labels = judged
    areas = found.roc().drop_duplicates(["method", "class"])
    areas = areas.set_index(["method", "class"])["area"]
    for method, table in tables.items():
        for name in NAMES:
            own = labels[100:] == name
            area = roc_auc_score(own, table[f"p_{name}"][100:])
            assert areas[method, name] == pytest.approx(area)
    assert not {"random", "largest class"} & set(areas.index.get_level_values(0))


def test_baselines_know_the_shares_of_the_labels_that_teach(judged):
    found, _, labels = judged
    most = labels[:100].value_counts().idxmax()
    assert set(np.array(NAMES)[found.said["largest class"]]) == {most}
    drawn = np.bincount(found.said["random"], minlength=3) / 300
    shares = labels[:100].value_counts(normalize=True)[NAMES].to_numpy()
    assert drawn == pytest.approx(shares, abs=0.1)


def test_sets_are_scored_apart(judged):
    found = judged[0]
    voted = found.truth == 1
    scores = found.scores({"voted": voted, "rest": ~voted, "none": voted & False}, 20)
    assert set(scores["set"]) == {"voted", "rest"}
    of_voted = scores[scores["set"] == "voted"].iloc[0]
    assert of_voted["galaxies"] == voted.sum()
    assert of_voted["balanced_accuracy"] == of_voted["accuracy"]  # a single class


@pytest.mark.parametrize("shift", [-0.3, 0.0, 0.2])
def test_the_calibration_error_is_how_far_probabilities_are_off(shift):
    rng = np.random.default_rng(4)
    true = rng.uniform(0.4, 0.75, 20_000)
    right = rng.random(20_000) < true
    found = classification.calibration_error(right, true + shift)
    assert found == pytest.approx(abs(shift), abs=0.012)
    bins = classification.reliability(right, true + shift)
    assert bins["galaxies"].sum() == 20_000


@pytest.mark.parametrize("share", [0.1, 0.5, 0.71])
def test_tied_probabilities_are_in_one_bin_whatever_the_order(share):
    right = np.arange(1000) < 1000 * share
    same = np.full(1000, share)
    assert classification.calibration_error(right, same) == pytest.approx(0.0)
    bins = classification.reliability(right, same)
    assert bins["galaxies"].tolist() == [1000]
    two = np.where(np.arange(1000) % 2, share, 0.9)
    order = np.random.default_rng(0).permutation(1000)
    assert classification.calibration_error(right, two) == pytest.approx(
        classification.calibration_error(right[order], two[order])
    )


def test_a_class_that_nobody_has_or_is_given_counts_for_nothing():
    confusion = np.array([[5, 0, 0], [0, 3, 2], [0, 0, 0]])
    precision, recall, f1 = classification.class_scores(confusion)
    assert precision[:2].tolist() == [1.0, 1.0]
    assert recall[:2].tolist() == [1.0, 0.6]
    assert np.isnan([precision[2], recall[2], f1[2]]).all()
    assert classification.mean_over_classes(recall) == pytest.approx(0.8)
    nothing = np.array([[0, 4], [0, 4]])  # the first class is never given
    assert classification.class_scores(nothing)[0].tolist() == [0.0, 0.5]


def test_galaxies_that_one_method_does_not_know_judge_no_method(judged):
    _, tables, labels = judged
    fewer = tables | {"poor": tables["poor"].iloc[:350]}
    found = classification.Judged(fewer, labels[100:], labels[:100])
    assert found.ids.tolist() == labels.index[100:350].tolist()


def test_labels_without_a_galaxy_judge_nothing(judged):
    _, tables, labels = judged
    other = pd.Series(["spiral", "edge-on"], ["x1", "x2"])
    with pytest.raises(InputError, match="no galaxy with a label that judges"):
        classification.Judged(tables, other, labels)


def test_a_class_that_nothing_taught_is_not_doubted(judged):
    _, tables, labels = judged
    rare = labels.copy()
    rare.iloc[300:310] = "merger"
    found = classification.Judged(tables, rare[100:], rare[:100])
    checks = tables["probe"].iloc[:100].assign(label=labels[:100].to_numpy())
    errors = classification.label_errors(found, {"probe": checks}, 400)
    assert len(errors) > 10 and "merger" not in set(errors["label"])


def test_a_wrong_label_is_doubted(judged):
    _, tables, labels = judged
    wrong = labels.copy()
    sure = tables["probe"].iloc[100:].nlargest(1, "p_spiral").iloc[0]
    wrong[sure["id"]] = "edge-on"
    found = classification.Judged(tables, wrong[100:], wrong[:100])
    checks = tables["probe"].iloc[:100].drop(columns=["class", "probability"])
    checks = checks.assign(label=labels[:100].to_numpy())
    more = {f"calibrated_{name}": checks[f"p_{name}"] for name in NAMES}
    checks = checks.assign(**more)
    errors = classification.label_errors(found, {"probe": checks}, 20)
    first = errors.iloc[0]
    assert (first["id"], first["label"]) == (sure["id"], "edge-on")
    assert (first["class"], first["part"]) == ("spiral", "test")
    assert (errors["margin"] < 0).all() and errors["margin"].is_monotonic_increasing
    assert set(errors["part"]) == {"test", "teaching"}


def test_the_better_base_shows_with_the_labels():
    rng = np.random.default_rng(6)
    labels = rng.choice(["a", "b"], 300)
    good = rng.normal(0, 1, (300, 4)) + 2.0 * (labels == "a")[:, None]
    found = bases.compare_bases(
        {"good": good, "poor": rng.normal(0, 1, (300, 4))},
        np.array([f"g{n}" for n in range(300)]),
        labels,
        np.arange(300),
        [10, 100, 290],
        [0, 1, 2],
    )
    assert set(found["labels"]) == {10, 100}  # of 290 too few are left to judge
    by_base = found.set_index(["base", "labels"])["accuracy"]
    assert by_base["good", 100] > 0.95
    assert 0.4 < by_base["poor", 100] < 0.6
    assert (found["accuracy_low"] <= found["accuracy"]).all()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_no_base_drowns_another_when_they_are_joined(size):
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(50, 4)), size * rng.normal(size=(50, 9))
    both = bases.joined_bases([one, other])
    assert both.shape == (50, 13)
    spreads = both[:, :4].var(axis=0).mean(), both[:, 4:].var(axis=0).mean()
    assert spreads == pytest.approx((1.0, 1.0))


def test_a_group_that_teaches_judges_no_base():
    labels = np.resize(["a", "b"], 80)
    groups = np.repeat(np.arange(40), 2)
    ids = np.array([f"g{n}" for n in range(80)])
    points = np.random.default_rng(0).normal(size=(80, 2))
    found = bases.compare_bases({"x": points}, ids, labels, groups, [10], [0])
    assert found["judged"].iloc[0] < 70


def test_components_of_pixels_keep_what_differs():
    rng = np.random.default_rng(1)
    pattern = rng.integers(0, 100, (16, 16, 1))
    strength = rng.random(60)
    images = (pattern * strength[:, None, None, None]).astype(np.uint8)
    found = bases.pixel_components(images)
    assert found.shape == (60, 50)
    assert abs(np.corrcoef(found[:, 0], strength)[0, 1]) > 0.99


# Figures: they can be read, whatever the names and however few the galaxies.


def test_every_figure_is_drawn(judged, tmp_path):
    found = judged[0]
    counts = found.confusions().replace("spiral", "Sa/Sb $x$ with a long name")
    classes.plot_confusions(counts, tmp_path / "confusion.png")
    classes.plot_roc(found.roc(), tmp_path / "roc.png")
    classes.plot_roc(found.roc().iloc[:0], tmp_path / "no_roc.png")
    classes.plot_reliability(found.reliability(), tmp_path / "reliability.png")
    columns = ["base", "labels", "judged", "accuracy", "balanced_accuracy"]
    more = [f"{m}_{end}" for m in columns[3:] for end in ("low", "high")]
    nothing = pd.DataFrame(columns=[*columns, *more])
    plot_efforts(nothing, "base", tmp_path / "no_bases.png")
    history = pd.DataFrame(np.ones((3, 3)), columns=["step", "train_loss", "seconds"])
    history = history.assign(validation_loss=[3, 1, 2], validation_accuracy=0.5)
    history["kept"] = [True, True, False]
    plot_training(history, tmp_path / "curve.png")
    many = pd.DataFrame(range(50 * 50), columns=["galaxies"]).assign(method="probe")
    many = many.assign(label=many.index // 50, **{"class": many.index % 50}).astype(str)
    many["galaxies"] = many["galaxies"].astype(int)
    classes.plot_confusions(many, tmp_path / "many.png")
    for path in tmp_path.glob("*.png"):
        assert 300 < min(Image.open(path).size) < 3000


@pytest.mark.parametrize("more", [[], ["(no class)"], ["zz"]])
def test_each_row_of_a_confusion_matrix_has_its_own_label(tmp_path, monkeypatch, more):
    given = [*NAMES, *more]
    cells = [(label, one) for label in NAMES for one in given]
    counts = pd.DataFrame(cells, columns=["label", "class"]).assign(method="probe")
    counts["galaxies"] = np.arange(len(counts))
    drawn = {}

    def noted(axes, places, labels, **style):
        drawn[axes.get_title(), len(drawn)] = list(labels)

    monkeypatch.setattr(Axes, "set_xticks", noted)
    monkeypatch.setattr(Axes, "set_yticks", noted)
    monkeypatch.setattr(
        Axes, "imshow", lambda axes, shares, **more: drawn.update(shares=shares)
    )
    monkeypatch.setattr(Figure, "colorbar", lambda *parts, **more: None)
    classes.plot_confusions(counts, tmp_path / "confusion.png")
    columns, rows = (value for key, value in drawn.items() if key != "shares")
    assert rows == NAMES and columns == given
    assert drawn["shares"].shape == (len(NAMES), len(given))


def test_doubted_labels_are_shown_in_rows_of_their_kind(tmp_path):
    doubted = pd.DataFrame({"id": list("abc"), "label": ["x", "y", "x"]})
    doubted["class"] = ["y", "x", "y"]
    image = np.zeros((20, 20, 1), np.uint8)
    classes.draw_doubted("probe", doubted, lambda id_: image, 8, tmp_path / "d.png")
    assert Image.open(tmp_path / "d.png").size[1] > 200
