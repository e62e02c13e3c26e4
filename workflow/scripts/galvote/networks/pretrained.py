"""Pretrained networks: built from their weights, saved and loaded again."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from galvote.base.checksums import sha256_of
from galvote.base.errors import InputError, first_line
from galvote.base.files import whole_file, write_json
from galvote.networks.weights import Weights, import_timm

RANDOM_WEIGHTS = "random weights"
CHANNELS = (1, 3)  # of images: grey, colours


def build_encoder(weights: Weights) -> tuple[nn.Module, dict]:
    """Build an encoder from its weights and say how its images are prepared.

    Returns
    -------
    network : gives codes (N, n_features).
    description : `origin`, `architecture`, `arguments`, `weights_sha256`, `channels`,
        `input_size` (px), `mean`, `std`, `interpolation`, `n_features`,
        `fixed_input_size` (True where the network takes no other size).

    Raises
    ------
    InputError
        Where the weights do not fit, or their codes tell nothing.
    """
    others = {name: value + 1 for name, value in weights.tensors.items()}
    try:
        network = _filled_model(weights, weights.tensors)
        missing = _left_empty(network, _filled_model(weights, others))
        data = import_timm().data.resolve_model_data_config(network)
        channels, size = data["input_size"][0], data["input_size"][-1]
        torch.manual_seed(0)
        with torch.inference_mode():
            codes = network(torch.rand(2, channels, size, size))
    except Exception as error:  # of timm or torch
        raise InputError(
            f"{weights.origin} does not fit the model {weights.architecture}:"
            f" {first_line(error)}"
        ) from None
    if not codes.isfinite().all():
        raise InputError(
            f"{weights.origin} gives codes that are no finite numbers; its weights are"
            " damaged, take others"
        )
    if missing:
        unused = sorted(weights.tensors.keys() - network.state_dict().keys())
        hint = f"; it has {unused[0]}, which the model does not" if unused else ""
        raise InputError(
            f"{weights.origin} does not fit the model {weights.architecture}: it has no"
            f" values for {missing[0]} ({len(missing)} tensors in all){hint}"
        )
    _refuse_resized(weights, network)
    if torch.equal(codes[0], codes[1]):
        raise InputError(
            f"{weights.origin} gives every image the same code; its weights were never"
            " trained or are damaged, take others"
        )
    if channels not in CHANNELS:
        raise InputError(
            f"{weights.origin} takes images of {channels} channels; choose an encoder"
            " for grey images (1) or colours (3)"
        )
    return network, {
        "origin": weights.origin,
        "architecture": weights.architecture,
        "arguments": weights.arguments,
        "weights_sha256": weights.sha256,
        "channels": channels,
        "input_size": size,
        "mean": _of_channels(data["mean"], channels),
        "std": _of_channels(data["std"], channels),
        "interpolation": data["interpolation"],
        "n_features": codes.shape[1],
        "fixed_input_size": bool(network.pretrained_cfg.get("fixed_input_size")),
    }


def random_encoder(name: str) -> tuple[nn.Module, dict]:
    """Build one of timm's models with random weights, always the same.

    Returns
    -------
    network and description as of `build_encoder`.
    """
    usual = import_timm().get_pretrained_cfg(name).to_dict()
    architecture = name.split(".")[0]
    network = _create(architecture, {"input_size": usual["input_size"]}, {})
    data = import_timm().data.resolve_model_data_config(network)
    channels, size = data["input_size"][0], data["input_size"][-1]
    return network, {
        "origin": f"{RANDOM_WEIGHTS} of {name}",
        "architecture": architecture,
        "arguments": {},
        "weights_sha256": None,
        "channels": channels,
        "input_size": size,
        "mean": _of_channels(data["mean"], channels),
        "std": _of_channels(data["std"], channels),
        "interpolation": data["interpolation"],
        "n_features": network.num_features,
        "fixed_input_size": bool(network.pretrained_cfg.get("fixed_input_size")),
    }


def _filled_model(weights: Weights, tensors: dict[str, Tensor]) -> nn.Module:
    """Make timm's model and fill in the tensors that are given."""
    usual = import_timm().get_pretrained_cfg(weights.architecture)
    usual = {} if usual is None else usual.to_dict()
    config = {**usual, **weights.config}
    channels, *size = config.get("input_size", (3, 224, 224))
    first = tensors.get(f"{config.get('first_conv')}.weight")
    if first is not None and first.shape[1] in CHANNELS:
        channels = first.shape[1]
    filling = weights.config | {"input_size": (channels, *size)}
    filling["state_dict"] = dict(tensors)
    return _create(weights.architecture, filling, weights.arguments, pretrained=True)


