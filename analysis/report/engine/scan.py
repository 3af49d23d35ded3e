"""Reading a chapter: cells and inline values taken out, every line checked against the syntax.

Pandoc's tree has no line numbers, so refusals with file and line come from here. Each executable
cell becomes a placeholder block and each inline expression a placeholder code span, which leaves
indentation, lists and divs to Pandoc; a labelled cell becomes the div that Quarto also accepts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analysis.report.engine import syntax

CELL_CLASS = "study-cell"
CODE_CLASS = "study-code"
INLINE_MARK = "⟦inline {}⟧"
INLINE_PATTERN = re.compile(r"^⟦inline (\d+)⟧$")


@dataclass(frozen=True, order=True)
class Problem:
    """Something in a .qmd file that the book may not hold.

    Attributes
    ----------
    file : str
        The file, relative to the project.
    line : int
        Counted from 1; 0 where the whole file is meant.
    rule : str
        Short name of the rule.
    text : str
        What is wrong and what to write instead.
    """

    file: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text} [{self.rule}]"


@dataclass(frozen=True)
class Cell:
    """An executable cell: options, source without them, its line and that of its first source."""

    index: int
    file: str
    line: int
    options: dict[str, Any]
    source: str
    first: int

    @property
    def label(self) -> str:
        """The cell's label, or "" where it has none."""
        return str(self.options.get("label", ""))

    @property
    def name(self) -> str:
        """What an error message calls the cell."""
        return f"cell {self.label}" if self.label else f"cell {self.index + 1}"


@dataclass(frozen=True)
class Inline:
    """An inline expression and where it stands."""

    index: int
    file: str
    line: int
    source: str

    @property
    def name(self) -> str:
        """What an error message calls the expression."""
        return f"inline value `{self.source}`"


Step = Cell | Inline


