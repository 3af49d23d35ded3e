"""The named extracts: each one file under ``sql/extracts/`` whose header says what comes back.

A header is TOML in the leading ``--`` lines::

    -- title = "What the extract is for"
    -- grain = "one row per ..."
    -- [parameters]
    -- blocks = "integer: number of blocks"
    -- [columns]
    -- N_IMAGES = ["int32", "images", "What it counts"]

A column is NOT NULL unless its type ends in ``?``. Tables that are neither marts nor defined in the
file are relations that several extracts share: one file each under ``sql/shared/``, or
``TREND_LABELS``, ``TRENDS`` and ``VOCABULARY``, made from ``data/trends.toml`` and
``data/vocabulary.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.errors import StudyError
from analysis.extracts.trends import load_trends, trend_relations
from analysis.extracts.vocabulary import Vocabulary
from analysis.resources import sql_file
from analysis.warehouse.batches import narrow
from analysis.warehouse.dialect import parse, placeholders, tables_of, together
from analysis.warehouse.source import MARTS, Answer, Parameter, Source

BLOCKS = 64
"""Blocks that authors are dealt into for the errors of weekly series."""

CORESET = 40_000
"""Authors whose counts by label are fetched at most: more than that are represented by a sample."""

DAMPING = 300.0
"""Labels at which an author's mass saturates (Dirichlet-multinomial tastes)."""

FEWEST = 200
"""Authors: rarer labels are placed on a map but do not shape it."""

SAMPLE_IMAGES = 20_000
"""Labelled images of drawn authors looked at to see whether labels of an item share its box."""

ITEM_AUTHORS = 8
"""One drawn author in so many is looked at for labels that sit together on an item."""

SIZES: dict[str, Parameter] = {
    "blocks": BLOCKS,
    "coreset": CORESET,
    "damping": DAMPING,
    "fewest": FEWEST,
    "sample_images": SAMPLE_IMAGES,
    "item_authors": ITEM_AUTHORS,
}
"""Values of the placeholders that are alike for all sources."""

_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "date": pa.date32(),
}
_PYTHON: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@dataclass(frozen=True)
class Column:
    """One column of an extract: its Arrow type, unit and meaning."""

    name: str
    type: pa.DataType
    nullable: bool
    unit: str
    meaning: str


