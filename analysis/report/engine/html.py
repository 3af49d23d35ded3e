"""The pages: shared blocks rewritten for HTML, set into the book's frame."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

import lxml.html

from analysis.report.engine import pandoc
from analysis.report.engine.media import Media
from analysis.report.engine.pandoc import Node, attributes
from analysis.report.engine.project import Project
from analysis.report.engine.structure import (
    REFERENCE_SCHEME,
    Chapter,
    Heading,
    refuse,
    written,
)
from analysis.report.engine.syntax import FLOATS
from analysis.report.engine.tables import cells, ink

ASSETS = Path(__file__).parent / "assets"
STATIC = (
    *("book.css", "book.js", "theme.js", "inter.woff2", "inter-italic.woff2", "minisearch.js"),
    *("inter.LICENSE.txt", "minisearch.LICENSE.txt"),
)
TOC_DEPTH = 3
#: Provenance under these names stands on top of every page; a sample's in another colour.
BANNERS = ("sample", "banner")


def relative(target: str, page: str) -> str:
    """Return the way from a page to a place, both relative to the book's folder."""
    depth = len(PurePosixPath(page).parents) - 1
    path, hash, anchor = target.partition("#")
    if path == page and hash:
        return f"#{anchor}"
    here, there = PurePosixPath(page).parent, PurePosixPath(path)
    if depth and there.is_relative_to(here):
        return f"{there.relative_to(here)}{hash}{anchor}"
    return "../" * depth + target


def shown(pairs: Mapping[str, str], hidden: bool, formats: Sequence[str]) -> bool:
    """Return whether conditional content belongs to one of the formats."""
    when, unless = pairs.get("when-format"), pairs.get("unless-format")
    wanted = (when is None or when in formats) and (unless is None or unless not in formats)
    return wanted != hidden


def conditional(node: Node, formats: Sequence[str]) -> list[Node] | None:
    """Unwrap or drop conditional content; None for any other node."""
    if node["t"] not in {"Div", "Span"}:
        return None
    _, classes, pairs = attributes(node)
    if not {"content-visible", "content-hidden"} & set(classes):
        return None
    inner: list[Node] = node["c"][1]
    return inner if shown(dict(pairs), "content-hidden" in classes, formats) else []


def banner(provenance: Mapping[str, str]) -> str:
    """Return what stands on top of every page, or ""."""
    return next((provenance[name] for name in BANNERS if provenance.get(name)), "")


def details(provenance: Mapping[str, str]) -> dict[str, str]:
    """Return what the pages say of their making besides the banner."""
    return {name: text for name, text in provenance.items() if name not in BANNERS}


def _banner(provenance: Mapping[str, str]) -> str:
    """Return the banner of a page: which data this is, and in smaller type how it was made."""
    text = banner(provenance)
    kind = "banner sample" if provenance.get("sample") else "banner"
    made = " · ".join(f"{name}: {text}" for name, text in details(provenance).items())
    small = f" <small>{escape(made)}</small>" if made else ""
    label = "Which data this is"
    return (
        f'<aside class="{kind}" aria-label="{label}">{escape(text)}{small}</aside>' if text else ""
    )


