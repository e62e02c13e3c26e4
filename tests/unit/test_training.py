"""The training loop: it resumes to the same bytes, stops early, trusts no old state."""

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import nn
from torch.nn.functional import cross_entropy

from galvote.base.errors import InputError
from galvote.networks import training
from galvote.networks.training_states import forget_states, state_path

SEED = 5
EPOCHS, EPOCH_STEPS = 6, 4


class Killed(BaseException):
    """The training is killed here."""


class TinyTask(training.Task):
    """Tells points inside a circle from those outside.

    The network has what is hard to resume: momentum, running means and dropout.

    Parameters
    ----------
    kill_at : step in which the training is killed.
    losses : validation losses to report instead of real ones.
    """

    def __init__(self, kill_at=None, losses=None):
        rng = np.random.default_rng(SEED)
        self.points = torch.from_numpy(rng.normal(size=(50, 2)).astype(np.float32))
        self.labels = (self.points.norm(dim=1) < 1).long()
        torch.manual_seed(SEED)
        self.network = nn.Sequential(
            nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2)
        )
        self.optimizer = torch.optim.SGD(self.network.parameters(), momentum=0.9)
        self.kill_at, self.losses, self.steps = kill_at, losses, []

    def loss(self, step, rng):
        if step == self.kill_at:
            raise Killed
        self.steps.append(step)
        assert self.network.training
        chosen = training.batch_indices(40, 8, step, SEED)
        points = self.points[chosen]
        points = points + 0.1 * torch.randn(points.shape, generator=rng)
        return cross_entropy(self.network(points), self.labels[chosen])

    def validate(self, network):
        assert not network.training and torch.is_inference_mode_enabled()
        answer = network(self.points[40:])
        loss = cross_entropy(answer, self.labels[40:]).item()
        if self.losses is not None:
            loss = self.losses[len(self.steps) // EPOCH_STEPS - 1]
        right = (answer.argmax(1) == self.labels[40:]).float()
        return {"validation_loss": loss, "accuracy": right.mean().item()}


def schedule(**changes):
    usual = {
        "epoch_steps": EPOCH_STEPS,
        "max_epochs": EPOCHS,
        "patience": EPOCHS,
        "rate": training.exponential_decay(0.1, 0.5, 8),
    }
    return training.Schedule(**usual | changes)


def train(task, folder, key="a", **changes):
    """Train; return the bytes of weights and history, but for its times."""
    state_file = state_path(folder, key)
    history = training.train(task, schedule(**changes), SEED, state_file)
    times = history.pop("seconds")
    assert (times >= 0).all()
    return save(task.network.state_dict()), history.to_csv().encode()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Weights and history of a training that nothing interrupted."""
    return train(TinyTask(), tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def averaged(tmp_path_factory):
    """Weights and history of a training that keeps a moving average."""
    return train(TinyTask(), tmp_path_factory.mktemp("averaged"), average=0.9)


@pytest.mark.parametrize("average", [None, 0.9])
@pytest.mark.parametrize("kill_at", range(EPOCHS * EPOCH_STEPS))
def test_a_training_resumes_to_the_same_bytes_from_every_step(
    kill_at, average, whole, averaged, tmp_path
):
    with pytest.raises(Killed):
        train(TinyTask(kill_at=kill_at), tmp_path, average=average)
    torch.rand(7)  # whatever else draws
    second = TinyTask()
    expected = whole if average is None else averaged
    assert train(second, tmp_path, average=average) == expected
    begun = kill_at // EPOCH_STEPS * EPOCH_STEPS
    assert second.steps == list(range(begun, EPOCHS * EPOCH_STEPS))


def test_a_training_that_is_killed_in_every_epoch_ends_the_same(whole, tmp_path):
    for epoch in range(EPOCHS):
        with pytest.raises(Killed):
            train(TinyTask(kill_at=epoch * EPOCH_STEPS + epoch % 4), tmp_path)
    assert train(TinyTask(), tmp_path) == whole


@pytest.mark.parametrize("average", [None, 0.9])
def test_without_patience_the_last_weights_are_kept(average, tmp_path):
    rising = list(range(EPOCHS))
    best = TinyTask(losses=rising)
    train(best, tmp_path / "best", average=average)
    last = TinyTask(losses=rising)
    _, history = train(last, tmp_path / "last", average=average, patience=None)
    assert history.decode().count("\n") == EPOCHS + 1
    whole, _ = train(TinyTask(losses=rising[::-1]), tmp_path / "c", average=average)
    assert save(last.network.state_dict()) == whole  # of which the last is the best
    assert save(best.network.state_dict()) != whole


@pytest.mark.parametrize("keeps_norms", [False, True])
def test_batch_norms_may_go_on_with_the_means_that_they_have(keeps_norms, tmp_path):
    task = TinyTask()
    shape = nn.Unflatten(1, (2, 1, 1))
    layers = shape, nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2)
    task.network = nn.Sequential(*layers)
    task.optimizer = torch.optim.SGD(task.network.parameters())
    task.keeps_norms = keeps_norms
    train(task, tmp_path)
    norm = task.network[1]
    assert (norm.num_batches_tracked == 0) == keeps_norms
    assert (norm.running_mean == 0).all() == keeps_norms
    assert (norm.weight != 1).any()  # their weights learn as all others


class Graded(TinyTask):
    """Stands as it is told, with a margin."""

    def standing(self, measured):
        return measured["validation_loss"], 0.1


@pytest.mark.parametrize(
    ("losses", "kept"),
    [
        ([0.5, 0.3, 0.35, 0.39, 0.45, 0.9], [1, 1, 1, 1, 0, 0]),
        ([0.5, 0.59, 0.4, 0.49, 0.2, 0.31], [1, 1, 1, 1, 1, 0]),
        ([0.5, 0.61, 0.61, 0.59, 0.61, 0.61], [1, 0, 0, 1, 0, 0]),
    ],
)
def test_the_last_epoch_that_stands_as_well_as_the_best_is_kept(losses, kept, tmp_path):
    task = Graded(losses=losses)
    history = training.train(task, schedule(), SEED, state_path(tmp_path, "a"))
    assert history["kept"].tolist() == [bool(k) for k in kept]
    last = max(n for n, k in enumerate(kept) if k)
    other = TinyTask()
    train(other, tmp_path / "b", patience=None, max_epochs=last + 1)
    assert save(task.network.state_dict()) == save(other.network.state_dict())


def test_patience_counts_from_the_last_epoch_that_stood_as_well(tmp_path):
    task = Graded(losses=[0.5, 0.55, 0.7, 0.7, 0.7, 0.7])
    history = training.train(
        task, schedule(patience=2), SEED, state_path(tmp_path, "a")
    )
    assert len(history) == 4


def test_what_is_done_is_not_trained_again(whole, tmp_path):
    train(TinyTask(), tmp_path)
    done = TinyTask(kill_at=0)
    assert train(done, tmp_path) == whole
    assert not done.network.training  # as after a training
    forget_states(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_history_has_a_row_per_epoch(tmp_path):
    history = training.train(TinyTask(), schedule(), SEED, state_path(tmp_path, "a"))
    assert list(history) == [
        "epoch",
        "step",
        "learning_rate",
        "train_loss",
        "validation_loss",
        "accuracy",
        "seconds",
        "kept",
    ]
    assert history["epoch"].tolist() == list(range(1, EPOCHS + 1))
    assert history["step"].tolist() == [4, 8, 12, 16, 20, 24]
    rates = 0.1 * 0.5 ** ((history["step"] - 1) / 8)
    assert history["learning_rate"].to_numpy() == pytest.approx(rates.to_numpy())
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]


def test_the_moving_average_is_what_is_validated_and_kept(tmp_path):
    task, seen = TinyTask(), []
    initial = task.network[0].weight.detach().clone()
    validate = task.validate

    def noted(network):
        seen.append((network is task.network, network[0].weight.clone()))
        return validate(network)

    task.validate = noted
    slow = {"average": 0.999, "max_epochs": 2}
    training.train(task, schedule(**slow), SEED, state_path(tmp_path, "a"))
    assert not any(same for same, _ in seen)
    fast = TinyTask()
    training.train(fast, schedule(max_epochs=2), SEED, state_path(tmp_path, "b"))
    moved = (fast.network[0].weight - initial).abs().mean()
    assert 0.1 * moved < (task.network[0].weight - initial).abs().mean() < moved
    means = task.network[1].running_mean  # of the layer: averaged, too
    assert not torch.equal(means, fast.network[1].running_mean)


def test_the_moving_average_soon_forgets_the_start():
    task = TinyTask()
    average = training._average_of(task, schedule(average=0.99))
    lags = []
    with torch.no_grad():
        for step in range(3000):
            task.network[0].bias.fill_(step)
            average.update_parameters(task.network)
            lags.append(step - average.module[0].bias[0].item())
    assert lags[30] < 5  # where a fixed decay would lag by 26
    assert lags[-1] == pytest.approx(0.99 / 0.01, rel=0.02)


def test_a_training_that_comes_apart_says_what_to_change(tmp_path):
    rate = training.exponential_decay(1e30, 1.0, 1)
    with pytest.raises(InputError, match="lower its `learning_rate`"):
        train(TinyTask(), tmp_path, rate=rate)


LOSSES = [3.0, 1.0, 2.0, 1.0, 0.5, 0.1]  # the second 1.0 is no better


@pytest.mark.parametrize("kill_at", [None, 4, 9, 15])
def test_training_stops_early_with_the_best_weights(kill_at, tmp_path):
    best, _ = train(TinyTask(losses=LOSSES), tmp_path, "best", max_epochs=2)
    if kill_at is not None:
        with pytest.raises(Killed):
            train(TinyTask(kill_at, LOSSES), tmp_path, patience=2)
    task = TinyTask(losses=LOSSES[(kill_at or 0) // EPOCH_STEPS :])
    weights, history = train(task, tmp_path, patience=2)
    assert weights == best
    assert history.count(b"\n") == 1 + 4
    assert task.steps[-1] == 4 * EPOCH_STEPS - 1


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other"])
def test_a_damaged_state_starts_again(damage, whole, tmp_path):
    with pytest.raises(Killed):
        train(TinyTask(kill_at=10), tmp_path)
    file = state_path(tmp_path, "a")
    stored = file.read_bytes()
    if damage == "other":
        torch.save({"weights": torch.zeros(3)}, file)
    else:
        cut = {"cut": stored[: len(stored) // 2], "empty": b"", "text": b"no state"}
        file.write_bytes(cut[damage])
    task = TinyTask()
    assert train(task, tmp_path) == whole
    assert task.steps[0] == 0


def test_a_state_is_written_whole_or_not_at_all(tmp_path, monkeypatch, whole):
    real, calls = torch.save, []

    def save_in_part(stored, stream):
        calls.append(stored["epoch"])
        real(stored, stream)
        if len(calls) == 3:
            raise Killed

    monkeypatch.setattr(torch, "save", save_in_part)
    with pytest.raises(Killed):
        train(TinyTask(), tmp_path)
    second = TinyTask()
    assert train(second, tmp_path) == whole
    assert second.steps[0] == 2 * EPOCH_STEPS
    assert [file.name for file in tmp_path.iterdir()] == [".state-a.pt"]


def test_states_of_other_trainings_are_neither_used_nor_kept(whole, tmp_path):
    with pytest.raises(Killed):
        train(TinyTask(kill_at=10), tmp_path, "other")
    (tmp_path / "history.csv").touch()
    task = TinyTask()
    assert train(task, tmp_path) == whole
    assert task.steps[0] == 0
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == [".state-a.pt", "history.csv"]


def test_the_key_of_a_state_changes_with_all_that_a_training_depends_on(monkeypatch):
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    labels = np.array([0, 1])
    settings = {"rate": 0.1, "seed": 5}
    keys = [
        training.state_key(*facts)
        for facts in [
            ([images, labels], settings, "code"),
            ([images, labels[::-1]], settings, "code"),
            ([images[::-1], labels], settings, "code"),
            ([images.reshape(2, 4, 3), labels], settings, "code"),
            ([images, labels], settings | {"seed": 6}, "code"),
            ([images, labels], settings, "other code"),
        ]
    ]
    threads = torch.get_num_threads()
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads + 1)
    keys.append(training.state_key([images, labels], settings, "code"))
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(torch, "__version__", "0.1")
    keys.append(training.state_key([images, labels], settings, "code"))
    assert len(set(keys)) == len(keys)
    monkeypatch.undo()
    turned = dict(reversed(settings.items()))  # the order of settings means nothing
    again = training.state_key([images.copy(), labels], turned, "code")
    assert again == keys[0]


def test_a_pass_over_the_galaxies_takes_each_once():
    drawn = np.concatenate([training.batch_indices(10, 4, s, 3) for s in range(5)])
    for part in (drawn[:10], drawn[10:]):
        assert sorted(part) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:].tolist()


def test_a_batch_may_be_larger_than_the_survey():
    drawn = training.batch_indices(3, 7, 0, 3)
    assert sorted(np.bincount(drawn)) == [2, 2, 3]


def test_every_step_has_a_seed_of_its_own():
    seeds = {training.seed_of_step(seed, step) for seed in (1, 2) for step in range(99)}
    assert len(seeds) == 2 * 99
