"""Maps of frames: segmentation and PSF, a FITS extension each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from astropy.io import fits

from galvote.base.files import whole_file


@contextmanager
def map_file(path: str | Path) -> Iterator[Callable[[str, np.ndarray], None]]:
    """Open a FITS file of maps; what is yielded adds that of a frame, (ny, nx).

    Each is written at once, so that the maps of one frame only are in memory.
    """
    with whole_file(path) as partial:
        fits.PrimaryHDU().writeto(partial, overwrite=True)

        def add(name: str, image: np.ndarray) -> None:
            with fits.open(partial, mode="append") as hdus:
                hdu = fits.CompImageHDU(
                    image, None, f"FRAME{name}", "GZIP_2", quantize_level=0.0
                )  # without loss
                hdus.append(hdu)

        yield add


def read_map(path: str | Path, name: str) -> np.ndarray:
    """Read the map of a frame from a file that `map_file` made."""
    return fits.getdata(path, f"FRAME{name}")
