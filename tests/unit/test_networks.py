"""The autoencoder learns and resumes exactly; the encoder is what timm has."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from skimage.data import chelsea

from galvote import autoencoder, codes, encoders, training
from galvote.errors import InputError
from galvote.images import as_levels
from galvote.training_states import forget_states

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


@pytest.fixture(scope="module")
def encoder_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    network, description = encoders.fetch_encoder("tf_efficientnet_lite0", None)
    files = folder / "model.safetensors", folder / "encoder.json"
    encoders.save_encoder(network, description, *files)
    return files


def encoder_of(files, **more):
    options = {"input_size": 64, "batch_size": 4, "dtype": "float32", "device": "cpu"}
    return encoders.Encoder(*encoders.load_encoder(*files), **(options | more))


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
    trainer = training.Trainer(galaxy_images, SETTINGS, "code", "cpu", tmp_path)
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
    whole, history = training.Trainer(
        galaxy_images, SETTINGS, "code", "cpu", tmp_path
    ).run()
    (tmp_path / "b").mkdir()
    first = training.Trainer(galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b")
    for epoch in range(2):
        first._record(epoch + 1, first._train_epoch(epoch))
    first._train_epoch(2)  # killed here: this epoch is not in the state
    second = training.Trainer(galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b")
    resumed, again = second.run()
    assert again["validation_loss"].tolist() == history["validation_loss"].tolist()
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    third = training.Trainer(galaxy_images, SETTINGS, "code", "cpu", tmp_path / "b")
    third._train_epoch = None  # what is done is not trained again
    done, same = third.run()
    assert same.equals(again)
    for name, tensor in done.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    forget_states(tmp_path / "b")
    assert not list((tmp_path / "b").iterdir())


def test_the_state_of_another_training_is_never_used(galaxy_images, tmp_path):
    first = training.Trainer(galaxy_images, SETTINGS, "code", "cpu", tmp_path)
    first._record(1, first._train_epoch(0))
    other = SETTINGS | {"learning_rate": 0.02}
    second = training.Trainer(galaxy_images, other, "code", "cpu", tmp_path)
    second._resume()
    assert second.state.epoch == 0
    assert not list(tmp_path.iterdir())
    third = training.Trainer(galaxy_images[::-1], SETTINGS, "code", "cpu", tmp_path)
    assert third.state_path != first.state_path


def test_early_stop(galaxy_images, tmp_path):
    settings = SETTINGS | {"learning_rate": 1e-12, "patience": 1, "max_epochs": 50}
    _, history = training.Trainer(
        galaxy_images, settings, "code", "cpu", tmp_path
    ).run()
    assert len(history) < 50


def test_a_pass_over_the_galaxies_takes_each_once():
    drawn = np.concatenate([training.batch_indices(10, 4, s, 3) for s in range(5)])
    for part in (drawn[:10], drawn[10:]):
        assert sorted(part) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:].tolist()


def test_a_single_galaxy_is_refused(galaxy_images, tmp_path):
    with pytest.raises(InputError, match="cannot learn from 1 galaxy"):
        training.Trainer(galaxy_images[:1], SETTINGS, "code", "cpu", tmp_path)


def test_denoising_does_not_depend_on_what_else_is_in_the_batch(galaxy_images):
    shape = {"channels": 1, "size": 32, "layers": LAYERS, "latent_dim": None}
    network = autoencoder.Autoencoder(**shape).eval()
    together = autoencoder.denoise(network, galaxy_images[:40], "cpu")
    alone = autoencoder.denoise(network, galaxy_images[35:40], "cpu")
    assert (together[35:] == alone).all()
    assert autoencoder.denoise(network, galaxy_images[:0], "cpu").shape[0] == 0


def test_the_installed_weights_know_a_cat():
    timm = encoders.import_timm()
    names = list(timm.create_model("tf_efficientnet_lite0").state_dict())
    weights = encoders.installed_weights(names)
    network = timm.create_model("tf_efficientnet_lite0").eval()
    network.load_state_dict(weights, strict=False)
    cat = Image.fromarray(chelsea()).resize((224, 224))
    levels = torch.from_numpy(as_levels(np.asarray(cat)[None])) * 2 - 1
    with torch.inference_mode():
        best = network(levels)[0].topk(3).indices.tolist()
    assert set(best) & {281, 282, 283, 284, 285}  # ImageNet's domestic cats


def test_the_stored_encoder_gives_timms_own_codes(encoder_files):
    timm = encoders.import_timm()
    network, description = encoders.fetch_encoder("tf_efficientnet_lite0", None)
    assert description["n_features"] == 1280
    encoder = encoder_of(encoder_files, input_size=None)
    transform = timm.data.create_transform(
        input_size=224, mean=description["mean"], std=description["std"],
        interpolation="bicubic", crop_pct=1.0,
    )  # fmt: skip
    image = np.asarray(Image.fromarray(chelsea()[:, 75:375]).resize((96, 96)))
    with torch.inference_mode():
        timms = network(transform(Image.fromarray(image))[None])[0].numpy()
    ours = encoder.encode(image[None])[0]
    cosine = ours @ timms / np.linalg.norm(ours) / np.linalg.norm(timms)
    assert cosine > 0.999


def test_codes_do_not_depend_on_the_other_galaxies(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files)
    together = encoder.encode(galaxy_images[:6])
    assert (encoder.encode(galaxy_images[4:6]) == together[4:]).all()
    assert encoder.encode(galaxy_images[:0]).shape == (0, 1280)


def test_half_a_turn_makes_both_ends_of_an_axis_one(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files)
    one = encoder.encode(galaxy_images[:2], half_turn=True)
    two = encoder.encode(np.roll(galaxy_images[:2], 16, axis=1), half_turn=True)
    assert np.allclose(one, two, atol=1e-5)


def test_bfloat16_is_close(encoder_files, galaxy_images):
    full = encoder_of(encoder_files).encode(galaxy_images[:4])
    low = encoder_of(encoder_files, dtype="bfloat16").encode(galaxy_images[:4])
    cosine = (
        (full * low).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(low, axis=1)
    )
    assert 0.98 < cosine.min() < 1.0 - 1e-6


@pytest.mark.parametrize("place", ["file", "torch file", "folder"])
def test_any_timm_model_from_local_weights(tmp_path, place):
    timm = encoders.import_timm()
    torch.manual_seed(1)
    source = timm.create_model("convnext_atto")
    described = {"mean": [0.1, 0.2, 0.3], "input_size": [3, 96, 96]}
    path = tmp_path / ("m.pth" if place == "torch file" else "model.safetensors")
    state = {k: v.clone() for k, v in source.state_dict().items()}
    if place == "torch file":
        torch.save({"model": state}, path)
    else:
        save_file(state, path)
        config = {"architecture": "convnext_atto", "pretrained_cfg": described}
        (tmp_path / "config.json").write_text(json.dumps(config))
    where = tmp_path if place == "folder" else path
    network, description = encoders.fetch_encoder("convnext_atto", str(where))
    images = torch.rand(2, 3, 64, 64)
    source.reset_classifier(0)
    with torch.inference_mode():
        assert torch.allclose(network(images), source.eval()(images), atol=1e-6)
    if place == "folder":
        assert description["input_size"] == 96
        assert description["mean"] == described["mean"]


def test_a_size_that_the_encoder_does_not_take_is_refused(encoder_files):
    network, description = encoders.load_encoder(*encoder_files)
    fixed = description | {"fixed_input_size": True}
    options = {"batch_size": 4, "dtype": "float32", "device": "cpu"}
    with pytest.raises(InputError, match=r"takes 224 px only; set it to null"):
        encoders.Encoder(network, fixed, input_size=128, **options)
    encoders.Encoder(network, fixed, input_size=None, **options)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="does not fit the model convnext_atto"):
        encoders.fetch_encoder("convnext_atto", str(tmp_path / "a.safetensors"))
    (tmp_path / "b.pth").write_text("rubbish")
    with pytest.raises(InputError, match="cannot be read as weights"):
        encoders.fetch_encoder("convnext_atto", str(tmp_path / "b.pth"))
    with pytest.raises(InputError, match="holds 2 weight files"):
        encoders.fetch_encoder("convnext_atto", str(tmp_path))
    with pytest.raises(InputError, match="timm has no model convnext_attto"):
        encoders.fetch_encoder("convnext_attto", None)


def test_shards_encoded_in_different_ways_are_not_joined(tmp_path):
    for name, digest in (("1", "a"), ("2", "b")):
        ids = np.array([f"g{name}"])
        codes.write_codes(tmp_path / f"{name}.npz", ids, np.ones((1, 2)), digest, "cpu")
    both = [tmp_path / "2.npz", tmp_path / "1.npz"]
    with pytest.raises(InputError, match="made in different ways"):
        codes.join_codes(both)
    ids = np.array(["g0"])
    codes.write_codes(tmp_path / "1.npz", ids, np.zeros((1, 2)), "b", "cpu")
    joined, values = codes.join_codes(both)
    assert joined.tolist() == ["g0", "g2"]
    assert values[:, 0].tolist() == [0.0, 1.0]