def _create(
    architecture: str, config: dict, arguments: dict, **more: bool
) -> nn.Module:
    """Make timm's model for images of `config["input_size"]`, (channels, px, px)."""
    torch.manual_seed(0)
    return (
        import_timm()
        .create_model(
            architecture,
            pretrained_cfg_overlay=config,
            **{**arguments, "num_classes": 0, "in_chans": config["input_size"][0]},
            **more,
        )
        .eval()
    )


def _left_empty(network: nn.Module, other: nn.Module) -> list[str]:
    """Name the tensors that weights did not fill: other weights leave them as they are.

    timm loads what fits and says nothing of the rest.
    """
    others = other.state_dict()
    return [
        name
        for name, value in network.state_dict().items()
        if value.is_floating_point() and torch.equal(value, others[name])
    ]


def _refuse_resized(weights: Weights, network: nn.Module) -> None:
    """Refuse weights of another image size, which timm fits to the model's own."""
    for name, value in network.state_dict().items():
        given = weights.tensors.get(name)
        if given is not None and given.numel() != value.numel():
            raise InputError(
                f"{weights.origin} does not fit the model {weights.architecture}: its"
                f" {name} has the shape {tuple(given.shape)}, not"
                f" {tuple(value.shape)}; where images of another size were learnt from,"
                " put a config.json beside the weights that says so (docs/encoders.md)"
            )


def _of_channels(values: tuple[float, ...], channels: int) -> list[float]:
    """Give each channel its value; a single one is for all."""
    return (list(values) * channels)[:channels]


def save_encoder(
    network: nn.Module, description: dict, weights: str | Path, settings: str | Path
) -> None:
    """Write an encoder's weights (safetensors) and description (JSON)."""
    tensors = {k: v.detach().clone() for k, v in network.state_dict().items()}
    with whole_file(weights) as partial:
        partial.write_bytes(save(tensors))
    described = {**description, "sha256": sha256_of(weights)}
    text = json.dumps(described, indent=2, sort_keys=True)
    with whole_file(settings) as partial:
        partial.write_text(text + "\n")


def load_encoder(
    weights: str | Path, settings: str | Path, untrained: bool = False
) -> tuple[nn.Module, dict]:
    """Rebuild an encoder that `save_encoder` wrote, and its description.

    Parameters
    ----------
    weights, settings : its files.
    untrained : with random weights instead of its own, always the same.
    """
    description = json.loads(Path(settings).read_text())
    size = description["input_size"]
    config = {
        "input_size": (description["channels"], size, size),
        "fixed_input_size": description["fixed_input_size"],
    }
    network = _create(description["architecture"], config, description["arguments"])
    if not untrained:
        network.load_state_dict(load_file(weights))
    return network, description


def save_as_folder(
    network: nn.Module,
    description: dict,
    input_size: int,
    weights: str | Path,
    settings: str | Path,
) -> None:
    """Write an encoder as a folder that `codes.encoder` may name.

    Parameters
    ----------
    description : from `load_encoder`, of the encoder that it was made from.
    input_size : side of the images that it learned from (px).
    weights, settings : paths of `model.safetensors` and `config.json`.
    """
    tensors = {
        k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()
    }
    with whole_file(weights) as partial:
        partial.write_bytes(save(tensors))
    known = ("mean", "std", "interpolation", "fixed_input_size")
    size = [description["channels"], input_size, input_size]
    described = {
        "architecture": description["architecture"],
        "model_args": description["arguments"],
        "pretrained_cfg": {"input_size": size}
        | {key: description[key] for key in known},
    }
    write_json(described, settings)
