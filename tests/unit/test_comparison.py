"""Methods compared at several numbers of labels, against truth that is known."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageColor

from galvote.figures.comparison import write_page
from galvote.figures.method_panels import (
    MEASURED,
    most_accurate_first,
    plot_method_curves,
    plot_method_efforts,
)
from galvote.judging.classification import BASELINES, Judged
from galvote.judging.comparison import (
    best_of,
    curves_of,
    differences_of,
    joined_differences,
    reliability_over_seeds,
    summary_of,
)
from galvote.judging.comparison_words import opening_of, words_of

NAMES = ["disk", "spheroid"]
ACCURACY = {"probe": 0.9, "names": 0.6, "fixmatch": 0.89, "fixmatch_twin": 0.7}


def judged_of(seed, count=2000, accuracy=ACCURACY):
    """Judge methods that are right as often as is said of them."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(count) < 0.3).astype(int)
    ids = [f"g{n:04d}" for n in range(count)]
    tables = {}
    for method, share in accuracy.items():
        said = np.where(rng.random(count) < share, truth, 1 - truth)
        chances = np.where(np.arange(2) == said[:, None], share, 1.0 - share)
        table = pd.DataFrame(chances, columns=[f"p_{name}" for name in NAMES])
        tables[method] = table.assign(
            id=ids, probability=share, **{"class": np.array(NAMES)[said]}
        )
    labels = pd.Series(np.array(NAMES)[truth], ids)
    return Judged(tables, labels, labels[:50])


@pytest.fixture(scope="module")
def cells():
    return {(n, seed): judged_of(10 * n + seed) for n in (20, 100) for seed in (0, 1)}


@pytest.fixture(scope="module")
def compared(cells):
    """Summary and differences of methods at two numbers of labels, of two seeds."""
    scores, differences = [], []
    for (labels, seed), judged in cells.items():
        place = {"labels": labels, "seed": seed}
        found = judged.scores({"all": judged.truth >= 0}, 10)
        seconds = {"training_seconds": 12.0 + seed, "prediction_seconds": 0.5}
        scores.append(found.assign(**place, **seconds, taught=labels))
        differences.append(differences_of(judged).assign(**place))
    joined = joined_differences(pd.concat(differences))
    return summary_of(pd.concat(scores), joined), joined


def test_differences_have_the_errors_that_draws_of_galaxies_scatter_by():
    draws = pd.concat([differences_of(judged_of(n, 400)) for n in range(200)])
    pairs = draws.set_index(["method", "other"]).loc[("probe", "names")]
    for measure, expected in (("accuracy", 0.3), ("balanced_accuracy", 0.3)):
        assert pairs[measure].mean() == pytest.approx(expected, abs=0.01)
        claimed = pairs[f"{measure}_error"].mean()
        assert pairs[measure].std() == pytest.approx(claimed, rel=0.15)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_galaxies_of_which_methods_say_the_same_prove_little(count):
    judged = judged_of(1, count, {"probe": 1.0, "names": 1.0})
    pair = differences_of(judged).set_index(["method", "other"]).loc[("probe", "names")]
    assert pair["accuracy"] == 0.0
    assert pair["accuracy_error"] == pytest.approx(np.sqrt(2 / (count + 2) / count))
    assert pair["balanced_accuracy_error"] > 0.2


def test_a_difference_is_the_same_seen_from_both_sides(compared):
    _, joined = compared
    known = joined.set_index(["labels", "method", "other"])
    for labels, method, other in known.index:
        here, there = (
            known.loc[(labels, *pair)] for pair in ((method, other), (other, method))
        )
        assert here["accuracy"] == pytest.approx(-there["accuracy"])
        assert here["accuracy_error"] == pytest.approx(there["accuracy_error"])


