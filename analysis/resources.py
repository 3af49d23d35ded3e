"""Where the SQL and data files of the study lie, in a checkout and in an installed wheel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def sql_file(*parts: str) -> Path:
    """Return the path of a file under ``sql/``."""
    return _ROOT.joinpath("sql", *parts)


def data_file(*parts: str) -> Path:
    """Return the path of a file under ``data/``."""
    return _ROOT.joinpath("data", *parts)


def measured(name: str) -> Any:
    """Return what a benchmark wrote to ``benchmarks/results/``; None where it was not run."""
    path = _ROOT.joinpath("benchmarks", "results", f"{name}.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
