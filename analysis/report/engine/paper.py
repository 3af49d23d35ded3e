"""The PDF: shared blocks rewritten for Typst, one document for the whole book."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NoReturn

import typst

from analysis.errors import RenderError
from analysis.report.engine import pandoc
from analysis.report.engine.html import ASSETS, banner, conditional, details
from analysis.report.engine.media import Media
from analysis.report.engine.pandoc import Node, attributes
from analysis.report.engine.project import Project
from analysis.report.engine.structure import REFERENCE_SCHEME, Chapter, refuse, written
from analysis.report.engine.syntax import FLOATS
from analysis.report.engine.tables import ink, rows

#: Characters of table text that fit a line of the page, and what a column's padding costs.
LINE = 104
PADDING = 2.4
SMALLEST = 0.55
#: Rows up to which a table is kept on one page.
WHOLE = 14
_CHAPTER = "// chapter "
STANDARD: Literal["ua-1"] = "ua-1"


def string(text: str) -> str:
    """Return a text as a string of Typst."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _label(page: str, id: str) -> str:
    """Return the label of an id; ids are unique within a page only."""
    return f"#label({string(f'{page}#{id}')})"


class Paper:
    """Writes the PDF of a book.

    Parameters
    ----------
    project, chapters, media, provenance
        As for the pages.
    """

    def __init__(
        self,
        project: Project,
        chapters: Sequence[Chapter],
        media: Media,
        provenance: Mapping[str, str],
    ) -> None:
        self.project = project
        self.chapters = chapters
        self.media = media
        self.provenance = provenance
        self.firsts = {chapter.entry.page: chapter.id for chapter in chapters}

    def source(self) -> str:
        """Return the book as Typst."""
        template = (ASSETS / "book.typ").read_text(encoding="utf-8")
        texts = [template, self.opening()]
        part = ""
        for chapter in self.chapters:
            entry = chapter.entry
            name = "Appendices" if entry.appendix else entry.part
            if name and name != part:
                texts.append(f"#part({string(name)})")
            part = name
            _mark_announced(chapter.blocks)
            kept = _with_last_words(chapter.blocks)
            blocks = pandoc.transform(kept, partial(self.rewrite, chapter=chapter))
            texts += [f"{_CHAPTER}{entry.path}", written(chapter, blocks, "typst-citations")]
            texts.append("#place.flush()")
        return "\n".join(texts)

    def opening(self) -> str:
        """Return the line that applies the template."""
        made = "".join(
            f"({string(name)}, {string(text)}), " for name, text in details(self.provenance).items()
        )
        authors = "".join(f"{string(author)}, " for author in self.project.authors)
        return (
            f"#show: book.with(title: {string(self.project.title)},"
            f" subtitle: {string(self.project.subtitle)}, authors: ({authors}),"
            f" language: {string(self.project.language)},"
            f" banner: {string(banner(self.provenance))}, details: ({made}))"
        )

    def write(self, source: str, folder: Path, name: str) -> None:
        """Compile the book in the folder that holds its media.

        Raises
        ------
        RenderError
            If Typst refuses the document.
        """
        path = folder / ".book.typ"
        path.write_text(source, encoding="utf-8")
        try:
            typst.compile(
                str(path),
                output=str(folder / name),
                root=str(folder),
                ignore_system_fonts=True,
                pdf_standards=[STANDARD],
                timestamp=self.moment(),
            )
        except typst.TypstError as error:
            self.explain(source, str(getattr(error, "diagnostic", "") or error))
        finally:
            path.unlink()

    def moment(self) -> datetime:
        """Return the time the data are of, so that equal runs write equal bytes; else now."""
        try:
            told = datetime.strptime(self.provenance.get("as of", ""), "%Y-%m-%d %H:%M UTC")
        except ValueError:
            return datetime.now(tz=UTC).replace(microsecond=0)
        return told.replace(tzinfo=UTC)

    def explain(self, source: str, said: str) -> NoReturn:
        """Raise what Typst said, at the chapter and the label before the place it names."""
        found = re.search(r"book\.typ:(\d+)", said)
        before = source.split("\n")[: int(found[1])] if found else []
        marks = [place for place, text in enumerate(before) if text.startswith(_CHAPTER)]
        if not marks:
            raise RenderError(f"The PDF could not be made: {said}", "Mend what it names.")
        path = before[marks[-1]].removeprefix(_CHAPTER)
        chapter = next(one for one in self.chapters if one.entry.path == path)
        labels = re.findall(r'#label\("[^"]*#([^"]+)"\)', "\n".join(before[marks[-1] :]))
        written_by_hand = (
            label for label in reversed(labels) if chapter.source.find(f"#{label}")[1]
        )
        near = next(written_by_hand, chapter.id)
        refuse(chapter.source, f"#{near}", f"near here the PDF could not be made: {said}", "pdf")

    def rewrite(self, node: Node, chapter: Chapter) -> Node | list[Node] | None:
        """Return a node in the form that Pandoc's Typst writer prints as wanted."""
        dropped = conditional(node, ("typst", "pdf"))
        if dropped is not None:
            return dropped
        match node["t"]:
            case "Header":
                return _heading(node, chapter)
            case "Div":
                return _div(node, chapter)
            case "Span":
                return _span(node, chapter)
            case "Math":
                return _math(node)
            case "CodeBlock":
                return _code_block(node)
            case "Table":
                return _table(node)
            case "Image":
                return self.image(node, chapter)
            case "Link":
                return self.link(node)
        return None

    def image(self, node: Node, chapter: Chapter) -> Node:
        """Return an image with its alternative text, as wide as the text at most."""
        (_, _, pairs), alt, (url, _) = node["c"]
        name = self.media.add(url, chapter)
        width = dict(pairs).get("width", "100%")
        text = string(pandoc.text(alt))
        return pandoc.raw_inline(
            "typst", f"#box(image({string('/' + name)}, width: {width}, alt: {text}))"
        )

    def link(self, node: Node) -> list[Node] | None:
        """Lead a link within the book; a link to a file beside it stays as its text."""
        _, inlines, (url, _) = node["c"]
        if url.startswith(REFERENCE_SCHEME):
            page, _, anchor = url.removeprefix(REFERENCE_SCHEME).partition("#")
            place = string(f"{page}#{anchor or self.firsts[page]}")
            opening = pandoc.raw_inline("typst", f"#link(label({place}))[")
            return [opening, *inlines, pandoc.raw_inline("typst", "]")]
        return None if re.match(r"(https?|mailto):", url) else list(inlines)


