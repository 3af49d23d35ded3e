"""A lint over the chapters: what would break a page, mislead a reader or differ between engines.

It reads the chapters without running them. Numbers typed into prose are refused, because a
sentence must change when the data do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis.report.engine import pandoc, syntax
from analysis.report.engine.citations import bibliography_keys
from analysis.report.engine.pandoc import Node, attributes
from analysis.report.engine.project import Project, read_project
from analysis.report.engine.scan import CELL_CLASS, CODE_CLASS, Problem, Source, scan
from analysis.report.engine.structure import ConstructError, check
from analysis.report.links import dead_links

__all__ = ["Problem", "lint"]

#: Numbers that are names: the two thresholds of today's rule, the usual level of confidence.
ALLOWED = ("12,000", "40,000", "95 %", "95\N{NO-BREAK SPACE}%")

_YEAR = re.compile(r"(?:1[6-9]|20)\d\d[a-z]?")
_NUMBER = re.compile(r"[(\[“‘\"']*[−–+-]?\d[\d.,:/%–-]*(?:k|x|m|bn|pp|st|nd|rd|th|s)?\W*")
_LABEL = re.compile(r"\{#([\w-]+)")
_CITED = re.compile(r"(?<![\w`])-?@([\w:.#$%&+?<>~/-]*\w)")
_CITATION = re.compile(r"\[[^\]]*@[^\]]*\]")
_LIST_MARK = re.compile(r"^\s*(?:\d+|[a-z])[.)]\s")
_LINK_TARGET = re.compile(r"\]\([^)]*\)|<https?://[^>]*>|https?://\S+")


def lint(project: Path) -> list[Problem]:
    """Return what is wrong with the chapters of a book, by file and line.

    Parameters
    ----------
    project : Path
        The folder with ``_quarto.yml``.

    Raises
    ------
    RenderError
        If ``_quarto.yml`` itself cannot be used.
    """
    book = read_project(project.resolve())
    sources = [scan(book.root, entry.path) for entry in book.entries]
    problems: set[Problem] = set()
    for source in sources:
        problems.update(source.problems)
        problems.update(_cells(source))
        problems.update(_prose(source))
        if not source.problems:
            problems.update(_blocks(source))
    problems.update(_names(book, sources))
    return sorted(problems)


def _cells(source: Source) -> Iterator[Problem]:
    """Check captions, alternative texts and labels of cells."""
    if source.steps and source.header.get("engine") != "jupyter":
        yield Problem(source.path, 1, "header", "a chapter with code says `engine: jupyter`")
    for cell in source.cells:
        options = cell.options
        prefix = cell.label.split("-")[0]
        wanted = {"fig": ("fig-cap", "fig-alt"), "tbl": ("tbl-cap",)}.get(prefix, ())
        for option in wanted:
            if not str(options.get(option, "")).strip():
                rule = "alt" if option.endswith("alt") else "caption"
                yield Problem(cell.file, cell.line, rule, f"{cell.name} has no {option}")
        for option in ("fig-cap", "fig-alt", "tbl-cap"):
            if option in options and not option.startswith(f"{prefix}-"):
                text = f"{cell.name} has {option}, so its label must begin with {option[:3]}-"
                yield Problem(cell.file, cell.line, "label", text)
        if prefix in {"sec", "eq"}:
            text = f"{cell.name} has the label of a section or an equation"
            yield Problem(cell.file, cell.line, "label", text)


def _prose(source: Source) -> Iterator[Problem]:
    """Check the text between the cells, line by line."""
    fence = ""
    formula = False
    for line, (file, number) in zip(source.lines, source.origins, strict=True):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence or mark:
            closes = fence and line.strip() == fence
            fence = "" if closes else fence or (mark[1] if mark else "")
            continue
        if line.count("$$") % 2:
            formula = not formula
            continue
        if formula or line.lstrip().startswith(":::"):
            continue
        for word in _typed_numbers(line):
            text = f"`{word}` is typed into the prose; compute it: `{{python}} ...`"
            yield Problem(file, number, "digits", text)
        if re.search(r"!\[\s*\]\([^)]*\)(?!\{[^}]*fig-alt=\"[^\"]+\")", line):
            yield Problem(file, number, "alt", "the image has no alternative text: fig-alt")


def _typed_numbers(line: str) -> Iterator[str]:
    """Yield the numbers in a line of prose that are neither names nor dates of works."""
    text = _LIST_MARK.sub("", syntax.mask(line))
    for pattern in (_LINK_TARGET, _CITATION, re.compile(r"\{[#.][^}]*\}"), _CITED):
        text = pattern.sub(" ", text)
    for allowed in ALLOWED:
        text = text.replace(allowed, " ")
    for word in re.split(r"[\s|—]+", text):
        bare = word.strip("()[].,;:*_“”‘’\"'?!")
        if _NUMBER.fullmatch(word) and not _YEAR.fullmatch(bare):
            yield bare


def _blocks(source: Source) -> Iterator[Problem]:
    """Check what only Pandoc's tree tells: titles, steps of headings, floats."""
    blocks = pandoc.parse(source.markdown)
    try:
        check(blocks, source)
    except ConstructError as refused:
        yield refused.found
        return
    first = blocks[0] if blocks else {"t": ""}
    if first["t"] != "Header" or first["c"][0] != 1:
        text = "a chapter begins with its title, `# Title {#sec-x}`"
        yield Problem(source.path, 1, "title", text)
    elif not attributes(first)[0].startswith("sec-") and "unnumbered" not in attributes(first)[1]:
        file, line = source.find("# ")
        yield Problem(file, line, "title", "the title has no {#sec-...} and is not {.unnumbered}")
    level = 1
    for node in pandoc.nodes(blocks):
        if node["t"] == "Header":
            if node["c"][0] > level + 1:
                file, line = source.find(pandoc.text(node["c"][2])[:20])
                text = f"heading of level {node['c'][0]} after one of level {level}"
                yield Problem(file, line, "heading", text)
            level = node["c"][0]
        elif node["t"] == "Div":
            yield from _float(node, source)


