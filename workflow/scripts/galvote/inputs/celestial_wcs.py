"""Celestial coordinates of an image's pixels, as its header gives them."""

import re

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

SIP_CARD = re.compile(r"(A|B|AP|BP)_(ORDER|DMAX|\d+_\d+)")
NUMBER_CARD = re.compile(
    r"CRVAL[12]|CRPIX[12]|CDELT[12]|CROTA[12]|(CD|PC)[12]_[12]|PV[12]_\d+|LONPOLE"
    r"|LATPOLE|" + SIP_CARD.pattern
)
SCAMP_CARD = re.compile(r"PV[12]_([5-9]|\d\d)")  # no parameters of a projection
LEAST_DETERMINANT = 1e-9  # of a matrix whose columns have unit length


def celestial_wcs(
    header: fits.Header, hdus: fits.HDUList
) -> tuple[WCS | None, list[str]]:
    """Return the WCS of the first two axes, None without a usable one, and notes.

    Distortion is applied where CTYPE says so: SIP coefficients without the suffix -SIP
    are left over from before the image was resampled (Shupe et al. 2005).

    Parameters
    ----------
    header : of the image.
    hdus : its file, which may hold tables of distortion.

    Returns
    -------
    The WCS, and a sentence for each thing that was ignored or guessed.
    """
    kinds = [str(header.get(f"CTYPE{axis}", "")).strip() for axis in (1, 2)]
    if not any(kinds):
        return None, []
    plain, notes = header.copy(), []
    if not all(kind.endswith("-SIP") for kind in kinds):
        notes += _drop_sip(plain)
    elif not any(map(SIP_CARD.fullmatch, plain)):
        notes.append("CTYPE ends in -SIP, but there are no coefficients")
    if any(map(SCAMP_CARD.fullmatch, plain)) and kinds[0].endswith("TAN"):
        notes.append("PV cards beside TAN are taken for the distortion TPV, as SCAMP's")
    try:
        _check_numbers(plain)
        _check_matrix(plain)
        wcs = WCS(plain, fobj=hdus)
        wcs = wcs.sub([1, 2]) if wcs.naxis > 2 else wcs
        if not wcs.has_celestial:
            raise ValueError(f"axes {' and '.join(kinds)} are no place on the sky")
        middle = [header.get(f"NAXIS{axis}", 0) / 2.0 for axis in (1, 2)]
        sky = wcs.pixel_to_world(*middle).icrs  # fails where units are wrong
        if not np.isfinite([sky.ra.deg, sky.dec.deg]).all():
            raise ValueError("the middle of the image has no place on the sky")
    except Exception as error:  # astropy's and wcslib's own are of all kinds
        reason = " ".join(str(error).split())[:200]
        return None, [f"its WCS cannot be used: {reason}"]
    return wcs, notes


def _drop_sip(header: fits.Header) -> list[str]:
    """Remove SIP coefficients from a header; say so if there are any."""
    left_over = [card for card in header if SIP_CARD.fullmatch(card)]
    for card in left_over:
        del header[card]
    for axis in (1, 2):  # a suffix on one axis alone
        kind = str(header.get(f"CTYPE{axis}", ""))
        header[f"CTYPE{axis}"] = kind.strip().removesuffix("-SIP")
    if not left_over:
        return []
    return ["SIP coefficients were ignored, as CTYPE does not end in -SIP"]


def _check_numbers(header: fits.Header) -> None:
    """Turn numbers in quotes into numbers, for which astropy takes 0.

    Raises
    ------
    ValueError
        Where a card is no finite number.
    """
    for card in filter(NUMBER_CARD.fullmatch, list(header)):
        try:
            number = float(header[card])
        except (TypeError, ValueError):
            number = np.nan
        if not np.isfinite(number) or isinstance(header[card], bool):
            raise ValueError(f"{card} is {header[card]!r}, which is no number")
        if isinstance(header[card], str):
            header[card] = number


def _check_matrix(header: fits.Header) -> None:
    """Refuse a matrix that maps the image on a line or a point, or that is not there.

    Raises
    ------
    ValueError
        That says which.
    """
    places = [(i, j) for i in (1, 2) for j in (1, 2)]
    scales = [header.get(f"CDELT{axis}") for axis in (1, 2)]
    if any(f"CD{i}_{j}" in header for i, j in places):
        cards = [header.get(f"CD{i}_{j}", 0.0) for i, j in places]
        matrix = np.reshape(cards, (2, 2))
    elif scales != [None, None] or any(f"PC{i}_{j}" in header for i, j in places):
        cards = [header.get(f"PC{i}_{j}", float(i == j)) for i, j in places]
        factors = [1.0 if scale is None else scale for scale in scales]
        matrix = np.reshape(cards, (2, 2)) * np.array(factors)[:, None]
    else:
        raise ValueError("it has no scale: neither CD nor CDELT")
    lengths = np.linalg.norm(matrix, axis=0)
    if not lengths.all() or abs(np.linalg.det(matrix / lengths)) < LEAST_DETERMINANT:
        raise ValueError(f"its matrix {matrix.tolist()} is singular")