class Pages:
    """Writes the pages of a book.

    Parameters
    ----------
    project : Project
        The book.
    chapters : sequence of Chapter
        Its chapters, numbered and resolved.
    media : Media
        Takes note of every file that a page shows or offers.
    provenance : Mapping[str, str]
        What the foot of each page says, by name; "sample" or "banner" stands on top.
    downloads : Mapping[str, str]
        Other forms of the book to offer, by name: path within the book.
    """

    def __init__(
        self,
        project: Project,
        chapters: Sequence[Chapter],
        media: Media,
        provenance: Mapping[str, str],
        downloads: Mapping[str, str],
    ) -> None:
        self.project = project
        self.chapters = chapters
        self.media = media
        self.provenance = provenance
        self.downloads = downloads
        self.styles: dict[str, str] = {}
        self.glossary = Glossary(chapters)
        self.frame = Template((ASSETS / "page.html").read_text(encoding="utf-8"))

    def write(self, folder: Path) -> None:
        """Write all pages, their assets and the search index into a folder."""
        for place, chapter in enumerate(self.chapters):
            path = folder / chapter.entry.page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.page(place), encoding="utf-8")
        assets = folder / "assets"
        assets.mkdir(exist_ok=True)
        for name in STATIC:
            (assets / name).write_bytes((ASSETS / name).read_bytes())
        rules = [f".{name}{{{rule}}}" for name, rule in sorted(self.styles.items())]
        (assets / "cells.css").write_text("\n".join(rules) + "\n", encoding="utf-8")
        index = json.dumps(search_index(self.chapters), ensure_ascii=False)
        (assets / "search-index.js").write_text(f"window.bookIndex = {index};\n", encoding="utf-8")

    def page(self, place: int) -> str:
        """Return a chapter's page."""
        chapter = self.chapters[place]
        page = chapter.entry.page
        title = pandoc.text(chapter.title)
        name = self.project.title if page == "index.html" else f"{title} – {self.project.title}"
        root = "../" * (len(PurePosixPath(page).parents) - 1)
        description = str(chapter.source.header.get("description") or self.project.description)
        return self.frame.substitute(
            language=escape(self.project.language),
            title=escape(name),
            description=escape(description),
            root=root,
            book=escape(self.project.title),
            subtitle=escape(self.project.subtitle),
            banner=_banner(self.provenance),
            sidebar=self.sidebar(place),
            toc=self.contents(chapter),
            hero=self.hero() if place == 0 else "",
            body=self.body(chapter),
            navigation=self.navigation(place),
            footer=self.footer(),
            downloads=self.offered(root),
        )

    def hero(self) -> str:
        """Return title, subtitle and authors of the book, for its first page."""
        rows = [
            ("title", self.project.title),
            ("subtitle", self.project.subtitle),
            ("authors", ", ".join(self.project.authors)),
        ]
        lines = [f'<p class="{name}">{escape(text)}</p>' for name, text in rows if text]
        return f'<div class="hero">{"".join(lines)}</div>\n'

    def footer(self) -> str:
        """Return what the foot of a page says of its making."""
        rows = [
            f"<div><dt>{escape(name)}</dt> <dd>{escape(text)}</dd></div>"
            for name, text in details(self.provenance).items()
        ]
        return f"<dl>{' '.join(rows)}</dl>" if rows else ""

    def offered(self, root: str) -> str:
        """Return links to the other forms of the book."""
        return "".join(
            f'<a href="{root}{escape(path)}" download>{escape(name)}</a>'
            for name, path in self.downloads.items()
        )

    def sidebar(self, place: int) -> str:
        """Return the list of chapters."""
        here = self.chapters[place].entry.page
        parts: list[str] = []
        group = ""
        for chapter in self.chapters:
            entry = chapter.entry
            name = "Appendices" if entry.appendix else entry.part
            if name != group:
                parts.append("</ul>" + (f"<p>{escape(name)}</p>" if name else "") + "<ul>")
                group = name
            current = ' aria-current="page"' if entry.page == here else ""
            number = f'<span class="number">{chapter.number}</span> ' if chapter.number else ""
            url = escape(relative(entry.page, here))
            title = escape(pandoc.text(chapter.title))
            parts.append(f'<li><a href="{url}"{current}>{number}{title}</a></li>')
        return "<ul>" + "".join(parts) + "</ul>"

    def contents(self, chapter: Chapter) -> str:
        """Return the table of contents of a page, or "" where it has a single section."""
        headings = [heading for heading in chapter.headings if heading.level <= TOC_DEPTH]
        if not headings:
            return ""
        items = "".join(
            f'<li class="level-{heading.level}"><a href="#{escape(heading.id)}">'
            f"{self.numbered(heading)}</a></li>"
            for heading in headings
        )
        return (
            f'<nav class="toc" aria-labelledby="toc-title"><p id="toc-title">On this page</p>'
            f"<ul>{items}</ul></nav>"
        )

    @staticmethod
    def numbered(heading: Heading) -> str:
        """Return a heading's number and text as HTML."""
        number = f'<span class="number">{heading.number}</span> ' if heading.number else ""
        return number + escape(pandoc.text(heading.inlines))

    def navigation(self, place: int) -> str:
        """Return the links to the previous and the next chapter."""
        here = self.chapters[place].entry.page
        links = []
        for offset, name, rel in [(-1, "Previous", "prev"), (1, "Next", "next")]:
            if not 0 <= place + offset < len(self.chapters):
                continue
            other = self.chapters[place + offset]
            title = escape(" ".join(filter(None, [other.number, pandoc.text(other.title)])))
            url = escape(relative(other.entry.page, here))
            links.append(
                f'<a class="{rel}" rel="{rel}" href="{url}"><span>{name}</span> {title}</a>'
            )
        return "".join(links)

    def body(self, chapter: Chapter) -> str:
        """Return a chapter's text as HTML."""
        blocks = pandoc.transform(chapter.blocks, lambda node: self.rewrite(node, chapter))
        return self.finish(written(chapter, blocks, "html5", "--mathml"))

    def rewrite(self, node: Node, chapter: Chapter) -> Node | list[Node] | None:
        """Return a node in the form that Pandoc's HTML writer prints as wanted."""
        dropped = conditional(node, ("html",))
        if dropped is not None:
            return dropped
        match node["t"]:
            case "Header":
                return _heading(node, chapter)
            case "Div" if "glossary" in attributes(node)[1]:
                return self.entry(node, chapter)
            case "Div":
                return _div(node)
            case "Span" if "equation" in attributes(node)[1]:
                id, _, pairs = attributes(node)
                number = pandoc.raw_inline(
                    "html", f'<span class="no">({dict(pairs)["number"]})</span>'
                )
                return pandoc.span([*node["c"][1], number], id, "equation")
            case "CodeBlock":
                return _code_block(node)
            case "Table":
                _fill(node)
                return [
                    pandoc.raw("html", '<div class="scroll">'),
                    node,
                    pandoc.raw("html", "</div>"),
                ]
            case "Image":
                return self.image(node, chapter)
            case "Link":
                self.link(node, chapter)
        return None

    def entry(self, node: Node, chapter: Chapter) -> Node | None:
        """Return an entry of the glossary with links back to the chapters that use it."""
        here = chapter.entry.page
        users = self.glossary.users(f"{here}#{attributes(node)[0]}")
        if not users:
            return None
        links: list[Node] = []
        for user in users:
            name = " ".join(filter(None, [user.number, pandoc.text(user.title)]))
            joint = pandoc.string(", " if links else "Used in ")
            links += [*joint, pandoc.link(pandoc.string(name), relative(user.entry.page, here))]
        node["c"][1].append(pandoc.div([pandoc.para(links)], "", "uses"))
        return node

    def image(self, node: Node, chapter: Chapter) -> Node:
        """Return an image with its size, so that the page does not jump while it loads."""
        (_, _, pairs), alt, (url, _) = node["c"]
        name = self.media.add(url, chapter)
        size = self.media.size(name)
        sizes = f' width="{size[0]}" height="{size[1]}"' if size else ""
        width = dict(pairs).get("width", "")
        style = f' style="width: {escape(width)}"' if width else ""
        source = escape(relative(name, chapter.entry.page))
        text = escape(pandoc.text(alt))
        return pandoc.raw_inline(
            "html",
            f'<img src="{source}" alt="{text}"{sizes}{style} loading="lazy" decoding="async">',
        )

    def link(self, node: Node, chapter: Chapter) -> None:
        """Lead a link to its page, or take its file into the book."""
        url = node["c"][2][0]
        if url.startswith(REFERENCE_SCHEME):
            target = url.removeprefix(REFERENCE_SCHEME)
            node["c"][2][0] = relative(target, chapter.entry.page)
            if "term" in attributes(node)[1]:
                attributes(node)[2].append(["data-definition", self.glossary.definitions[target]])
        elif not re.match(r"(https?|mailto):|#", url):
            if re.match(r"[a-z]+:", url):
                refuse(chapter.source, url, f"the link {url} is of no known scheme")
            node["c"][2][0] = relative(self.media.add(url, chapter), chapter.entry.page)
            node["c"][0][2].append(["download", ""])

    def finish(self, html: str) -> str:
        """Move inline styles, which the pages' policy forbids, to a style sheet; mend tables."""
        root = lxml.html.fragment_fromstring(html, create_parent="div")
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            style = element.attrib.pop("style", "").strip()
            if style:
                name = "s" + hashlib.sha256(style.encode()).hexdigest()[:6]
                self.styles[name] = style
                element.classes.add(name)
                if element.tag == "td" and "text-align: right" in style:
                    element.classes.add("number")
            if element.tag in {"th", "td"}:
                _scope(element)
        text = lxml.html.tostring(root, encoding="unicode")
        return str(text).removeprefix("<div>").removesuffix("</div>")


