"""Pandoc as a function, and small helpers over the nodes of its JSON syntax tree.

The tree is the one of pandoc-types 1.23 (https://hackage.haskell.org/package/pandoc-types): a
node is ``{"t": constructor, "c": fields}``, attributes are ``[id, classes, pairs]``.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pypandoc

from analysis.errors import RenderError

Node = dict[str, Any]
Rule = Callable[[Node], "Node | list[Node] | None"]

READER = "markdown"
_FORMULA = re.compile(r"Could not convert TeX math (.+?)(?:, rendering as TeX|$)", re.DOTALL)


@cache
def _api_version() -> list[int]:
    version: list[int] = json.loads(run("", "markdown", "json"))["pandoc-api-version"]
    return version


@cache
def version() -> str:
    """Return the version of the Pandoc in use."""
    return str(pypandoc.get_pandoc_version())


class FormulaError(RenderError):
    """A formula that Pandoc cannot convert; it would print its TeX source instead."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        super().__init__(f"The formula `{formula}` cannot be set.", "Write it in plainer TeX.")


def run(text: str, source: str, target: str, *options: str) -> str:
    """Convert ``text`` from one format to another.

    Raises
    ------
    RenderError
        If Pandoc refuses; its own words are in the message.
    FormulaError
        If it cannot convert a formula.
    """
    result = subprocess.run(  # noqa: S603
        [pypandoc.get_pandoc_path(), "--from", source, "--to", target, *options],
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    said = result.stderr.decode(errors="replace").strip()
    formula = _FORMULA.search(said)
    if formula:
        raise FormulaError(formula[1].strip())
    if result.returncode:
        raise RenderError(f"Pandoc refused a page: {said}.", "Mend what it names.")
    return result.stdout.decode()


def parse(text: str, source: str = READER, *options: str) -> list[Node]:
    """Return the blocks of a document."""
    blocks: list[Node] = json.loads(run(text, source, "json", *options))["blocks"]
    return blocks


def document(blocks: list[Node], meta: Node | None = None) -> str:
    """Return blocks as a whole document in Pandoc's JSON."""
    return json.dumps({"pandoc-api-version": _api_version(), "meta": meta or {}, "blocks": blocks})


def write(blocks: list[Node], target: str, *options: str) -> str:
    """Return blocks in the target format."""
    return run(document(blocks), "json", target, *options)


def transform(tree: Any, rule: Rule) -> Any:
    """Rebuild a tree bottom-up: ``rule`` may keep (None), replace or splice each node."""
    if isinstance(tree, list):
        result: list[Any] = []
        for item in tree:
            new = transform(item, rule)
            if isinstance(new, dict) and "t" in new:
                changed = rule(new)
                if isinstance(changed, list):
                    result.extend(changed)
                else:
                    result.append(new if changed is None else changed)
            else:
                result.append(new)
        return result
    if isinstance(tree, dict):
        return {key: transform(value, rule) for key, value in tree.items()}
    return tree


def nodes(tree: Any) -> Iterator[Node]:
    """Yield every node of a tree in the order of the text."""
    if isinstance(tree, list):
        for item in tree:
            yield from nodes(item)
    elif isinstance(tree, dict):
        if "t" in tree:
            yield tree
        for value in tree.values():
            yield from nodes(value)


_BREAKS = re.compile(r"[ \t\r\n]+")  # a no-break space stays: a line may not end there


def text(tree: Any) -> str:
    """Return the plain text of a tree, without notes, markup and raw parts."""
    parts: list[str] = []

    def gather(part: Any) -> None:
        if isinstance(part, list):
            for item in part:
                gather(item)
        elif isinstance(part, dict):
            kind: Any = part.get("t")
            content: Any = part.get("c")
            if kind == "Str":
                parts.append(content)
            elif kind in {"Space", "SoftBreak", "LineBreak"}:
                parts.append(" ")
            elif kind in {"Code", "Math", "CodeBlock"}:
                parts.append(content[1])
            elif kind == "Quoted":
                single = content[0]["t"] == "SingleQuote"
                parts.append("‘" if single else "“")
                gather(content[1])
                parts.append("’" if single else "”")
            elif kind == "Cite":
                gather(content[1])
            elif kind not in {"Note", "RawInline", "RawBlock"}:
                gather(content)
                if kind in {"Para", "Plain", "Header", "Div"}:
                    parts.append(" ")

    gather(tree)
    return _BREAKS.sub(" ", "".join(parts)).strip()


def string(value: str) -> list[Node]:
    """Return a text as inlines, nothing in it read as markup."""
    result: list[Node] = []
    for index, word in enumerate(value.split(" ")):
        if index:
            result.append({"t": "Space"})
        if word:
            result.append({"t": "Str", "c": word})
    return result


def attributes(node: Node) -> list[Any]:
    """Return ``[id, classes, pairs]`` of a node that has attributes."""
    place = 1 if node["t"] == "Header" else 0
    result: list[Any] = node["c"][place]
    return result


def div(blocks: list[Node], id: str = "", *classes: str, **pairs: str) -> Node:
    """Return a block container."""
    return {"t": "Div", "c": [[id, list(classes), [list(p) for p in pairs.items()]], blocks]}


def span(inlines: list[Node], id: str = "", *classes: str, **pairs: str) -> Node:
    """Return an inline container."""
    return {"t": "Span", "c": [[id, list(classes), [list(p) for p in pairs.items()]], inlines]}


def para(inlines: list[Node]) -> Node:
    """Return a paragraph."""
    return {"t": "Para", "c": inlines}


def plain(inlines: list[Node]) -> Node:
    """Return a text block that is no paragraph."""
    return {"t": "Plain", "c": inlines}


def link(inlines: list[Node], url: str, *classes: str) -> Node:
    """Return a link."""
    return {"t": "Link", "c": [["", list(classes), []], inlines, [url, ""]]}


def image(url: str, alt: str) -> Node:
    """Return an image whose description is ``alt``."""
    return {"t": "Image", "c": [["", [], []], string(alt), [url, ""]]}


def code_block(text: str, *classes: str) -> Node:
    """Return a block of code."""
    return {"t": "CodeBlock", "c": [["", list(classes), []], text]}


def raw(target: str, text: str) -> Node:
    """Return a block that only the named writer prints, as it is."""
    return {"t": "RawBlock", "c": [target, text]}


def raw_inline(target: str, text: str) -> Node:
    """Return inline text that only the named writer prints, as it is."""
    return {"t": "RawInline", "c": [target, text]}
