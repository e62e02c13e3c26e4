"""Broken and odd inputs of every kind, and what is to become of each.

The outcome of an input is a part of its reason in the reject list, or the flags that it
has in the catalogue.
"""

from pathlib import Path

from odd_inputs.corpus import EMPTY, Corpus
from odd_inputs.frames import add_broken_frames, add_exposure, add_masked_frames
from odd_inputs.galaxy10 import BROKEN_GALAXY10, add_galaxy10
from odd_inputs.mistakes import make_mistakes
from odd_inputs.pictures import (
    add_ecsv_table,
    add_names,
    add_pictures,
    add_table_of_pictures,
)
from odd_inputs.places import (
    add_positions_in_pixels,
    add_positions_of_nothing,
    add_positions_on_the_sky,
)
from odd_inputs.stamps import add_stamps, add_stamps_with_maps

__all__ = ["BROKEN_GALAXY10", "EMPTY", "make_corpus", "make_mistakes"]


def make_corpus(folder: Path) -> Corpus:
    """Write all odd inputs into a folder."""
    corpus = Corpus(folder)
    for group in (
        add_pictures,
        add_names,
        add_table_of_pictures,
        add_ecsv_table,
        add_galaxy10,
        add_stamps,
        add_stamps_with_maps,
        add_exposure,
        add_broken_frames,
        add_masked_frames,
        add_positions_in_pixels,
        add_positions_on_the_sky,
        add_positions_of_nothing,
    ):
        group(corpus)
    return corpus
