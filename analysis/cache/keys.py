"""Keys that change exactly when what they stand for may change.

A key is the SHA-256 of a JSON text that names everything a stored table rests
on: text of the query, parameters, code, versions of libraries and the content
of what it was computed from (a Merkle tree; early cut-off because parents enter
with their content hash, not with their own key).
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

_PACKAGE = __name__.partition(".")[0]
_LIBRARIES = (
    "duckdb",
    "numpy",
    "pandas",
    "prince",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "snowflake-connector-python",
    "sqlglot",
    "statsmodels",
)


def digest(facts: Mapping[str, object]) -> str:
    """Return the SHA-256 of ``facts`` written as canonical JSON."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def library_versions() -> dict[str, str]:
    """Return the version of every library that can change a stored number."""
    return {name: version(name) for name in _LIBRARIES}


def content_hash(table: pa.Table) -> str:
    """Return the SHA-256 of a table's schema and values, independent of its chunks."""
    sink = pa.BufferOutputStream()
    # A fresh copy: sliced arrays would carry the bytes they were cut from.
    whole = pa.concat_tables([table]).combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema.remove_metadata()) as writer:
        writer.write_table(whole.replace_schema_metadata(None))
    return hashlib.sha256(sink.getvalue()).hexdigest()


@cache
def code_digest(module: str) -> str:
    """Return the SHA-256 of a module's source and of every module of ours that it imports.

    Parameters
    ----------
    module : str
        Dotted name, of this package.
    """
    sources: dict[str, str] = {}
    _collect(module, sources)
    return digest(sources)


def _collect(module: str, sources: dict[str, str]) -> None:
    spec = importlib.util.find_spec(module)
    if module in sources or spec is None or spec.origin is None:
        return
    text = Path(spec.origin).read_text(encoding="utf-8")
    sources[module] = hashlib.sha256(text.encode()).hexdigest()
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from package import name`: the name may itself be a module.
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.partition(".")[0] == _PACKAGE and _is_module(name):
                _collect(name, sources)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
