"""What typed settings are made of: a key has its type, limits and meaning in one place.

The default, the type, the limits and the description of a key of the config stand in a
class that is a `Section`; the schema and the pages about the config are made from it.
"""

import os.path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """Settings of one kind, with all keys known and of the type that is written.

    Raises
    ------
    pydantic.ValidationError
        Where a key is unknown, missing, of another type or outside of its limits.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _whole(value: object) -> object:
    """Take 3.0 for 3: YAML and JSON do not tell them apart as Python does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_truth_value(value: object) -> object:
    """Refuse true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("is true or false but must be a number")
    return value


def _without_repetition(values: list) -> list:
    if len(set(values)) < len(values):
        raise ValueError("names something twice")
    return values


FilePath = Annotated[str, AfterValidator(os.path.expanduser)]  # `~` is a home
Whole = Annotated[int, BeforeValidator(_whole)]
Index = Annotated[Whole, Field(ge=0)]
Numbered = BeforeValidator(_no_truth_value)  # of a choice between numbers
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Unique = AfterValidator(_without_repetition)
