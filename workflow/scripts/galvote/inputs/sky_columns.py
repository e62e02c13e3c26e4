"""Right ascension and declination as catalogues have them, turned into degrees."""

import re

import numpy as np
import pandas as pd

from galvote.base.errors import InputError
from galvote.inputs.user_tables import as_numbers, as_text

DEGREES = {  # in a unit, by its name in lower case
    **dict.fromkeys(("deg", "degree", "degrees", "degr", "d", "°", "d:m:s"), 1.0),
    **dict.fromkeys(("hourangle", "hour", "hours", "hr", "h", "h:m:s"), 15.0),
    **dict.fromkeys(("rad", "radian", "radians"), np.degrees(1.0)),
    **dict.fromkeys(("arcmin", "arcminute", "arcminutes", "amin", "'"), 1.0 / 60.0),
    **dict.fromkeys(("arcsec", "arcsecond", "arcseconds", "asec", '"'), 1.0 / 3600.0),
    **dict.fromkeys(("mas", "milliarcsec", "milliarcsecond"), 1.0 / 3.6e6),
}
HOUR = DEGREES["hour"]
_ANGLES = "(l|b|lon|lat|longitude|latitude)"
OTHER_SKIES = {  # patterns of names of columns, without _
    "galactic": f"[lb](ii|gal|deg)?|g(lon|lat)|gal(actic)?{_ANGLES}",
    "ecliptic": f"e(lon|lat)|ecl(iptic)?{_ANGLES}",
}
_SKY_OF_UCD = re.compile(r"pos[._](gal|ecliptic|ec)[a-z]*", re.IGNORECASE)
_PARTS = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<whole>\d{1,3})\s*(?P<mark>[:hd°]|\s)\s*"
    r"(?P<minutes>[0-5]?\d)\s*(?:[:m'\u2032]|\s)\s*"
    r"(?P<seconds>[0-5]?\d(?:\.\d*)?)\s*(?:s|''|[\"\u2033])?",
    re.IGNORECASE,
)
_TWO_PARTS = re.compile(  # without seconds
    r"([+-]?\s*\d{1,3}\s*[:hd°]\s*[0-5]?\d)(\.\d*)?\s*[m'\u2032]?", re.IGNORECASE
)


def check_sky(column: str, about: dict[str, dict[str, str]], where: str) -> None:
    """Refuse a column that holds coordinates of another system.

    Parameters
    ----------
    column : its name.
    about : `attrs` of the table.
    where : what to name in the sentence.

    Raises
    ------
    InputError
        That says which it holds.
    """
    told = f"{about.get('ucds', {}).get(column, '')} {_unit_of(column, about)}"
    found = _SKY_OF_UCD.search(told)
    plain = re.sub(r"[_\s]", "", column.lower())
    names = [sky for sky, name in OTHER_SKIES.items() if re.fullmatch(name, plain)]
    if found:
        names = ["galactic" if found[1].lower() == "gal" else "ecliptic"]
    elif "galactic" in told.lower():
        names = ["galactic"]
    if names:
        raise InputError(
            f"{where}: the column `{column}` holds {names[0]} coordinates; convert them"
            " to right ascension and declination (deg, ICRS), as by astropy's"
            " SkyCoord(...).icrs"
        )


def _unit_of(column: str, about: dict) -> str:
    unit = about.get("units", {}).get(column, "").strip()
    return unit.strip('"') or unit  # some write "h:m:s" in quotes


def check_pixels(column: str, about: dict, where: str) -> None:
    """Refuse a column of pixels that has the unit of an angle.

    Raises
    ------
    InputError
        That names the unit.
    """
    unit = _unit_of(column, about)
    if unit.lower() in DEGREES:
        raise InputError(
            f"{where}: the column `{column}` has the unit {unit}, but must be in pixels"
        )


