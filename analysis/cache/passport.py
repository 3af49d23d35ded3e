"""What a stored table carries to prove where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa


@dataclass(frozen=True)
class Passport:
    """Origin of one entry of the cache.

    Attributes
    ----------
    name : str
        Name of the extract or of the step.
    kind : str
        "extract", "contract" or "result".
    key : str
        SHA-256 of everything that the entry rests on.
    source : str
        Kind and name of the source, without secrets.
    as_of : str
        Time that the rows refer to, ISO 8601 in UTC.
    query : str
        Text sent to the source; empty for results.
    query_id : str
        The source's own name for the query; empty for results.
    rows : int
        Rows in all tables of the entry.
    bytes : int
        Size of these tables in Arrow, in bytes.
    content_hash : str
        SHA-256 of the tables' content, checked at every reading.
    seconds : float
        Wall time that fetching or computing took.
    made_at : str
        When, ISO 8601 in UTC.
    needs : tuple of str
        Names of the entries it was computed from.
    kept : bool
        Whether it was not computed here but taken from what the project keeps for these rows.
    """

    name: str
    kind: Literal["extract", "contract", "result"]
    key: str
    source: str
    as_of: str
    query: str
    query_id: str
    rows: int
    bytes: int
    content_hash: str
    seconds: float
    made_at: str
    needs: tuple[str, ...] = ()
    kept: bool = False


@dataclass(frozen=True)
class Entry:
    """Tables and plain values of one extract or result.

    Attributes
    ----------
    tables : dict of str to pyarrow.Table
    values : dict of str to JSON values
    """

    tables: dict[str, pa.Table]
    values: dict[str, Any] = field(default_factory=dict)
