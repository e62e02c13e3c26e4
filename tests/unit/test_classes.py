"""Methods that learn classes: calibrated, and resumed to the same bytes."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save

from galvote.base.errors import InputError
from galvote.classes import fine_tuning, supervised
from galvote.classes.answers import answers_of, table_of, teaching_of
from galvote.classes.majority import majority_names
from galvote.classes.method import Galaxies, Teaching, Work
from galvote.classes.registry import METHODS, PLACES, module_of
from galvote.networks.last_layer import LastLayer
from galvote.networks.pretrained import load_encoder
from simulated import sersic_frame
from survey import ROOT

SEED = 3
QUICK = {"epoch_steps": 6, "max_epochs": 4, "batch_size": 8, "input_size": 32}
NETWORK = QUICK | {"architecture": "small", "learning_rate": 0.003, "average": None}
SETTINGS = {
    "probe": {},
    "hand_made": {},
    "names": {},
    "latent": {"epoch_steps": 20, "max_epochs": 5, "learning_rate": 0.01},
    "latent_logistic": {},
    "latent_forest": {"trees": 30},
    "latent_vectors": {},
    "moco": {},
    "deepcluster": {},
    "fixmatch": NETWORK | {"epoch_steps": 20, "average": 0.9},
    "fixmatch_twin": NETWORK | {"epoch_steps": 20},
    "pseudo_label": NETWORK | {"epoch_steps": 20},
    "mixmatch": NETWORK | {"epoch_steps": 20, "average": 0.9, "weight": 5.0},
    "network": NETWORK | {"augment": "none", "epoch_steps": 20},
    "network_voted": NETWORK | {"augment": "none", "epoch_steps": 20},
    "small_network": QUICK | {"optimizer": "adamw", "epoch_steps": 20},
    "small_network_turned": QUICK | {"optimizer": "adamw", "epoch_steps": 20},
}
NAMES = ["disk", "irregular", "spheroid"]


@pytest.fixture(scope="module")
def known():
    """160 galaxies of three classes that every view tells apart, and their labels."""
    rng = np.random.default_rng(SEED)
    classes = rng.permutation(np.repeat([0, 1, 2], [60, 40, 60]))
    centres = rng.normal(0, 2.0, (3, 8))
    points = centres[classes] + rng.normal(0, 1.0, (160, 8))
    members = np.eye(4, dtype=np.float32)[np.where(classes == 2, 3, classes)]
    members = 0.8 * members + 0.05
    members[::40] = 0.0  # not clustered
    images = np.stack([_image(c, n) for n, c in enumerate(classes)])
    views = {"codes": points, "hand_made": points, "cutouts": images}
    views |= dict.fromkeys(
        ("latents", "moco", "deepcluster"), points.astype(np.float32)
    )
    views["memberships"] = members
    views["votes"] = np.where(members.any(axis=1), members.argmax(axis=1), -1)
    ids = np.array([f"g{n:03d}" for n in range(160)])
    return Galaxies(ids, views), classes


def _image(kind, seed):
    """Draw a disk on edge, two blobs, or a round galaxy; uint8 (32, 32, 1)."""
    places = [(15.5, 15.5)] if kind != 1 else [(9.0, 15.5), (22.0, 15.5)]
    ellipticity = 0.7 if kind == 0 else 0.0
    image = sersic_frame(places, size=32, ellipticity=ellipticity, seed=seed)
    return np.clip(image / image.max() * 200 + 20, 0, 255).astype(np.uint8)[..., None]


def teaching(classes, count=90):
    """Let the first galaxies teach."""
    parts = np.resize(["train"] * 4 + ["validation", "calibration"], count)
    return Teaching(np.arange(count), classes[:count], parts.astype(object), NAMES)


def answer(name, known, folder, **more):
    galaxies, classes = known
    method = METHODS[name](**SETTINGS[name] | more)
    views = {need: galaxies.views[need] for need in method.needs()}
    taught = teaching(classes)
    groups = np.arange(len(taught.rows))
    work = Work(seed=SEED, folder=folder)
    return method, answers_of(
        method, Galaxies(galaxies.ids, views), taught, groups, work
    )


@pytest.mark.parametrize("name", METHODS)
def test_every_method_learns_what_can_be_learned(name, known, tmp_path):
    method, answers = answer(name, known, tmp_path)
    table, classes = answers.table, known[1]
    columns = [f"p_{one}" for one in NAMES]
    assert list(table) == ["id", "class", "probability", *columns, "entropy"]
    assert table["id"].tolist() == known[0].ids.tolist()
    chances = table[columns].to_numpy()
    assert chances.sum(axis=1) == pytest.approx(1.0)
    assert (table["probability"] == chances.max(axis=1)).all()
    assert table["class"].tolist() == [NAMES[i] for i in chances.argmax(axis=1)]
    assert table["entropy"].between(0, np.log(3) + 1e-9).all()
    judged = slice(90, None)
    clustered = known[0].views["memberships"].any(axis=1)[judged]
    right = table["class"].to_numpy()[judged] == np.array(NAMES)[classes[judged]]
    assert right[clustered | (name != "names")].mean() > 0.9
    assert 0.05 <= answers.inverse_temperature <= 20.0
    if method.trains:
        kept = method.trained()
        assert kept.facts["classes"] == NAMES
        assert {"validation_loss", "validation_accuracy", "seconds"} <= set(
            kept.history
        )
    unseen = answers.checks
    assert len(unseen) == (15 if method.trains else 90)


def test_the_same_seed_gives_the_same_answers(known, tmp_path):
    for name in ("probe", "latent_forest", "small_network_turned"):
        folders = [tmp_path / f"{name}{n}" for n in "ab"]
        for folder in folders:
            folder.mkdir()
        one, other = (answer(name, known, folder)[1].table for folder in folders)
        pd.testing.assert_frame_equal(one, other, check_exact=True)


KILLED = ["latent", "network", "small_network_turned", "fixmatch", "mixmatch"]


@pytest.mark.parametrize("name", KILLED)
@pytest.mark.parametrize("kill_at", [3, 31, 59])
def test_a_killed_training_ends_with_the_same_bytes(
    name, kill_at, known, tmp_path, monkeypatch
):
    more = {"epoch_steps": 15}
    if name == "network":
        more |= {"augment": "sky", "average": 0.9}
    for folder in "ab":
        (tmp_path / folder).mkdir()
    method, answers = answer(name, known, tmp_path / "a", **more)
    whole = save(method.trained().tensors)
    real = supervised.Supervised.batch

    def killed(task, step, rng):
        if step == kill_at:
            raise KeyboardInterrupt
        return real(task, step, rng)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(supervised.Supervised, "batch", killed)
        answer(name, known, tmp_path / "b", **more)
    torch.rand(5)
    again, resumed = answer(name, known, tmp_path / "b", **more)
    assert save(again.trained().tensors) == whole
    pd.testing.assert_frame_equal(resumed.table, answers.table, check_exact=True)


@pytest.mark.parametrize("name", ["fixmatch", "fixmatch_twin"])
def test_guesses_and_features_are_kept(name, known, tmp_path):
    galaxies = known[0]
    method, _ = answer(name, known, tmp_path, max_epochs=2)
    trained = method.trained()
    features = method.features()
    assert features.shape == (len(galaxies), 84)  # what the last layer takes
    layer = {k.rpartition(".")[2]: v for k, v in trained.tensors.items() if "4." in k}
    logits = features @ layer["weight"].numpy().T + layer["bias"].numpy()
    said = method.predict(galaxies).argmax(axis=1)
    assert np.mean(logits.argmax(axis=1) == said) > 0.9  # turned images differ a little
    assert list(trained.guesses) == ["epoch", "id", "class", "probability"]
    assert trained.guesses["probability"].dtype == float
    epochs = trained.guesses["epoch"].value_counts().to_dict()
    unlabelled = len(galaxies) - 60  # what trains, of the 90 labels that teach
    assert epochs == ({} if name.endswith("twin") else {1: unlabelled, 2: unlabelled})


# Clusters named by labels, and the network that they teach.


def test_clusters_take_the_class_of_most_of_their_labelled_members():
    members = np.array(
        [[0.9, 0.1, 0], [0.8, 0.2, 0], [0.6, 0.4, 0], [0, 1, 0], [0, 0, 0]]
    )
    taught = Teaching(np.arange(5), np.array([0, 0, 1, 1, 1]), np.array([]), ["a", "b"])
    assert majority_names(members, taught).tolist() == [0, 1, 1]


def test_a_galaxy_that_is_not_clustered_has_the_usual_shares(known, tmp_path):
    table = answer("names", known, tmp_path)[1].table
    clustered = known[0].views["memberships"].any(axis=1)
    chances = table[[f"p_{name}" for name in NAMES]].to_numpy()
    assert (chances[~clustered] == chances[~clustered][0]).all()
    assert (
        table["probability"][~clustered].max() < table["probability"][clustered].min()
    )


def test_the_voted_teach_without_their_own_labels(known, tmp_path, monkeypatch):
    galaxies, classes = known
    seen = {}
    real = fine_tuning.fine_tune

    def noted(images, learn, validate, *more):
        seen.update(learn=learn, validate=validate)
        return real(images, learn, validate, *more)

    monkeypatch.setattr(fine_tuning, "fine_tune", noted)
    answer("network_voted", known, tmp_path, max_epochs=1)
    taught = teaching(classes)
    held = taught.rows[taught.parts != "train"]
    assert set(seen["learn"][0]).isdisjoint(held)
    voted = np.flatnonzero(galaxies.views["votes"] >= 0)
    assert set(seen["learn"][0]) == set(voted) - set(held)
    assert (seen["learn"][1] == classes[seen["learn"][0]]).mean() > 0.9


def test_held_labels_name_no_cluster(tmp_path, monkeypatch):
    ids = np.array(list("abcdefgh"))
    members = np.eye(2, dtype=np.float32)[[0, 0, 0, 0, 1, 1, 1, 1]]
    images = np.zeros((8, 32, 32, 1), np.uint8)
    views = {"cutouts": images, "memberships": members}
    galaxies = Galaxies(ids, views | {"votes": members.argmax(axis=1)})
    parts = np.array(["train", "validation", "calibration", "train"])
    taught = Teaching(np.arange(1, 5), np.array([0, 1, 1, 1]), parts, ["x", "y"])
    seen = []
    monkeypatch.setattr(
        fine_tuning, "fine_tune", lambda _, learn, *more: seen.append(learn)
    )
    METHODS["network_voted"]().fit(galaxies, taught, Work(folder=tmp_path))
    rows, classes = seen[0]
    assert rows.tolist() == [0, 1, 4, 5, 6, 7]
    assert classes.tolist() == [0, 0, 1, 1, 1, 1]  # of the labels that train alone


# What is asked of galaxies and labels.


def test_labels_of_galaxies_without_an_image_are_left_out_and_told(caplog):
    table = pd.DataFrame({"id": ["a", "b", "x"], "group": [0, 1, 2]})
    table = table.assign(label=["s", "e", "e"], part="train")
    found, groups = teaching_of(table, np.array(["a", "b", "c"]))
    assert found.rows.tolist() == [0, 1]
    assert found.names == ["e", "s"]
    assert found.classes.tolist() == [1, 0]
    assert groups.tolist() == [0, 1]
    assert "1 galaxies with labels that teach have no image or code" in caplog.text
    with pytest.raises(InputError, match=r"of fewer than two classes \(s\); let more"):
        teaching_of(table, np.array(["a", "c"]))


def test_few_labels_are_answered_without_folds(known, tmp_path):
    galaxies = known[0]
    few = Teaching(
        np.array([0, 1]), np.array([0, 1]), np.array(["train"] * 2), ["a", "b"]
    )
    method = METHODS["probe"]()
    some = Galaxies(galaxies.ids, {"codes": galaxies.views["codes"]})
    answers = answers_of(method, some, few, np.array([0, 1]), Work())
    assert answers.inverse_temperature is None
    assert set(answers.table["class"]) == {"a", "b"}


@pytest.mark.parametrize("name", ["latent", "small_network", "network_voted"])
@pytest.mark.parametrize("count", [0, 9])
def test_a_network_needs_two_classes_to_learn_from(name, count, known, tmp_path):
    ids, views = known[0].ids, known[0].views
    galaxies = Galaxies(ids, views | {"votes": np.full(len(ids), -1)})  # nobody voted
    rows, parts = np.arange(count), np.full(count, "train")
    one = Teaching(rows, np.zeros(count, int), parts, ["a", "b"])
    capped = {} if name == "latent" else {"class_cap": 5}
    method = METHODS[name](**SETTINGS[name] | capped)
    with pytest.raises(InputError, match="fewer than two classes to learn from"):
        method.fit(galaxies, one, Work(folder=tmp_path))


def test_a_network_without_validation_says_what_it_is_validated_on(
    known, tmp_path, caplog
):
    galaxies, classes = known
    rows = np.arange(12)
    few = Teaching(rows, classes[rows], np.full(12, "train"), NAMES)
    method = METHODS["latent"](**SETTINGS["latent"])
    method.fit(galaxies, few, Work(folder=tmp_path))
    assert "no label is left to validate on" in caplog.text


def test_a_cap_bounds_each_class(known, tmp_path, monkeypatch):
    seen = []
    real = fine_tuning.fine_tune

    def noted(images, learn, *more):
        seen.append(np.bincount(learn[1]))
        return real(images, learn, *more)

    monkeypatch.setattr(fine_tuning, "fine_tune", noted)
    answer("small_network", known, tmp_path, class_cap=12, max_epochs=1)
    assert seen[0].max() == 12


def test_probabilities_of_a_table_are_written_as_they_are():
    table = table_of(np.array(["a"]), np.array([[0.25, 0.75]]), ["x y", "é"])
    assert table.loc[0, "class"] == "é"
    assert table.loc[0, "p_x y"] == 0.25
    assert table.loc[0, "entropy"] == pytest.approx(0.5623, abs=1e-4)


# The registry.


def test_every_place_of_the_registry_is_a_method_of_its_own_module():
    for name, method in METHODS.items():
        assert method.__module__ == PLACES[name].partition(":")[0]
        assert (ROOT / "workflow/scripts" / module_of(name)).is_file()
        assert method().needs()


@pytest.fixture(scope="module")
def encoder_files(tmp_path_factory):
    """Weights and description of the encoder that is installed."""
    from galvote.networks.pretrained import build_encoder, save_encoder
    from galvote.networks.weights import find_weights

    folder = tmp_path_factory.mktemp("encoder")
    files = folder / "w.safetensors", folder / "d.json"
    save_encoder(*build_encoder(find_weights("tf_efficientnet_lite0")), *files)
    return files


def test_a_pretrained_network_is_tuned(known, encoder_files, tmp_path):
    body, _ = load_encoder(*encoder_files)
    galaxies, classes = known
    method = METHODS["network"](**QUICK | {"architecture": "encoder", "max_epochs": 2})
    some = Galaxies(galaxies.ids, {"cutouts": galaxies.views["cutouts"]})
    work = Work(seed=SEED, folder=tmp_path, start=encoder_files)
    method.fit(some, teaching(classes), work)
    facts = method.trained().facts
    assert facts["architecture"] == "tf_efficientnet_lite0"
    assert facts["sha256"]
    moved = method.trained().tensors["0.conv_stem.weight"] - body.conv_stem.weight
    assert 0 < moved.abs().max() < 0.1  # fine-tuned, not trained anew


# Dropout.


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_the_last_layer_drops_features_in_training_alone(share):
    torch.manual_seed(SEED)
    layer, features = LastLayer(4000, 1, share), torch.ones(200, 4000)
    torch.nn.init.constant_(layer.weight, 1.0 / 4000)
    torch.nn.init.zeros_(layer.bias)
    state = torch.get_rng_state()
    plain = torch.nn.functional.linear(features, layer.weight, layer.bias)
    assert torch.equal(layer.eval()(features), plain)
    assert torch.equal(torch.get_rng_state(), state)
    dropped = layer.train()(features)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.01)  # scaled up again
    scatter = np.sqrt(share / (1.0 - share) / 4000)  # of binomial numbers that are left
    assert dropped.std().item() == pytest.approx(scatter, rel=0.2, abs=1e-6)
    assert torch.equal(torch.get_rng_state(), state) == (share == 0.0)


@pytest.mark.parametrize("architecture", ["small", "encoder"])
@pytest.mark.parametrize("name", ["network", "fixmatch", "mixmatch"])
def test_every_network_can_drop_features(
    name, architecture, known, encoder_files, tmp_path
):
    galaxies, classes = known
    some = Galaxies(galaxies.ids, {"cutouts": galaxies.views["cutouts"]})
    quick = {"architecture": architecture, "epoch_steps": 2, "max_epochs": 1}
    start = encoder_files if architecture == "encoder" else None
    work = Work(seed=SEED, folder=tmp_path, start=start)
    kept = {}
    for share in (0.0, 0.5):
        method = METHODS[name](**SETTINGS[name] | quick | {"dropout": share})
        method.fit(some, teaching(classes), work)
        kept[share] = method.trained()
        assert np.array_equal(method.predict(some), method.predict(some))
        if method.keeps_features:
            assert np.ptp(method.features(), axis=0).max() > 0
    plain, dropped = kept.values()
    assert list(plain.tensors) == list(dropped.tensors)
    assert plain.facts == dropped.facts
    assert any(
        not torch.equal(tensor, dropped.tensors[key])
        for key, tensor in plain.tensors.items()
    )
