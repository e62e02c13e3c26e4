"""The one exception that stands for a user's mistake."""


class InputError(Exception):
    """Something the user can mend; its text is one sentence that says what to change.

    A script ends on it with that sentence on the screen, its log in the file named by
    the rule, and no traceback.
    """
