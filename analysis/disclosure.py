"""The one gate between results and whatever shows them: no group of fewer authors than allowed.

Every figure, table, page and exported file reads results through ``Study.result``, which calls
``withheld``. Results in the cache stay whole, since later steps rest on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from analysis.findings.step import Result

SIZES = ("authors", "n_authors", "N_AUTHORS")
"""Columns that say how many authors a row speaks of; a row of too few is left out."""

PARTS = ("flagged", "labelled", "posting", "mainstream", "trendy", "edgy", "unknown")
"""Columns that count some of these authors; a count of too few is missing."""

NAMES = ("band", "group", "GROUP", "segment", "mart", "name")
"""Columns that may name a group of authors."""

PUBLIC = ("published.", "lead.published", "validation.")
"""Steps that rest on published or simulated figures, not on authors of the source."""


def withheld(step: str, result: Result, small: Iterable[str], least: int) -> Result:
    """Return a result without what it says of too few authors.

    Parameters
    ----------
    step : str
        Name of the step; what rests on published figures is returned as it is.
    result : Result
    small : iterable of str
        Names of groups that are known to be too small.
    least : int
        Authors that a group must have.
    """
    if step.startswith(PUBLIC):
        return result
    names = frozenset(small)
    return replace(
        result, tables={key: _table(table, names, least) for key, table in result.tables.items()}
    )


def small_groups(tables: Iterable[pd.DataFrame], least: int) -> frozenset[str]:
    """Return the names of groups for which a table gives a size of too few authors."""
    found: set[str] = set()
    for table in tables:
        size = next((column for column in SIZES if column in table), None)
        name = next((column for column in ("band", "segment") if column in table), None)
        if size and name:
            few = _few(table[size], least)
            found |= set(table.loc[few, name].astype(str))
    return frozenset(found)


def _table(table: pd.DataFrame, small: frozenset[str], least: int) -> pd.DataFrame:
    keep = pd.Series(True, index=table.index)
    for column in SIZES:
        if column in table and pd.api.types.is_numeric_dtype(table[column]):
            keep &= ~_few(table[column], least)
    for column in NAMES:
        if small and column in table:
            keep &= ~table[column].astype(str).isin(small)
    shown = table if keep.all() else table[keep].reset_index(drop=True)
    for column in PARTS:
        if column in shown and pd.api.types.is_integer_dtype(shown[column]):
            few = _few(shown[column], least)
            if few.any():
                shown = shown.assign(**{column: shown[column].astype("Int64").mask(few)})
    return shown


def _few(counts: pd.Series, least: int) -> pd.Series:
    return ((counts > 0) & (counts < least)).fillna(False).astype(bool)
