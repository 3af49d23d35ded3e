"""HTML tables, as great_tables makes them, turned into plain tables with a few marks of meaning.

One look in both themes and in the PDF: of the table's own style only fills of cells, bold text,
alignment and widths survive; spanners, stub, groups and notes become classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import css_inline

from analysis.report.engine.pandoc import Node, attributes, nodes, parse, transform

#: Classes of great_tables that carry a meaning, and what the engine calls it.
MEANINGS = {
    "gt_title": "title",
    "gt_subtitle": "subtitle",
    "gt_column_spanner_outer": "spanner",
    "gt_group_heading": "group",
    "gt_stub": "stub",
    "gt_stub_row_group": "stub",
    "gt_sourcenote": "note",
    "gt_footnote": "note",
    "gt_grand_summary_row": "total",
}
_FILL = re.compile(r"(?:^|;)\s*background(?:-color)?:\s*(#[0-9a-fA-F]{6})\b")
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)")


def read_table(html: str) -> list[Node]:
    """Return the tables of an HTML fragment as blocks.

    Parameters
    ----------
    html : str
        Markup with its style sheet, for example ``GT.as_raw_html()``.
    """
    inlined = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
    blocks = parse(inlined.inline(html), "html")
    tables = [node for node in nodes(blocks) if node["t"] == "Table"]
    for table in tables:
        _clean(table)
    return tables


def rows(table: Node) -> Iterator[tuple[str, list[Any]]]:
    """Yield each row of a table with its place: "head", "body" or "foot"."""
    _, _, _, head, bodies, foot = table["c"]
    for row in head[1]:
        yield "head", row
    for body in bodies:
        for row in [*body[2], *body[3]]:
            yield "body", row
    for row in foot[1]:
        yield "foot", row


def cells(table: Node) -> Iterator[list[Any]]:
    """Yield each cell of a table: attributes, alignment, rows, columns, blocks."""
    for _, row in rows(table):
        yield from row[1]


def ink(fill: str) -> str:
    """Return the colour, near-black or white, that is better read on a fill like ``#aabbcc``."""
    parts = [int(fill[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#1a1d21" if luminance > 0.19 else "#ffffff"


def _clean(table: Node) -> None:
    """Reduce the attributes of a table, its rows and cells to meanings and fills."""
    attr, _, _, head, bodies, foot = table["c"]
    for part in (attr, head[0], foot[0], *(body[0] for body in bodies)):
        part[:] = ["", [], []]
    for place, row in rows(table):
        _clean_row(row, fills=place == "body")


def _clean_row(row: list[Any], fills: bool) -> None:
    """Reduce the attributes of one row."""
    row[0] = ["", [], []]
    for cell in row[1]:
        _, classes, pairs = cell[0]
        style = dict(pairs).get("style", "")
        kept = list(dict.fromkeys(MEANINGS[name] for name in classes if name in MEANINGS))
        fill = _FILL.search(style) if fills else None
        if fills and _BOLD.search(style) and not kept:
            kept.append("strong")
        colour = fill[1].lower() if fill and fill[1].lower() != "#ffffff" else ""
        cell[0] = ["", kept, [["fill", colour]] if colour else []]
        cell[4] = transform(cell[4], _unwrap)


def _unwrap(node: Node) -> list[Node] | None:
    """Take away the spans and divs that only carried a style."""
    if node["t"] in {"Span", "Div"} and not attributes(node)[0]:
        inner: list[Node] = node["c"][1]
        return inner
    return None
