"""The autoencoder learns, and resumes exactly."""

import numpy as np
import pytest
import torch

from galvote.base.errors import InputError
from galvote.networks.training_states import forget_states
from galvote.views import autoencoder, autoencoder_training

SETTINGS = {
    "layers": [{"kernel": 3, "channels": 8, "pool": 2}],
    "latent_dim": None,
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


@pytest.mark.parametrize("latent_dim", [None, 10])
@pytest.mark.parametrize("size", [32, 50, 33])
def test_images_come_back_in_their_shape(size, latent_dim, tmp_path):
    shape = {"channels": 3, "size": size, "layers": LAYERS, "latent_dim": latent_dim}
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


def test_training_denoises(galaxy_images, tmp_path):
    trainer = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path
    )
    network, history = trainer.run()
    noisy, clean = trainer.noisy, trainer.targets
    before = ((noisy - clean) ** 2).mean().item()
    with torch.inference_mode():
        after = ((network(noisy) - clean) ** 2).mean().item()
    assert after < before / 2
    assert history["validation_loss"].min() == pytest.approx(after, rel=0.1)
    assert history["step"].tolist() == [20, 40, 60, 80]
    assert set(trainer.train).isdisjoint(trainer.held)
    assert len(trainer.train) + len(trainer.held) == len(galaxy_images)


def test_an_interrupted_training_ends_as_if_it_had_not_been(galaxy_images, tmp_path):
    whole, history = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path
    ).run()
    (tmp_path / "b").mkdir()
    first = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b"
    )
    for epoch in range(2):
        first._record(epoch + 1, first._train_epoch(epoch))
    first._train_epoch(2)  # killed here: this epoch is not in the state
    second = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b"
    )
    resumed, again = second.run()
    assert again["validation_loss"].tolist() == history["validation_loss"].tolist()
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    third = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b"
    )
    third._train_epoch = None  # what is done is not trained again
    done, same = third.run()
    assert same.equals(again)
    for name, tensor in done.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    forget_states(tmp_path / "b")
    assert not list((tmp_path / "b").iterdir())


def test_the_state_of_another_training_is_never_used(galaxy_images, tmp_path):
    first = autoencoder_training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path
    )
    first._record(1, first._train_epoch(0))
    other = SETTINGS | {"learning_rate": 0.02}
    second = autoencoder_training.Trainer(galaxy_images, other, "code", "cpu", tmp_path)
    second._resume()
    assert second.state.epoch == 0
    assert not list(tmp_path.iterdir())
    third = autoencoder_training.Trainer(
        galaxy_images[::-1], SETTINGS, "code", "cpu", tmp_path
    )
    assert third.state_path != first.state_path


def test_early_stop(galaxy_images, tmp_path):
    settings = SETTINGS | {"learning_rate": 1e-12, "patience": 1, "max_epochs": 50}
    _, history = autoencoder_training.Trainer(
        galaxy_images, settings, "code", "cpu", tmp_path
    ).run()
    assert len(history) < 50


def test_a_pass_over_the_galaxies_takes_each_once():
    drawn = np.concatenate(
        [autoencoder_training.batch_indices(10, 4, s, 3) for s in range(5)]
    )
    for part in (drawn[:10], drawn[10:]):
        assert sorted(part) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:].tolist()


def test_a_single_galaxy_is_refused(galaxy_images, tmp_path):
    with pytest.raises(InputError, match="cannot learn from 1 galaxy"):
        autoencoder_training.Trainer(
            galaxy_images[:1], SETTINGS, "code", "cpu", tmp_path
        )


def test_denoising_does_not_depend_on_what_else_is_in_the_batch(galaxy_images):
    shape = {"channels": 1, "size": 32, "layers": LAYERS, "latent_dim": None}
    network = autoencoder.Autoencoder(**shape).eval()
    together = autoencoder.denoise(network, galaxy_images[:40], "cpu")
    alone = autoencoder.denoise(network, galaxy_images[35:40], "cpu")
    assert (together[35:] == alone).all()
    assert autoencoder.denoise(network, galaxy_images[:0], "cpu").shape[0] == 0
