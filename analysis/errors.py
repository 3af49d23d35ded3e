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
