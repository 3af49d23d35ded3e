"""The Snowflake path over HTTP against the DuckDB path, row by row, for every extract."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import extracts
from analysis.warehouse import contract
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS


@pytest.fixture(scope="module")
def file(small):
    source = DuckDBFile(small)
    yield source
    source.close()


@pytest.mark.parametrize("name", extracts.names())
def test_every_extract_is_the_same_row_by_row(name, snowflake, file):
    extract = extracts.get(name)
    here = extract.run(file, PARAMETERS).table
    there = extract.run(snowflake, PARAMETERS)
    assert there.table.schema.equals(here.schema)
    assert there.table.num_rows == here.num_rows
    assert there.table.to_pylist() == here.to_pylist()
    assert there.query_id


def test_the_contract_reports_the_same(snowflake, file):
    pd.testing.assert_frame_equal(contract.check(snowflake), contract.check(file))


def test_the_marts_are_described_alike(snowflake, file):
    here, there = file.columns(), snowflake.columns()
    assert {table: set(columns) for table, columns in here.items()} == {
        table: set(columns) for table, columns in there.items()
    }
    for table, columns in here.items():
        for column, kind in columns.items():
            if column != "POSITION_IN_IMAGE":
                assert contract.family(kind) == contract.family(there[table][column])