def sky_degrees(
    table: pd.DataFrame, ra: str, dec: str, where: str
) -> tuple[pd.Series, pd.Series, list[str]]:
    """Return right ascension and declination in degrees, NaN where there is no number.

    The unit of a column is obeyed; without one numbers are degrees, and sexagesimal
    text is in hours for right ascension.

    Parameters
    ----------
    table : from `read_user_table`.
    ra, dec : names of its columns.
    where : what to name in a refusal.

    Returns
    -------
    ra, dec, and sentences about what was converted.

    Raises
    ------
    InputError
        Where a unit is no angle, or text may be read in more than one way.
    """
    about, notes, columns, sexagesimal = table.attrs, [], [], []
    for key, name in (("ra", ra), ("dec", dec)):
        check_sky(name, about, where)
        unit = _unit_of(name, about)
        unit = unit.replace(" ", "")
        if unit and unit.lower() not in DEGREES:
            raise InputError(
                f"{where}: the column `{name}` has the unit {unit}, which is no angle;"
                " give degrees"
            )
        scale = DEGREES[unit.lower()] if unit else None
        if key == "dec" and scale == HOUR:
            raise InputError(
                f"{where}: the column `{name}` has the unit {unit}, in which no"
                " declination is given; give degrees"
            )
        degrees, note = _degrees_of(table[name], name, scale, key == "ra", where)
        columns.append(degrees)
        sexagesimal.append("sexagesimal" in note)
        notes += [note] if note else []
    if sexagesimal == [False, True] and not _unit_of(ra, about):
        raise InputError(
            f"{where}: `{dec}` is sexagesimal and `{ra}` is not, which leaves open"
            " whether that is in hours; give degrees"
        )
    return *columns, notes


def _with_seconds(cell: str) -> str:
    """Write `10:30.5` as `10:30:30`, as the parts are read."""
    found = _TWO_PARTS.fullmatch(cell)
    return f"{found[1]}:{60.0 * float(f'0{found[2] or 0}'):.9f}" if found else cell


def _degrees_of(
    cells: pd.Series, name: str, scale: float | None, is_ra: bool, where: str
) -> tuple[pd.Series, str]:
    """Return one column in degrees, and a sentence about it where it was converted."""
    numbers = as_numbers(cells)
    text = as_text(cells).str.strip().str.replace("\N{MINUS SIGN}", "-")
    text = text.where(numbers.isna(), "").map(_with_seconds)
    parts = text.str.extract(f"^{_PARTS.pattern}$", re.I)
    split = parts["whole"].notna()
    if not split.any():
        if numbers.isna().all() and (text != "").any():
            raise InputError(
                f"{where}: the column `{name}` holds no number, its first cell is"
                f" {text[text != ''].iloc[0]!r}; give degrees"
            )
        if scale in (None, 1.0):
            return numbers, ""
        return numbers * scale, f"`{name}` was converted to degrees from its unit"
    if numbers.notna().any():
        raise InputError(
            f"{where}: the column `{name}` has decimal and sexagesimal cells; give"
            " degrees"
        )
    value = sum(
        parts[part].astype(np.float64) / size
        for part, size in (("whole", 1.0), ("minutes", 60.0), ("seconds", 3600.0))
    )
    value = value.where(parts["sign"] != "-", -value)
    marks = parts["mark"].str.lower()
    usual = scale or (HOUR if is_ra else 1.0)
    scales = marks.map({"h": HOUR, "d": 1.0, "°": 1.0}).fillna(usual)
    if not is_ra and (marks == "h").any():
        raise InputError(
            f"{where}: the column `{name}` is in hours, in which no declination is"
            " given; give degrees"
        )
    if (value[scales == HOUR] >= 24.0).any():
        raise InputError(
            f"{where}: the column `{name}` is sexagesimal with more than 24 hours; give"
            " degrees"
        )
    kinds = {HOUR: "hours, minutes and seconds", 1.0: "degrees, minutes and seconds"}
    kind = kinds.get(scales[split].iloc[0], "its unit")
    return value * scales, f"`{name}` is sexagesimal and was read as {kind}"
