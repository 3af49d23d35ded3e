"""From a chapter's Markdown to numbered, linked blocks that both formats share.

The order matters: outputs in, callouts and tabs made (so that their headings are headings no
more), floats brought into one spelling, then numbers, then references. Numbers are literal text
from here on, hence the same in HTML and in the PDF.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NoReturn

from analysis.errors import RenderError
from analysis.report.engine import pandoc, scan, syntax
from analysis.report.engine.execute import Outputs
from analysis.report.engine.pandoc import Node, attributes
from analysis.report.engine.project import Entry
from analysis.report.engine.scan import Problem, Source
from analysis.report.engine.tables import rows

REFERENCE_SCHEME = "ref:"
#: Class of the text that stands where a source could not answer a figure or table.
NOTHING = "nothing"
_EQUATION_LABEL = re.compile(r"^\{#(eq-[\w-]+)\}(.*)$")
_KNOWN = {
    *("Plain", "Para", "Header", "Div", "CodeBlock", "BulletList", "OrderedList", "BlockQuote"),
    *("Table", "Figure", "HorizontalRule", "Str", "Space", "SoftBreak", "LineBreak", "Emph"),
    *("Strong", "Strikeout", "Superscript", "Subscript", "SmallCaps", "Quoted", "Cite", "Code"),
    *("Math", "Link", "Image", "Note", "Span", "Underline"),
}
_DETAILS = re.compile(
    r"^(Align|ColWidth|Decimal|LowerAlpha|UpperAlpha|LowerRoman|UpperRoman|Default|Period|OneParen"
    r"|TwoParens|AuthorInText|SuppressAuthor|NormalCitation|(Single|Double)Quote"
    r"|(Inline|Display)Math|DefaultStyle|DefaultDelim)"
)
_NAMES = {
    "DefinitionList": "a definition list",
    "LineBlock": "a line block",
    "RawBlock": "raw markup",
    "RawInline": "raw markup",
    "Example": "a numbered example",
}


@dataclass(frozen=True)
class Heading:
    """A heading below the chapter's title, for the table of contents of its page."""

    level: int
    id: str
    number: str
    inlines: list[Node]


@dataclass(frozen=True)
class Target:
    """Something a reference can point to."""

    label: str
    kind: str
    number: str
    page: str
    level: int = 0


@dataclass
class Chapter:
    """A chapter on its way from blocks to pages."""

    entry: Entry
    source: Source
    outputs: Outputs
    blocks: list[Node]
    number: str = ""
    title: list[Node] = field(default_factory=list)
    id: str = ""
    headings: list[Heading] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """What precedes the chapter's number."""
        return "Appendix" if self.entry.appendix else "Chapter"


class ConstructError(RenderError):
    """A construct that the engine does not cover, or that leads nowhere."""

    def __init__(self, problem: Problem) -> None:
        self.found = problem
        super().__init__(f"{problem}.", "docs/engines.md lists what a chapter may hold.")


def refuse(source: Source, needle: str, text: str, rule: str = "construct") -> NoReturn:
    """Raise the refusal of a construct, at the line where ``needle`` stands."""
    file, line = source.find(needle)
    raise ConstructError(Problem(file, line, rule, text))


def written(chapter: Chapter, blocks: list[Node], target: str, *options: str) -> str:
    """Return a chapter's blocks in a format.

    Raises
    ------
    ConstructError
        If a formula cannot be converted.
    """
    try:
        return pandoc.write(blocks, target, "--wrap=none", *options)
    except pandoc.FormulaError as error:
        first = error.formula.split("\n")[0]
        refuse(chapter.source, first, f"the formula `{error.formula}` cannot be set", "formula")


def assemble(source: Source, outputs: Outputs, defaults: Mapping[str, Any]) -> list[Node]:
    """Return a chapter's blocks: outputs in their places, every construct in one spelling."""

    def insert(node: Node) -> Node | list[Node] | None:
        if node["t"] == "CodeBlock":
            _, classes, pairs = attributes(node)
            if scan.CELL_CLASS in classes:
                return outputs.cells.get(dict(pairs)["n"], [])
            if scan.CODE_CLASS in classes:
                return _code(source.cells[int(dict(pairs)["n"])], defaults)
        if node["t"] == "Code":
            found = scan.INLINE_PATTERN.match(node["c"][1])
            return outputs.inlines[found[1]] if found else None
        return None

    parsed = pandoc.parse(source.markdown)
    check(parsed, source)
    blocks: list[Node] = pandoc.transform(parsed, insert)
    check(blocks, source)
    for rule in (_image, _block):
        blocks = pandoc.transform(blocks, partial(rule, source=source))
    return blocks


