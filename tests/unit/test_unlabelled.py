"""Losses of unlabelled galaxies, against what their papers say."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn
from torch.nn.functional import cross_entropy

from galvote.classes.unlabelled import (
    Consistent,
    Mixed,
    SelfTaught,
    mixed_in_pairs,
    sharpened,
)
from galvote.networks.training import Schedule, exponential_decay, train
from galvote.networks.training_states import state_path
from killed_trainings import Killed, kill_in_step

SETTINGS = {
    "batch_size": 6,
    "unlabelled": 2,
    "weight": 3.0,
    "threshold": 0.6,
    "ramp": 0,
    "temperature": 0.5,
    "mix": 0.75,
    "balanced": False,
    "label_smoothing": 0.0,
    "augment": "turns",
    "seed": 1,
}


def task_of(kind, **changes):
    """Make a task whose images are points; a change adds to them, and is noted."""
    rng = np.random.default_rng(0)
    points = torch.from_numpy(rng.normal(size=(60, 4)).astype(np.float32))
    shifts, asked = {"none": 0.0, "turns": 0.1, "strong": 1.0}, []

    def prepare(rows, augment):
        asked.append(augment)
        return (points[rows] + shifts[augment])[:, :, None, None]

    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Flatten(), nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 3)
    )
    labelled = np.arange(12), np.resize([0, 1, 2], 12)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
    pool = np.arange(12, 60)
    settings = SETTINGS | changes
    task = kind(network, optimizer, prepare, labelled, labelled, settings, pool=pool)
    torch.manual_seed(1)
    task.teacher = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)).train()
    return task, asked


def test_the_loss_of_fixmatch_counts_the_whole_batch_and_only_sure_guesses():
    task, asked = task_of(Consistent)
    inputs, classes = task.batch(0, torch.Generator())
    rows = np.arange(20, 32)
    torch.manual_seed(2)
    of_labels, of_pool = task.losses(inputs, classes, rows)
    assert asked == ["turns", "turns", "strong"]
    chances = torch.softmax(task.teacher(task.prepare(rows, "turns")), dim=1)
    sure = chances.max(dim=1).values >= 0.6
    assert 0 < sure.sum() < 12
    torch.manual_seed(2)
    fresh = task_of(Consistent)[0].network
    torch.manual_seed(2)
    logits = fresh(torch.cat([inputs, task.prepare(rows, "strong")]))  # joint batch
    expected = cross_entropy(logits[6:], chances.argmax(dim=1), reduction="none")
    assert of_pool.item() == pytest.approx((expected * sure).sum().item() / 12)
    assert of_labels.item() == pytest.approx(cross_entropy(logits[:6], classes).item())


@pytest.mark.parametrize("kind", [Consistent, SelfTaught, Mixed])
def test_guesses_are_the_teachers_in_evaluation_and_teach_it_nothing(kind):
    task, _ = task_of(kind)
    modes, forward = [], task.teacher.forward
    task.teacher.forward = lambda inputs: (
        modes.append((task.teacher.training, torch.is_grad_enabled()))
        or forward(inputs)
    )
    task.loss(0, torch.Generator()).backward()
    assert modes and not any(training or grad for training, grad in modes)
    assert task.teacher.training  # as before
    assert all(parameter.grad is None for parameter in task.teacher.parameters())
    assert task.network[1].weight.grad.abs().sum() > 0
    assert task.network[2].num_batches_tracked == 1  # one joint batch a step


@pytest.mark.parametrize(
    ("accuracy", "margin"), [(1.0, 0.0688), (0.5, 0.1443), (0.0, 0.0688)]
)
def test_epochs_within_the_error_of_few_labels_stand_alike(accuracy, margin):
    task, _ = task_of(Consistent)  # validated on twelve galaxies
    wrong, found = task.standing({"validation_accuracy": accuracy})
    assert wrong == 1.0 - accuracy
    share = (12 * wrong + 1) / 14  # Laplace's rule: none is no proof of none
    assert found == pytest.approx(np.sqrt(share * (1 - share) / 12))
    assert found == pytest.approx(margin, abs=0.01)


def test_a_network_that_is_its_own_teacher_keeps_its_norms():
    task, _ = task_of(Consistent)
    task.network = nn.Sequential(
        nn.BatchNorm2d(4), nn.Flatten(), nn.Dropout(), nn.Linear(4, 3)
    )
    task.teacher, task.keeps_norms = task.network, True
    task.set_to_learn()
    for step in range(3):
        task.loss(step, torch.Generator())
    assert task.network[0].num_batches_tracked == 0
    assert not task.network[0].training and task.network[2].training


@pytest.mark.parametrize(
    ("ramp", "step", "weight"), [(0, 0, 3.0), (10, 0, 0.0), (10, 5, 1.5), (10, 90, 3.0)]
)
def test_the_weight_rises_over_the_ramp(ramp, step, weight):
    assert task_of(SelfTaught, ramp=ramp)[0].weight(step) == pytest.approx(weight)


@given(
    st.integers(1, 20),
    st.integers(2, 6),
    st.floats(0.05, 5.0),
    st.integers(0, 2**31),
)
def test_what_is_mixed_lies_between_and_is_most_like_the_first(n, classes, beta, seed):
    torch.manual_seed(seed)
    images = torch.rand(n, 1, 3, 3)
    targets = torch.softmax(torch.randn(n, classes), dim=1)
    mixed, mixed_targets = mixed_in_pairs(images, targets, beta)
    assert mixed_targets.sum(dim=1).numpy() == pytest.approx(1.0, abs=1e-5)
    assert mixed.min() >= images.min() - 1e-6 and mixed.max() <= images.max() + 1e-6
    change = (mixed - images).abs().amax(dim=(1, 2, 3))
    assert (change <= 0.5 + 1e-6).all()  # images lie in 0..1, and half stays at least


@given(st.floats(0.05, 0.95), st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6))
def test_a_lower_temperature_makes_probabilities_sharper(temperature, parts):
    chances = torch.tensor([parts], dtype=torch.float64)
    chances = chances / chances.sum()
    found = sharpened(chances, temperature)
    assert found.sum().item() == pytest.approx(1.0)
    expected = chances ** (1.0 / temperature)  # equation 7 of the paper
    assert found.numpy() == pytest.approx((expected / expected.sum()).numpy())
    assert found.max() >= chances.max() - 1e-9


@pytest.mark.parametrize("kind", [Consistent, SelfTaught, Mixed])
@pytest.mark.parametrize("kill_at", [0, 4, 6, 11])
def test_a_killed_training_ends_with_the_same_bytes(kind, kill_at, tmp_path):
    def trained(folder, kill_at=None):
        task, _ = task_of(kind)
        task.optimizer = torch.optim.AdamW(task.network.parameters())
        kill_in_step(task, kill_at)
        schedule = Schedule(3, 4, 9, exponential_decay(0.1, 1.0, 1), average=0.9)
        train(task, schedule, 1, state_path(folder, "a"))
        return save(task.network.state_dict()), [save(note) for note in task.notes]

    whole = trained(tmp_path / "whole")
    with pytest.raises(Killed):
        trained(tmp_path / "killed", kill_at)
    torch.rand(3)  # whatever else draws
    assert trained(tmp_path / "killed") == whole


def test_guesses_are_noted_in_each_epoch(tmp_path):
    task, _ = task_of(Consistent)
    schedule = Schedule(3, 4, 9, exponential_decay(0.1, 1.0, 1), average=0.9)
    history = train(task, schedule, 1, state_path(tmp_path, "a"))
    assert len(task.notes) == len(history) == 4
    for note, sure in zip(task.notes, history["guessed_surely"], strict=True):
        assert note["class"].shape == note["probability"].shape == (48,)
        assert (note["probability"] >= 0.6).float().mean() == pytest.approx(
            sure, abs=0.05
        )