def _mark_announced(blocks: Sequence[Node]) -> None:
    """Mark the figures that follow a heading: apart from it they would leave an empty section."""
    for before, block in pairwise(blocks):
        if before["t"] == "Header" and block["t"] == "Div" and "float" in attributes(block)[1]:
            attributes(block)[1].append("announced")


def _with_last_words(blocks: Sequence[Node]) -> list[Node]:
    """Return the blocks with each box of reproduction tied to the paragraph before it.

    A box that does not fit the page of its chapter's last words would stand alone on the next.
    """
    kept: list[Node] = []
    for block in blocks:
        box = block["t"] == "Div" and "reproduce" in attributes(block)[1]
        if box and kept and kept[-1]["t"] == "Para":
            block = {"t": "Div", "c": [["", ["together"], []], [kept.pop(), block]]}
        kept.append(block)
    return kept


def _around(opening: str, inner: Sequence[Node], closing: str) -> list[Node]:
    """Return blocks between raw Typst."""
    return [pandoc.raw("typst", opening), *inner, pandoc.raw("typst", closing)]


def _heading(node: Node, chapter: Chapter) -> Node:
    """Return a heading whose number is literal text."""
    level, (id, classes, pairs), inlines = node["c"]
    number = dict(pairs).get("number", "")
    numbering = f"(..) => {string(number)}" if number else "none"
    kind = chapter.prefix if level == 1 else "Section"
    listed = "" if "unlisted" not in classes else ", outlined: false"
    opening = (
        f"#heading(level: {level}, numbering: {numbering}, supplement: {string(kind)}{listed})["
    )
    label = f"] {_label(chapter.entry.page, id)}" if id else "]"
    return pandoc.plain(
        [pandoc.raw_inline("typst", opening), *inlines, pandoc.raw_inline("typst", label)]
    )


