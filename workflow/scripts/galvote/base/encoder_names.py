"""What `codes.encoder` may name: timm's models, a hub, a folder, `hand_made`."""

import hashlib
import json
import re

from galvote.base.errors import InputError

HAND_MADE_ENCODER = "hand_made"  # no network: eight numbers for each galaxy
_HUB = re.compile(r"hf[_-]hub:(.*)")
_REPOSITORY = re.compile(r"[^/@]+/[^/@]+(@[^/@]+)?")


def hub_repository(name: str) -> str | None:
    """Return the repository of `hf_hub:owner/name` or `...@revision`, else None.

    Raises
    ------
    InputError
        Where the repository is not written so.
    """
    found = _HUB.fullmatch(name)
    if found is None:
        return None
    if not _REPOSITORY.fullmatch(found[1]):
        raise InputError(
            f"config key `codes.encoder` is {name}; write a repository of the hub as"
            " hf_hub:owner/name"
        )
    return found[1]


def is_folder(name: str) -> bool:
    """Tell whether a name is the path of a folder with a described model."""
    return hub_repository(name) is None and "/" in name


def folder_name(name: str, weights: str | None, preprocessing: dict | None) -> str:
    """Name the folder that an encoder is kept in, one for each that differs."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")
    if readable == name and weights is None and preprocessing is None:
        return name
    text = json.dumps([name, weights, preprocessing], sort_keys=True)
    return f"{readable[-60:]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
