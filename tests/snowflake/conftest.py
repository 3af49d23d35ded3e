"""A Snowflake stand-in over HTTP that holds the small warehouse, and connections to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fakesnow.server import app

from analysis.warehouse.snowflake import Snowflake
from tests.snowflake.faults import Faults
from tests.snowflake.stand_in import stand_in
from tests.warehouse.small import build


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small warehouse as a DuckDB file."""
    return build(tmp_path_factory.mktemp("warehouse") / "small.duckdb")


@pytest.fixture(scope="session")
def layer() -> Faults:
    """Return the layer that can spoil answers."""
    return Faults(app)


@pytest.fixture
def faults(layer: Faults) -> Iterator[Faults]:
    """Return the layer with nothing planned, and forget what was left over."""
    layer.planned.clear()
    layer.seen.clear()
    layer.queries.clear()
    yield layer
    layer.planned.clear()


@pytest.fixture(scope="session")
def server(small: Path, layer: Faults) -> Iterator[Mapping[str, Any]]:
    """Start the stand-in, load the marts and yield connection parameters."""
    with stand_in(small, layer) as parameters:
        yield parameters


@pytest.fixture(scope="session")
def open_snowflake(server: Mapping[str, Any]) -> Callable[..., Snowflake]:
    """Return a function that opens the stand-in as a source."""

    def open_it(**options: Any) -> Snowflake:
        options = {"time_travel": False, "attempts": 2, "backoff": 0.01} | options
        return Snowflake("stand-in", dict(server), **options)

    return open_it


@pytest.fixture(scope="session")
def snowflake(open_snowflake: Callable[..., Snowflake]) -> Iterator[Snowflake]:
    source = open_snowflake()
    yield source
    source.close()
