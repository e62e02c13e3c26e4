"""Encoders that learn from galaxies without labels, against what their papers say."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save
from sklearn.metrics import adjusted_rand_score
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from galvote.classes import contrast
from galvote.classes.adapted import DeepCluster, MomentumContrast
from galvote.classes.contrast import Contrast, Projected, contrastive_loss
from galvote.classes.deep_clusters import Headed, OwnClusters, clusters_of, points_of
from galvote.classes.method import Work
from galvote.judging.features import cluster_scores, feature_scores
from galvote.networks.pretrained import (
    build_encoder,
    load_encoder,
    save_as_folder,
    save_encoder,
)
from galvote.networks.training import Schedule, batch_indices, exponential_decay, train
from galvote.networks.training_states import state_path
from galvote.networks.weights import find_weights
from killed_trainings import Killed, kill_in_step
from stored_models import stored

SEED = 3
SETTINGS = {
    "batch_size": 8,
    "epoch_steps": 4,
    "temperature": 0.2,
    "clusters": 6,
    "components": 4,
    "augment": "sky",
    "seed": SEED,
}


def blobs(count=60, kinds=3):
    """Points of some kinds that lie apart, and their kinds."""
    rng = np.random.default_rng(0)
    kind = np.resize(np.arange(kinds), count)
    points = 3.0 * np.eye(kinds, 6)[kind] + 0.3 * rng.normal(size=(count, 6))
    return torch.from_numpy(points.astype(np.float32)), kind


def task_of(kind, kill_at=None, **changes):
    """Make a task whose images are points; a change adds noise to them."""
    points, _ = blobs()
    sizes, settings = {"none": 0.0, "sky": 0.1, "strong": 0.3}, SETTINGS | changes

    def prepare(rows, augment):
        return points[rows] + sizes[augment] * torch.randn(len(rows), 6)

    torch.manual_seed(SEED)
    body = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU())
    network = (
        Projected(body, 12, 5, 20)
        if kind is Contrast
        else Headed(body, 12, settings["clusters"])
    )
    optimizer = torch.optim.AdamW(network.parameters())
    task = kind(network, optimizer, prepare, len(points), settings)
    return kill_in_step(task, kill_at)


def trained(task, folder, epochs=5):
    """Train; return the bytes of weights and history, but for its times, and notes."""
    average = 0.9 if isinstance(task, Contrast) else None
    rate = exponential_decay(0.02, 1.0, 1)
    schedule = Schedule(SETTINGS["epoch_steps"], epochs, None, rate, average)
    history = train(task, schedule, SEED, state_path(folder, "a"))
    notes = [save(note) for note in task.notes]
    columns = history.drop(columns=["seconds", "kept"]).to_csv()
    return save(task.network.state_dict()), columns, notes


@pytest.mark.parametrize("kind", [Contrast, OwnClusters])
def test_a_killed_training_ends_with_the_same_bytes(kind, tmp_path):
    whole = trained(task_of(kind), tmp_path / "whole")
    for kill_at in (0, 3, 4, 10, 19):
        folder = tmp_path / str(kill_at)
        with pytest.raises(Killed):
            trained(task_of(kind, kill_at), folder)
        torch.rand(5)  # whatever else draws
        assert trained(task_of(kind), folder) == whole


# Momentum contrast.


def test_the_contrastive_loss_tells_the_own_key_from_those_of_others():
    torch.manual_seed(SEED)
    points, keys, queue = (
        normalize(torch.randn(n, 5, dtype=torch.float64), dim=1) for n in (7, 7, 30)
    )
    everyone = torch.ones(7, 30, dtype=torch.bool)
    expected = []
    for point, key in zip(points, keys, strict=True):
        likeness = torch.cat([point @ key[:, None], queue @ point]) / 0.2
        expected.append(-torch.log_softmax(likeness, dim=0)[0])
    found = contrastive_loss(points, keys, queue, everyone, 0.2)
    assert found.item() == pytest.approx(torch.stack(expected).mean().item())
    one_less = everyone.clone()
    one_less[:, 4] = False
    others = torch.cat([queue[:4], queue[5:]])
    without = contrastive_loss(points, keys, others, everyone[:, 1:], 0.2)
    assert contrastive_loss(points, keys, queue, one_less, 0.2).item() == pytest.approx(
        without.item()
    )


def test_the_queue_holds_the_newest_keys_of_the_teacher_and_whose_they_are():
    task = task_of(Contrast)
    task.teacher = nn.Sequential(nn.Linear(6, 5)).train()
    asked, prepare = [], task.prepare
    task.prepare = lambda rows, augment: (
        asked.append(prepare(rows, augment)) or asked[-1]
    )
    rows = []
    for step in range(4):
        before = task.network.keys.clone()
        task.loss(step, torch.manual_seed(step))
        with torch.no_grad():
            expected = task.teacher(asked[2 * step])
        places = np.arange(8 * step, 8 * step + 8) % 20
        assert torch.equal(task.network.keys[places], expected)
        untouched = np.setdiff1d(np.arange(20), places)
        assert torch.equal(task.network.keys[untouched], before[untouched])
        rows.append(task.network.owners[places].numpy())
    assert len(np.unique(np.concatenate(rows))) == 32  # each galaxy once, of sixty
    assert task.teacher.training and task.teacher[0].weight.grad is None


def test_only_keys_of_other_galaxies_are_told_apart(monkeypatch):
    seen = []
    monkeypatch.setattr(
        contrast,
        "contrastive_loss",
        lambda points, keys, queue, others, _: seen.append(others) or points.sum(),
    )
    task = task_of(Contrast)
    task.teacher = task_of(Contrast).network
    for step in range(9):
        task.loss(step, torch.manual_seed(0))
        owners = task.network.owners
        rows = batch_indices(60, 8, step, SEED)
        for row, others in zip(rows, seen[-1], strict=True):
            expected = (owners >= 0) & (owners != row)  # filled, and another's
            assert torch.equal(others, expected)
    assert (seen[0].sum(dim=1) == 7).all()  # the others of the first batch
    assert (seen[-1].sum(dim=1) >= 18).all()


def test_what_changes_of_an_image_is_learned_to_be_ignored(tmp_path):
    rng = np.random.default_rng(0)
    points = torch.from_numpy(rng.normal(size=(60, 6)).astype(np.float32))

    def prepare(rows, augment):
        changed = points[rows].clone()
        changed[:, :3] = 2.0 * torch.randn(len(rows), 3)
        return changed

    network = task_of(Contrast).network
    optimizer = torch.optim.AdamW(network.parameters())
    task = Contrast(network, optimizer, prepare, 60, SETTINGS)
    _, columns, _ = trained(task, tmp_path, epochs=40)
    found = [float(line.split(",")[-1]) for line in columns.splitlines()[1:]]
    assert found[0] < 0.2
    assert found[-1] > found[0] + 0.15


# DeepCluster.


def test_points_are_whitened_components_of_unit_length():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 4)) * [100.0, 10.0, 1.0, 0.1]
    points = points_of(features, 3)
    assert points.shape == (500, 3)
    assert np.linalg.norm(points, axis=1) == pytest.approx(1.0)
    assert points.var(axis=0) == pytest.approx(1 / 3, abs=0.05)  # none of them rules
    assert points_of(features[:2], 9).shape == (2, 2)


@pytest.mark.parametrize(("count", "n"), [(6, 60), (60, 60), (90, 60), (4, 7)])
def test_no_cluster_is_empty(count, n):
    points, _ = blobs(n)
    found = clusters_of(points.numpy(), count, 0)
    assert np.bincount(found).min() >= 1
    assert len(np.unique(found)) == min(count, n)


def test_each_epoch_has_clusters_and_a_last_layer_of_its_own():
    task = task_of(OwnClusters)
    heads, clusters = [], []
    for step in range(8):
        rng = torch.manual_seed(step)
        loss = task.loss(step, rng)
        heads.append(task.network.head.weight.detach().clone())
        clusters.append(task.clusters.copy())
        task.optimizer.zero_grad()
        loss.backward()
        task.optimizer.step()
        moved = task.optimizer.state[task.network.head.weight]["step"].item()
        assert moved == step % 4 + 1  # AdamW forgets the layer that was before
    jump = (heads[4] - heads[3]).abs().mean()
    assert jump > 10 * (heads[3] - heads[2]).abs().mean()
    assert all((clusters[i] == clusters[0]).all() for i in range(4))


def test_all_clusters_are_drawn_equally_often():
    task = task_of(OwnClusters, batch_size=6000)
    drawn, prepare = [], task.prepare
    task.prepare = lambda rows, augment: drawn.append(rows) or prepare(rows, augment)
    task.loss(0, torch.manual_seed(0))
    shares = np.bincount(task.clusters[drawn[-1]]) / 6000
    assert shares == pytest.approx(1 / len(shares), abs=0.03)


def test_clusters_of_like_kinds_are_told(tmp_path):
    task = task_of(OwnClusters, clusters=3)
    trained(task, tmp_path, epochs=6)
    _, kinds = blobs()
    assert adjusted_rand_score(kinds, task.notes[-1]["cluster"].numpy()) > 0.9
    logits = task.network(blobs()[0])
    told = cross_entropy(logits, torch.from_numpy(task.clusters))
    assert told < np.log(3)


# Encoders.


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Write the files of a small encoder, as a run keeps them."""
    folder = tmp_path_factory.mktemp("encoder")
    given = folder / "given"
    given.mkdir()
    described = {"input_size": [3, 64, 64], "mean": [0.5] * 3, "std": [0.2] * 3}
    stored(given / "model.safetensors", "test_resnet", described)
    network, description = build_encoder(find_weights(str(given)))
    files = str(folder / "model.safetensors"), str(folder / "encoder.json")
    save_encoder(network, description, *files)
    return files


