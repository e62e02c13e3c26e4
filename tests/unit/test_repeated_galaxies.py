"""What overlapping frames show twice is kept once, the better view of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.catalog.flags import Flag
from galvote.catalog.merging import drop_repeated, merge_sources
from galvote.catalog.rows import split_rejects
from galvote.detection.in_frames import search_frames
from known_inputs import search_of, source_of, survey_settings, write_survey

SURVEY = survey_settings(
    frames=2, galaxies=36, overlap=150, signal_to_noise=[100.0], half_light=[3.0, 5.0]
)
WITHIN = 1.0


@pytest.fixture(scope="module")
def galaxies(tmp_path_factory):
    """Search two frames that overlap; return the galaxies and what is true."""
    path = tmp_path_factory.mktemp("overlap") / "two.fits"
    SURVEY["shares"] = {"spheroid": 1.0, "early_disk": 1.0}
    truth = write_survey(path, SURVEY)
    source = source_of(kind="frames", path=str(path), hdu="all")
    rows = search_frames(source, search_of(), 1.5, lambda *_: None).rows
    kept, _ = split_rejects(rows, ["edge"])
    return merge_sources([kept]), truth


@pytest.mark.parametrize("ids", [("a_b_c", "a_b_c"), ("a_b_c", "a_b_C")])
def test_two_sources_with_one_id_are_refused(ids):
    tables = [
        pd.DataFrame({"id": [f"{name}_x", id_], "source": name})
        for name, id_ in zip(("a", "a_b"), ids, strict=True)
    ]
    with pytest.raises(InputError, match=r"sources a and a_b has the id a_b_[cC]"):
        merge_sources(tables)
    assert len(merge_sources([table[:1] for table in tables])) == 2


def test_galaxies_of_two_frames_are_merged_by_position(galaxies):
    rows, truth = galaxies
    kept, rejects = drop_repeated(rows, ["sky"], WITHIN)
    assert len(kept) + len(rejects) == len(rows)
    assert set(kept["id"]) | set(rejects["id"]) == set(rows["id"])
    twice = truth[truth["object"].duplicated(keep=False)]
    assert twice["object"].nunique() > 5
    assert len(rejects) == pytest.approx(twice["object"].nunique(), abs=3)
    apart = np.hypot(
        np.cos(np.radians(20.0))
        * (kept["ra"].to_numpy()[:, None] - kept["ra"].to_numpy()),
        kept["dec"].to_numpy()[:, None] - kept["dec"].to_numpy(),
    )
    np.fill_diagonal(apart, 1.0)
    assert apart.min() * 3600 > WITHIN
    true = truth.drop_duplicates("object")
    near = np.hypot(
        np.cos(np.radians(20.0))
        * (true["ra"].to_numpy()[:, None] - kept["ra"].to_numpy()),
        true["dec"].to_numpy()[:, None] - kept["dec"].to_numpy(),
    )
    assert ((near * 3600 < 0.4).sum(axis=1) <= 1).all()  # no object twice


def test_the_better_view_is_kept(galaxies):
    rows, _ = galaxies
    _, rejects = drop_repeated(rows, ["sky"], WITHIN)
    by_id = rows.set_index("id")
    edge = (Flag.EDGE | Flag.PADDED).value
    for reject in rejects.itertuples():
        better = by_id.loc[reject.reason.removeprefix("is seen again as ")]
        worse = by_id.loc[reject.id]
        assert better["hdu"] != worse["hdu"]
        good, bad = (
            (r["flags"] & edge == 0, r["signal_to_noise"]) for r in (better, worse)
        )
        assert good >= bad


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(galaxies, seed):
    rows, _ = galaxies
    kept, rejects = drop_repeated(rows, ["sky"], WITHIN)
    shuffled = rows.sample(frac=1.0, random_state=seed)
    again, others = drop_repeated(shuffled.reset_index(drop=True), ["sky"], WITHIN)
    assert set(again["id"]) == set(kept["id"])
    assert set(map(tuple, others.to_numpy())) == set(map(tuple, rejects.to_numpy()))


def test_only_frames_are_merged_and_only_if_asked(galaxies):
    rows, _ = galaxies
    for sources, within in ((["sky"], None), ([], WITHIN), (["other"], WITHIN)):
        kept, rejects = drop_repeated(rows, sources, within)
        assert len(kept) == len(rows)
        assert rejects.empty


PLACES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.floats(0.0, 4.0),
        st.sampled_from([0, Flag.EDGE.value, Flag.PADDED.value]),
        st.floats(1.0, 9.0),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(places=PLACES, pole=st.booleans())
def test_nothing_is_lost_and_no_two_frames_show_one_place(places, pole):
    rows = pd.DataFrame(places, columns=["hdu", "at", "flags", "signal_to_noise"])
    rows["id"] = [f"g{i:02d}" for i in range(len(rows))]
    rows["source"] = "sky"
    rows["ra"] = (359.9999 + rows["at"] / 3600.0) % 360.0
    rows["dec"] = 0.0
    if pole:
        rows["ra"], rows["dec"] = 10.0, 90.0 - rows["at"] / 3600.0
    rows = rows.astype({"hdu": str, "flags": int})
    kept, rejects = drop_repeated(rows, ["sky"], WITHIN)
    assert sorted([*kept["id"], *rejects["id"]]) == sorted(rows["id"])
    for one in kept.itertuples():
        for two in kept.itertuples():
            if one.hdu != two.hdu:
                assert abs(one.at - two.at) > WITHIN - 1e-6
    frame = rows.set_index("id")["hdu"]
    for reject in rejects.itertuples():
        better = reject.reason.removeprefix("is seen again as ")
        assert better in set(kept["id"])
        assert frame[better] != frame[reject.id]
