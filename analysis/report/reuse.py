"""Pages for those who reuse: the public functions from their docstrings, the tables from contracts.

Nothing on these pages is written twice: signatures and texts are read from the package, examples
from the files that the tests run, columns from the data contract and the headers of the queries.
"""

from __future__ import annotations

import inspect
import logging
import re
from pathlib import Path
from typing import Any

import great_tables as gt
import griffe
import pandas as pd
from IPython.display import Markdown

import analysis
from analysis.extracts import catalogue
from analysis.report.pieces import markdown
from analysis.resources import data_file
from analysis.warehouse import contract

# it names every parameter whose type it cannot read
logging.getLogger("griffe").setLevel(logging.ERROR)

EXAMPLES = Path("examples")
_FIELDS = ("parameters", "attributes", "returns", "raises")


def public() -> list[str]:
    """Return the names of the public face of the package, in order."""
    return sorted(analysis.__all__, key=str.lower)


def reference() -> Markdown:
    """Return the reference of all public names: signature, summary, parameters, results, errors."""
    return markdown("\n\n".join(_entry(name, getattr(analysis, name)) for name in public()))


def example(name: str) -> Markdown:
    """Return an example as code, as the tests run it."""
    code = (EXAMPLES / name).read_text(encoding="utf-8").rstrip()
    return markdown(f'```{{.python filename="examples/{name}"}}\n{code}\n```')


def mart_columns(table: str) -> gt.GT:
    """Return the columns of a mart as the contract describes them."""
    found = [column for column in contract.load().columns if column.table == table]
    shown = pd.DataFrame(
        {
            "column": [column.name for column in found],
            "type": [column.type for column in found],
            "null": ["may be missing" if column.nullable else "always there" for column in found],
            "unit": [column.unit or "–" for column in found],
            "meaning": [
                f"{column.meaning}{'; personal, stays in the warehouse' if column.personal else ''}"
                for column in found
            ],
        }
    )
    return (
        gt.GT(shown, rowname_col="column")
        .cols_label(type="Type", null="Missing", unit="Unit", meaning="Meaning")
        .cols_width(column="28%", type="12%", null="15%", unit="12%", meaning="33%")
    )


def mart_row(table: str) -> str:
    """Return what a row of a mart is."""
    return contract.load().rows[table]


def mart_rules() -> gt.GT:
    """Return the rules of the contract: what stops the study, and what is repaired."""
    every = [*contract.load().rules, *contract.load().links]
    shown = pd.DataFrame(
        {
            "table": [rule.table for rule in every],
            "rule": [f"{rule.column} {rule.rule}".strip() for rule in every],
            "then": [
                "stops the study" if rule.severity == "error" else rule.repair or "counted"
                for rule in every
            ],
        }
    ).sort_values("table", kind="stable")
    return (
        gt.GT(shown, groupname_col="table")
        .cols_label(rule="Rule", then="Where it is broken")
        .cols_width(rule="50%", then="50%")
    )


def extract_columns() -> gt.GT:
    """Return the columns of all extracts, from the headers of their queries."""
    rows = [
        {
            "extract": f"{extract.name}: {extract.grain}",
            "column": column.name,
            "type": str(column.type),
            "unit": column.unit or "–",
            "meaning": column.meaning,
        }
        for extract in map(catalogue.get, catalogue.names())
        for column in extract.columns
    ]
    return (
        gt.GT(pd.DataFrame(rows), rowname_col="column", groupname_col="extract")
        .cols_label(type="Type", unit="Unit", meaning="Meaning")
        .cols_width(column="28%", type="14%", unit="16%", meaning="42%")
    )


def contract_file() -> str:
    """Return the name of the file that the dictionary is read from."""
    return data_file("contract.toml").name


def _entry(name: str, thing: Any) -> str:
    """Return the reference of one public name as Markdown."""
    kind = "class" if inspect.isclass(thing) else "def"
    parts = [f"**{name}**", f"```python\n{kind} {name}{_signature(thing)}\n```"]
    for section in griffe.Docstring(inspect.getdoc(thing) or "", parser="numpy").parse():
        if section.kind.value == "text":
            parts.append(_prose(str(section.value)))
        elif section.kind.value in _FIELDS:
            lines = [_field(item) for item in section.value]
            parts += [f"*{section.kind.value.capitalize()}*", "\n".join(lines)]
    if inspect.isclass(thing):
        parts += _methods(thing)
    return "\n\n".join(parts)


def _methods(thing: type) -> list[str]:
    """Return the public methods of a class with the first line of their docstrings."""
    lines = []
    for name, member in vars(thing).items():
        inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        text = inspect.getdoc(inner.fget if isinstance(inner, property) else inner)
        if name.startswith("_") or not text or not (callable(inner) or isinstance(inner, property)):
            continue
        brackets = "" if isinstance(inner, property) else "()"
        first = _prose(text.split("\n\n")[0])
        lines.append(f"- `{name}{brackets}`: {first}")
    return ["*Methods and properties*", "\n".join(lines)] if lines else []


def _signature(thing: Any) -> str:
    """Return the signature, one parameter a line where it is long."""
    found = inspect.signature(thing)
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    text = str(found.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    if len(text) < 80:
        return text
    return "(\n    " + text[1:-1].replace(", ", ",\n    ") + ",\n)"


def _field(item: Any) -> str:
    """Return a parameter, result or error as a line of a list."""
    name = getattr(item, "name", "") or ""
    kind = str(getattr(item, "annotation", "") or "").strip("'\"")
    head = ", ".join(f"`{word}`" for word in dict.fromkeys((name, kind)) if word)
    return "- " + ": ".join(filter(None, [head, _prose(item.description or "")]))


def _prose(text: str) -> str:
    """Return a docstring's text as Markdown: roles, double backquotes and None as code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    text = re.sub(r"(?<![`\w])None(?![`\w])", "`None`", text)
    return " ".join(text.split())
