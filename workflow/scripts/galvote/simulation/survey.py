"""Which objects a simulated survey has, where they lie, and on what piece of sky.

Frame after frame lies side by side along a great circle. Each holds the same number of
objects, dealt evenly over class, signal-to-noise ratio and size.
"""

from functools import lru_cache

import galsim
import numpy as np
import pandas as pd

from galvote.simulation.galaxies import GALAXIES

CLASSES = (*GALAXIES, "star", "artefact")
DEALT, PLACED, DRAWN, NOISY = range(4)  # what streams of random numbers are for
JITTER = 0.35  # of the spacing, at most, each way
SPILL = 8.0  # half-light radii from which a neighbour still shines into a frame
START = (150.0, 20.0)  # deg, right ascension and declination of the first frame
HEADING = 65.0  # deg from north to east, of the great circle at the first frame


def stream(settings: dict, *key: int) -> np.random.Generator:
    """Return a stream of random numbers of its own for each purpose and object."""
    return np.random.default_rng(
        np.random.SeedSequence(settings["seed"], spawn_key=key)
    )


def frame_side(settings: dict) -> int:
    """Return the side of a frame without its overlap, px."""
    return round(settings["spacing"] * np.sqrt(settings["galaxies"]))


@lru_cache(maxsize=1024)
def _deck(seed: int, kind: int, deck: int, n: int) -> np.ndarray:
    return stream({"seed": seed}, DEALT, kind, deck).permutation(n)


def deal_objects(settings: dict, tile: int) -> pd.DataFrame:
    """Deal class, signal-to-noise ratio and size to the objects of a tile.

    The k-th object of a class of share w is due at place (k + 1/2) / w of the survey,
    so that shares hold in any part of it. Each class goes through its own shuffled
    decks that hold every signal-to-noise ratio at every size once.

    Returns
    -------
    `class`, `signal_to_noise`, `half_light` (px), in the order they are due.
    """
    first, last = (settings["galaxies"] * n for n in (tile, tile + 1))
    weights = np.array([settings["shares"].get(name, 0.0) for name in CLASSES])
    shares = weights / weights.sum()
    counts = np.where(shares > 0, np.ceil(shares * (last + len(CLASSES))) + 1, 0)
    kinds = np.repeat(np.arange(len(CLASSES)), counts.astype(int))
    places = np.concatenate([np.arange(n) for n in counts.astype(int)])
    order = np.lexsort([kinds, (places + 0.5) / shares[kinds]])[first:last]
    grid = [
        (ratio, size)
        for ratio in settings["signal_to_noise"]
        for size in settings["half_light"]
    ]
    rows = []
    for kind, place in zip(kinds[order], places[order], strict=True):
        deck, card = divmod(int(place), len(grid))
        cell = _deck(settings["seed"], int(kind), deck, len(grid))[card]
        rows.append((CLASSES[kind], *grid[cell]))
    return pd.DataFrame(rows, columns=["class", "signal_to_noise", "half_light"])


def place_objects(settings: dict, tile: int) -> tuple[np.ndarray, np.ndarray]:
    """Place the objects of a tile on a jittered grid: x and y, 0-based px."""
    side, count = frame_side(settings), settings["galaxies"]
    a_side = int(np.ceil(np.sqrt(count)))
    rng = stream(settings, PLACED, tile)
    cells = rng.permutation(a_side**2)[:count]
    jitter = rng.uniform(-JITTER, JITTER, (2, count))
    step = side / a_side
    x, y = (np.stack([cells % a_side, cells // a_side]) + 0.5 + jitter) * step - 0.5
    return x, y


def _basis(ra: float, dec: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the unit vectors to a place on the sky (rad), to its east and north."""
    there = np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)
    north = -np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)
    return np.array(there), np.array((-np.sin(ra), np.cos(ra), 0.0)), np.array(north)


def wcs_of(settings: dict, number: int) -> galsim.GSFitsWCS:
    """Return the tangential projection of frame `number` about its tile's middle.

    The middles lie on a great circle, along which x runs; pixels count from 1.
    """
    scale, side = settings["pixel_scale"], frame_side(settings)
    run = np.radians(number * side * scale / 3600.0)
    start, east, north = _basis(*np.radians(START))
    heading = np.radians(HEADING)
    ahead = np.sin(heading) * east + np.cos(heading) * north
    middle = np.cos(run) * start + np.sin(run) * ahead
    ra, dec = np.arctan2(middle[1], middle[0]) % (2.0 * np.pi), np.arcsin(middle[2])
    _, east, north = _basis(ra, dec)
    along = np.cos(run) * ahead - np.sin(run) * start
    to_east, to_north = scale * (along @ east), scale * (along @ north)
    return galsim.TanWCS(  # GalSim's tangent plane has its first axis to the west
        galsim.AffineTransform(
            -to_east,
            -to_north,
            to_north,
            -to_east,
            origin=galsim.PositionD((side + 1) / 2.0, (side + 1) / 2.0),
        ),
        galsim.CelestialCoord(ra * galsim.radians, dec * galsim.radians),
    )


def objects_of(settings: dict, number: int) -> pd.DataFrame:
    """List the objects of frame `number`, those of its neighbours' sky included.

    Without overlap these are the tile's own. With overlap the frame also shows the
    first columns of the next tile; objects just outside the frame shine into it.
    Artefacts belong to one frame only.

    Returns
    -------
    `tile`, `index` (in the tile), `class`, `signal_to_noise`, `half_light`, `x`, `y`
    (0-based px of this frame).
    """
    side, overlap = frame_side(settings), settings["overlap"]
    tables = []
    for tile in range(max(number - 1, 0), number + 2) if overlap else [number]:
        table = deal_objects(settings, tile)
        x, y = place_objects(settings, tile)
        if tile != number:
            sky = wcs_of(settings, tile).xyToradec(x + 1.0, y + 1.0, units="deg")
            x, y = wcs_of(settings, number).radecToxy(*sky, units="deg")
            x, y = x - 1.0, y - 1.0
        table = table.assign(tile=tile, index=range(len(table)), x=x, y=y)
        spill = SPILL * table["half_light"]
        near = (x > -spill) & (x < side + overlap + spill)
        tables.append(table[near & ((tile == number) | (table["class"] != "artefact"))])
    return pd.concat(tables, ignore_index=True)
