from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.small import build


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the small warehouse as a DuckDB file."""
    return build(tmp_path_factory.mktemp("warehouse") / "small.duckdb")