def test_errors_hold_the_scatter_between_seeds():
    one = pd.DataFrame(
        {
            **{"labels": 20, "method": "a", "other": "b", "accuracy": [0.1, 0.3]},
            **{"accuracy_error": 0.01, "balanced_accuracy": 0.1},
            **{"balanced_accuracy_error": 0.02, "seed": [0, 1]},
        }
    )
    both = joined_differences(one).iloc[0]
    assert both["accuracy"] == pytest.approx(0.2)
    assert both["accuracy_error"] == pytest.approx(np.hypot(0.01, 0.1))
    assert both["balanced_accuracy_error"] == pytest.approx(0.02)
    single = joined_differences(one.iloc[:1]).iloc[0]
    assert single["accuracy_error"] == pytest.approx(0.01)


def test_the_summary_has_means_and_ranges_of_the_seeds(compared, cells):
    summary, _ = compared
    row = summary.set_index(["labels", "method"]).loc[(20, "probe")]
    right = [cells[(20, seed)].right("probe").mean() for seed in (0, 1)]
    assert row["accuracy"] == pytest.approx(np.mean(right))
    assert [row["accuracy_low"], row["accuracy_high"]] == pytest.approx(sorted(right))
    assert row["seeds"] == 2 and row["training_seconds"] == 12.5
    assert np.isnan(row["over_probe"])  # from itself
    errors = [np.sqrt(r * (1 - r) / 2000) for r in right]
    scatter = np.std(right, ddof=1) / np.sqrt(2)
    expected = np.hypot(np.sqrt(np.mean(np.square(errors))), scatter)
    assert row["error"] == pytest.approx(expected)
    gains = summary.set_index("method")["over_twin"].dropna()
    assert set(gains.index) == {"fixmatch"}
    assert gains.mean() == pytest.approx(0.19, abs=0.03)


def test_the_best_and_what_cannot_be_told_from_it(compared):
    summary, joined = compared
    for labels in (20, 100):
        best, alike, behind = best_of(summary, joined, labels, "accuracy")
        assert {best, *alike} == {"probe", "fixmatch"}
        assert set(behind) == {"names", "fixmatch_twin"}  # no baselines


def test_words_say_what_the_numbers_say(compared):
    text = " ".join(words_of(*compared, 20))
    assert re.search(r"Most accurate: (probe|fixmatch) \(0\.\d+\)", text)
    assert "Indistinguishable from it (within two standard errors): " in text
    assert "Behind: fixmatch_twin (0." in text and "and 1 more." in text
    assert "Unlabelled galaxies improve fixmatch (+0." in text
    assert "named after inspecting 20 galaxies reach 0." in text
    assert "Only" not in text and "None of them" not in text
    opening = opening_of(compared[0])
    assert "4 methods were taught by 20 and 100 labels, in 2 draws" in opening
    assert "(2,000 galaxies)" in opening


def told(accuracy, taught=20):
    """Return what is said of methods that were taught once."""
    judged = judged_of(5, accuracy=accuracy)
    place = {"labels": 20, "seed": 0}
    joined = joined_differences(differences_of(judged).assign(**place))
    scores = judged.scores({"all": judged.truth >= 0}, 10)
    summary = summary_of(scores.assign(**place, taught=taught), joined)
    return opening_of(summary) + " " + " ".join(words_of(summary, joined, 20))


@pytest.mark.parametrize(
    ("twin", "words"),
    [(0.89, "make no measurable difference to fixmatch"), (0.99, "harm fixmatch (-0.")],
)
def test_what_does_not_pay_is_said_so(twin, words):
    assert words in told(ACCURACY | {"fixmatch_twin": twin})


@pytest.mark.parametrize(
    "methods", [["names", "fixmatch"], ["probe"], ["network", "names"]]
)
def test_any_methods_can_be_compared(methods):
    text = told({name: 0.95 - 0.2 * n for n, name in enumerate(methods)})
    assert f"Most accurate: {methods[0]} (0.9" in text
    assert ("1 method was" in text) == (len(methods) == 1)
    assert ("; worst:" in text) == (len(methods) > 1)
    assert "drawn once, so that the scatter between draws is not known" in text
    assert "and 0 more" not in text and ".." not in text


