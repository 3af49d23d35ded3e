from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from analysis.warehouse.sample import SampleReport, build_sample

SMALL = 0.02


@pytest.fixture(scope="package")
def small(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """The calibrated world at a fiftieth of its size."""
    return build_sample(tmp_path_factory.mktemp("sample") / "small.duckdb", scale=SMALL)


@pytest.fixture
def marts(small: SampleReport) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(small.path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="package")
def null_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "null.duckdb"
    return build_sample(out, scale=0.05, world="null").path
