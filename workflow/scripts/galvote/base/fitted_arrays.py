"""Which arrays the file of a fitted run holds, and whether they fit each other."""

import zipfile
from pathlib import Path

import numpy as np

# lengths by name: equal names are equal lengths; `components` may be none
SHAPES: dict[str, tuple[str, ...]] = {
    "format": (),
    "fingerprint": (),
    "cutouts": (),
    "names": ("clusters",),
    "least": ("answers",),
    "min_agreement": (),
    "projection_directions": ("directions", "features"),
    "projection_factors": ("directions",),
    "projection_mean": ("features",),
    "projection_components": ("components", "features"),
    "voters_centres": ("centres", "coordinates"),
    "voters_chances": ("centres", "clusters"),
    "voters_sizes": ("voters",),
    "voters_dimensions": ("voters",),
    "novelty_sample": ("sample", "coordinates and residual"),
    "novelty_usual_distance": (),
    "novelty_unlike_above": (),
}
TEXTS = ("format", "fingerprint", "cutouts", "names")
NEVER_EMPTY = ("clusters", "answers", "features", "centres", "voters", "sample")

Headers = dict[str, tuple[tuple[int, ...], np.dtype]]


def headers_in(path: str | Path) -> Headers:
    """Read shape and type of each array of an .npz file, and not the arrays.

    Raises
    ------
    ValueError, OSError, zipfile.BadZipFile
        Where it is no such file.
    """
    headers = {}
    with zipfile.ZipFile(path) as arrays:
        for file in arrays.namelist():
            with arrays.open(file) as stream:
                version = np.lib.format.read_magic(stream)
                read = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }[version]
                shape, _, kind = read(stream)
                headers[file.removesuffix(".npy")] = shape, kind
    return headers


def what_is_wrong(headers: Headers) -> str:
    """Say in a few words what part is missing or does not fit; nothing if all do."""
    missing = [name for name in SHAPES if name not in headers]
    unknown = [name for name in headers if name not in SHAPES]
    if missing or unknown:
        found = f"it lacks {', '.join(missing)}" if missing else ""
        more = f"it has {', '.join(unknown)}, which is unknown" if unknown else ""
        return " and ".join(filter(None, (found, more)))
    lengths: dict[str, tuple[int, str]] = {}
    for name, wanted in SHAPES.items():
        shape, kind = headers[name]
        if len(shape) != len(wanted) or (kind.kind in "US") != (name in TEXTS):
            return f"its {name} has the shape {shape} and the type {kind}"
        if name not in TEXTS and kind.kind not in "fiu":
            return f"its {name} is of the type {kind}, which is no real number"
        for what, length in zip(wanted, shape, strict=True):
            known, first = lengths.setdefault(what, (length, name))
            if length != known:
                return f"its {name} has {length} {what}, its {first} {known}"
    for what in NEVER_EMPTY:
        if lengths[what][0] == 0:
            return f"its {lengths[what][1]} has no {what}"
    components, features = lengths["components"][0], lengths["features"][0]
    coordinates = components or features
    for what, wanted in (
        ("coordinates", coordinates),
        ("coordinates and residual", coordinates + (components > 0)),
    ):
        length, name = lengths[what]
        if length != wanted:
            return f"its {name} has {length} {what}, not {wanted}"
    return ""
