"""Where the SQL and data files of the study lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def sql_file(*parts: str) -> Path:
    """Return the path of a file under ``sql/``."""
    return _ROOT.joinpath("sql", *parts)


def data_file(*parts: str) -> Path:
    """Return the path of a file under ``data/``."""
    return _ROOT.joinpath("data", *parts)
