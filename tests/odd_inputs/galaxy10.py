"""HDF5 files that are not quite Galaxy10."""

import io

import h5py
import numpy as np

from odd_inputs.corpus import FLAT, FOUND, GREY, Corpus, half


def galaxy10_file(**columns: np.ndarray) -> bytes:
    """Return an HDF5 file with the given arrays."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, values in columns.items():
            file[name] = values
    return stream.getvalue()


IMAGES = np.stack([np.asarray(GREY.convert("RGB").resize((69, 69)))] * 4)
IMAGES[1] = 7
BROKEN_GALAXY10: dict[str, tuple[bytes, str]] = {
    "flat": (galaxy10_file(images=IMAGES[0, :, :, 0]), "has axes (69, 69)"),
    "words": (galaxy10_file(images=np.array([b"no", b"image"])), "has axes (2,)"),
    "short": (galaxy10_file(images=IMAGES, ans=np.array([1])), "beside 4 images"),
    "nothing": (galaxy10_file(ans=np.array([1])), "images"),
    "torn": (half(galaxy10_file(images=IMAGES)), "truncated"),
    "text": (b"no HDF5", "signature not found"),
}


def add_galaxy10(corpus: Corpus) -> None:
    """Add HDF5 files that are not quite Galaxy10."""
    answers = np.array([0, 0, 99, -1])
    for name, content, label in (
        ("bare", galaxy10_file(images=IMAGES), None),
        ("classes", galaxy10_file(images=IMAGES, ans=answers), "ans"),
    ):
        corpus.put(f"{name}.h5", content)
        corpus.add(name, "galaxy10", f"{name}.h5", label_column=label)
        ids = [f"{name}_{i:05d}" for i in range(4)]
        corpus.single |= dict.fromkeys(ids, FOUND) | {ids[1]: FLAT}
    content, corpus.single["torn"] = BROKEN_GALAXY10["torn"]
    corpus.put("torn.h5", content)
    corpus.add("torn", "galaxy10", "torn.h5", label_column="ans")
