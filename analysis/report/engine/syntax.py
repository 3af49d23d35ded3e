"""The part of Quarto's Markdown that the book may use; everything else is refused by name."""

from __future__ import annotations

import re

CALLOUTS = ("note", "tip", "important", "warning", "caution")
FORMATS = ("html", "typst", "pdf")
FLOATS = {"fig": "Figure", "tbl": "Table"}
REFERENCES = {**FLOATS, "eq": "Equation", "sec": "Section"}

#: Options of a cell and the types they take; texts are single-line strings.
OPTIONS: dict[str, tuple[type, ...]] = {
    "label": (str,),
    "fig-cap": (str,),
    "fig-alt": (str,),
    "fig-width": (int, float),
    "fig-height": (int, float),
    "tbl-cap": (str,),
    "echo": (bool,),
    "include": (bool,),
    "warning": (bool,),
    "output": (bool, str),
    "code-fold": (bool, str),
    "code-summary": (str,),
}

#: Keys of a chapter's header; its title is its first heading.
HEADER_KEYS = {"engine", "jupyter", "execute", "description"}

CLASSES = {
    *(f"callout-{kind}" for kind in CALLOUTS),
    "panel-tabset",
    "content-visible",
    "content-hidden",
    "unnumbered",
    "unlisted",
    "downloads",
    "glossary",
    "term",
    "lead",
    "reproduce",
    "nowrap",
}
ATTRIBUTES = {
    "title",
    "when-format",
    "unless-format",
    "fig-alt",
    "width",
    "filename",
    "download",
}
LANGUAGES = {
    "bash",
    "console",
    "csv",
    "default",
    "html",
    "ini",
    "json",
    "makefile",
    "markdown",
    "python",
    "r",
    "sql",
    "text",
    "toml",
    "yaml",
}

#: Macros that Pandoc turns into symbols which the Typst in use does not know.
MACROS = ("otimes", "odot", "ominus", "models", "lhd", "rhd")

LABEL = re.compile(r"(?:fig|tbl|sec|eq)-[a-z0-9]+(?:-[a-z0-9]+)*")
REFERENCE = re.compile(r"(?:[Ff]ig|[Tt]bl|[Ss]ec|[Ee]q)-[\w-]*\w")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
INLINE = re.compile(r"\{(\w+)\}\s+(.+)", re.DOTALL)
MATH = re.compile(r"(?<![\\$])\$\$?(?!\s)(?:\\.|[^$\\])+?\$\$?(?!\d)|\$\$.+?\$\$")
FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)$")
DIV = re.compile(r"^\s*(?P<fence>:{3,})\s*(?P<rest>.*?)\s*:*$")
ATTRIBUTE_GROUP = re.compile(r"(?<=[\])\s`:])\{(?P<inner>[#.][^{}]*|[\w-]+=[^{}]*)\}")
ATTRIBUTE = re.compile(
    r"""(?P<id>\#[^\s{}]+)|(?P<class>\.[^\s{}=]+)|(?P<key>[\w-]+)=(?P<value>"[^"]*"|'[^']*'|[^\s"'}]+)"""
    r"|(?P<rest>\S+)"
)
SHORTCODE = re.compile(r"\{\{<\s*(?P<name>[\w-]+)\s*(?P<rest>.*?)\s*>\}\}")
HTML_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")
TEX = re.compile(r"(?<!\\)\\(?P<name>[a-zA-Z]{2,})")


def mask(line: str) -> str:
    """Blank out code spans and formulae, keeping the length of the line."""
    for pattern in (CODE_SPAN, MATH):
        line = pattern.sub(lambda found: " " * len(found.group()), line)
    return line
