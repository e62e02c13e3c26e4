"""What stops a run, in words for its user."""

import errno

FULL_DISK = ("No space left on device", "Not enough space on disk")


class InputError(Exception):
    """Something the user can mend; its text is one sentence that says what to change.

    A script ends on it with that sentence on the screen, its log in the file named by
    the rule, and no traceback.
    """


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def explain_system_error(error: BaseException) -> str | None:
    """Say what to do about a disk that is full or cannot be written, else None."""
    seen: BaseException | None = error
    while seen is not None:
        name = getattr(seen, "filename", None)
        where = f" ({name})" if name else ""
        number = getattr(seen, "errno", None)
        if number in (errno.ENOSPC, errno.EDQUOT) or any(
            words in str(seen) for words in FULL_DISK
        ):
            return (
                f"the disk is full{where}; free some space and run again: what is"
                " finished stays"
            )
        if number in (errno.EROFS, errno.EACCES, errno.EPERM):
            return (
                f"no right to read or write here{where}; give it, or run in a folder of"
                " your own"
            )
        seen = seen.__cause__ or seen.__context__
    return None
