"""Links in the project's Markdown lead somewhere: files exist, and so do the headings they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from analysis.report.engine.scan import Problem

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_ELSEWHERE = ("https://", "mailto:")


def dead_links(root: Path) -> list[Problem]:
    """Return links that lead nowhere in the Markdown files of a project, by file and line.

    Addresses elsewhere are not asked, because a check must not depend on a network; they must be
    https.
    """
    files = [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("data/*.md")]
    files += root.glob(".github/**/*.md")
    return sorted(problem for path in files for problem in _dead(root, path))


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown file's headings, as GitHub makes them."""
    names = _HEADING.findall(_blank(text))
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in names}


def _dead(root: Path, path: Path) -> Iterator[Problem]:
    text = path.read_text(encoding="utf-8")
    for found in _LINK.finditer(_blank(text)):
        target = found[1]
        if target.startswith(_ELSEWHERE):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        line = text.count("\n", 0, found.start()) + 1
        file = path.relative_to(root).as_posix()
        if not place.exists() or ":" in target:
            yield Problem(file, line, "link", f"the link {target} leads nowhere")
        elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text("utf-8")):
            yield Problem(file, line, "link", f"the link {target} names no heading")


def _blank(text: str) -> str:
    """Return a text whose code is blank, line for line."""
    return _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