def check(blocks: list[Node], source: Source) -> None:
    """Refuse what the scanner could not see: the second net."""
    near = ""
    for node in pandoc.nodes(blocks):
        kind = node["t"]
        if kind not in _KNOWN and not _DETAILS.match(kind):
            near = near or source.path
            name = _NAMES.get(kind, f"the construct {kind}")
            content = node.get("c")
            needle = content[1] if kind.startswith("Raw") and content else near
            refuse(source, needle.split("\n")[0], f"{name} is not known (near {near})")
        if kind == "Header":
            near = pandoc.text(node) or near  # its id may be of Pandoc's making
        elif kind == "Div" and attributes(node)[0]:
            near = attributes(node)[0]
        if kind == "Div":
            classes = attributes(node)[1]
            if {"content-visible", "content-hidden"} & set(classes):
                for inner in pandoc.nodes(node["c"][1]):
                    if inner["t"] == "Header" or _float_kind(inner):
                        refuse(
                            source,
                            f"# {pandoc.text(inner)}" if inner["t"] == "Header" else _id(inner),
                            "a heading or a numbered figure or table inside conditional content"
                            " would have another number in each format",
                        )


def _id(node: Node) -> str:
    """Return the id of a node that may have one, else ""."""
    if node["t"] in {"Header", "Div", "Figure", "Table", "Span"}:
        return str(attributes(node)[0])
    return ""


def _float_kind(node: Node) -> str:
    """Return "fig" or "tbl" for a labelled float, else ""."""
    kind = _id(node).split("-")[0]
    return kind if node["t"] in {"Div", "Figure", "Table"} and kind in syntax.FLOATS else ""


def _code(cell: scan.Cell, defaults: Mapping[str, Any]) -> list[Node]:
    """Return a cell's code as a block, folded where its options say so."""
    options = {"code-fold": True, **defaults, **cell.options}
    if options.get("include") is False or not options.get("echo", True) or not cell.source:
        return []
    block = pandoc.code_block(cell.source, "python", "cell-code")
    if options["code-fold"]:
        state = "open" if options["code-fold"] == "show" else "closed"
        summary = str(options.get("code-summary", "Code"))
        block["c"][0][2] = [["fold", state], ["summary", summary]]
    return [block]


def _image(node: Node, source: Source) -> Node | None:
    """Give an image its alternative text as description, and nothing else but a width."""
    if node["t"] != "Image":
        return None
    (_, classes, pairs), inlines, target = node["c"]
    given = dict(pairs)
    alt = given.get("fig-alt") or given.get("alt") or pandoc.text(inlines)
    if not alt.strip():
        refuse(source, target[0], f"the image {target[0]} has no alternative text (fig-alt)")
    width = [["width", given["width"]]] if "width" in given else []
    return {"t": "Image", "c": [["", classes, width], pandoc.string(alt), [target[0], ""]]}


def _block(node: Node, source: Source) -> Node | list[Node] | None:
    """Bring callouts, tabsets and the spellings of a float into one form each."""
    kind = _float_kind(node)
    if node["t"] == "Figure":
        (id, _, pairs), caption, content = node["c"]
        image = next(inner for inner in pandoc.nodes(content) if inner["t"] == "Image")
        if not kind:
            refuse(source, image["c"][2][0], "an image with a caption needs a label: {#fig-...}")
        alt = dict(pairs).get("fig-alt") or dict(pairs).get("alt")
        if alt:
            image["c"][1] = pandoc.string(alt)
        return _float(id, [pandoc.para([image])], caption[1], source)
    if node["t"] == "Table":
        (id, classes, pairs), caption = node["c"][0], node["c"][1]
        if not kind:
            if caption[1]:
                refuse(
                    source,
                    pandoc.text(caption[1])[:30],
                    "a table with a caption needs a label: {#tbl-...}",
                )
            return None
        node["c"][0], node["c"][1] = ["", classes, pairs], [None, []]
        return _float(id, [node], caption[1], source)
    if node["t"] != "Div":
        return None
    (id, classes, pairs), content = node["c"]
    if kind and "float" not in classes:
        return _float(id, content[:-1], content[-1:], source)
    callout = next((name for name in classes if name.startswith("callout-")), "")
    if callout:
        title = pandoc.string(dict(pairs).get("title", ""))
        if not title and content and content[0]["t"] == "Header":
            title, content = content[0]["c"][2], content[1:]
        title = title or pandoc.string(callout.removeprefix("callout-").capitalize())
        head = pandoc.div([pandoc.plain(title)], "", "callout-title")
        return pandoc.div([head, pandoc.div(content, "", "callout-body")], id, "callout", callout)
    if "panel-tabset" in classes:
        return _tabset(content, source)
    return None