def test_baselines_are_no_methods_and_few_labels_are_told():
    text = told({"names": 0.35, "probe": 0.4}, taught=7)
    assert "Most accurate: probe (0.4" in text or "Most accurate: probe (0.39" in text
    assert re.search(r"always giving the most frequent class \(0\.[67]", text)
    assert "less than probe with as many" in text
    assert "Only 7 of these labels are of galaxies of this run" in text


def test_one_galaxy_of_a_class_tells_no_methods_apart():
    ids = [f"g{n:03d}" for n in range(101)]
    truth = pd.Series(["disk"] * 100 + ["spheroid"], ids)
    tables = {}
    for method, rare in (("probe", "spheroid"), ("names", "disk")):
        said = np.array(["disk"] * 100 + [rare])
        table = pd.DataFrame({"id": ids, "class": said, "probability": 0.9})
        tables[method] = table.assign(p_disk=0.5, p_spheroid=0.5)
    differences = differences_of(Judged(tables, truth, truth[-20:]))
    pair = differences.set_index(["method", "other"]).loc[("probe", "names")]
    assert pair["balanced_accuracy"] == pytest.approx(0.5)
    assert pair["balanced_accuracy"] < 2 * pair["balanced_accuracy_error"]


def test_curves_and_reliability_join_the_seeds(cells):
    curves = curves_of(cells)
    whole = curves[(curves["share"] == 1.0) & (curves["method"] == "probe")]
    assert whole["accuracy"].to_numpy() == pytest.approx(0.9, abs=0.03)
    bins = reliability_over_seeds(cells)
    assert set(bins["method"]) == set(ACCURACY)
    assert (bins.groupby(["labels", "method"])["galaxies"].sum() == 4000).all()
    apart = (bins["accuracy"] - bins["probability"]).abs()
    assert apart.max() < 0.05


def test_page_and_figures_are_whole(compared, cells, tmp_path):
    summary, joined = compared
    methods = most_accurate_first(summary, without=BASELINES)
    assert methods[2:] == ["fixmatch_twin", "names"] and set(methods) == set(ACCURACY)
    plot_method_efforts(summary, methods, tmp_path / "accuracy.png")
    axes = "share", "accuracy"
    plot_method_curves(curves_of(cells), methods, "share", axes, tmp_path / "risk.png")
    bins = reliability_over_seeds(cells)
    plot_method_curves(bins, methods, "probability", axes, tmp_path / "reliability.png")
    figures = {name: tmp_path / f"{name}.png" for name in ("accuracy", "risk")}
    words = {n: words_of(summary, joined, n) for n in (20, 100)}
    best = dict.fromkeys((20, 100), "fixmatch")
    write_page(summary, words, best, "a < b", figures, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "a &lt; b" in page
    for sentence in words[100]:
        assert sentence in page
    images = re.findall(r'base64,([^"]+)"', page)
    assert len(images) == 2
    for image in images:
        assert min(Image.open(io.BytesIO(base64.b64decode(image))).size) > 300
    assert page.count('<tr class="best"><td>fixmatch</td>') == 2
    assert page.index("<td>probe</td>") < page.index("<td>random</td>")


def pixels_of(path, colour):
    """Count the pixels of a figure that have a colour."""
    image = np.asarray(Image.open(path).convert("RGB"))
    return (image == np.array(ImageColor.getrgb(colour))).all(axis=2).sum()


def test_a_panel_shows_one_number_of_labels_and_any_order_of_many(compared, tmp_path):
    summary, _ = compared
    methods = most_accurate_first(summary, without=BASELINES)
    one = summary[summary["labels"] == 20]
    plot_method_efforts(one, methods, tmp_path / "one.png")
    for style in MEASURED.values():
        assert pixels_of(tmp_path / "one.png", style["c"]) > 5 * len(methods)
    for name, table in (("rising", summary), ("falling", summary[::-1])):
        plot_method_efforts(table, methods, tmp_path / f"{name}.png")
    rising, falling = (
        (tmp_path / f"{name}.png").read_bytes() for name in ("rising", "falling")
    )
    assert rising == falling
