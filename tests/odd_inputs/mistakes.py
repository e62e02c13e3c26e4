"""Tables that cannot be used: a run is refused before it begins."""

from pathlib import Path

from astropy.table import Table

from odd_inputs.corpus import Corpus, packed, sky
from odd_inputs.galaxy10 import IMAGES, galaxy10_file


def make_mistakes(folder: Path) -> dict[str, tuple[dict, str]]:
    """Write tables that cannot be used: the source, and a part of what is said."""
    corpus = Corpus(folder)
    corpus.put("sky.fits", packed(sky()))
    corpus.put("latin.csv", "x,y,name\n41,41,caf\xe9\n".encode("latin-1"))
    corpus.put("header.csv", b"x,y\n")
    corpus.put("ragged.csv", b"x,y\n41,41,1\n")
    corpus.put("good.csv", b"x,y\n41,41\n")
    corpus.put("text.fits", b"no FITS file")
    corpus.put("images.csv", b"image_path,x\na.png,caf\xe9\n")
    Table({"path": ["a.png"]}).write(folder / "images.ecsv")
    Table({"image_path": ["a.png"]}).write(folder / "images.vot", format="votable")
    corpus.put("bare.h5", galaxy10_file(images=IMAGES))
    (folder / "empty").mkdir()
    frame = {"kind": "frames", "path": "sky.fits"}
    pixels = {"x": "x", "y": "y"}
    cases: dict[str, tuple[dict, str]] = {
        "positions in Latin-1": ({"path": "latin.csv", **pixels}, "is not in UTF-8"),
        "positions without a row": ({"path": "header.csv", **pixels}, "has no rows"),
        "positions of more cells": ({"path": "ragged.csv", **pixels}, "more cells"),
        "positions in no table": ({"path": "text.fits", **pixels}, "text.fits cannot"),
        "positions without a column": (
            {"path": "good.csv", **pixels, "id": "name"},
            "`positions.id`: the table good.csv has no column `name`; it has: x, y",
        ),
    }
    cases = {
        name: (frame | {"positions": places}, said)
        for name, (places, said) in cases.items()
    }
    images, labels = {"kind": "images"}, {"label_column": "ans"}
    cases |= {
        "images in Latin-1": (images | {"path": "images.csv"}, "in UTF-8"),
        "images without a path": (
            images | {"path": "images.ecsv"},
            "images.ecsv has no column `image_path`; it has: path",
        ),
        "images without a label": (
            images | {"path": "images.vot"} | labels,
            "images.vot has no column `ans`; it has: image_path",
        ),
        "an empty folder": (images | {"path": "empty"}, "there are no images"),
        "Galaxy10 without a label": (
            {"kind": "galaxy10", "path": "bare.h5"} | labels,
            "bare.h5 has no column `ans`",
        ),
    }
    return {
        name: ({"name": "odd", **source}, said)
        for name, (source, said) in cases.items()
    }
