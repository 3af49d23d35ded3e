"""One SQL text for all sources: written in Snowflake's dialect, translated where it runs.

Placeholders are written ``:name``. DuckDB gets ``$name``; Snowflake gets ``?`` with the values in
the order in which the marks stand in the text, so that the values are bound by the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects import DuckDB, Snowflake
from sqlglot.errors import SqlglotError

from analysis.errors import StudyError
from analysis.warehouse.source import MARTS, Parameter

_MARK = "__bind_{}__"
_MARKS = re.compile(r":__bind_(\d+)__")


@lru_cache(maxsize=256)
def _parse(sql: str) -> exp.Query:
    try:
        statements = sqlglot.parse(sql, read=Snowflake)
    except SqlglotError as error:
        line = str(error).splitlines()[0]
        raise StudyError(f"A query cannot be read: {line}.", "Correct the file in sql/.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise StudyError("A query must be one SELECT.", "Correct the file in sql/.")
    return statements[0]


def parse(sql: str) -> exp.Query:
    """Return the syntax tree of one SELECT, free to be changed.

    Raises
    ------
    StudyError
        If the text is not one SELECT in Snowflake's dialect.
    """
    return _parse(sql).copy()


def placeholders(sql: str) -> frozenset[str]:
    """Return the names of the ``:name`` placeholders of a query."""
    return frozenset(str(mark.this) for mark in _parse(sql).find_all(exp.Placeholder))


def _tables(query: exp.Query) -> list[exp.Table]:
    """Return the references to tables of the warehouse: those that no common table defines."""
    defined = {cte.alias.upper() for cte in query.find_all(exp.CTE)}
    return [table for table in query.find_all(exp.Table) if table.name.upper() not in defined]


@lru_cache(maxsize=256)
def tables_of(sql: str) -> frozenset[str]:
    """Return the upper-case names of the tables that a query takes from outside itself."""
    return frozenset(table.name.upper() for table in _tables(_parse(sql)))


@lru_cache(maxsize=256)
def require_marts(sql: str, shared: frozenset[str] = frozenset()) -> None:
    """Refuse a query that names any table, schema or file but the four marts.

    What else a source holds (the truth behind the sample, for one) is out of reach of extracts.

    Parameters
    ----------
    sql : str
        Query in Snowflake's dialect.
    shared : frozenset of str
        Names of relations that come with it and are held to the same rule.

    Raises
    ------
    StudyError
        Naming what it reads.
    """
    query = _parse(sql)
    for table in [*_tables(query), *query.find_all(exp.TableFromRows)]:
        if table.name.upper() not in {*MARTS, *shared} or table.args.get("db"):
            raise StudyError(
                f"A query reads {table.sql(Snowflake)}, which is none of the four marts.",
                "Correct the file in sql/.",
            )


@lru_cache(maxsize=256)
def to_duckdb(sql: str) -> str:
    """Translate a query to DuckDB; ``:name`` becomes ``$name``."""
    query = parse(sql).transform(_in_duckdb, copy=False)
    return query.sql(dialect=DuckDB, comments=False, copy=False)


def _in_duckdb(node: exp.Expr) -> exp.Expr:
    """Change what DuckDB would answer otherwise, or slowly."""
    if isinstance(node, exp.CountIf):  # 0 over no rows in Snowflake, NULL in DuckDB
        return exp.Count(this=exp.Case(ifs=[exp.If(this=node.this, true=exp.Literal.number(1))]))
    if isinstance(node, exp.BitwiseRightShift):  # counts and sets of labels need no 128 bits
        node.set("requires_int128", False)
    if isinstance(node, exp.Alias) and node.alias == "BOX" and isinstance(node.this, exp.Cast):
        return exp.alias_(_hashed(node.this.this), "BOX")
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        (value,) = node.this.expressions
        return exp.Count(this=exp.Distinct(expressions=[_hashed(value)]))
    return node


def _hashed(value: exp.Expr) -> exp.Expr:
    """Return a hash of 64 bits, or NULL for NULL, for values that are only told apart or counted.

    It takes a thirtieth of the time of a box as text, and half of that of an id; that any two of
    ten million values share one has a probability of 3 in a million.
    """
    return exp.If(this=value.is_(exp.null()).not_(), true=exp.func("HASH", value.copy()))


def together(sql: str, shared: Mapping[str, str]) -> str:
    """Make one query of a query and the relations that it refers to by name, as to tables.

    Parameters
    ----------
    sql : str
        One SELECT in Snowflake's dialect.
    shared : mapping of str to str
        Name -> SELECT, each after those that it refers to itself.

    Returns
    -------
    str
        In Snowflake's dialect; the relations are common table expressions before the query.
    """
    query = parse(sql)
    if shared:
        query = with_relations(query, {name: _parse(text) for name, text in shared.items()})
    return query.sql(dialect=Snowflake, pretty=True, comments=False, copy=False)


def to_snowflake(sql: str, as_of: datetime | None = None) -> tuple[str, list[str]]:
    """Return the text that is sent to Snowflake and the names of its ``?`` marks in order.

    Parameters
    ----------
    sql : str
        Query with ``:name`` placeholders.
    as_of : datetime, optional
        With a time zone. Every mart is read as it was then; None reads them as they are.
    """
    query = parse(sql)
    if as_of is not None:
        query = at_time(query, as_of)
    names: list[str] = []
    for mark in list(query.find_all(exp.Placeholder)):
        name = str(mark.this)
        mark.set("this", _MARK.format(len(names)))
        names.append(name)
    text = query.sql(dialect=Snowflake, pretty=True, comments=False)
    order = [names[int(number)] for number in _MARKS.findall(text)]
    return _MARKS.sub("?", text), order


def at_time(query: exp.Query, as_of: datetime) -> exp.Query:
    """Add Snowflake's time travel clause to every mart that the query reads."""
    stamp = as_of.astimezone(UTC).isoformat(timespec="microseconds")
    for table in _tables(query):
        if table.name.upper() in MARTS:
            table.set(
                "when",
                exp.HistoricalData(
                    this="AT",
                    kind="TIMESTAMP",
                    expression=exp.cast(exp.Literal.string(stamp), "TIMESTAMPTZ"),
                ),
            )
    return query


