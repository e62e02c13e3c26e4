"""Maps of frames: segmentation and PSF, a FITS extension each."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from astropy.io import fits

from galvote.base.files import whole_file


@contextmanager
def map_file(path: str | Path) -> Iterator[Callable[[str, np.ndarray], None]]:
    """Open a FITS file of maps; what is yielded adds that of a frame, (ny, nx).

    Each is written at once, so that the maps of one frame only are in memory, and
    without a look at those before it.
    """
    with whole_file(path) as partial, partial.open("wb") as stream:
        head = io.BytesIO()
        fits.PrimaryHDU().writeto(head)
        stream.write(head.getbuffer())

        def add(name: str, image: np.ndarray) -> None:
            hdu = fits.CompImageHDU(
                image, None, f"FRAME{name}", "GZIP_2", quantize_level=0.0
            )  # without loss
            alone = io.BytesIO()
            fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(alone)
            stream.write(alone.getbuffer()[len(head.getbuffer()) :])

        yield add


@contextmanager
def map_reader(path: str | Path) -> Iterator[Callable[[str], np.ndarray]]:
    """Open a file that `map_file` made; what is yielded reads the map of a frame.

    The headers are read once, the maps as they are asked for.
    """
    with fits.open(path) as hdus:
        places = {hdu.name: place for place, hdu in enumerate(hdus)}

        def read(name: str) -> np.ndarray:
            hdu = hdus[places[f"FRAME{name}".upper()]]
            image = hdu.data
            del hdu.data  # so that one is in memory
            return image

        yield read
