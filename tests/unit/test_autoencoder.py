"""The autoencoder learns, and resumes exactly."""

import numpy as np
import pytest
import torch

from galvote.base.errors import InputError
from galvote.base.files import write_table
from galvote.views import autoencoder, autoencoder_training

SETTINGS = {
    "layers": [{"kernel": 3, "channels": 8, "pool": 2}],
    "latent_dim": None,
    "decoder": "upsampling",
    "noise": [0.1, 0.1],
    "learning_rate": 0.01,
    "decay": 0.9,
    "decay_steps": 50,
    "batch_size": 4,
    "epoch_steps": 20,
    "max_epochs": 4,
    "patience": 9,
    "validation_share": 0.2,
    "seed": 5,
}
LAYERS = [
    {"kernel": 5, "channels": 6, "pool": 2},
    {"kernel": 3, "channels": 4, "pool": 3},
]


@pytest.mark.parametrize("decoder", ["upsampling", "transposed"])
@pytest.mark.parametrize("latent_dim", [None, 10])
@pytest.mark.parametrize("size", [32, 50, 33, 36])
def test_images_come_back_in_their_shape(size, latent_dim, decoder, tmp_path):
    shape = {"channels": 3, "size": size, "layers": LAYERS, "latent_dim": latent_dim}
    shape["decoder"] = decoder
    network = autoencoder.Autoencoder(**shape)
    images = torch.rand(2, 3, size, size)
    assert network(images).shape == images.shape
    side = size // 2 // 3
    wanted = (2, 10) if latent_dim else (2, 4, side, side)
    assert network.encode(images).shape == wanted
    files = tmp_path / "w.safetensors", tmp_path / "s.json"
    autoencoder.save_autoencoder(network, shape, *files, {"device": "cpu"})
    again = autoencoder.load_autoencoder(*files)
    assert torch.equal(again(images), network(images))


def train(images, folder, **changes):
    return autoencoder_training.train_autoencoder(
        images, SETTINGS | changes, "code", "cpu", folder
    )


def bytes_of(task, history, folder):
    """Return what a training writes: weights, settings and history without times."""
    files = [folder / name for name in ("w.safetensors", "s.json", "h.csv")]
    autoencoder.save_autoencoder(
        task.network, task.shape, *files[:2], {"device": "cpu"}
    )
    write_table(history.drop(columns="seconds"), files[2])
    return [file.read_bytes() for file in files]


def test_training_denoises(galaxy_images, tmp_path):
    task, history = train(galaxy_images, tmp_path)
    before = ((task.noisy - task.targets) ** 2).mean().item()
    with torch.inference_mode():
        after = ((task.network(task.noisy) - task.targets) ** 2).mean().item()
    assert after < before / 2
    assert history["validation_loss"].min() == pytest.approx(after, rel=0.1)
    assert history["psnr"].max() > -10 * np.log10(before)
    assert history["step"].tolist() == [20, 40, 60, 80]
    columns = ["epoch", "step", "learning_rate", "train_loss", "validation_loss"]
    assert list(history) == [*columns, "psnr", "seconds", "kept"]
    assert set(task.train).isdisjoint(task.held)
    assert len(task.train) + len(task.held) == len(galaxy_images)


def test_an_interrupted_training_ends_as_if_it_had_not_been(
    galaxy_images, tmp_path, monkeypatch
):
    for name in "ab":
        (tmp_path / name).mkdir()
    whole = bytes_of(*train(galaxy_images, tmp_path / "a"), tmp_path / "a")
    real = autoencoder_training.Denoising.loss

    def killed(task, step, rng):
        if step == 47:  # epochs have 20
            raise KeyboardInterrupt
        return real(task, step, rng)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(autoencoder_training.Denoising, "loss", killed)
        train(galaxy_images, tmp_path / "b")
    resumed = train(galaxy_images, tmp_path / "b")
    assert bytes_of(*resumed, tmp_path / "b") == whole


def test_the_state_of_another_training_is_never_used(galaxy_images, tmp_path):
    (tmp_path / "alone").mkdir()
    other = {"learning_rate": 0.02, "max_epochs": 1}
    alone = bytes_of(*train(galaxy_images, tmp_path / "alone", **other), tmp_path)
    train(galaxy_images, tmp_path, max_epochs=1)
    (first,) = tmp_path.glob(".state-*")
    after = bytes_of(*train(galaxy_images, tmp_path, **other), tmp_path)
    assert after == alone
    (second,) = tmp_path.glob(".state-*")
    train(galaxy_images[::-1], tmp_path, **other)
    (third,) = tmp_path.glob(".state-*")
    assert len({first, second, third}) == 3


def test_early_stop(galaxy_images, tmp_path):
    _, history = train(
        galaxy_images, tmp_path, learning_rate=1e-12, patience=1, max_epochs=50
    )
    assert len(history) < 50


def test_noise_has_a_sigma_of_its_own_in_each_image():
    rng = torch.Generator().manual_seed(3)
    images = torch.zeros(40, 1, 50, 50)
    sigma = autoencoder_training.add_noise(images, [0.1, 0.3], rng).std(dim=(1, 2, 3))
    assert 0.09 < sigma.min() < 0.15
    assert 0.25 < sigma.max() < 0.31
    assert torch.equal(autoencoder_training.add_noise(images, [0.0, 0.0], rng), images)


def test_galaxies_are_turned_in_all_eight_ways():
    images = torch.arange(18.0).reshape(2, 1, 3, 3)
    rng = torch.Generator().manual_seed(3)
    turned = {
        tuple(autoencoder_training.turn(images, rng).flatten().tolist())
        for _ in range(99)
    }
    assert len(turned) == 8
    for way in turned:  # each galaxy keeps its own pixels
        assert sorted(way[:9]) == list(range(9))


def test_a_single_galaxy_is_refused(galaxy_images, tmp_path):
    with pytest.raises(InputError, match="cannot learn from 1 galaxy"):
        train(galaxy_images[:1], tmp_path)


def test_denoising_does_not_depend_on_what_else_is_in_the_batch(galaxy_images):
    shape = {"channels": 1, "size": 32, "layers": LAYERS, "latent_dim": None}
    network = autoencoder.Autoencoder(**shape).eval()
    together = autoencoder.denoise(network, galaxy_images[:40], "cpu")
    alone = autoencoder.denoise(network, galaxy_images[35:40], "cpu")
    assert (together[35:] == alone).all()
    assert autoencoder.denoise(network, galaxy_images[:0], "cpu").shape[0] == 0