@dataclass(frozen=True)
class Extract:
    """One named query.

    Attributes
    ----------
    name : str
        File name under ``sql/extracts/`` without its ending.
    title, grain : str
        What it is for, and what one row is.
    columns : tuple of Column
        What comes back, in order.
    select : str
        The query of its file, in Snowflake's dialect.
    tables : frozenset of str
        The marts it reads, also through shared relations.
    parameters : mapping
        Name -> "type: meaning" of the placeholders that the caller gives a value.
    values : mapping
        Values already bound: those of small inline relations.
    shared : mapping of str to str
        The relations that it and others refer to as to tables: name -> SELECT, in an order in which
        they can be made.
    """

    name: str
    title: str
    grain: str
    columns: tuple[Column, ...]
    select: str
    tables: frozenset[str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Parameter] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def sql(self) -> str:
        """Return the whole query in Snowflake's dialect, shared relations included."""
        return together(self.select, self.shared)

    @property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema that every batch is cast to; its integers are the widest."""
        return pa.schema(
            [
                pa.field(
                    column.name,
                    column.type,
                    nullable=column.nullable,
                    metadata={"unit": column.unit, "meaning": column.meaning},
                )
                for column in self.columns
            ]
        )

    def bind(self, parameters: Mapping[str, Parameter] | None = None) -> dict[str, Parameter]:
        """Return the values of all placeholders.

        Parameters
        ----------
        parameters : mapping, optional
            May hold more than this extract needs, so that one set serves all extracts.

        Raises
        ------
        ValueError
            If a parameter is missing or of another type than the header says.
        """
        given = parameters or {}
        bound = dict(self.values)
        for name, meaning in self.parameters.items():
            if name not in given:
                raise ValueError(f"extract {self.name} needs the parameter {name} ({meaning})")
            kind = meaning.partition(":")[0]
            value = given[name]
            if not isinstance(value, _PYTHON[kind]) or (kind != "boolean" and value is True):
                raise ValueError(f"parameter {name} of extract {self.name} must be {kind}")
            bound[name] = value
        return bound

    def run(self, source: Source, parameters: Mapping[str, Parameter] | None = None) -> Answer:
        """Ask a source for this extract; integers come as narrow as their values let them.

        Raises
        ------
        SourceError, ContractError
            As ``Source.query`` does.
        """
        bound = self.bind(parameters)
        answer = source.query(self.select, bound, self.schema, name=self.name, shared=self.shared)
        return replace(answer, table=narrow(answer.table))


def names() -> tuple[str, ...]:
    """Return the names of all extracts, sorted."""
    return tuple(sorted(path.stem for path in sql_file("extracts").glob("*.sql")))


@lru_cache(maxsize=64)
def get(name: str) -> Extract:
    """Return one extract by name.

    Raises
    ------
    StudyError
        If there is none of that name, or its file breaks the rules of a header.
    """
    if name not in names():
        raise StudyError(f"There is no extract {name}.", f"Choose one of {', '.join(names())}.")
    return read(sql_file("extracts", f"{name}.sql"))


def read(path: Path) -> Extract:
    """Read one extract from its file.

    Raises
    ------
    StudyError
        If the header or the query breaks the rules.
    """
    text = path.read_text(encoding="utf-8")
    header = _header(text, path)
    shared, values = _relations(text)
    declared = header.get("parameters", {})
    needed = placeholders(text).union(*map(placeholders, shared.values())) - values.keys()
    if needed != declared.keys():
        raise _broken(path, f"declares the parameters {sorted(declared)}, uses {sorted(needed)}")
    if unknown := [p for p in declared.values() if p.partition(":")[0] not in _PYTHON]:
        raise _broken(path, f"has parameters of no known type: {unknown}")
    try:
        columns = tuple(_column(name, *entry) for name, entry in header["columns"].items())
    except (TypeError, KeyError, AttributeError):
        raise _broken(path, "has a column without a known type, unit and meaning") from None
    selected = [column.upper() for column in parse(text).named_selects]
    if selected != [column.name for column in columns]:
        raise _broken(path, f"declares {[c.name for c in columns]}, selects {selected}")
    return Extract(
        name=path.stem,
        title=header["title"],
        grain=header["grain"],
        columns=columns,
        select=text,
        tables=tables_of(text).union(*map(tables_of, shared.values())) & set(MARTS),
        parameters=declared,
        values=values,
        shared=shared,
    )


def _broken(path: Path, what: str) -> StudyError:
    return StudyError(f"{path.name} {what}.", "Make the header and the query agree.")


def _header(text: str, path: Path) -> dict[str, Any]:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line[2:].removeprefix(" "))
    try:
        header = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, f"has a header that is not TOML ({error})") from None
    if missing := {"title", "grain", "columns"} - header.keys():
        raise _broken(path, f"has a header without {', '.join(sorted(missing))}")
    return header


def _column(name: str, kind: str, unit: str, meaning: str) -> Column:
    return Column(name, _TYPES[kind.removesuffix("?")], kind.endswith("?"), unit, meaning)


def _relations(sql: str) -> tuple[dict[str, str], dict[str, Parameter]]:
    """Return the shared relations a query needs, each after those it needs itself, and values."""
    relations: dict[str, str] = {}
    values: dict[str, Parameter] = {}

    def need(name: str, above: tuple[str, ...]) -> None:
        if name in relations:
            return
        if name in above:
            raise StudyError(f"The shared relation {name} needs itself.", "Correct sql/shared/.")
        if name in _INLINE:
            relation, bound = _inline()[name]
            values.update(bound)
        else:
            relation = _shared(name)
            for other in sorted(tables_of(relation) - set(MARTS)):
                need(other, (*above, name))
        relations[name] = relation

    for name in sorted(tables_of(sql) - set(MARTS)):
        need(name, ())
    return relations, values


_INLINE = ("TREND_LABELS", "TRENDS", "VOCABULARY")


@lru_cache(maxsize=1)
def _inline() -> dict[str, tuple[str, dict[str, Parameter]]]:
    made = trend_relations(load_trends()) | {"VOCABULARY": Vocabulary.load().relation()}
    return {name: (query.sql(dialect="snowflake"), bound) for name, (query, bound) in made.items()}


def _shared(name: str) -> str:
    path = sql_file("shared", f"{name.lower()}.sql")
    if not path.is_file():
        raise StudyError(
            f"{name} is neither a mart nor a shared relation.", f"Add {path.name} to sql/shared/."
        )
    return path.read_text(encoding="utf-8")