@dataclass
class Source:
    """A chapter as scanned: Markdown with placeholders, what to execute, what is wrong."""

    path: str
    header: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    origins: list[tuple[str, int]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def markdown(self) -> str:
        """The text for Pandoc."""
        return "\n".join(self.lines) + "\n"

    @property
    def cells(self) -> list[Cell]:
        """The executable cells, in order."""
        return [step for step in self.steps if isinstance(step, Cell)]

    @property
    def inlines(self) -> list[Inline]:
        """The inline expressions, in order."""
        return [step for step in self.steps if isinstance(step, Inline)]

    def find(self, needle: str) -> tuple[str, int]:
        """Return file and line of the first line that holds a text, else the file and 0.

        Pandoc changes quotes and spaces, so the text's longest word is looked for as well.
        """
        words = sorted(needle.split(), key=len, reverse=True)
        for wanted in [needle, *words[:1]]:
            for line, origin in zip(self.lines, self.origins, strict=True):
                if wanted and wanted in line:
                    return origin
        return self.path, 0


def scan(root: Path, path: str) -> Source:
    """Scan a chapter of the project at ``root``; problems are listed, none is raised."""
    source = Source(path)
    _Scanner(root, source).read(path, ())
    return source


class _Scanner:
    """One pass over a chapter and the files it includes."""

    def __init__(self, root: Path, source: Source) -> None:
        self.root = root
        self.source = source
        self.divs: list[tuple[str, int, str]] = []
        self.file = source.path
        self.line = 0

    def refuse(self, rule: str, text: str, line: int | None = None) -> None:
        """Note a problem at the line being read, or at another one."""
        where = self.line if line is None else line
        self.source.problems.append(Problem(self.file, where, rule, text))

    def emit(self, text: str) -> None:
        """Add a line of Markdown that came from the line being read."""
        self.source.lines.append(text)
        self.source.origins.append((self.file, self.line))

    def read(self, path: str, including: tuple[str, ...]) -> None:
        """Read a file, its includes in their places."""
        try:
            text = (self.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.refuse("include", f"{path} cannot be read as UTF-8 text: {error}")
            return
        outer, self.file, self.line = (self.file, self.line), path, 0
        lines = text.replace("\r\n", "\n").split("\n")
        start = self.read_header(lines, allowed=not including)
        open_divs = len(self.divs)
        self.read_body(lines, start, (*including, path))
        for _, line, name in self.divs[open_divs:]:
            self.refuse("div", f"the div {name} is never closed", line)
        del self.divs[open_divs:]
        self.file, self.line = outer

    def read_header(self, lines: list[str], allowed: bool) -> int:
        """Read the YAML header; return the index of the first line after it."""
        if not lines or lines[0].rstrip() != "---":
            return 0
        ends = [n for n, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}]
        self.line = 1
        if not ends:
            self.refuse("header", "the YAML header is never closed")
            return len(lines)
        try:
            header = yaml.safe_load("\n".join(lines[1 : ends[0]])) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            self.refuse("header", "the YAML header cannot be parsed", line)
            return ends[0] + 1
        if not isinstance(header, dict) or (header and not allowed):
            self.refuse("header", "only a chapter has a YAML header, made of `key: value`")
            header = {}
        for key in header:
            if key not in syntax.HEADER_KEYS:
                line = next((n + 1 for n, x in enumerate(lines) if x.startswith(f"{key}:")), 1)
                hint = "; write `# Title {#sec-x}` as first heading" if key == "title" else ""
                self.refuse("header", f"unknown key `{key}` in the header{hint}", line)
        if allowed:
            self.source.header = header
        return ends[0] + 1

    def read_body(self, lines: list[str], start: int, including: tuple[str, ...]) -> None:
        """Read everything after the header."""
        number, comment, formula = start, 0, 0
        while number < len(lines):
            line = lines[number]
            self.line = number + 1
            if not comment and not formula:
                fence = syntax.FENCE.match(line)
                if fence:
                    number = self.read_fence(lines, number, fence)
                    continue
            line, comment = self.strip_comments(line, comment)
            number += 1
            if not formula and not comment and self.read_include(line, including):
                continue
            if "$$" in re.sub(r"\$\$.+?\$\$", "", syntax.CODE_SPAN.sub("", line)):
                formula = 0 if formula else self.line
                self.check_formula(line)
                self.emit(line)
            elif formula:
                self.check_formula(line)
                self.emit(line)
            else:
                self.emit(self.read_text(line))
        if comment:
            self.refuse("comment", "the comment is never closed", comment)
        if formula:
            self.refuse("formula", "the formula is never closed", formula)

    def strip_comments(self, line: str, comment: int) -> tuple[str, int]:
        """Take HTML comments out of a line; ``comment`` is the line where one began, or 0."""
        kept = ""
        while line:
            if comment:
                _, end, line = line.partition("-->")
                comment = 0 if end else comment
            else:
                opening = syntax.mask(line).find("<!--")
                if opening < 0:
                    return kept + line, 0
                kept, line, comment = kept + line[:opening], line[opening + 4 :], self.line
        return kept, comment

    def read_include(self, line: str, including: tuple[str, ...]) -> bool:
        """Read the file that an include shortcode names, if the line is one."""
        found = syntax.SHORTCODE.fullmatch(line.strip())
        if not found or found["name"] != "include":
            return False
        name = found["rest"].strip("\"'")
        path = name.lstrip("/") if name.startswith("/") else str(Path(self.file).parent / name)
        if not (self.root / path).is_file():
            self.refuse("include", f"the included file {name} does not exist")
        elif path in including:
            self.refuse("include", f"{name} includes itself")
        else:
            self.read(path, including)
        return True

    def read_fence(self, lines: list[str], number: int, fence: re.Match[str]) -> int:
        """Read a fenced block; return the index of the line after it."""
        closing = re.compile(rf"^\s*{re.escape(fence['fence'][0])}{{{len(fence['fence'])},}}\s*$")
        end = next(
            (n for n in range(number + 1, len(lines)) if closing.match(lines[n])), len(lines)
        )
        if end == len(lines):
            self.refuse("fence", "the code block is never closed")
        indent, info = fence["indent"], fence["info"].strip()
        body = [line.removeprefix(indent) for line in lines[number + 1 : end]]
        language = re.fullmatch(r"\{(\{?)([\w-]+)\}?(\}|[\s,].*\})", info)
        if language and language[1]:
            self.emit(f"{indent}~~~~~~ markdown")
            shown = [f"```{{{language[2]}}}", *body, "```"]
            self.emit_all(indent, shown, number)
            self.emit(f"{indent}~~~~~~")
        elif info.startswith("{python}") and fence["fence"][0] == "`":
            self.read_cell(indent, body, number)
        elif language or info.startswith("{="):
            name = info.strip("{}")
            why = "is raw output" if info.startswith("{=") else "does not run here"
            self.refuse("language", f"a block of {{{name}}} {why}; only ```{{python}} does")
        else:
            self.check_language(info)
            self.emit(lines[number])
            self.emit_all("", lines[number + 1 : end + 1], number)
        return end + 1

    def emit_all(self, indent: str, lines: list[str], number: int) -> None:
        """Add lines that follow the line with index ``number``."""
        for offset, line in enumerate(lines, 2):
            self.source.lines.append(indent + line)
            self.source.origins.append((self.file, number + offset))

    def check_language(self, info: str) -> None:
        """Check what stands after the fence of a block of code that is shown."""
        if info.startswith("{"):
            inner = info.strip("{}")
            self.check_attributes(inner, languages=True)
        elif info and info not in syntax.LANGUAGES:
            known = ", ".join(sorted(syntax.LANGUAGES))
            self.refuse("language", f"unknown language `{info}`; use one of {known}")

    def read_cell(self, indent: str, body: list[str], number: int) -> None:
        """Read an executable cell and emit its placeholder."""
        count = next((n for n, x in enumerate(body) if not x.startswith("#|")), len(body))
        options = self.read_options(body[:count], number)
        while count < len(body) and not body[count].strip():
            count += 1
        cell = Cell(
            index=len(self.source.cells),
            file=self.file,
            line=number + 1,
            options=options,
            source="\n".join(body[count:]).rstrip(),
            first=number + 2 + count,
        )
        self.source.steps.append(cell)
        prefix = cell.label.split("-")[0]
        code = [f"``` {{.{CODE_CLASS} n={cell.index}}}", "```", ""]
        output = [f"``` {{.{CELL_CLASS} n={cell.index}}}", "```", ""]
        if prefix in syntax.FLOATS:
            caption = str(options.get(f"{prefix}-cap", ""))
            output = [f"::: {{#{cell.label}}}", *output, self.read_text(caption), "", ":::", ""]
        for line in ["", *code, *output]:
            self.emit(indent + line)

    def read_options(self, lines: list[str], number: int) -> dict[str, Any]:
        """Read and check the ``#|`` lines of a cell."""
        try:
            options = yaml.safe_load("\n".join(line[2:] for line in lines)) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            at = number + 2 + (mark.line if mark else 0)
            self.refuse("option", "the cell's options are not valid YAML", at)
            return {}
        if not isinstance(options, dict):
            self.refuse("option", "write the cell's options as `#| key: value`", number + 2)
            return {}
        valid: dict[str, Any] = {}
        for offset, line in enumerate(lines, number + 2):
            key, _, value = line[2:].partition(":")
            key = key.strip()
            if key not in options:
                continue
            wanted = syntax.OPTIONS.get(key)
            if wanted is None:
                self.refuse("option", f"unknown cell option `{key}`", offset)
            elif not isinstance(options[key], wanted) or (
                isinstance(options[key], bool) and bool not in wanted
            ):
                names = " or ".join(kind.__name__ for kind in wanted)
                self.refuse("option", f"`{key}` takes a {names}", offset)
            elif value.strip()[:1] in {"|", ">"} or "\n" in str(options[key]):
                self.refuse("option", f"`{key}` must be one quoted line, no YAML block", offset)
            elif key == "output" and options[key] not in (True, False, "asis"):
                self.refuse("option", "`output` is true, false or asis", offset)
            elif key == "label" and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", options[key]):
                self.refuse("label", f"label `{options[key]}`: small letters, hyphens", offset)
            else:
                valid[key] = options[key]
        return valid

    def read_text(self, line: str) -> str:
        """Check a line of text; return it with its inline expressions as placeholders."""
        div = syntax.DIV.match(line)
        if div:
            self.read_div(div)
            return line
        if re.match(r"^\s*>.*```+\s*\{python\}", line):
            self.refuse("cell", "a cell cannot stand in a block quote")
        self.check_text(line)
        return syntax.CODE_SPAN.sub(self.read_span, line)

    def read_span(self, span: re.Match[str]) -> str:
        """Replace a code span by a placeholder if it is an inline expression."""
        found = syntax.INLINE.fullmatch(span[2].strip())
        if not found or len(span[1]) > 1:
            return span.group()
        if found[1] != "python":
            self.refuse(
                "inline", f"an inline value of {{{found[1]}}}; only `{{python}} x` is known"
            )
            return span.group()
        inline = Inline(len(self.source.inlines), self.file, self.line, found[2].strip())
        self.source.steps.append(inline)
        return f"`{INLINE_MARK.format(inline.index)}`"

    def read_div(self, div: re.Match[str]) -> None:
        """Open or close a div."""
        rest = div["rest"]
        if not rest:
            if self.divs:
                self.divs.pop()
            else:
                self.refuse("div", "`:::` closes a div that was never opened")
            return
        self.divs.append((self.file, self.line, rest))
        if rest.startswith("{"):
            if not rest.endswith("}"):
                self.refuse("div", f"the attributes {rest} are not closed in the same line")
            self.check_attributes(rest.strip("{}"))
        else:
            self.check_attributes("." + rest)

    def check_attributes(self, inner: str, languages: bool = False) -> None:
        """Check classes, keys and the id between braces."""
        for found in syntax.ATTRIBUTE.finditer(inner):
            kind, value = found.lastgroup, found.group()
            if kind == "class":
                name = value[1:]
                if name not in syntax.CLASSES and not (languages and name in syntax.LANGUAGES):
                    self.refuse("class", f"unknown class `{value}`")
            elif found["key"]:
                self.check_pair(found["key"], found["value"].strip("\"'"))
            elif found["rest"] and value not in {"-"}:
                self.refuse("attribute", f'`{value}` is no class, id or key="value"')
            elif kind == "id":
                self.check_label(value[1:])

    def check_pair(self, key: str, value: str) -> None:
        """Check a ``key="value"`` attribute."""
        if key not in syntax.ATTRIBUTES:
            self.refuse("attribute", f"unknown attribute `{key}`")
        elif key in {"when-format", "unless-format"} and value not in syntax.FORMATS:
            self.refuse("attribute", f"unknown format `{value}`: {', '.join(syntax.FORMATS)}")

    def check_label(self, label: str) -> None:
        """Check an id that could be referred to."""
        prefix = re.split(r"[-_]", label)[0]
        if prefix in syntax.REFERENCES and not syntax.LABEL.fullmatch(label):
            self.refuse("label", f"label `{label}`: small letters, digits and hyphens only")
        elif prefix in {"lst", "thm", "lem", "cor", "prp", "exm", "exr", "def"} and "-" in label:
            self.refuse("label", f"labels of kind `{prefix}-` are not known")

    def check_formula(self, line: str) -> None:
        """Check a line of a display formula."""
        for name in re.findall(r"\\([a-zA-Z]+)", line):
            if name in syntax.MACROS:
                self.refuse("formula", f"\\{name} cannot be set in the PDF")
        for found in re.finditer(r"\{#([^}\s]*)[^}]*\}", line):
            self.check_label(found[1])

    def check_text(self, line: str) -> None:
        """Check a line of text outside of blocks and formulae."""
        for formula in syntax.MATH.findall(syntax.CODE_SPAN.sub("", line)):
            self.check_formula(formula)
        prose = syntax.mask(line)
        for found in syntax.SHORTCODE.finditer(prose):
            name = found["name"]
            why = " must stand on a line of its own" if name == "include" else " is not known"
            self.refuse("shortcode", f"the shortcode `{name}`{why}")
        for found in syntax.HTML_TAG.finditer(prose):
            self.refuse("html", f"raw HTML `{found.group()}`")
        for found in syntax.TEX.finditer(prose):
            self.refuse("tex", f"raw TeX `{found.group()}` outside of a formula")
        for found in syntax.ATTRIBUTE_GROUP.finditer(prose):
            self.check_attributes(found["inner"])
        if re.match(r"^\s*(\(@[\w-]*\)|\|(?!.*\|))\s", prose):
            self.refuse("block", "numbered examples and line blocks are not known")
        if re.match(r"^(:|~)\s{1,3}\S", prose) and not re.search(r"\{#tbl-", prose):
            previous = next((x for x in reversed(self.source.lines)), "")
            if previous.strip() and not previous.lstrip().startswith(("|", "+", "-")):
                self.refuse("block", "definition lists are not known")
