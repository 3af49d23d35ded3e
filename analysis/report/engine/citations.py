"""Citations of the whole book in one run of citeproc, so that 2007a and 2007b stay apart."""

from __future__ import annotations

import json
from collections.abc import Sequence

from analysis.report.engine import pandoc
from analysis.report.engine.pandoc import Node, attributes
from analysis.report.engine.project import Project
from analysis.report.engine.structure import REFERENCE_SCHEME, Chapter, refuse


def cite(project: Project, chapters: Sequence[Chapter]) -> None:
    """Fill in every citation and the list of references, in place.

    Raises
    ------
    RenderError
        If a cited key is in no bibliography.
    """
    cites = [
        (chapter, node)
        for chapter in chapters
        for node in pandoc.nodes(chapter.blocks)
        if node["t"] == "Cite"
    ]
    if not cites:
        return
    known = bibliography_keys(project)
    for chapter, node in cites:
        for one in node["c"][0]:
            if one["citationId"] not in known:
                key = one["citationId"]
                refuse(chapter.source, f"@{key}", f"the citation @{key} is in no bibliography")
    meta = {
        "link-citations": {"t": "MetaBool", "c": True},
        "lang": {"t": "MetaString", "c": project.language},
    }
    blocks = [pandoc.para([node]) for _, node in cites]
    text = pandoc.document([*blocks, pandoc.div([], "refs")], meta)
    options = [f"--bibliography={path}" for path in project.bibliography]
    options += [f"--csl={project.csl}"] if project.csl else []
    done = json.loads(pandoc.run(text, "json", "json", "--citeproc", *options))["blocks"]
    for (_, node), block in zip(cites, done[: len(cites)], strict=True):
        node["c"] = block["c"][0]["c"]
    _place(chapters, done[-1])


def bibliography_keys(project: Project) -> set[str]:
    """Return the keys of all bibliographies."""
    keys: set[str] = set()
    for path in project.bibliography:
        kind = {".bib": "biblatex", ".json": "csljson", ".yaml": "markdown"}[path.suffix]
        items = pandoc.run(path.read_text(encoding="utf-8"), kind, "csljson")
        keys |= {str(item["id"]) for item in json.loads(items)}
    return keys


def _place(chapters: Sequence[Chapter], references: Node) -> None:
    """Put the list of references into its div and lead every citation there."""
    page = ""
    for chapter in chapters:
        for node in pandoc.nodes(chapter.blocks):
            if node["t"] == "Div" and attributes(node)[0] == "refs":
                node["c"] = references["c"]
                page = chapter.entry.page
    if not page:
        refuse(chapters[-1].source, "", "the book cites, but no chapter has `::: {#refs}`")

    def lead(node: Node) -> None:
        if node["t"] == "Link" and node["c"][2][0].startswith("#ref-"):
            node["c"][2][0] = f"{REFERENCE_SCHEME}{page}{node['c'][2][0]}"

    for chapter in chapters:
        for node in pandoc.nodes(chapter.blocks):
            lead(node)
