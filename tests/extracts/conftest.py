from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analysis import extracts
from analysis.warehouse.batches import frame
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.source import MARTS
from tests.warehouse.small import PARAMETERS, build


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small warehouse as a DuckDB file."""
    return build(tmp_path_factory.mktemp("warehouse") / "small.duckdb")


@pytest.fixture(scope="session")
def source(small: Path) -> Iterator[DuckDBFile]:
    opened = DuckDBFile(small)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def marts(small: Path) -> dict[str, pd.DataFrame]:
    """Return the four marts as frames, for figures worked out another way."""
    with duckdb.connect(small, read_only=True) as connection:
        return {mart: connection.table(mart).df() for mart in MARTS}


@pytest.fixture(scope="session")
def answers(source: DuckDBFile) -> dict[str, pd.DataFrame]:
    """Return the answer to every extract."""
    return {
        name: frame(extracts.get(name).run(source, PARAMETERS).table) for name in extracts.names()
    }
