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
import pyarrow.compute as pc

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
    """Return the SHA-256 of a table's names, types and values, independent of its chunks."""
    # What lies in memory under a NULL is not part of the content: values and NULLs enter apart.
    columns = [
        part
        for column in table.columns
        for part in (pc.is_null(column).cast(pa.uint8()), _filled(column))
    ]
    whole = pa.table(columns, names=[str(i) for i in range(len(columns))]).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    types = [f"{field.name}: {field.type}" for field in table.schema]
    return digest({"schema": types, "values": hashlib.sha256(sink.getvalue()).hexdigest()})


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_boolean(column.type):  # bits past the end of a bitmap are arbitrary
        column = column.cast(pa.uint8())
    if column.null_count == 0:
        return column
    neutral = "" if pa.types.is_string(column.type) else 0
    return pc.fill_null(column, pa.scalar(neutral, column.type))


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


def reached_digest(module: str, name: str) -> str:
    """Return the SHA-256 of a function and of every definition of ours that it reaches by name.

    Finer than :func:`code_digest`: docstrings, comments and what lies beside in the same modules
    do not count. Attributes are followed into modules, not into objects: methods count with their
    class.

    Parameters
    ----------
    module, name : str
        Dotted name of a module of this package, and a definition in it.
    """
    found: dict[str, str] = {}
    waiting = [(module, name)]
    while waiting:
        home, wanted = waiting.pop()
        definitions, imports = _names(home)
        if wanted not in definitions:
            if wanted in imports:
                waiting.append(imports[wanted])
            continue
        if f"{home}.{wanted}" in found:
            continue
        node = definitions[wanted]
        found[f"{home}.{wanted}"] = ast.dump(node)
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                waiting.append((home, part.id))
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                origin = ".".join(imports.get(part.value.id, ()))
                if origin and _is_module(origin):
                    waiting.append((origin, part.attr))
    return digest(found)


@cache
def _names(module: str) -> tuple[dict[str, ast.stmt], dict[str, tuple[str, str]]]:
    """Return what a module of ours defines, docstrings taken out, and what it imports of ours."""
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, tuple[str, str]] = {}
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return definitions, imports
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == _PACKAGE:
            for alias in node.names:
                imports[alias.asname or alias.name] = (str(node.module), alias.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in (part for whole in targets for part in ast.walk(whole)):
                if isinstance(target, ast.Name):
                    definitions[target.id] = node
    for node in definitions.values():
        for part in ast.walk(node):
            if isinstance(part, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(part):
                part.body = part.body[1:] or [ast.Pass()]
    return definitions, imports


@cache
def package_digest() -> str:
    """Return the SHA-256 of every source file of this package."""
    root = Path(__file__).parents[1]
    files = sorted(
        path for path in root.rglob("*") if path.suffix in {".py", ".css", ".js", ".typ"}
    )
    return digest(
        {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }
    )


def _collect(module: str, sources: dict[str, str]) -> None:
    found = None if module in sources else _source(module)
    if found is not None:
        sources[module], imports = found
        for name in imports:
            _collect(name, sources)


@cache
def _source(module: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the SHA-256 of a module's source, and the modules of ours that it imports."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return None
    text = Path(spec.origin).read_text(encoding="utf-8")
    imports: dict[str, None] = {}
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from package import name`: the name may itself be a module.
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.partition(".")[0] == _PACKAGE and _is_module(name):
                imports[name] = None
    return hashlib.sha256(text.encode()).hexdigest(), tuple(imports)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
