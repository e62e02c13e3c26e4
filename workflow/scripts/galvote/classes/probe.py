"""A class-balanced logistic regression on the codes: the plain baseline."""

from galvote.classes.estimators import LogisticMethod


class Probe(LogisticMethod):
    """Settings of the logistic regression on the codes."""

    view = "codes"
