"""Figures are written whole, show what they are given and cope with little."""

import numpy as np
import pandas as pd
import pytest

from galvote.base.pngs import read_image
from galvote.figures import sheets
from galvote.figures.curves import plot_elbow, plot_risk_coverage, plot_training
from galvote.figures.maps import plot_map
from galvote.figures.style import COLOURS, cluster_style


def test_a_montage_holds_every_image_in_its_place():
    images = [np.full((10, 20, 1), value, np.uint8) for value in (10, 60)]
    row = sheets.montage(images, 3)
    assert row.shape == (10, 3 * 21, 3)
    assert (row[:, :20] == 10).all()
    assert (row[:, 21:41] == 60).all()
    assert (row[:, 42:] == 255).all()


def test_members_are_chosen_by_certainty():
    ids = np.array(list("abcde"))
    groups = sheets.choose_members(
        ids, np.array([0.1, 0.9, 0.5, 0.9, 0.2]), 2, np.random.default_rng(0)
    )
    assert groups["most certain"] == ["b", "d"]
    assert groups["least certain"] == ["a", "e"]
    assert len(groups["random members"]) == 2
    alone = sheets.choose_members(ids[:1], np.ones(1), 4, np.random.default_rng(0))
    assert set(alone) == set(groups)
    assert list(alone.values()) == [["a"]] * 3


def test_equal_figures_have_equal_bytes(tmp_path, galaxy_images):
    rng = np.random.default_rng(0)
    places, clusters = rng.normal(size=(48, 2)), rng.integers(-1, 9, 48)
    for name in ("a.png", "b.png"):
        plot_map(places, clusters, galaxy_images, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert read_image(tmp_path / "a.png").std() > 10


def where_drawn(path, colour):
    """Return where across a figure a colour is, as shares of its width."""
    image = read_image(path)[..., :3]
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    distance = np.abs(image.astype(int) - wanted).max(axis=-1)
    columns = (distance < 25).any(axis=0)
    return np.flatnonzero(columns) / len(columns)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_short_curves_are_drawn(tmp_path, count):
    number = np.arange(1, count + 1)
    scree = pd.DataFrame(
        {
            "component": number,
            "variance_share": 1.0 / number,
            "cumulative": np.linspace(0.5, 1, count),
            "neighbour_ratio": 1.0,
            "kept": number <= 1,
        }
    )
    plot_elbow(scree, tmp_path / "elbow.png")
    columns = ["epoch", "step", "train_loss", "validation_loss", "psnr"]
    history = pd.DataFrame(np.ones((count, 5)), columns=columns)
    history["epoch"] = history["step"] = number
    history["kept"] = True
    plot_training(history, tmp_path / "curve.png")
    share = np.arange(1, count + 1) / count
    curve = pd.DataFrame({"method": "vote", "share": share, "accuracy": 1.0})
    plot_risk_coverage(curve, "vote", 0.5, tmp_path / "risk.png")
    scree = where_drawn(tmp_path / "elbow.png", COLOURS[0])
    assert set((3 * scree).astype(int)) == {0, 1, 2}  # in all three panels
    quality = where_drawn(tmp_path / "curve.png", COLOURS[2])
    accuracy = where_drawn(tmp_path / "risk.png", COLOURS[0])
    assert len(accuracy) > 0  # in the legend
    if count > 1:  # one point makes no line
        assert 0.5 < quality.min() < 0.65
        assert quality.max() > 0.95
        assert np.ptp(accuracy) > 0.4


def test_clusters_are_told_apart_by_colour_and_marker():
    styles = [tuple(cluster_style(i).values()) for i in range(49)]
    assert len(set(styles)) == 49


def test_the_headline_counts_clusters_and_names_and_says_where_nobody_is():
    reasons = ["voted", "surest", "voted", "disagreement"]
    votes = pd.DataFrame(
        {
            "cluster": [0, 1, 3, -1],
            "name": ["disk", "disk", "3", "rest"],
            "reason": reasons,
        }
    )
    part = "3 of 4 galaxies that could be clustered voted into 3 clusters"
    title = sheets.headline(votes, [0, 1, 2, 3, 2, -1])
    assert title == f"{part} of 2 names, none into 2"
    votes["name"] = ["0", "1", "3", "rest"]
    assert sheets.headline(votes, [0, 1, 3]) == part


def test_who_took_no_part_is_not_counted_among_those_who_disagree():
    reasons = ["voted", "tie", "star", "unresolved", "unresolved", "disagreement"]
    votes = pd.DataFrame({"cluster": [0] + [-1] * 5, "name": "a", "reason": reasons})
    assert sheets.headline(votes, [0]) == (
        "1 of 3 galaxies that could be clustered voted into 1 clusters;\n"
        "2 unresolved, 1 star-like took no part"
    )
    rest = votes.loc[votes["cluster"] < 0, "reason"]
    assert sheets.reasons_in_words(rest) == (
        "1 without agreement, 1 between two clusters, 2 unresolved, 1 star-like"
    )