def _div(node: Node, chapter: Chapter) -> list[Node] | None:
    """Return floats, callouts, tabs and boxes as calls of the template."""
    (id, classes, pairs), content = node["c"]
    page = chapter.entry.page
    if "float" in classes:
        kind, number = id.split("-")[0], dict(pairs)["number"]
        if kind == "fig":
            stays = "true" if "announced" in classes else "false"
            opening = (
                f"#float(number: {string(number)}, label: {_label(page, id)[1:]},"
                f" stays: {stays}, caption: ["
            )
            inner = [*content[1]["c"][1], pandoc.raw("typst", "], ["), *content[0]["c"][1]]
            return _around(opening, inner, "])")
        whole = "false" if int(dict(pairs)["rows"]) <= WHOLE else "true"
        opening = (
            f"#[#show figure: set block(breakable: {whole}); #figure(kind: {string(kind)},"
            f" supplement: {string(FLOATS[kind])}, numbering: (..) => {string(number)}, caption: ["
        )
        inner = [*content[1]["c"][1], pandoc.raw("typst", "], ["), *content[0]["c"][1]]
        return _around(opening, inner, f"]) {_label(page, id)}]")
    if "callout" in classes:
        kind = next(name for name in classes if name.startswith("callout-"))
        title, body = content[0]["c"][1], content[1]["c"][1]
        opening = f"#callout({string(kind.removeprefix('callout-'))}, ["
        return _around(opening, [*title, pandoc.raw("typst", "], ["), *body], "])")
    if "tabset" in classes:
        return list(content)
    if "tab" in classes:
        title, *body = content
        return _around("#tab([", [*title["c"][1], pandoc.raw("typst", "], ["), *body], "])")
    if "together" in classes:
        return _around("#block(breakable: false)[", content, "]")
    if "reproduce" in classes:
        return _around("#box-of[", content, "]")
    if id == "refs":
        return _around("#references[", content, "]")
    if {"content", "caption", "tab-title", "callout-title", "callout-body"} & set(classes):
        return None
    if id:
        return _around("#block[", content, f"] {_label(page, id)}")
    return list(content)


def _span(node: Node, chapter: Chapter) -> list[Node] | None:
    """Return a numbered formula, or the text of a span."""
    (id, classes, pairs), inlines = node["c"]
    if "equation" in classes:
        number = f"({dict(pairs)['number']})"
        opening = f"#[#set math.equation(numbering: (..) => {string(number)}, supplement: none); "
        closing = f" {_label(chapter.entry.page, id)}]"
        return [
            pandoc.raw_inline("typst", opening),
            *inlines,
            pandoc.raw_inline("typst", closing),
        ]
    if id:
        label = f"] {_label(chapter.entry.page, id)}"
        return [
            pandoc.raw_inline("typst", "#box["),
            *inlines,
            pandoc.raw_inline("typst", label),
        ]
    return list(inlines)


def _math(node: Node) -> list[Node]:
    """Return a formula whose alternative text is its TeX source."""
    alt = string(" ".join(node["c"][1].split()))
    opening = pandoc.raw_inline("typst", f"#[#set math.equation(alt: {alt}); ")
    return [opening, node, pandoc.raw_inline("typst", "]")]


def _code_block(node: Node) -> Node | list[Node]:
    """Return code that is shown; the code of cells is not for paper."""
    (_, classes, pairs), text = node["c"]
    if "cell-code" in classes or not text.strip():
        return []
    language = [name for name in classes if name != "output"]
    block = pandoc.code_block(text, *language)
    name = dict(pairs).get("filename")
    if not name:
        return block
    title = pandoc.para([{"t": "Code", "c": [["", [], []], name]}])
    return [title, block]


def _table(table: Node) -> list[Node]:
    """Return a table: header repeated, columns and text size by what it holds."""
    _, _, columns, head, _, _ = table["c"]
    aligns = ["left" if a["t"] == "AlignDefault" else a["t"][5:].lower() for a, _ in columns]
    widths, scale, wide = _widths(table)
    opening = (
        f"#[#set text(size: {8.8 * scale:.2f}pt); #set align(center)\n"
        f"#table(columns: ({', '.join(widths)},), align: ({', '.join(aligns)},),"
    )
    blocks = [pandoc.raw("typst", opening)]
    place = ""
    heads = len(head[1])
    for part, row in rows(table):
        if part != place:
            blocks.append(pandoc.raw("typst", _between(place, part, heads)))
            place = part
        elif part == "body":
            blocks.append(pandoc.raw("typst", "table.hline(stroke: 0.3pt + line-colour),"))
        inner = [node for cell in row[1] for node in _cell(cell, part)]
        if part == "body" and len(row[1]) == 1 and "group" in row[1][0][0][1]:
            # a header never stands at the foot of a page, apart from the rows it names
            inner = _around("table.header(level: 2, repeat: false,", inner, "),")
        blocks += inner
    blocks.append(pandoc.raw("typst", f"{_between(place, '', heads)})]"))
    if wide:
        return _around("#page(flipped: true)[", blocks, "]")
    return blocks


