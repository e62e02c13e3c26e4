"""The weights and the config.json of a stranger: what is taken, and what is refused."""

import json
import re

import pytest
import torch
from safetensors.torch import save_file

from galvote.base.errors import InputError
from galvote.networks.pretrained import build_encoder
from galvote.networks.weights import find_weights, import_timm
from stored_models import stored

GREY = {"mean": [0.4], "std": [0.2]}


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (float("nan"), "no finite numbers"),
        (float("inf"), "no finite numbers"),
        (0.0, "every image the same code"),
    ],
)
def test_weights_whose_codes_tell_nothing_are_refused(tmp_path, value, part):
    state = import_timm().create_model("resnet10t").state_dict()
    filled = {
        name: torch.full_like(tensor, value) if tensor.is_floating_point() else tensor
        for name, tensor in state.items()
    }
    save_file(filled, tmp_path / "bad.safetensors")
    weights = find_weights("resnet10t", str(tmp_path / "bad.safetensors"), GREY)
    with pytest.raises(InputError, match=f"bad.safetensors gives .*{part}"):
        build_encoder(weights)


HUB_LIKE = {  # as on the hub
    "zoobot": ("convnext_nano", {"num_classes": 0, "global_pool": "avg"}),
    "pathology": (
        "vit_tiny_patch16_224",
        {"img_size": 224, "init_values": 1e-05, "dynamic_img_size": True},
    ),
    "none": ("resnet10t", None),
    "stages": ("resnet10t", {"layers": [1, 1, 1, 1], "act_layer": "silu"}),
}


@pytest.mark.parametrize("case", HUB_LIKE)
def test_descriptions_of_the_hub_are_taken(tmp_path, case):
    architecture, arguments = HUB_LIKE[case]
    given = {k: v for k, v in (arguments or {}).items() if k != "num_classes"}
    source = stored(tmp_path / "model.safetensors", architecture, **given)
    described = {
        "architecture": architecture,
        "num_features": 5,
        "pretrained_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "url": "http://a/b"},
    }
    if arguments is not None:
        described["model_args"] = arguments
    (tmp_path / "config.json").write_text(json.dumps(described))
    network, _ = build_encoder(find_weights(str(tmp_path)))
    images = torch.rand(2, 3, 224, 224)
    with torch.inference_mode():
        assert torch.allclose(network(images), source(images), atol=1e-5)


@pytest.mark.parametrize(
    ("described", "part"),
    [
        ({"architecture": "hf_hub:someone/model"}, "hf_hub:someone/model"),
        ({"architecture": "hf-hub:someone/model@main"}, "must be a timm model alone"),
        ({"architecture": "local-dir:/tmp/model"}, "must be a timm model alone"),
        ({"architecture": "../model"}, "must be a timm model alone"),
        ({"architecture": ["resnet10t"]}, "must be a timm model alone"),
        ({"architecture": "resnet10_of_mine"}, "which timm does not have"),
        *(
            ({"architecture": "resnet10t", "model_args": {key: value}}, f"`{key}: ")
            for key, value in {
                "checkpoint_path": "/etc/passwd",
                "pretrained": True,
                "cache_dir": "/tmp/a",
                "pretrained_cfg": {"file": "a.pth"},
                "pretrained_cfg_overlay": {"file": "a.pth"},
                "features_only": True,
                "scriptable": True,
                "block_fn": "os.system",
                "act_layer": "../silu",
                "img_size": 10**9,
                "global_pool": {"a": 1},
            }.items()
        ),
        ({"architecture": "resnet10t", "model_args": [1]}, "`model_args` of"),
        ({"architecture": "resnet10t", "pretrained_cfg": "a"}, "`pretrained_cfg` of"),
        (["resnet10t"], "no section with keys"),
    ],
)
def test_a_description_that_asks_for_more_than_a_model_is_refused(
    tmp_path, described, part
):
    stored(tmp_path / "model.safetensors", "resnet10t")
    (tmp_path / "config.json").write_text(json.dumps(described))
    for asked in ([str(tmp_path)], ["resnet10t", str(tmp_path)]):
        if "timm does not have" in part and len(asked) == 2:
            continue  # the model of the config counts
        with pytest.raises(InputError, match=re.escape(part)) as caught:
            find_weights(*asked)
        assert "\n" not in str(caught.value)
