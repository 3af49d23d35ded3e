from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from analysis.errors import ContractError, SourceError
from analysis.warehouse.batches import cast, gather

SCHEMA = pa.schema(
    [
        pa.field("N", pa.int32(), nullable=False),
        pa.field("SHARE", pa.float64()),
        pa.field("NAME", pa.string()),
        pa.field("DAY", pa.date32()),
        pa.field("FLAG", pa.bool_()),
    ]
)


def batch(n, share, name, day, flag):
    arrays = [n, share, name, day, flag]
    return pa.RecordBatch.from_arrays(arrays, names=["N", "share", "Name", "DAY", "FLAG"])


def test_batches_of_mixed_width_unit_and_null_become_one_table():
    midnight = [datetime(2023, 1, 2), None]
    parts = [
        batch(
            pa.array([1, 2], pa.int8()),
            pa.array([Decimal("0.25"), None], pa.decimal128(38, 2)),
            pa.array(["a", None]),
            pa.array(midnight, pa.timestamp("ns")),
            pa.array([True, None]),
        ),
        batch(
            pa.array([300, 70000], pa.int64()),
            pa.array([1, 2], pa.int16()),
            pa.array([None, None], pa.null()),
            pa.array(midnight, pa.timestamp("us")),
            pa.array([None, None], pa.null()),
        ),
        batch(
            pa.array([Decimal(9)], pa.decimal128(38, 0)),
            pa.array([None], pa.null()),
            pa.array(["b"]).dictionary_encode(),
            pa.array([date(2023, 1, 3)]),
            pa.array([False]),
        ),
        batch(
            pa.array([], pa.null()),
            pa.array([], pa.int8()),
            pa.array([], pa.large_string()),
            pa.array([], pa.timestamp("s")),
            pa.array([], pa.bool_()),
        ),
    ]
    table = gather(parts, SCHEMA)
    assert table.schema.equals(SCHEMA)
    assert table["N"].to_pylist() == [1, 2, 300, 70000, 9]
    assert table["SHARE"].to_pylist() == [0.25, None, 1.0, 2.0, None]
    assert table["NAME"].to_pylist() == ["a", None, None, None, "b"]
    assert table["DAY"].to_pylist() == [
        date(2023, 1, 2), None, date(2023, 1, 2), None, date(2023, 1, 3)
    ]  # fmt: skip


def test_no_batch_makes_an_empty_table_of_the_schema():
    assert gather([], SCHEMA).schema.equals(SCHEMA)
    assert gather([], SCHEMA).num_rows == 0


def test_columns_may_come_in_another_order():
    schema = pa.schema([("A", pa.int8()), ("B", pa.string())])
    table = cast(pa.table({"b": ["x"], "a": [1]}), schema)
    assert table.to_pylist() == [{"A": 1, "B": "x"}]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([2**31], pa.int64()),
        pa.array([-(2**31) - 1], pa.int64()),
        pa.array([Decimal(10) ** 20], pa.decimal128(38, 0)),
        pa.array([Decimal("1.5")], pa.decimal128(38, 1)),
        pa.array([1.5]),
        pa.array([float("nan")]),
        pa.array([float("inf")]),
        pa.array([1e300]),
    ],
)
def test_a_value_that_does_not_fit_is_never_wrapped_or_rounded(values):
    schema = pa.schema([("N", pa.int32())])
    with pytest.raises(ContractError, match="Column N of counts holds a value that int32") as error:
        cast(pa.table({"N": values}), schema, "counts")
    assert str(values[0].as_py()) not in str(error.value)


def test_a_time_of_day_is_not_dropped_silently():
    table = pa.table({"DAY": pa.array([datetime(2023, 1, 2, 3)], pa.timestamp("us"))})
    with pytest.raises(ContractError, match="DAY"):
        cast(table, pa.schema([("DAY", pa.date32())]))


def test_null_where_null_is_not_allowed():
    schema = pa.schema([pa.field("N", pa.int32(), nullable=False)])
    with pytest.raises(ContractError, match="NULL in 1 rows"):
        cast(pa.table({"N": pa.array([1, None])}), schema)


@pytest.mark.parametrize(
    "values", [["1"], [True], [date(2023, 1, 1)], [[1]]], ids=["text", "boolean", "date", "list"]
)
def test_a_type_of_another_family_is_refused(values):
    with pytest.raises(SourceError, match="Column N of counts came as"):
        cast(pa.table({"N": values}), pa.schema([("N", pa.int32())]), "counts")


@pytest.mark.parametrize("names", [["N"], ["N", "M", "O"], ["N", "X"], ["N", "N"]])
def test_missing_and_surplus_columns_are_refused(names):
    table = pa.Table.from_arrays([pa.array([1])] * len(names), names=names)
    with pytest.raises(SourceError, match="has the columns"):
        cast(table, pa.schema([("N", pa.int32()), ("M", pa.int32())]))