def _scope(cell: lxml.html.HtmlElement) -> None:
    """Say what a header cell of a table heads; an empty one heads nothing."""
    if "stub" in cell.classes:
        cell.tag = "th"
    if cell.tag == "td":
        return
    if not cell.text_content().strip():
        cell.tag = "td"
    elif cell.getparent().getparent().tag == "thead":
        cell.set("scope", "colgroup" if "colspan" in cell.attrib else "col")
    else:
        cell.set("scope", "rowgroup" if "colspan" in cell.attrib else "row")


def _fill(table: Node) -> None:
    """Turn the fills of a table's cells into styles, with ink that can be read on them."""
    for cell in cells(table):
        id, classes, pairs = cell[0]
        fill = dict(pairs).get("fill", "")
        if fill:
            style = f"background-color: {fill}; color: {ink(fill)}"
            cell[0] = [id, [*classes, "filled"], [["style", style]]]


def _heading(node: Node, chapter: Chapter) -> Node:
    """Return a heading with its number and a link to itself."""
    level, (id, classes, pairs), inlines = node["c"]
    number = dict(pairs).get("number", "")
    before: list[Node] = []
    if number and level == 1 and chapter.entry.appendix:
        words = f"{chapter.prefix} {number} —"
        before = [pandoc.raw_inline("html", f'<span class="number">{words}</span> ')]
    elif number:
        before = [pandoc.raw_inline("html", f'<span class="number">{number}</span> ')]
    after: list[Node] = []
    if level > 1 and id:
        name = escape(pandoc.text(inlines))
        after = [
            pandoc.raw_inline(
                "html",
                f' <a class="anchor" href="#{escape(id)}" aria-label="Link to “{name}”">#</a>',
            )
        ]
    return {"t": "Header", "c": [level, [id, classes, []], [*before, *inlines, *after]]}


