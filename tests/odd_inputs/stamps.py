"""Odd stamps: FITS images of one galaxy each."""

import gzip

import numpy as np
from astropy.io import fits
from astropy.table import Table

from galvote.catalog.flags import Flag
from odd_inputs.corpus import (
    FLAT,
    FOUND,
    PIXEL,
    SIDE,
    SWAPPED,
    Corpus,
    Outcome,
    celestial,
    changed,
    half,
    packed,
    stamp,
    with_card,
)


def add_stamps(corpus: Corpus) -> None:
    """Add a folder of FITS images with all that a FITS file can have."""
    good = stamp()
    whole = packed(good)
    scaled = fits.PrimaryHDU(good.astype(np.int16))
    many = fits.Header([(f"KEY{i:05d}"[:8], i, "one of many") for i in range(5000)])
    table = fits.BinTableHDU(Table({"a": [1, 2]}))
    cube = np.stack([good, np.full_like(good, np.nan)])
    small = "8 a side are needed"
    unreadable = "cannot be read as a FITS image"
    files: dict[str, tuple[bytes, Outcome]] = {
        "good.fits": (whole, FOUND),
        "cut.fits": (half(whole), "the file is truncated"),
        "cut-gz.fits.gz": (half(gzip.compress(whole)), unreadable),
        "no-gz.fits.gz": (whole, FOUND),
        "text.fits": (b"no FITS file\n" * 400, unreadable),
        "void.fits": (b"", "is empty"),
        "table.fits": (packed(fits.PrimaryHDU(), table), "holds no image"),
        "header.fits": (packed(fits.PrimaryHDU()), "holds no image"),
        "nan.fits": (packed(good * np.nan), "no pixel of its image has a value"),
        "constant.fits": (packed(good * 0 + 7), FLAT),
        "zero.fits": (packed(good * 0), FLAT),
        "pixel.fits": (packed(good[:1, :1]), small),
        "row.fits": (packed(good[:1]), small),
        "rows.fits": (packed(good[:3]), small),
        "line.fits": (packed(good[0]), "holds no image"),
        "cards.fits": (packed(fits.PrimaryHDU(good, many)), FOUND),
        "bitpix.fits": (with_card(whole, "BITPIX", "7"), unreadable),
        "bitpix-word.fits": (with_card(whole, "BITPIX", "'many'"), unreadable),
        "naxis.fits": (with_card(whole, "NAXIS1", "-48"), unreadable),
        "naxis-big.fits": (with_card(whole, "NAXIS1", "4800000000"), "px, more than"),
        "naxis-big-gz.fits.gz": (
            gzip.compress(with_card(whole, "NAXIS1", "4800000000")),
            "px, more than",
        ),
        "uint16.fits": (packed(good.astype(np.uint16)), FOUND),
        "int8.fits": (packed((good / 2).astype(np.int8)), FOUND),
        "uint8.fits": (packed(np.clip(good, 0, 255).astype(np.uint8)), FOUND),
        "int64.fits": (packed(good.astype(np.int64) * 10**12), FOUND),
        "double.fits": (packed(good.astype(np.float64) * 1e200), "no pixel"),
        "huge.fits": (packed(good * np.float32(1e35)), "no pixel"),
        "tiny.fits": (packed(good * np.float32(1e-35)), FOUND),
        "infinite.fits": (
            packed(changed(changed(good, (3, 3), np.inf), (40, 9), -np.inf)),
            FOUND,
        ),
        "all-infinite.fits": (packed(good * np.inf), "no pixel"),
        "hole.fits": (
            packed(changed(good, (slice(20, 28), slice(20, 28)), np.nan)),
            FOUND,
        ),
        "axes4.fits": (packed(good[None, None]), FOUND),
        "axes5.fits": (packed(np.stack([good[None, None]] * 2)), "is neither"),
        "blind-plane.fits": (packed(cube), "plane 1 "),
        "off-centre.fits": (packed(stamp(x=32.0, y=18.0)), Flag.OFF_CENTRE),
        "empty.fits": (packed(stamp(amplitude=0.0)), Flag.UNDETECTED),
        "sky.fits": (packed(fits.PrimaryHDU(good, celestial())), FOUND),
        "swapped.fits": (packed(fits.PrimaryHDU(good, SWAPPED)), FOUND),
        "ctype.fits": (
            packed(fits.PrimaryHDU(good, celestial(CTYPE1="RA---BAD"))),
            FOUND,
        ),
        "cunit.fits": (
            packed(fits.PrimaryHDU(good, celestial(CUNIT1="furlong"))),
            FOUND,
        ),
        "wcs-word.fits": (
            packed(fits.PrimaryHDU(good, celestial(CRVAL1="here"))),
            FOUND,
        ),
    }
    scaled.header["BSCALE"] = -1.0
    files["bscale-minus.fits"] = packed(scaled), Flag.UNDETECTED
    for name, value, outcome in (
        ("bscale-zero", "0.0", FLAT),
        ("bscale-word", "'much'", "BSCALE is 'much'"),
    ):
        content = with_card(files["bscale-minus.fits"][0], "BSCALE", value)
        files[f"{name}.fits"] = content, outcome
    for name, (content, outcome) in files.items():
        corpus.put(f"stamps/{name}", content)
        stem = name.removesuffix(".gz").removesuffix(".fits")
        corpus.single[f"stamps_{stem}"] = outcome
    across, up = (23.5 - 30.0) * PIXEL, (23.5 - 20.0) * PIXEL
    slope = np.cos(np.radians(10.0))
    at = {"ra": 30.0 - across / slope, "dec": 10.0 + up}
    corpus.values["stamps_sky"] = at
    corpus.values["stamps_swapped"] = {"ra": 30.0 + up / slope, "dec": 10.0 - across}
    for name in ("ctype", "cunit", "wcs-word"):
        corpus.values[f"stamps_{name}"] = {"ra": None, "dec": None}
    for name, reason in (
        ("grey.png", "is a picture"),
        ("photo.jpeg", "is a picture"),
        ("array.npy", "is of no format that is read"),
    ):
        corpus.put(f"stamps/{name}", b"x")
        corpus.single[f"stamps_{name}"] = reason
    for name in ("._good.fits", ".Trash/good.fits", "list.csv"):
        corpus.put(f"stamps/{name}", b"x")
    corpus.add("stamps", "stamps", "stamps")