def with_relations(query: exp.Query, relations: Mapping[str, exp.Query]) -> exp.Query:
    """Put named relations before a query as common table expressions, in the order given."""
    own = query.args.get("with_")
    ctes = [
        exp.CTE(this=relation.copy(), alias=exp.TableAlias(this=exp.to_identifier(name)))
        for name, relation in relations.items()
    ]
    query.set("with_", exp.With(expressions=ctes + (own.expressions if own else [])))
    return query


def inline_relation(
    name: str, columns: Mapping[str, str], rows: Sequence[Sequence[Parameter]]
) -> tuple[exp.Query, dict[str, Parameter]]:
    """Make a small relation whose values are bound, as a union of one-row selects.

    Snowflake wants constants in a VALUES clause, so the rows are selects.

    Parameters
    ----------
    name : str
        Prefix of the placeholders' names.
    columns : mapping
        Column name -> SQL type.
    rows : sequence of rows
        At least one; each as long as ``columns``.

    Returns
    -------
    (sqlglot.exp.Query, dict)
        The relation and the values of its placeholders.

    Raises
    ------
    ValueError
        If there is no row, or a row has another length.
    """
    if not rows:
        raise ValueError(f"{name} needs at least one row")
    values: dict[str, Parameter] = {}
    selects: list[exp.Query] = []
    for i, row in enumerate(rows):
        cells = []
        for (column, sql_type), value in zip(columns.items(), row, strict=True):
            mark = f"{name}_{i}_{column}".lower()
            values[mark] = value
            cells.append(exp.cast(exp.Placeholder(this=mark), sql_type).as_(column))
        selects.append(exp.select(*cells))
    relation = selects[0]
    for select in selects[1:]:
        relation = relation.union(select, distinct=False, copy=False)
    return relation, values