def _div(node: Node) -> Node | list[Node] | None:
    """Return floats, callouts and tabs as HTML."""
    (id, classes, pairs), content = node["c"]
    if "float" in classes:
        kind = id.split("-")[0]
        words = f"{FLOATS[kind]}\N{NO-BREAK SPACE}{dict(pairs)['number']}"
        caption = [
            pandoc.raw(
                "html", f'<figcaption id="caption-{id}"><span class="name">{words}</span>: '
            ),
            content[1]["c"][1][0],
            pandoc.raw("html", "</figcaption>"),
        ]
        inner = content[0]["c"][1]
        offers = [block for block in inner if _is_offer(block)]
        inner = [block for block in inner if not _is_offer(block)]
        body = [*caption, *inner] if kind == "tbl" else [*inner, *caption]
        opening = pandoc.raw("html", f'<figure id="{id}" class="float {kind}">')
        return [opening, *body, *offers, pandoc.raw("html", "</figure>")]
    if "tabset" in classes:
        return _tabs(content)
    return None


def _is_offer(block: Node) -> bool:
    """Return whether a block of a float offers its files."""
    return block["t"] == "Div" and "downloads" in attributes(block)[1]


def _tabs(tabs: list[Node]) -> list[Node]:
    """Return a tabset; every panel is open until the page's script closes all but one."""
    result = [pandoc.raw("html", '<div class="tabset">')]
    for tab in tabs:
        title, *content = tab["c"][1]
        name = escape(pandoc.text(title))
        result += [
            pandoc.raw("html", f'<div class="tab"><p class="tab-title">{name}</p>'),
            *content,
            pandoc.raw("html", "</div>"),
        ]
    return [*result, pandoc.raw("html", "</div>")]


