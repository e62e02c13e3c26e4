"""Odd frames: exposures of many galaxies, and their maps."""

import numpy as np
from astropy.io import fits

from galvote.catalog.flags import Flag
from odd_inputs.corpus import (
    EMPTY,
    FOUND,
    GALACTIC,
    PIXEL,
    SWAPPED,
    Corpus,
    Outcome,
    celestial,
    changed,
    half,
    packed,
    sky,
    with_card,
)


def add_exposure(corpus: Corpus) -> None:
    """Add a file of many extensions, some of them broken, two of one name."""
    good = sky()
    star = changed(good, (slice(20, 24), slice(60, 64)), 900.0)
    small = "is too small for a frame"
    packing = fits.CompImageHDU(good, compression_type="RICE_1")
    images: list[tuple[object, Outcome]] = [
        (fits.ImageHDU(good, celestial(), name="SCI"), FOUND),
        (good * np.nan, "of the pixels of HDU 2 have a finite value"),
        (good * 0 + 5, "all pixels of HDU 3 have one value"),
        (good * 0, "all pixels of HDU 4 have one value"),
        (good[:1, :1], small),
        (good[:1], small),
        (good[:3], small),
        (sky(places=[]), EMPTY),
        (fits.ImageHDU(sky(9), name="SCI"), FOUND),
        (changed(changed(good, (3, 3), np.inf), (9, 90), -np.inf), FOUND),
        (changed(good, np.s_[:, 60:], np.nan), FOUND),
        (good.astype(np.uint16), FOUND),
        ((good / 2).astype(np.int8), FOUND),
        (good.astype(np.int64), FOUND),
        (good[None, None], FOUND),
        (np.stack([good[None, None]] * 2), "is neither (ny, nx) nor a cube"),
        (good * np.float32(1e35), "of the pixels of HDU 17 have a finite value"),
        (good * np.float32(1e-35), FOUND),
        (np.round(good / 50), FOUND),
        (fits.ImageHDU(good, SWAPPED), FOUND),
        (fits.ImageHDU(good, GALACTIC), FOUND),
        (fits.ImageHDU(good, celestial(CTYPE2="DEC--BAD")), FOUND),
        (fits.ImageHDU(good, celestial(CUNIT2="furlong")), FOUND),
        (fits.ImageHDU(star, celestial(SATURATE=800.0, CRVAL1=31.0)), Flag.SATURATED),
        (good, "cannot be read as a FITS image"),  # broken below
    ]
    hdus = [fits.PrimaryHDU(), *(image for image, _ in images[:-1]), packing]
    content = packed(*hdus)
    content = with_card(content, "ZCMPTYPE", "'SQUEEZE'")
    corpus.put("exposure.fits", content)
    corpus.add("exposure", "frames", "exposure.fits", hdu="all", psf_fwhm=2.4)
    for number, (_, outcome) in enumerate(images, start=1):
        corpus.frames[f"exposure_h{number}"] = outcome
    across, up = (40.0 - 30.0) * PIXEL, (40.0 - 20.0) * PIXEL
    slope = np.cos(np.radians(10.0))
    corpus.values["exposure_h1_x00040_y00040"] = {
        "ra": 30.0 - across / slope,
        "dec": 10.0 + up,
    }
    corpus.values["exposure_h20_x00040_y00040"] = {
        "ra": 30.0 + up / slope,
        "dec": 10.0 - across,
    }


def add_broken_frames(corpus: Corpus) -> None:
    """Add frames whose files are broken, each in its own way."""
    good = sky()
    whole = packed(good)
    one, other, last = (fits.ImageHDU(good, name=n) for n in ("SCI", "ERR", "SCI"))
    extensions = packed(fits.PrimaryHDU(), one, last, other, last)
    fourth = extensions.rindex(b"XTENSION")
    hidden = extensions[:fourth] + b"?" * 2880 + extensions[fourth + 2880 :]
    cut = "the file is truncated"
    files: dict[str, tuple[bytes, dict, dict[str, Outcome]]] = {
        "nohdu": (whole, {"hdu": 7}, {"": "has no HDU 7"}),
        "noplane": (packed(np.stack([good] * 3)), {"planes": 5}, {"": "plane 5 is"}),
        "header": (
            hidden,
            {"hdu": "sci"},
            {"_h1": FOUND, "_h2": FOUND, "": "what comes after HDU 3"},
        ),
        "tail": (
            extensions[: -len(whole) // 2],
            {"hdu": "all"},
            {"_h1": FOUND, "_h2": FOUND, "_h3": FOUND, "_h4": cut},
        ),
    }
    for name, (content, keys, outcomes) in files.items():
        corpus.put(f"{name}.fits", content)
        corpus.add(name, "frames", f"{name}.fits", psf_fwhm=2.4, **keys)
        corpus.frames |= {name + frame: o for frame, o in outcomes.items()}
    corpus.put("cut.fits", half(whole))
    paths = {"g": "nohdu.fits", "r": "cut.fits"}
    bands = [{"name": name, "path": path} for name, path in paths.items()]
    corpus.sources.append(
        {"name": "bands", "kind": "bands", "bands": bands, "detect": "g"}
    )
    corpus.frames["bands"] = cut


def add_masked_frames(corpus: Corpus) -> None:
    """Add an exposure with a mask, a weight and a noise map, all odd."""
    good = sky()
    ones = np.ones_like(good)
    none, most = ones * 0, changed(ones, np.s_[:, :60], 0)
    cases: list[tuple[np.ndarray, np.ndarray, np.ndarray, Outcome]] = [
        (none, ones, ones, FOUND),
        (most, ones, ones, FOUND),
        (none, ones, ones * 5, FOUND),
        (ones[:50], ones, ones, "is 120 x 50 px"),
        (ones, ones, ones, "no pixel of the image is left"),
        (ones * np.nan, ones, ones, "no pixel of the image is left"),
        (none, none, ones, "no pixel of the image is left"),
        (none, -ones, ones, "no pixel of the image is left"),
        (none, ones, none, "has no positive value"),
        (none, ones, ones * np.nan, "has no positive value"),
    ]
    *maps, outcomes = zip(*cases, strict=True)
    parts = ("mask", "weight", "rms")
    for part, images in zip(parts, maps, strict=True):
        corpus.put(f"masked.{part}.fits", packed(fits.PrimaryHDU(), *images))
    corpus.put("masked.fits", packed(fits.PrimaryHDU(), *[good] * len(cases)))
    keys = {part: f"masked.{part}.fits[all]" for part in parts}
    corpus.add("masked", "frames", "masked.fits", hdu="all", psf_fwhm=2.4, **keys)
    corpus.frames |= {f"masked_h{i}": o for i, o in enumerate(outcomes, start=1)}