def _float(id: str, content: list[Node], caption: list[Node], source: Source) -> Node:
    """Return the one form of a numbered figure or table."""
    kind = id.split("-")[0]
    if not caption or caption[0]["t"] not in {"Para", "Plain"} or not pandoc.text(caption):
        refuse(source, id, f"{id} has no caption; its last paragraph must be one")
    found = [node["t"] for node in pandoc.nodes(content)]
    # what a source could not answer is said in place of the figure or table
    told = any(n["t"] == "Div" and NOTHING in attributes(n)[1] for n in pandoc.nodes(content))
    if kind == "fig" and found.count("Image") != 1 and not told:
        refuse(source, id, f"{id} must hold one image, it holds {found.count('Image')}")
    if kind == "tbl" and "Table" not in found and not told:
        refuse(source, id, f"{id} holds no table")
    inner = pandoc.div([pandoc.plain(caption[0]["c"])], "", "caption")
    length = sum(len(list(rows(node))) for node in pandoc.nodes(content) if node["t"] == "Table")
    return pandoc.div([pandoc.div(content, "", "content"), inner], id, "float", rows=str(length))


def _tabset(content: list[Node], source: Source) -> Node:
    """Return tabs: a div of divs, the first block of each its title."""
    if not content or content[0]["t"] != "Header":
        refuse(source, "panel-tabset", "a tabset begins with the heading of its first tab")
    level = content[0]["c"][0]
    tabs: list[Node] = []
    for block in content:
        if block["t"] == "Header" and block["c"][0] == level:
            title = pandoc.div([pandoc.plain(block["c"][2])], "", "tab-title")
            tabs.append(pandoc.div([title], "", "tab"))
        else:
            tabs[-1]["c"][1].append(block)
    return pandoc.div(tabs, "", "tabset")


def number(chapters: Sequence[Chapter]) -> dict[str, Target]:
    """Give numbers to sections, floats and equations; return what can be referred to.

    Raises
    ------
    RenderError
        If a chapter does not begin with its title or a label is used twice.
    """
    targets: dict[str, Target] = {}
    plain, letters = 0, 0
    for chapter in chapters:
        first = chapter.blocks[0] if chapter.blocks else {"t": ""}
        if first["t"] != "Header" or first["c"][0] != 1:
            refuse(chapter.source, "", "a chapter begins with its title, `# Title {#sec-x}`")
        if "unnumbered" not in attributes(first)[1]:
            if chapter.entry.appendix:
                letters += 1
                chapter.number = chr(ord("A") + letters - 1)
            else:
                plain += 1
                chapter.number = str(plain)
        _Numbering(chapter, targets).apply()
    return targets


class _Numbering:
    """Counters of one chapter."""

    def __init__(self, chapter: Chapter, targets: dict[str, Target]) -> None:
        self.chapter = chapter
        self.targets = targets
        self.level = 0
        self.sections = [0] * 6
        self.counts = {"fig": 0, "tbl": 0, "eq": 0}

    def apply(self) -> None:
        """Rewrite the chapter's blocks with numbers as attributes."""
        self.chapter.blocks = pandoc.transform(self.chapter.blocks, self.visit)

    def visit(self, node: Node) -> Node | None:
        """Give a node its number, in the order of the text."""
        if node["t"] == "Header":
            return self.heading(node)
        if node["t"] == "Div" and "float" in attributes(node)[1]:
            id = attributes(node)[0]
            attributes(node)[2].append(["number", self.count(id)])
        if node["t"] in {"Para", "Plain"}:
            node["c"] = self.equations(node["c"])
        return None

    def heading(self, node: Node) -> Node | None:
        """Give a heading its number."""
        level, (id, classes, _), inlines = node["c"]
        chapter = self.chapter
        if level > self.level + 1:
            words = f"a heading of level {level} after one of level {self.level}"
            refuse(chapter.source, f"# {pandoc.text(inlines)}", words, "heading")
        self.level = level
        if level == 1:
            if chapter.title:
                text = pandoc.text(inlines)
                refuse(chapter.source, f"# {text}", f"`{text}` is a second title")
            chapter.title, chapter.id, number = inlines, id, chapter.number
        elif chapter.number and "unnumbered" not in classes:
            self.sections[level - 1] += 1
            self.sections[level:] = [0] * (6 - level)
            number = ".".join([chapter.number, *map(str, self.sections[1:level])])
        else:
            number = ""
        if level > 1 and "unlisted" not in classes:
            chapter.headings.append(Heading(level, id, number, inlines))
        self.add(id, "sec", number, level)
        node["c"][1] = [id, classes, [["number", number]] if number else []]
        return None

    def count(self, id: str) -> str:
        """Return the next number of a float or an equation."""
        kind = id.split("-")[0]
        self.counts[kind] += 1
        number = ".".join(filter(None, [self.chapter.number, str(self.counts[kind])]))
        self.add(id, kind, number)
        return number

    def add(self, id: str, kind: str, number: str, level: int = 0) -> None:
        """Note a target; ids that Pandoc made need to be unique within their page only."""
        known = self.targets.get(id)
        if known and re.match(r"(fig|tbl|sec|eq)-", id):
            refuse(self.chapter.source, id, f"the label {id} is used twice")
        if not known:
            self.targets[id] = Target(id, kind, number, self.chapter.entry.page, level)

    def equations(self, inlines: list[Node]) -> list[Node]:
        """Join a display formula and the label that follows it."""
        result: list[Node] = []
        for node in inlines:
            found = _EQUATION_LABEL.match(node["c"]) if node["t"] == "Str" else None
            place = -2 if result and result[-1]["t"] == "Space" else -1
            if found and len(result) >= -place and result[place]["t"] == "Math":
                formula = result[place]
                del result[place:]
                number = self.count(found[1])
                result.append(pandoc.span([formula], found[1], "equation", number=number))
                result += pandoc.string(found[2]) if found[2] else []
            else:
                result.append(node)
        return result


