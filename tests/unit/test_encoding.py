"""Views are joined; what degradations change is measured, and then shrunk."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from galvote.base.errors import InputError
from galvote.base.pngs import write_image
from galvote.codes.components import fit_projection
from galvote.codes.copies import Copies
from galvote.codes.degradations import DEGRADATIONS
from galvote.codes.encoder import Encoder
from galvote.codes.encoding import encode_changes, encode_galaxies, encode_views
from galvote.codes.features import Features
from galvote.codes.invariance import Scaling, find_invariance, weigh_hand_made
from galvote.codes.moments import moments_of
from galvote.codes.stored_codes import join_changes, write_changes, write_codes
from galvote.networks.pretrained import build_encoder
from galvote.networks.weights import find_weights

IDS = np.array([f"g{i}" for i in range(5)])


@pytest.fixture(scope="module")
def encoder():
    options = {"input_size": 32, "dtype": "float32", "device": "cpu", "batch_size": 2}
    network = build_encoder(find_weights("tf_efficientnet_lite0"))
    return Encoder(*network, copies=Copies(), workers=2, **options)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 40, 40, 3), dtype=np.uint8)


def test_the_codes_of_views_stand_side_by_side(encoder, images):
    joined = encode_views(encoder, [images, images], [None, "plain"])
    assert joined.shape == (5, 2560)
    assert (joined[:, :1280] == encoder.encode(images)).all()
    assert (joined[:, 1280:] == encoder.encode(images, "plain")).all()


def test_changes_are_those_of_degraded_images(encoder, images):
    views, layouts = [images, images], ["plain", None]
    codes = encode_views(encoder, views, layouts)
    changes = encode_changes(encoder, views, layouts, IDS, codes, workers=2)
    assert changes.shape == (5, len(DEGRADATIONS), 2560)
    assert (changes[:, :, :1280] == 0).all()  # the polar view
    for kind, degrade in enumerate(DEGRADATIONS.values()):
        expected = encoder.encode(degrade(images, IDS)) - codes[:, 1280:]
        assert np.allclose(changes[:, kind, 1280:], expected, atol=1e-4)
        assert np.abs(expected).max() > 1e-2


def test_no_galaxy_has_no_changes(encoder):
    none = encode_changes(
        encoder, [np.array([])], [None], IDS[:0], np.empty((0, 1280)), workers=1
    )
    assert none.shape == (0, len(DEGRADATIONS), 1280)


@pytest.mark.parametrize("workers", [1, 3])
def test_galaxies_are_encoded_and_the_unreadable_rejected(
    encoder, images, tmp_path, workers
):
    views = tmp_path / "cutouts", tmp_path / "polar"
    for folder in views:
        folder.mkdir()
        for id_, image in zip(IDS, images, strict=True):
            write_image(image, folder, id_)
    (views[1] / "g3.png").write_bytes(b"rubbish")
    rows = pd.DataFrame({"id": IDS, "source": "s"})
    how = [None, "plain"], {"g0", "g3", "g4"}, workers
    done = encode_galaxies(encoder, rows, views, *how)
    kept = [0, 1, 2, 4]
    assert done.ids.tolist() == IDS[kept].tolist()
    expected = encode_views(encoder, [images[kept]] * 2, [None, "plain"])
    assert (done.codes == expected).all()
    assert done.degraded.tolist() == ["g0", "g4"]
    two = images[[0, 4]]
    changes = encode_changes(
        encoder, [two, two], how[0], done.degraded, expected[[0, 3]], 1
    )
    assert (done.changes == changes).all()
    (reject,) = done.rejects
    assert reject["id"] == "g3"
    assert "its image cannot be read" in reject["reason"]
    rows = rows[rows["id"] == "g3"]
    empty = encode_galaxies(encoder, rows, views, *how)
    assert empty.codes.shape == (0, 2560)
    assert empty.changes.shape == (0, len(DEGRADATIONS), 2560)


@given(share=st.floats(0.0, 0.9), seed=st.integers(0, 99))
def test_measured_numbers_have_their_share_of_the_variance(share, seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40, 10)).astype(np.float32) * np.r_[[3.0] * 6, [1.0] * 4]
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    halved = Scaling(turn[:2], np.full(2, 0.5))
    scaling = weigh_hand_made(halved, moments_of([points]), 4, share)
    joined = scaling.apply(points)
    assert np.allclose(joined[:, :6], halved.apply(points[:, :6]), atol=1e-4)
    variances = joined.var(axis=0, dtype=np.float64)
    assert variances[6:].sum() == pytest.approx(share * variances.sum(), abs=1e-3)


@given(seed=st.integers(0, 99))
def test_moments_of_scaled_points_are_those_of_the_points_scaled(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(60, 7)) * 4.0 + 1.0
    scaling = Scaling(np.linalg.qr(rng.normal(size=(7, 7)))[0][:3], rng.uniform(size=3))
    after = scaling.moments(moments_of([points]))
    expected = moments_of([scaling.apply(points)])
    assert np.allclose(after.mean, expected.mean, atol=1e-5)
    assert np.allclose(after.covariance, expected.covariance, atol=1e-4)


def test_changes_are_joined_by_id(tmp_path):
    values = np.random.default_rng(1).normal(size=(4, 2, 3)).astype(np.float32)
    ids = np.array(["d", "b", "a", "c"])
    write_changes(tmp_path / "whole.npz", ids, values)
    write_changes(tmp_path / "one.npz", ids[:1], values[:1])
    write_changes(tmp_path / "two.npz", ids[1:], values[1:])
    whole = join_changes([tmp_path / "whole.npz"])
    parts = join_changes([tmp_path / "two.npz", tmp_path / "one.npz"])
    assert whole.shape == (8, 3)
    assert (whole == parts).all()
    assert (whole[:2] == values[2]).all()


@given(strength=st.floats(0.0, 100.0), seed=st.integers(0, 99))
def test_codes_shrink_where_degradations_change_them(strength, seed):
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(50, 6)).astype(np.float32)
    along = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    changes = rng.normal(size=(20, 2)) * [3.0, 1.0] @ along[:2]
    variance = codes.var(axis=0).sum()
    shrunk = find_invariance(changes, variance, strength).apply(codes)
    unit = variance / 100.0
    within = np.eye(6) + strength / unit * changes.T @ changes / 20
    values, vectors = np.linalg.eigh(within)
    expected = codes @ (vectors * values**-0.5) @ vectors.T
    assert np.allclose(shrunk, expected, atol=1e-4)
    assert np.allclose(shrunk @ along[2:].T, codes @ along[2:].T, atol=1e-4)


def test_without_changes_or_differences_codes_stay():
    codes = np.ones((4, 3), np.float32)
    none, some = np.empty((0, 3), np.float32), np.eye(3, dtype=np.float32)
    assert (find_invariance(none, 1.0, 10.0).apply(codes) == codes).all()
    assert np.allclose(find_invariance(some, 0.0, 10.0).apply(codes), codes)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_codes_that_are_no_numbers_are_refused(encoder, images, tmp_path, value):
    for id_, image in zip(IDS, images, strict=True):
        write_image(image, tmp_path, id_)
    network, description = build_encoder(find_weights("tf_efficientnet_lite0"))
    torch.nn.init.constant_(next(network.parameters()), value)
    options = {"input_size": 32, "dtype": "float32", "device": "cpu", "batch_size": 2}
    options |= {
        "copies": Copies(),
        "engine": "torch",
    }  # OpenVINO clips what is no number
    broken = Encoder(network, description, workers=2, **options)
    rows = pd.DataFrame({"id": IDS, "source": "s"})
    for sampled in (set(), {"g0"}):
        with pytest.raises(InputError, match="no finite numbers"):
            encode_galaxies(broken, rows, [tmp_path], [None], sampled, 2)


def test_codes_that_are_all_the_same_are_refused(tmp_path):
    galaxies = tmp_path / "galaxies.parquet"
    pd.DataFrame({"id": IDS, "flags": 0}).to_parquet(galaxies)
    codes = np.random.default_rng(0).normal(size=(5, 300)).astype(np.float32)
    for stored, refused in ((np.repeat(codes[:1], 5, axis=0), True), (codes, False)):
        write_codes(tmp_path / "a.npz", IDS, stored, fingerprint="f")
        features = Features([tmp_path / "a.npz"], [], galaxies, False)
        with pytest.raises(InputError) if refused else nullcontext() as caught:
            fit_projection(features, np.zeros((0, 300)), 0.0, 0.0, "auto")
        assert not refused or "codes of all 5 galaxies are the same" in str(
            caught.value
        )
