"""Cast what a warehouse sends to the schema that was declared, value by value or not at all.

Batches of one Snowflake result differ among themselves: integers are as wide as their values, a
column of NULLs has another type, timestamps come in several units, whole numbers come as decimals.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import ContractError, SourceError

_INTEGERS = tuple(
    (np.iinfo(name), pa.from_numpy_dtype(name))
    for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32")
)
"""Integers from narrow to wide, with what they can hold."""


def cast(batch: pa.Table | pa.RecordBatch, schema: pa.Schema, name: str = "query") -> pa.Table:
    """Cast one batch to a schema, names without regard to case, columns in the schema's order.

    Parameters
    ----------
    batch : pyarrow.Table or pyarrow.RecordBatch
        Any number of rows, also none.
    schema : pyarrow.Schema
        Declared names, types and nullability.
    name : str
        The query, for messages.

    Returns
    -------
    pyarrow.Table
        With exactly ``schema``.

    Raises
    ------
    SourceError
        If a column is missing, surplus or of a type that is not its own.
    ContractError
        If a value does not fit the declared type, or is NULL where NULL is not allowed.
    """
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    found = [column.upper() for column in table.column_names]
    wanted = [field.name.upper() for field in schema]
    if sorted(found) != sorted(wanted):
        raise SourceError(
            f"The answer to {name} has the columns {', '.join(found) or 'none'} "
            f"instead of {', '.join(wanted)}.",
            "Run again; if it stays so, the query and its header disagree.",
        )
    arrays = []
    for field in schema:
        column = table.column(found.index(field.name.upper()))
        arrays.append(_cast_column(column, field, name))
    return pa.Table.from_arrays(arrays, schema=schema)


def gather(
    batches: Iterable[pa.Table | pa.RecordBatch], schema: pa.Schema, name: str = "query"
) -> pa.Table:
    """Cast every batch and put them together; no batch at all makes an empty table.

    Raises
    ------
    SourceError, ContractError
        As ``cast`` does.
    """
    parts = [cast(batch, schema, name) for batch in batches]
    return pa.concat_tables(parts) if parts else schema.empty_table()


def narrow(table: pa.Table) -> pa.Table:
    """Return a table whose integers are as narrow as the values of their column let them be.

    Snowflake sends integers so, and so they are kept and counted: four fifths of what the study
    fetches are small numbers.
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if not pa.types.is_integer(field.type) or column.null_count == len(column):
            continue
        least, most = pc.min_max(column).as_py().values()
        fitting = (kind for can, kind in _INTEGERS if can.min <= least and most <= can.max)
        kind = next(fitting, field.type)
        if column.null_count:
            column = column.cast(kind)
        else:  # through NumPy, which keeps no bits that say which values are known
            column = pa.chunked_array([column.to_numpy().astype(kind.to_pandas_dtype())])
        table = table.set_column(place, field.with_type(kind), column)
    return table


def frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame whose numbers are wide again, so that no sum of them overflows."""
    wide = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_integer(kind):
            kind = pa.int64()
        elif pa.types.is_floating(kind):
            kind = pa.float64()
        wide.append(field.with_type(kind))
    found: pd.DataFrame = table.cast(pa.schema(wide)).to_pandas()
    return found


def _family(kind: pa.DataType) -> str:
    """Name the group of types among which a cast keeps the meaning of a value."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_null(kind):
        return "null"
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "date"
    return str(kind)


def _cast_column(column: pa.ChunkedArray, field: pa.Field, name: str) -> pa.ChunkedArray:
    found, wanted = _family(column.type), _family(field.type)
    if found not in ("null", wanted):
        raise SourceError(
            f"Column {field.name} of {name} came as {column.type} instead of {field.type}.",
            "Run again; if it stays so, the query and its header disagree.",
        )
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        if pa.types.is_date(field.type) and pa.types.is_timestamp(column.type):
            _require_midnight(column)
        result = column.cast(field.type, safe=_is_exact(column.type, field.type))
    except pa.ArrowInvalid:
        # Arrow's own text quotes the value, which could be anything
        raise ContractError(
            f"Column {field.name} of {name} holds a value that {field.type} cannot hold.",
            "Run study doctor: it names the table and the values out of range.",
        ) from None
    if not field.nullable and result.null_count:
        raise ContractError(
            f"Column {field.name} of {name} is NULL in {result.null_count} rows.",
            "Run study doctor: it names the table and the rule that is broken.",
        )
    return result


def _is_exact(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a cast must keep every digit: all do but those to floating point."""
    return not (pa.types.is_floating(wanted) and not pa.types.is_null(found))


def _require_midnight(column: pa.ChunkedArray) -> None:
    days = pc.floor_temporal(column, unit="day")
    if not pc.all(pc.equal(column, days), min_count=0).as_py():
        raise pa.ArrowInvalid("a time of day would be lost")
