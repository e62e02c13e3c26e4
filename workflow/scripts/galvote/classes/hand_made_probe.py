"""The same regression on the eight hand-made numbers, without any network."""

from pydantic import Field

from galvote.classes.estimators import LogisticMethod


class HandMade(LogisticMethod):
    """Settings of the logistic regression on the eight hand-made numbers."""

    view = "hand_made"
    strength: float = Field(
        1.0,
        gt=0,
        description="Inverse of the regularisation of the logistic regression.",
    )
