"""The data contract: every source is checked against it before anything is computed.

Columns and rules are data (``data/contract.toml``); this module turns them into few statements that
run where the rows are and gathers all violations at once. An error stops the study. A warning is
lawful dirt, which documented rules repair and the data page counts.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from analysis.errors import ContractError
from analysis.resources import data_file
from analysis.warehouse.dialect import tables_of
from analysis.warehouse.source import MARTS, Source

Severity = Literal["error", "warning"]

# families of declared types that a column's type accepts
_ACCEPTS = {
    "identifier": {"whole"},
    "number": {"whole", "decimal", "float"},
    "text": {"text"},
    "boolean": {"boolean"},
    "time": {"time", "date"},
    "box": {"list", "text"},
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "INT")
_REPORT = (
    "TABLE_NAME",
    "COLUMN_NAME",
    "RULE",
    "SEVERITY",
    "N_ROWS",
    "N_CHECKED",
    "EXAMPLE",
    "REPAIR",
)


@dataclass(frozen=True)
class Column:
    """What the contract says of a column; ``personal`` ones are never shown."""

    table: str
    name: str
    type: str
    nullable: bool
    personal: bool
    unit: str
    meaning: str


@dataclass(frozen=True)
class Rule:
    """A condition on the rows of one table, or (a link) a pair of counting queries.

    ``stops`` is "all" where a warning becomes an error if every row breaks the rule.
    """

    table: str
    column: str
    rule: str
    severity: Severity
    breaks: str
    of: str = ""
    show: str = ""
    repair: str = ""
    stops: Literal["", "all"] = ""


@dataclass(frozen=True)
class Contract:
    """All columns, rules on rows, and rules on several rows or tables."""

    rows: Mapping[str, str]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    links: tuple[Rule, ...]


@lru_cache(maxsize=1)
def load() -> Contract:
    """Read the contract; a column that may not be NULL makes a rule of its own."""
    text = data_file("contract.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    columns, rules = [], []
    for table in MARTS:
        for name, entry in data[table]["columns"].items():
            columns.append(
                Column(
                    table,
                    name,
                    entry["type"],
                    entry["null"],
                    entry.get("personal", False),
                    entry["unit"],
                    entry["meaning"],
                )
            )
            if not entry["null"]:
                rules.append(Rule(table, name, "is not NULL", "error", f"{name} IS NULL"))
        rules += [Rule(table=table, **rule) for rule in data[table]["rules"]]
    links = [Rule(breaks=link.pop("rows"), **link) for link in data["link"]]
    rows = {table: data[table]["row"] for table in MARTS}
    return Contract(rows, tuple(columns), tuple(rules), tuple(links))


def digest() -> str:
    """Return the SHA-256 of the contract's text, for the keys of what was checked against it."""
    return hashlib.sha256(data_file("contract.toml").read_bytes()).hexdigest()


def check(source: Source, today: date | None = None) -> pd.DataFrame:
    """Check a source and report every violation.

    Parameters
    ----------
    source : Source
        Where the marts live; at most five statements are sent.
    today : datetime.date, optional
        Posts after the day that follows it are from the future. By default the day of Snowflake's
        own clock; files have none, so the computer's clock is asked.

    Returns
    -------
    pandas.DataFrame
        One row per rule that is broken: TABLE_NAME, COLUMN_NAME (may be empty), RULE, SEVERITY
        ("error" or "warning"), N_ROWS that break it, of N_CHECKED, EXAMPLE (never of a person;
        may be empty) and REPAIR (what is done about a warning).

    Raises
    ------
    SourceError
        If the source fails.
    """
    contract = load()
    found = {table: _upper(columns) for table, columns in source.columns().items()}
    report = [_row(rule, 1, 1, example) for rule, example in _structure(contract, found)]
    unsound = {(row["TABLE_NAME"], row["COLUMN_NAME"]) for row in report}
    tomorrow = ((today or _today(source)) + timedelta(days=1)).isoformat()
    empty = set()
    for table in MARTS:
        if table in found:
            rules = [
                rule
                for rule in contract.rules
                if rule.table == table and (table, rule.column) not in unsound
            ]
            n_rows, rows = _check_rows(source, table, rules, tomorrow)
            report += rows
            if not n_rows:
                empty.add(table)
                report.append(_row(Rule(table, "", "has rows", "error", ""), 1, 1))
    touched = {table for table, _ in unsound} | empty
    links = [rule for rule in contract.links if not touched & _read_by(rule)]
    report += _check_links(source, links)
    frame = pd.DataFrame(report, columns=list(_REPORT))
    return frame.sort_values(["SEVERITY", "TABLE_NAME"], kind="stable").reset_index(drop=True)


def require(report: pd.DataFrame) -> None:
    """Stop where a report holds errors.

    Raises
    ------
    ContractError
        Naming for every error the table, column, rule and number of rows; the mend holds examples,
        which logs do not keep.
    """
    errors = report[report["SEVERITY"] == "error"]
    if errors.empty:
        return
    texts, examples = [], []
    for row in errors.to_dict("records"):
        where = f"{row['TABLE_NAME']}.{row['COLUMN_NAME']}".rstrip(".")
        count = f", broken in {row['N_ROWS']} of {row['N_CHECKED']} rows"
        texts.append(f"{where} {row['RULE']}{count if row['N_CHECKED'] > 1 else ': it does not'}")
        if row["EXAMPLE"]:
            examples.append(f"{where} {row['EXAMPLE']}")
    found = f" (e.g. {', '.join(examples)})" if examples else ""
    raise ContractError(
        f"The marts break {len(texts)} rules of the contract: {'; '.join(texts)}.",
        f"Mend the tables at their source{found}; docs/sources.md lists the rules.",
    )