def _between(place: str, part: str, heads: int) -> str:
    """Return the rules and brackets between two parts of a table."""
    thick, thin = "table.hline(stroke: 0.9pt),", "table.hline(stroke: 0.5pt),"
    closing = {"": "", "head": f"{thin}),", "body": "", "foot": "),"}[place]
    if part == "head":
        return f"table.header(repeat: true, {thick}"
    if part == "body":
        return closing if heads else closing + thick
    if part == "foot":
        return f"{closing}{thick}table.footer(repeat: false, "
    return closing if place == "foot" else closing + thick


def _cell(cell: list[Any], part: str) -> list[Node]:
    """Return a table's cell."""
    (_, classes, pairs), align, height, width, content = cell
    options = []
    if width > 1:
        options.append(f"colspan: {width}")
    if height > 1:
        options.append(f"rowspan: {height}")
    if align["t"] != "AlignDefault":
        side = align["t"][5:].lower()
        options.append(f"align: {side}{' + bottom' if part == 'head' else ''}")
    text = []
    fill = dict(pairs).get("fill", "")
    if fill:
        options.append(f"fill: rgb({string(fill)})")
        text.append(f"fill: rgb({string(ink(fill))})")
    if part == "head" or {"group", "strong", "total"} & set(classes):
        text.append('weight: "bold"')
    if "spanner" in classes:
        options.append("stroke: (bottom: 0.4pt + soft)")
    if "note" in classes:
        text.append("size: 0.9em, fill: soft")
    style = f"#set text({', '.join(text)}); " if text else ""
    call = f"table.cell({', '.join(options)})" if options else ""
    return _around(f"{call}[{style}", content, "],")


def _widths(table: Node) -> tuple[list[str], float, bool]:
    """Return the columns' widths, the scale of the text and whether the page must be turned.

    Columns of figures keep their natural width, columns of text share what is left in
    proportion to it; where not even the longest words fit, the text is made smaller.
    """
    columns = table["c"][2]
    longest, natural = [1.0] * len(columns), [1.0] * len(columns)
    for part, row in rows(table):
        place = 0
        for cell in row[1]:
            if cell[3] == 1 and place < len(columns):
                text = pandoc.text(cell[4])
                factor = 1.1 if part == "head" else 1.0
                words = [text] if re.fullmatch(r"[\d\s.,%+−–()<]*", text) else text.split(" ")
                longest[place] = max([longest[place], *(factor * len(word) for word in words)])
                natural[place] = max(natural[place], factor * len(text))
            place += cell[3]
    given = [width.get("c") for _, width in columns]
    padding = PADDING * len(columns)
    scale = min(1.0, LINE / (sum(longest) + padding))
    if all(given):
        return [f"{share}fr" for share in given], max(scale, SMALLEST), scale < SMALLEST
    if sum(natural) + padding <= LINE:
        return ["auto"] * len(columns), 1.0, False
    room = LINE / max(scale, SMALLEST) - padding
    return _shared(longest, natural, room), max(scale, SMALLEST), scale < SMALLEST


def _shared(longest: list[float], natural: list[float], room: float) -> list[str]:
    """Return the columns' widths where texts have to break: each holds its longest word."""
    fair = max(room / len(natural), 12)
    wide = [place for place, size in enumerate(natural) if size > fair]
    kept = sum(size for size in natural if size <= fair) + sum(longest[place] for place in wide)
    wanted = {place: (natural[place] - longest[place] + 1) ** 0.7 for place in wide}
    spare = max(room - kept, 0) / sum(wanted.values())
    return [
        f"{longest[place] + spare * wanted[place]:.1f}fr" if place in wanted else "auto"
        for place in range(len(natural))
    ]
