"""Which labels teach: any id at all, no label of a galaxy that judges, no leak."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.classes import groups, labels, splits
from simulated import sersic_frame


def labels_of(*classes, start=0):
    """Give ids g0, g1, ... the classes."""
    ids = [f"g{start + n:03d}" for n in range(len(classes))]
    return pd.Series(classes, ids)


MANY = labels_of(*["spiral", "elliptical", "elliptical", "edge-on"] * 30)


@pytest.mark.parametrize(
    ("teach", "per_class", "expected"),
    [
        (20, False, 20),
        (1.0, False, 120),
        ({"spiral": 5, "edge-on": 7}, False, 12),
        (6, True, 18),
    ],
)
def test_as_many_labels_teach_as_are_asked_for(teach, per_class, expected):
    drawn = splits.draw_teaching(MANY, teach, per_class, 0)
    assert len(drawn) == expected
    assert (MANY.loc[drawn["id"]].to_numpy() == drawn["label"]).all()
    assert drawn["id"].is_monotonic_increasing
    if isinstance(teach, dict):
        assert drawn["label"].value_counts().to_dict() == teach
    if per_class:
        assert (drawn["label"].value_counts() == 6).all()


def test_a_share_teaches_and_parts_validate_and_calibrate():
    many = labels_of(*["a", "b"] * 500)
    drawn = splits.draw_teaching(many, 0.8, False, 0)
    assert 760 < len(drawn) < 840
    shares = drawn["part"].value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.8, abs=0.02)
    assert shares["validation"] == pytest.approx(0.1, abs=0.02)
    assert set(drawn["part"]) == {"train", "validation", "calibration"}


@given(
    st.lists(st.sampled_from("abc"), min_size=40, max_size=60),
    st.one_of(st.integers(2, 30), st.floats(0.1, 0.9)),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_labels_that_judge_have_no_say_in_what_teaches(classes, teach, seed, random):
    known = labels_of(*classes)
    try:
        drawn = splits.draw_teaching(known, teach, False, seed)
    except InputError:
        return
    judging = known.index.difference(drawn["id"])
    corrected = known.copy()
    for id_ in judging:
        corrected[id_] = random.choice("abcd")
    again = splits.draw_teaching(corrected, teach, False, seed)
    pd.testing.assert_frame_equal(again, drawn)
    shuffled = corrected.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(
        splits.draw_teaching(shuffled, teach, False, seed), drawn
    )


@given(
    st.lists(st.sampled_from("ab"), min_size=40, max_size=60),
    st.lists(st.sampled_from("abc"), max_size=20),
    st.floats(0.1, 0.9),
)
def test_a_share_draws_alike_whatever_labels_are_added(classes, added, share):
    few, more = labels_of(*classes), labels_of(*classes, *added)
    try:
        drawn = splits.draw_teaching(few, share, False, 0)
    except InputError:
        return
    again = splits.draw_teaching(more, share, False, 0)
    assert set(drawn["id"]) == set(again["id"]) & set(few.index)


@pytest.mark.parametrize("count", [51, 800])
def test_a_column_of_numbers_is_not_taken_for_classes(count):
    numbers = labels_of(*(f"{n / 7:.3f}" for n in range(count)))
    with pytest.raises(InputError, match=f"of {count} classes .*; join them to 50"):
        splits.draw_teaching(numbers, 0.8, False, 0)


def test_draws_differ():
    draws = {tuple(splits.draw_teaching(MANY, 20, False, n)["id"]) for n in range(5)}
    assert len(draws) == 5


@pytest.mark.parametrize(
    ("teach", "words"),
    [
        ({"spiral": 31}, "asks for 31 labels of the class spiral; there are: ellip"),
        ({"merger": 1, "spiral": 2}, "1 labels of the class merger"),
        ({"spiral": 5}, "fewer than two classes (spiral)"),
        (1e-6, "the 0 labels that teach are of fewer than two classes (none)"),
    ],
)
def test_labels_that_cannot_teach_are_refused(teach, words):
    with pytest.raises(InputError) as refused:
        splits.draw_teaching(MANY, teach, False, 0)
    assert words in str(refused.value)
    assert "`classes.teach`" in str(refused.value)


def test_a_class_of_a_single_label_only_trains():
    known = labels_of(*["a"] * 30, "b")
    drawn = splits.draw_teaching(known, 1.0, False, 0).set_index("label")
    assert drawn.loc["b", "part"] == "train"


def known_groups(**same):
    """Give each id of MANY a group of its own, but for those that are `same`."""
    found = pd.Series(range(len(MANY)), MANY.index)
    for id_, other in same.items():
        found[id_] = found[other]
    return found


def test_an_object_is_all_for_one_part_or_set_aside():
    drawn = splits.draw_teaching(MANY, 30, False, 0)
    taught, judges = drawn["id"].iloc[0], MANY.index.difference(drawn["id"])[:2]
    found = known_groups(**{judges[0]: taught, drawn["id"].iloc[5]: taught})
    teaching = splits.join_groups(drawn, found)
    parts = splits.split(teaching, MANY, found).set_index("id")["part"]
    assert parts[judges[0]] == "aside"
    assert parts[judges[1]] == "test"
    assert parts[taught] == parts[drawn["id"].iloc[5]] != "test"
    splits.refuse_leaks(parts.reset_index(), found)
    assert len(parts) == len(MANY)


def test_a_galaxy_that_is_gone_neither_teaches_nor_judges():
    drawn = splits.draw_teaching(MANY, 30, False, 0)
    found = known_groups().drop(drawn["id"].iloc[0]).drop("g119", errors="ignore")
    teaching = splits.join_groups(drawn, found)
    parts = splits.split(teaching, MANY, found)
    assert set(parts["id"]) == set(found.index)


# The leak test: what is one object must not be on both sides.


@pytest.fixture(scope="module")
def sky():
    """Twelve galaxies with noise, their ids, and places on the sky 10 arcsec apart."""
    frames = [
        sersic_frame([(23.5, 23.5)], size=48, index=1 + n % 3, seed=n)
        for n in range(12)
    ]
    images = np.clip(np.stack(frames) + 20.0, 0, 255).astype(np.uint8)[..., None]
    places = np.stack([np.arange(12) * 10.0 / 3600.0, np.zeros(12)], axis=1)
    return np.array([f"g{n:02d}" for n in range(12)]), places, images


def split_of(ids):
    """Let the first half teach."""
    parts = np.where(np.arange(len(ids)) < len(ids) // 2, "train", "test")
    return pd.DataFrame({"id": ids, "part": parts})


def test_a_clean_split_passes_the_leak_test(sky):
    ids, places, images = sky
    found = groups.groups_of(ids, places, images)
    assert found.is_unique
    splits.refuse_leaks(split_of(ids), found)


def test_a_galaxy_on_both_sides_is_a_leak(sky):
    ids, places, images = sky
    found = groups.groups_of(ids, places, images)
    augmented = pd.concat(
        [split_of(ids), pd.DataFrame({"id": ["g01"], "part": "test"})]
    )
    with pytest.raises(InputError, match="g01 teaches and g01 judges"):
        splits.refuse_leaks(augmented, found)


TURNS = {
    "same": lambda image: image,
    "turned": lambda image: np.rot90(image, 1),
    "upside down": lambda image: np.rot90(image, 2),
    "mirrored": lambda image: image[:, ::-1],
    "mirrored and turned": lambda image: np.rot90(image[:, ::-1], 3),
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_copy_on_the_other_side_is_a_leak(sky, turn):
    ids, places, images = sky
    images = images.copy()
    images[9] = TURNS[turn](images[2])
    found = groups.groups_of(ids, places, images)
    with pytest.raises(InputError, match="g02 teaches and g09 judges"):
        splits.refuse_leaks(split_of(ids), found)


@pytest.mark.parametrize("angle", [20.0, 45.0, 111.0])
def test_a_copy_at_any_angle_is_a_leak(sky, angle):
    from scipy.ndimage import rotate

    ids, places, images = sky
    images = images.copy()
    options = {"reshape": False, "order": 1, "mode": "nearest"}
    images[9] = rotate(images[2], angle, (0, 1), **options)
    found = groups.groups_of(ids, places, images)
    assert found["g02"] == found["g09"]
    assert found.nunique() == len(ids) - 1


@pytest.mark.parametrize("count", [8, 16, 36])
def test_all_copies_of_a_galaxy_are_one_object_however_many(sky, count):
    from scipy.ndimage import rotate

    ids, _, images = sky
    options = {"axes": (0, 1), "reshape": False, "order": 1, "mode": "nearest"}
    copies = [rotate(images[2], 360.0 * n / count, **options) for n in range(count)]
    copies[::2] = [copy[:, ::-1] for copy in copies[::2]]
    every = np.concatenate([images, np.stack(copies)])
    names = np.array([*ids, *(f"h{n:02d}" for n in range(count))])
    nowhere = np.full((len(names), 2), np.nan)
    found = groups.groups_of(names, nowhere, every)
    assert (found[[n for n in names if n.startswith("h")]] == found["g02"]).all()
    assert found.nunique() == len(ids)


@pytest.mark.parametrize(("apart", "leaks"), [(0.3, True), (1.9, True), (2.1, False)])
def test_two_objects_within_two_arcsec_are_one(sky, apart, leaks):
    ids, places, images = sky
    places = places.copy()
    places[9] = places[2] + [0.0, apart / 3600.0]
    found = groups.groups_of(ids, places, images)
    assert (found["g02"] == found["g09"]) == leaks
    if leaks:
        with pytest.raises(InputError, match="1 objects are on both sides"):
            splits.refuse_leaks(split_of(ids), found)


def test_galaxies_without_positions_are_only_compared_by_their_images(sky):
    ids, places, images = sky
    assert groups.groups_of(ids, np.full_like(places, np.nan), images).is_unique
    flat = np.full_like(images, 7)
    assert groups.groups_of(ids, places, flat).nunique() < len(ids)
    assert groups.groups_of(ids[:1], places[:1], images[:1]).tolist() == [0]


# Tables of labels.


def write(path, *rows):
    path.write_text("\n".join(["id,label", *rows]) + "\n")
    return str(path)


def test_a_table_of_labels_is_read(tmp_path):
    rows = "a,spiral", "b, elliptical ", "c,", ",spiral", "a,spiral", "0012,spiral"
    found = labels.labels_of_table(write(tmp_path / "l.csv", *rows))
    assert found.to_dict() == {"a": "spiral", "b": "elliptical", "0012": "spiral"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,label\na,spiral\na,merger\n", "gives a two labels, spiral and merger"),
        ("id,class\na,spiral\n", "has no column `label`; it has: id, class"),
        ("name,label\na,spiral\n", "has no column `id`"),
        ("id,label\na,\n,b\n", "no row of the table"),
        ("id,label\n", "has no rows"),
    ],
)
def test_a_table_of_labels_that_cannot_be_used_is_refused(tmp_path, text, words):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(InputError) as refused:
        labels.labels_of_table(tmp_path / "l.csv")
    assert words in str(refused.value)


def test_labels_of_unknown_galaxies_are_told(caplog):
    known = labels.only_known(labels_of("a", "b", "c"), ["g000", "g002"])
    assert known.to_dict() == {"g000": "a", "g002": "c"}
    assert "1 labels are of no galaxy of this run, the first of g001" in caplog.text
    with pytest.raises(InputError, match="none of the 3 labels"):
        labels.only_known(labels_of("a", "b", "c"), ["x"])