def _today(source: Source) -> date:
    if source.info.kind == "snowflake":
        return datetime.fromisoformat(source.info.as_of).date()
    return date.today()


def _upper(columns: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): kind for name, kind in columns.items()}


def _row(rule: Rule, n_rows: int, n_checked: int, example: str = "") -> dict[str, Any]:
    stops = rule.stops == "all" and n_rows == n_checked
    return {
        "TABLE_NAME": rule.table,
        "COLUMN_NAME": rule.column,
        "RULE": rule.rule,
        "SEVERITY": "error" if stops else rule.severity,
        "N_ROWS": n_rows,
        "N_CHECKED": n_checked,
        "EXAMPLE": example,
        "REPAIR": "" if stops else rule.repair,
    }


def _structure(
    contract: Contract, found: Mapping[str, Mapping[str, str]]
) -> Iterable[tuple[Rule, str]]:
    """Yield what is wrong with tables, columns and types, with the type found."""
    for table in MARTS:
        if table not in found:
            yield Rule(table, "", "exists", "error", ""), ""
    for column in contract.columns:
        if column.table not in found:
            continue
        kind = found[column.table].get(column.name)
        if kind is None:
            yield Rule(column.table, column.name, "exists", "error", ""), ""
        elif family(kind) not in _ACCEPTS[column.type]:
            rule = f"has a type that can hold {_TYPE_NAMES[column.type]}"
            yield Rule(column.table, column.name, rule, "error", ""), kind


_TYPE_NAMES = {
    "identifier": "a whole number",
    "number": "a number",
    "text": "text",
    "boolean": "true and false",
    "time": "a time without a zone",
    "box": "a list of numbers or a text",
}


def family(declared: str) -> str:
    """Return the family of a declared type, of DuckDB's or of Snowflake's."""
    kind = declared.upper()
    if kind.endswith("]") or kind.startswith(
        ("ARRAY", "VARIANT", "STRUCT", "OBJECT", "JSON", "MAP")
    ):
        return "list"
    if kind.startswith(("DECIMAL", "NUMBER", "NUMERIC")):
        scale = kind.rstrip(")").partition(",")[2].strip()
        return "whole" if scale in ("", "0") else "decimal"
    if kind.removeprefix("U") in _WHOLE:
        return "whole"
    if kind.startswith(("DOUBLE", "FLOAT", "REAL")):
        return "float"
    if kind.startswith(("VARCHAR", "TEXT", "STRING", "CHAR")):
        return "text"
    if kind.startswith("BOOL"):
        return "boolean"
    if kind.startswith("TIMESTAMP") or kind == "DATETIME":
        zoned = "ZONE" in kind or kind in ("TIMESTAMP_TZ", "TIMESTAMP_LTZ", "TIMESTAMPTZ")
        return "zoned time" if zoned else "time"
    return "date" if kind == "DATE" else "other"


def _check_rows(
    source: Source, table: str, rules: list[Rule], tomorrow: str
) -> tuple[int, list[dict[str, Any]]]:
    parts = ["COUNT(*) AS N_ROWS"]
    fields = [pa.field("N_ROWS", pa.int64(), nullable=False)]
    for i, rule in enumerate(rules):
        example = f"CAST({rule.show} AS VARCHAR)" if rule.show else "CAST(NULL AS VARCHAR)"
        parts.append(f"COUNT_IF({rule.breaks}) AS R{i}")
        parts.append(f"LEFT(MIN(IFF({rule.breaks}, {example}, NULL)), 60) AS E{i}")
        fields += [pa.field(f"R{i}", pa.int64()), pa.field(f"E{i}", pa.string())]
    sql = f"SELECT {', '.join(parts)} FROM {table}"
    values = {"tomorrow": tomorrow} if ":tomorrow" in sql else {}
    answer = source.query(sql, values, pa.schema(fields), name=f"contract of {table}")
    cells = answer.table.to_pylist()[0]
    n_rows = cells["N_ROWS"]
    broken = [
        _row(rule, cells[f"R{i}"], n_rows, _printable(cells[f"E{i}"] or ""))
        for i, rule in enumerate(rules)
        if cells[f"R{i}"]
    ]
    return n_rows, broken


def _read_by(rule: Rule) -> frozenset[str]:
    return tables_of(rule.breaks)


def _check_links(source: Source, links: list[Rule]) -> list[dict[str, Any]]:
    if not links:
        return []
    parts, fields = [], []
    for i, rule in enumerate(links):
        parts += [f"({rule.breaks}) AS R{i}", f"({rule.of}) AS N{i}"]
        fields += [pa.field(f"R{i}", pa.int64()), pa.field(f"N{i}", pa.int64())]
    sql = f"SELECT {', '.join(parts)}"
    cells = source.query(sql, {}, pa.schema(fields), name="contract of links").table.to_pylist()[0]
    return [
        _row(rule, cells[f"R{i}"], cells[f"N{i}"]) for i, rule in enumerate(links) if cells[f"R{i}"]
    ]


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