def resolve(chapters: Sequence[Chapter], targets: Mapping[str, Target]) -> None:
    """Turn references and links between chapters into links with literal text.

    Raises
    ------
    RenderError
        If a label, a chapter or an anchor does not exist.
    """
    pages = {chapter.entry.path: chapter for chapter in chapters}
    ids = {
        path: {_id(node) for node in pandoc.nodes(chapter.blocks)}
        for path, chapter in pages.items()
    }

    def rule(node: Node, chapter: Chapter) -> Node | list[Node] | None:
        if node["t"] == "Cite":
            return _reference(node, chapter, chapters, targets)
        if node["t"] == "Link":
            url = node["c"][2][0]
            path, _, anchor = url.partition("#")
            if re.match(r"[a-z]+:", url) or not (path.endswith(".qmd") or (anchor and not path)):
                return None
            whole = normal(path, chapter.entry.path) if path else chapter.entry.path
            if whole not in pages or (anchor and anchor not in ids[whole]):
                refuse(chapter.source, url, f"the link {url} leads nowhere")
            place = pages[whole].entry.page
            node["c"][2][0] = f"{REFERENCE_SCHEME}{place}#{anchor}".rstrip("#")
        return None

    for chapter in chapters:
        chapter.blocks = pandoc.transform(chapter.blocks, partial(rule, chapter=chapter))


def normal(path: str, base: str) -> str:
    """Return a link's path relative to the project."""
    if path.startswith("/"):
        return path.lstrip("/")
    parts: list[str] = []
    for part in (PurePosixPath(base).parent / path).parts:
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def _reference(
    node: Node,
    chapter: Chapter,
    chapters: Sequence[Chapter],
    targets: Mapping[str, Target],
) -> Node | None:
    """Return the link for a cross-reference; None for a citation of the literature."""
    citations = node["c"][0]
    labels = [one["citationId"] for one in citations]
    if not any(syntax.REFERENCE.fullmatch(label) for label in labels):
        return None
    source = chapter.source
    one = citations[0]
    label = labels[0][0].lower() + labels[0][1:]
    if len(labels) > 1 or one["citationPrefix"] or one["citationSuffix"]:
        refuse(source, f"@{labels[0]}", "write a reference bare, as @fig-x or [-@fig-x]")
    target = targets.get(label)
    if target is None or target.kind != label.split("-")[0]:
        refuse(source, f"@{labels[0]}", f"the reference @{labels[0]} leads nowhere")
    if not target.number:
        refuse(source, f"@{labels[0]}", f"@{labels[0]} has no number; write a link instead")
    name = syntax.REFERENCES[target.kind]
    if target.level == 1:
        name = next(c.prefix for c in chapters if c.entry.page == target.page)
    words = target.number
    if one["citationMode"]["t"] != "SuppressAuthor":
        words = f"{name}\N{NO-BREAK SPACE}{target.number}"
    url = f"{REFERENCE_SCHEME}{target.page}#{label}"
    return pandoc.link([{"t": "Str", "c": words}], url, "crossref")