def _code_block(node: Node) -> Node | list[Node] | None:
    """Return code folded, named or as output."""
    (id, classes, pairs), text = node["c"]
    given = dict(pairs)
    node["c"][0] = [id, classes, []]
    if "fold" in given:
        state = " open" if given["fold"] == "open" else ""
        summary = escape(given["summary"])
        opening = f'<details class="fold"{state}><summary>{summary}</summary>'
        return [pandoc.raw("html", opening), node, pandoc.raw("html", "</details>")]
    if "filename" in given:
        name = f'<div class="named"><p class="filename">{escape(given["filename"])}</p>'
        return [pandoc.raw("html", name), node, pandoc.raw("html", "</div>")]
    if "output" in classes and not text.strip():
        return []
    return node


class Glossary:
    """Definitions of terms, and the chapters that use them.

    An entry is ``::: {#term-x .glossary}`` around its definition; a use is a link to it with
    the class ``term``.
    """

    def __init__(self, chapters: Sequence[Chapter]) -> None:
        self.definitions: dict[str, str] = {}
        self.uses: dict[str, list[Chapter]] = {}
        for chapter in chapters:
            for node in pandoc.nodes(chapter.blocks):
                if node["t"] == "Div" and "glossary" in attributes(node)[1]:
                    place = f"{chapter.entry.page}#{attributes(node)[0]}"
                    self.definitions[place] = pandoc.text(node["c"][1])
        for chapter in chapters:
            for node in pandoc.nodes(chapter.blocks):
                if node["t"] == "Link" and "term" in attributes(node)[1]:
                    self.note(node["c"][2][0], chapter)

    def note(self, url: str, chapter: Chapter) -> None:
        """Note a use of a term."""
        place = url.removeprefix(REFERENCE_SCHEME)
        if place not in self.definitions:
            refuse(chapter.source, place.split("#")[-1], f"{url} is no entry of the glossary")
        users = self.uses.setdefault(place, [])
        if chapter not in users:
            users.append(chapter)

    def users(self, place: str) -> list[Chapter]:
        """Return the chapters that use a term, other than the glossary's own."""
        return [user for user in self.uses.get(place, []) if user.entry.page not in place]


def search_index(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """Return one record for each section: where it is, what it is called, what it says."""
    records: list[dict[str, Any]] = []
    for chapter in chapters:
        chapter_title = " ".join(filter(None, [chapter.number, pandoc.text(chapter.title)]))

        def add(
            anchor: str, title: str, chapter: Chapter = chapter, of: str = chapter_title
        ) -> None:
            url = chapter.entry.page + (f"#{anchor}" if anchor else "")
            record = {"id": len(records), "url": url, "chapter": of, "title": title, "text": ""}
            records.append(record)

        for block in chapter.blocks:
            if block["t"] == "Header":
                level, (id, _, pairs), inlines = block["c"]
                number = dict(pairs).get("number", "")
                title = " ".join(filter(None, [number, pandoc.text(inlines)]))
                add("" if level == 1 else id, title)
            elif block["t"] != "CodeBlock":
                records[-1]["text"] += pandoc.text(block) + " "
    return records