def add_stamps_with_maps(corpus: Corpus) -> None:
    """Add stamps whose mask, noise map or PSF is odd."""
    ones = np.ones((SIDE, SIDE), dtype=np.float32)
    steps = np.arange(25) - 12
    blob = np.exp(-0.5 * (steps[:, None] ** 2 + steps**2) / 1.5**2).astype(np.float32)
    maps = {
        "mask": packed((ones * 0).astype(np.uint8)),
        "rms": packed(ones * 2),
        "weight": packed(ones / 4),
        "psf": packed(blob),
    }
    corner = changed(ones * 0, (slice(0, 9), slice(0, 9)), 1)
    cases: dict[str, tuple[str, bytes | None, Outcome]] = {
        "good": ("mask", maps["mask"], FOUND),
        "corner": ("mask", packed(corner), FOUND),
        "mask-gone": ("mask", None, "there is no file"),
        "mask-void": ("mask", b"", "is empty"),
        "mask-shape": ("mask", packed(ones[:40]), "mask"),
        "mask-all": ("mask", packed(ones), "no pixel of its image has a value"),
        "mask-text": ("mask", b"text" * 900, "cannot be read as a FITS image"),
        "weight-corner": ("weight", packed(ones - corner), FOUND),
        "weight-zero": ("weight", packed(ones * 0), "weight"),
        "weight-minus": ("weight", packed(-ones), "weight"),
        "weight-nan": ("weight", packed(ones * np.nan), "weight"),
        "weight-shape": ("weight", packed(ones[:, :40]), "weight"),
        "weight-gone": ("weight", None, "there is no file"),
        "rms-zero": ("rms", packed(ones * 0), "rms"),
        "rms-nan": ("rms", packed(ones * np.nan), "rms"),
        "rms-shape": ("rms", packed(ones[:, :40]), "rms"),
        "psf-text": ("psf", b"text" * 900, "cannot be read as a FITS image"),
        "psf-zero": ("psf", packed(blob * 0), "PSF"),
        "psf-nan": ("psf", packed(blob * np.nan), "PSF"),
        "psf-pixel": ("psf", packed(blob[:1, :1]), "PSF"),
        "psf-gone": ("psf", None, "there is no file"),
    }
    for name, (odd, content, outcome) in cases.items():
        corpus.put(f"pairs/{name}.fits", packed(stamp()))
        for part, usual in maps.items():
            written = content if part == odd else usual
            if written is not None:
                corpus.put(f"{part}s/{name}.fits", written)
        corpus.single[f"pairs_{name}"] = outcome
    patterns = {part: f"{part}s/*.fits" for part in maps}
    corpus.add("pairs", "stamps", "pairs/*.fits", **patterns)
