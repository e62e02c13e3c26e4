"""Weights of timm's models in files, as strangers hand them out."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from galvote.networks.weights import import_timm


def stored(
    path: Path, model: str, described: dict | None = None, **arguments: object
) -> nn.Module:
    """Write random weights of a model, with timm's description; return the model."""
    torch.manual_seed(1)
    network = import_timm().create_model(model, **arguments)
    state = {k: v.clone() for k, v in network.state_dict().items()}
    if path.suffix == ".pth":
        torch.save({"model": state}, path)
    else:
        save_file(state, path)
    if described is not None:
        text = {"architecture": model, "pretrained_cfg": described}
        (path.parent / "config.json").write_text(json.dumps(text))
    network.reset_classifier(0)
    return network.eval()