@pytest.mark.parametrize("kind", [MomentumContrast, DeepCluster])
@pytest.mark.parametrize("random_start", [False, True])
def test_an_adapted_encoder_is_one_that_a_run_may_name(
    kind, random_start, start, tmp_path
):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (20, 40, 40, 1), np.uint8)
    method = kind(
        input_size=32, batch_size=4, epoch_steps=2, epochs=2, random_start=random_start
    )
    work = Work(seed=1, folder=tmp_path, start=start)
    found = method.adapt(images, work)
    assert found.before.shape == found.features.shape == (20, found.features.shape[1])
    assert not np.allclose(found.before, found.features)
    n_epochs = 2 if kind is DeepCluster else 0
    assert found.clusters().shape == (n_epochs, 20)
    files = tmp_path / "mine/model.safetensors", tmp_path / "mine/config.json"
    files[0].parent.mkdir()
    save_as_folder(found.network, found.description, 32, *files)
    again, description = build_encoder(find_weights(str(files[0].parent)))
    assert description["input_size"] == 32
    for key in ("architecture", "mean", "std", "n_features", "channels"):
        assert description[key] == found.description[key]
    inputs = torch.rand(2, description["channels"], 32, 32)
    with torch.inference_mode():
        assert torch.allclose(again(inputs), found.network(inputs), atol=1e-4)
    own, _ = load_encoder(*start)
    own = own.state_dict()
    first = next(name for name, value in own.items() if value.ndim == 4)
    apart = (found.network.state_dict()[first] - own[first]).abs().mean()
    assert (apart > 0.5 * own[first].abs().mean()) == random_start


# Judging.


def test_features_that_tell_the_classes_are_praised():
    points, kind = blobs(300)
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(300, 6))
    truth = np.where(rng.random(300) < 0.6, kind, -1)  # the others have no label
    good = feature_scores(points.numpy(), truth, 3, [0, 1])
    bad = feature_scores(noise, truth, 3, [0, 1])
    assert good["purity"] == good["nmi"] == good["neighbours"] == 1.0
    assert bad["purity"] < 0.5 and bad["nmi"] < 0.1 and bad["neighbours"] < 0.45
    wrong = np.where(truth < 0, 0, truth)
    assert cluster_scores(truth, kind)["nmi"] > cluster_scores(wrong, kind)["nmi"]


def test_scores_are_numbers_of_a_table():
    points, kind = blobs(90)
    table = pd.DataFrame([feature_scores(points.numpy(), kind, 5, [0])])
    assert list(table) == ["purity", "nmi", "neighbours"]
