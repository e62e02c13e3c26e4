"""Encoders: any weights, their own preprocessing, codes blind to how a galaxy lies."""

import hashlib
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from skimage.data import chelsea

from galvote.base.encoder_names import folder_name
from galvote.base.errors import InputError
from galvote.codes.copies import Copies
from galvote.codes.encoder import Encoder, fingerprint, input_size_of
from galvote.networks.pretrained import (
    build_encoder,
    load_encoder,
    random_encoder,
    save_encoder,
)
from galvote.networks.weights import find_weights, import_timm, installed_weights
from stored_models import stored

GREY = {"mean": [0.4], "std": [0.2]}
COLOUR = {"mean": [0.1, 0.2, 0.3], "std": [0.2, 0.2, 0.2]}


@pytest.fixture(scope="module")
def encoder_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    files = folder / "model.safetensors", folder / "encoder.json"
    save_encoder(*build_encoder(find_weights("tf_efficientnet_lite0")), *files)
    return files


def encoder_of(files, *copies, **more):
    options = {"input_size": 64, "dtype": "float32", "device": "cpu", "batch_size": 4}
    options |= {"copies": Copies(*copies), "engine": "torch"}
    return Encoder(*load_encoder(*files), **(options | more))


def cosine(one, other):
    """Return the cosines between rows."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / lengths


def test_the_installed_weights_know_a_cat():
    network = import_timm().create_model("tf_efficientnet_lite0").eval()
    network.load_state_dict(installed_weights(), strict=False)
    cat = np.asarray(Image.fromarray(chelsea()).resize((224, 224)), dtype=np.float32)
    levels = torch.from_numpy(cat).permute(2, 0, 1)[None] / 127.5 - 1.0
    with torch.inference_mode():
        best = network(levels)[0].topk(3).indices.tolist()
    assert set(best) & {281, 282, 283, 284, 285}  # ImageNet's domestic cats


def test_the_stored_encoder_gives_timms_own_codes(encoder_files):
    network, description = build_encoder(find_weights("tf_efficientnet_lite0"))
    assert description["n_features"] == 1280
    transform = import_timm().data.create_transform(
        input_size=224, mean=description["mean"], std=description["std"],
        interpolation="bicubic", crop_pct=1.0,
    )  # fmt: skip
    image = np.asarray(Image.fromarray(chelsea()[:, 75:375]).resize((96, 96)))
    with torch.inference_mode():
        timms = network(transform(Image.fromarray(image))[None]).numpy()
    ours = encoder_of(encoder_files, input_size=None).encode(image[None])
    assert cosine(ours, timms).item() > 0.999


def test_half_a_turn_makes_both_ends_of_a_polar_axis_one(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files, 2)
    one = encoder.encode(galaxy_images[:2], "plain")
    two = encoder.encode(np.roll(galaxy_images[:2], 16, axis=1), "plain")
    assert np.allclose(one, two, atol=1e-5)


def test_turned_and_mirrored_galaxies_have_the_same_codes(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files, 8, True)
    images = galaxy_images[:3]
    plain = encoder.encode(images)
    for other in (np.rot90(images, 1, (1, 2)), images[:, :, ::-1], images[:, ::-1]):
        again = encoder.encode(np.ascontiguousarray(other))
        assert cosine(plain, again).min() > 0.9999
    alone = encoder_of(encoder_files)
    turned = np.ascontiguousarray(np.rot90(images, 1, (1, 2)))
    assert cosine(alone.encode(images), alone.encode(turned)).max() < 0.9999


def test_bfloat16_is_close(encoder_files, galaxy_images):
    full = encoder_of(encoder_files).encode(galaxy_images[:4])
    low = encoder_of(encoder_files, dtype="bfloat16").encode(galaxy_images[:4])
    assert 0.98 < cosine(full, low).min() < 1.0 - 1e-6


@pytest.mark.parametrize("place", ["file", "torch file", "folder", "named folder"])
def test_any_timm_model_from_local_weights(tmp_path, place):
    name = "m.pth" if place == "torch file" else "model.safetensors"
    described = {"mean": [0.1, 0.2, 0.3], "std": [1.0] * 3, "input_size": [3, 96, 96]}
    described = described if "folder" in place else None
    source = stored(tmp_path / name, "convnext_atto", described)
    if place == "named folder":
        found = find_weights(str(tmp_path))
    else:
        where = tmp_path if place == "folder" else tmp_path / name
        found = find_weights("convnext_atto.d2_in1k", str(where))
    network, description = build_encoder(found)
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(network(images), source(images), atol=1e-6)
    if described:
        assert description["input_size"] == 96
        assert description["mean"] == described["mean"]
    else:
        assert description["mean"] == pytest.approx([0.485, 0.456, 0.406])


def test_codes_do_not_depend_on_the_number_of_images(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files)
    codes = encoder.encode(galaxy_images[:7])
    assert encoder.encode(galaxy_images[:0]).shape == (0, 1280)
    for part in (slice(0, 1), slice(3, 7)):
        assert (encoder.encode(galaxy_images[part]) == codes[part]).all()


def test_half_a_turn_gives_the_same_copies(encoder_files, galaxy_images):
    encoder = encoder_of(encoder_files, 2, input_size=96)
    images = galaxy_images[:2]
    turned = encoder.encode(np.ascontiguousarray(images[:, ::-1, ::-1]))
    assert np.allclose(encoder.encode(images), turned, atol=1e-4)


def test_a_network_with_a_layer_behind_its_pooling(tmp_path, galaxy_images):
    files = tmp_path / "w.safetensors", tmp_path / "e.json"
    stored(tmp_path / "m.safetensors", "mobilenetv3_small_050")
    found = find_weights(
        "mobilenetv3_small_050", str(tmp_path / "m.safetensors"), COLOUR
    )
    save_encoder(*build_encoder(found), *files)
    assert encoder_of(files).encode(galaxy_images[:2]).shape == (2, 1024)


@pytest.mark.parametrize("lacking", ["bias", "running_mean", "weight"])
def test_weights_that_lack_something_are_refused(tmp_path, lacking):
    network = stored(tmp_path / "whole.safetensors", "resnet18")
    state = {k: v for k, v in network.state_dict().items() if not k.endswith(lacking)}
    save_file(state, tmp_path / "part.safetensors")
    found = find_weights("resnet18", str(tmp_path / "part.safetensors"), COLOUR)
    with pytest.raises(InputError, match=f"no values for .*{lacking}"):
        build_encoder(found)


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict"])
def test_checkpoints_of_trainings(tmp_path, key):
    stored(tmp_path / "m.pth", "resnet18")
    state = torch.load(tmp_path / "m.pth")["model"]
    parallel = {f"module.{name}": value for name, value in state.items()}
    torch.save({"epoch": 3, key: parallel}, tmp_path / "m.pth")
    found = find_weights("resnet18", str(tmp_path / "m.pth"), COLOUR)
    assert found.tensors.keys() == state.keys()
    wrapped = {f"net.{name}": value for name, value in state.items()}
    torch.save({key: wrapped}, tmp_path / "m.pth")
    with pytest.raises(InputError, match=r"no values for conv1\.weight .* has net\."):
        build_encoder(find_weights("resnet18", str(tmp_path / "m.pth"), COLOUR))
    torch.save({"epoch": 3, "net": state}, tmp_path / "m.pth")
    with pytest.raises(InputError, match="no weights by name but epoch, net; save"):
        find_weights("resnet18", str(tmp_path / "m.pth"), COLOUR)


def test_a_description_sends_nobody_to_other_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    others = {"source": "hf-hub", "hf_hub_id": "a/b", "file": "c", "unknown": 1}
    source = stored(tmp_path / "model.safetensors", "resnet18", COLOUR | others)
    network, _ = build_encoder(find_weights(str(tmp_path)))
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(images), source(images))


def test_a_transformer_keeps_the_size_it_was_trained_for(tmp_path):
    described = COLOUR | {"input_size": [3, 64, 64], "fixed_input_size": True}
    name = "vit_tiny_patch16_224"
    source = stored(tmp_path / "model.safetensors", name, described, img_size=64)
    files = tmp_path / "w.safetensors", tmp_path / "e.json"
    save_encoder(*build_encoder(find_weights(str(tmp_path))), *files)
    network, description = load_encoder(*files)
    images = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(network(images), source(images), atol=1e-5)
    assert input_size_of(description, None) == 64
    with pytest.raises(InputError, match="takes 64 px only; set it to null"):
        input_size_of(description, 128)


def test_weights_of_another_image_size_are_refused(tmp_path):
    path = tmp_path / "vit.safetensors"
    stored(path, "vit_tiny_patch16_224", img_size=64)
    found = find_weights("vit_tiny_patch16_224", str(path), COLOUR)
    told = r"its pos_embed has the shape \(1, 17, 192\), not .* put a config\.json"
    with pytest.raises(InputError, match=told):
        build_encoder(found)


@pytest.mark.parametrize("name", ["convnext_atto", "convnext_atto.d2_in1k"])
def test_grey_weights_of_a_model_for_colours(tmp_path, name):
    path = tmp_path / "grey.safetensors"
    stored(path, "convnext_atto", in_chans=1)
    assert build_encoder(find_weights(name, str(path), GREY))[1]["channels"] == 1


def test_other_numbers_of_channels_are_refused(tmp_path):
    described = {"mean": [0.5], "std": [0.5], "input_size": [5, 64, 64]}
    stored(tmp_path / "model.safetensors", "convnext_atto", described, in_chans=5)
    with pytest.raises(InputError, match="takes images of 5 channels; choose"):
        build_encoder(find_weights(str(tmp_path)))


def test_one_value_prepares_all_channels(tmp_path):
    stored(tmp_path / "colour.safetensors", "convnext_atto")
    stored(tmp_path / "grey.safetensors", "convnext_atto", in_chans=1)
    for name, channels in (("colour", 3), ("grey", 1)):
        path = str(tmp_path / f"{name}.safetensors")
        description = build_encoder(find_weights("convnext_atto", path, GREY))[1]
        assert description["mean"] == [0.4] * channels
        assert description["channels"] == channels


def test_a_flat_description_counts(tmp_path):
    stored(tmp_path / "model.safetensors", "convnext_atto")
    described = {"architecture": "convnext_atto", "num_classes": 7, **COLOUR}
    (tmp_path / "config.json").write_text(json.dumps(described))
    assert build_encoder(find_weights(str(tmp_path)))[1]["mean"] == COLOUR["mean"]


@pytest.mark.parametrize("n_channels", [1, 3])
def test_an_encoder_of_grey_images_takes_any(tmp_path, n_channels, galaxy_images):
    described = GREY | {"input_size": [1, 64, 64]}
    files = tmp_path / "w.safetensors", tmp_path / "e.json"
    folder = tmp_path / "grey"
    folder.mkdir()
    source = stored(
        folder / "model.safetensors", "convnext_atto", described, in_chans=1
    )
    save_encoder(*build_encoder(find_weights(str(folder))), *files)
    images = np.repeat(galaxy_images[:2], n_channels, axis=3)
    ours = encoder_of(files, input_size=32).encode(images)
    levels = torch.from_numpy(galaxy_images[:2]).permute(0, 3, 1, 2) / 255.0
    with torch.inference_mode():
        theirs = source((levels - 0.4) / 0.2).numpy()
    assert np.allclose(ours, theirs, atol=1e-4)


def test_bare_weights_need_a_word_on_their_images(tmp_path):
    path = tmp_path / "bare.safetensors"
    stored(path, "convnext_atto")
    with pytest.raises(InputError, match="nothing says how images are prepared"):
        find_weights("convnext_atto", str(path))
    stated = find_weights("convnext_atto", str(path), COLOUR)
    assert build_encoder(stated)[1]["mean"] == COLOUR["mean"]


def test_another_file_than_the_one_meant_is_refused(tmp_path):
    path = tmp_path / "bare.safetensors"
    stored(path, "convnext_atto")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    asked = "convnext_atto.d2_in1k", str(path), None
    assert find_weights(*asked, digest.upper()).sha256 == digest
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"not the one of `codes\.sha256`"):
        find_weights(*asked, digest)


def test_a_size_that_the_encoder_does_not_take_is_refused(encoder_files):
    network, description = load_encoder(*encoder_files)
    fixed = description | {"fixed_input_size": True}
    options = {"copies": Copies(), "dtype": "float32", "device": "cpu"}
    options |= {"batch_size": 1, "engine": "torch"}
    with pytest.raises(InputError, match=r"takes 224 px only; set it to null"):
        Encoder(network, fixed, input_size=128, **options)
    Encoder(network, fixed, input_size=None, **options)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "a.safetensors")
    with pytest.raises(InputError, match="does not fit the model convnext_atto"):
        build_encoder(
            find_weights("convnext_atto", str(tmp_path / "a.safetensors"), COLOUR)
        )
    torch.save([torch.ones(1)], tmp_path / "b.pth")
    for content in (b"rubbish", b"", (tmp_path / "b.pth").read_bytes()):
        (tmp_path / "b.pth").write_bytes(content)
        with pytest.raises(InputError, match="cannot be read as weights"):
            find_weights("convnext_atto", str(tmp_path / "b.pth"), COLOUR)
    with pytest.raises(InputError, match="holds 2 weight files"):
        find_weights("convnext_atto", str(tmp_path))
    torch.save(torch.nn.Linear(2, 2), tmp_path / "b.pth")
    with pytest.raises(InputError, match=r"save the network's state_dict\(\) alone"):
        find_weights("convnext_atto", str(tmp_path / "b.pth"), COLOUR)
    near = r"no model ConvNext_attto \(near: .*convnext_atto[,)]"
    with pytest.raises(InputError, match=near):
        find_weights("ConvNext_attto")
    with pytest.raises(InputError, match=r"no model mine .*; write a folder"):
        find_weights("mine")
    with pytest.raises(InputError, match="has no weights nope; it has: convnext_atto"):
        find_weights("convnext_atto.nope")


def test_a_folder_must_name_its_model(tmp_path):
    stored(tmp_path / "model.safetensors", "convnext_atto")
    with pytest.raises(InputError, match=r"no config\.json that names"):
        find_weights(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json is not JSON"):
        find_weights(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "repository", "file"),
    [
        ("hf_hub:someone/encoder", "someone/encoder", "model.safetensors"),
        ("convnext_atto.d2_in1k", "timm/convnext_atto.d2_in1k", "model.safetensors"),
    ],
)
def test_without_a_network_it_says_which_file_to_put_where(
    monkeypatch, tmp_path, name, repository, file
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError) as told:
        find_weights(name)
    sentence = str(told.value)
    for part in (repository, "config.json", file, "`codes.encoder`"):
        assert part in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["resnet18.tv_in1k", "tf_efficientnet_lite0"])
def test_a_network_that_starts_at_random_is_always_the_same(name, tmp_path):
    network, description = random_encoder(name)
    files = tmp_path / "model.safetensors", tmp_path / "encoder.json"
    save_encoder(network, description, *files)
    again, described = load_encoder(*files)
    assert described["origin"] == f"random weights of {name}"
    _, usual = build_encoder(find_weights("tf_efficientnet_lite0"))
    assert described.keys() == usual.keys() | {"sha256"}
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        codes = again(images)
        assert torch.equal(random_encoder(name)[0](images), codes)
    assert codes.shape == (2, described["n_features"])


def test_each_encoder_has_a_folder_of_its_own():
    names = {
        folder_name(*choice)
        for choice in (
            ("convnext_tiny", None, None),
            ("convnext_tiny", "a.pth", None),
            ("convnext_tiny", "a.pth", COLOUR),
            ("convnext_tiny", None, COLOUR),
            ("hf_hub:a/convnext_tiny", None, None),
            ("hf-hub:a/convnext_tiny", None, None),
            ("../a/convnext_tiny", None, None),
            ("/a/convnext_tiny", None, None),
        )
    }
    assert len(names) == 8
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) for name in names)


def test_what_changes_last_digits_changes_no_fingerprint():
    deciding = {"rotations": 4, "flips": True, "zooms": [1.0], "input_size": 128}
    deciding |= {"views": ["cutout"], "polar": None}
    others = {"batch_size": 16, "dtype": "float32", "engine": "auto", "degraded": 8}
    settings = deciding | others
    own = fingerprint({}, settings)
    faster = {"batch_size": 64, "dtype": "bfloat16", "engine": "torch", "degraded": 0}
    assert fingerprint({}, settings | faster) == own
    for key in deciding:
        assert fingerprint({}, settings | {key: "another"}) != own, key
    assert fingerprint({"sha256": "a"}, settings) != own
