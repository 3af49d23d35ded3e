"""A small warehouse with every kind of dirt, made of SQL, for tests of sources and extracts."""

from __future__ import annotations

from pathlib import Path

import duckdb

MARTS = Path(__file__).with_name("small.sql").read_text(encoding="utf-8")
PARAMETERS = {
    "pseudonym_key": "a key",
    "blocks": 8,
    "coreset": 1000,
    "damping": 300.0,
    "fewest": 2,
    "same_box": True,
    "sample_images": 500,
    "item_authors": 1,
}


def build(path: Path) -> Path:
    """Write the marts into a new DuckDB file."""
    with duckdb.connect(path) as connection:
        connection.execute(MARTS)
    return path