def _float(node: Node, source: Source) -> Iterator[Problem]:
    """Check a numbered figure or table written as a div."""
    (id, _, _), content = node["c"]
    if id.split("-")[0] not in syntax.FLOATS:
        return
    file, line = source.find(f"#{id}")
    inside = [inner for inner in content if inner["t"] == "CodeBlock"]
    written_as_div = any(f"{{#{id}" in text for text in source.lines) and not any(
        cell.label == id for cell in source.cells
    )
    if written_as_div and (not content or content[-1]["t"] != "Para"):
        yield Problem(file, line, "caption", f"{id} does not end with a paragraph, its caption")
    if written_as_div:
        for block in inside:
            _, classes, pairs = attributes(block)
            if CODE_CLASS in classes or CELL_CLASS in classes:
                cell = source.cells[int(dict(pairs)["n"])]
                if cell.options.get("echo") is not False:
                    text = f"the cell in {id} needs `echo: false`, else its code is in the float"
                    yield Problem(cell.file, cell.line, "echo", text)
                    return


def _names(book: Project, sources: list[Source]) -> Iterator[Problem]:
    """Check labels, references and citations across the book."""
    labels: dict[str, str] = {}
    cited: list[tuple[str, str, int]] = []
    for source in sources:
        for text, (file, line) in zip(source.lines, source.origins, strict=True):
            prose = syntax.CODE_SPAN.sub(" ", text)
            for label in _LABEL.findall(prose):
                if label in labels:
                    yield Problem(file, line, "label", f"the label {label} is used twice")
                labels[label] = source.path
            found = _CITED.findall(_LINK_TARGET.sub(" ", prose))
            cited += [(key, file, line) for key in found]
    keys = bibliography_keys(book)
    for key, file, line in cited:
        if syntax.REFERENCE.fullmatch(key):
            if key[0].lower() + key[1:] not in labels:
                yield Problem(file, line, "reference", f"@{key} leads nowhere")
        elif key not in keys:
            yield Problem(file, line, "citation", f"@{key} is in no bibliography")


def main() -> int:
    """Print what is wrong with the chapters and links of the folder; return 1 if anything is."""
    root = Path.cwd()
    problems = [*lint(root), *dead_links(root)]
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
