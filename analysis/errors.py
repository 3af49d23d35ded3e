"""The errors a user can meet, each one line long and carrying its mend.

Exit codes (``study --help`` prints them too):

====  =======================================================
0     done
1     a fault of the program itself (``--debug`` shows where)
2     the command line was not understood
3     the source cannot be reached or refuses the login
4     the four marts break the data contract
5     the cache cannot be used, or its place is full
6     a chapter, figure or page could not be made
====  =======================================================
"""

from __future__ import annotations


class StudyError(Exception):
    """Base of all errors meant for a user: what is wrong and how to mend it.

    Parameters
    ----------
    problem : str
        What is wrong, naming the table, column, file or chapter.
    mend : str
        What the user can do about it, as an imperative sentence.
    """

    exit_code = 1

    def __init__(self, problem: str, mend: str = "") -> None:
        self.problem = problem
        self.mend = mend
        super().__init__(f"{problem} {mend}".strip())


class SourceError(StudyError):
    """The source cannot be reached, refuses the login or went away."""

    exit_code = 3


class ContractError(StudyError):
    """The four marts break the data contract."""

    exit_code = 4


class CacheError(StudyError):
    """The cache is corrupt, of a newer version, locked or its disk is full."""

    exit_code = 5


class DamagedCacheError(CacheError):
    """The cache is not what was written; what it held is to be fetched anew."""


class RenderError(StudyError):
    """A chapter failed or the book could not be written."""

    exit_code = 6


_DISK = (
    (
        ("No space left", "isk quota exceeded", "File too large", "max_temp_directory_size"),
        "there is no space left on its disk",
        "Free space on that disk",
    ),
    (
        ("Read-only file system",),
        "its disk can only be read",
        "Mount that disk for writing",
    ),
    (
        ("Permission denied", "Operation not permitted", "Access is denied"),
        "the system denies access",
        "Take the right to read and write there",
    ),
    (
        ("Could not set lock", "being used by another process"),
        "another program holds it open",
        "Close that program",
    ),
    (
        ("Too many open files", "Input/output error"),
        "the system fails",
        "Look after the disk and the number of open files",
    ),
)


def disk_trouble(error: BaseException) -> tuple[str, str] | None:
    """Return what keeps a file from being read or written, and the beginning of the mend.

    None where it is nothing of the disk. The system's own words decide: DuckDB passes them on
    without a number.
    """
    said = str(error)
    found = ((what, mend) for words, what, mend in _DISK if any(word in said for word in words))
    return next(found, None)
