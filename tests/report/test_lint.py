"""The lint over chapters, and the chapters themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.report.lint import lint
from tests.report.engine.books import FIXTURE, write_book

ROOT = Path(__file__).parents[2]
HEADER = "---\nengine: jupyter\n---\n\n"


def found(folder: Path, text: str) -> list[tuple[str, int]]:
    write_book(folder, text)
    return [(problem.rule, problem.line) for problem in lint(folder)]


@pytest.mark.parametrize("book", [ROOT, FIXTURE], ids=["chapters", "fixture"])
def test_the_books_are_clean(book: Path) -> None:
    assert [str(problem) for problem in lint(book)] == []


CELL = "# T {#sec-t}\n\n```{python}\n"
CASES = {
    "no title": ("Words.\n", ("title", 1)),
    "title without label": ("# T\n", ("title", 1)),
    "no engine": (CELL + "1\n```\n", ("header", 1)),
    "figure without caption": (
        HEADER + CELL + "#| label: fig-a\n#| fig-alt: 'x'\n1\n```\n",
        ("caption", 7),
    ),
    "figure without alt": (
        HEADER + CELL + "#| label: fig-a\n#| fig-cap: 'x'\n1\n```\n",
        ("alt", 7),
    ),
    "table without caption": (HEADER + CELL + "#| label: tbl-a\n1\n```\n", ("caption", 7)),
    "caption without label": (HEADER + CELL + "#| fig-cap: 'x'\n1\n```\n", ("label", 7)),
    "cell called a section": (HEADER + CELL + "#| label: sec-a\n1\n```\n", ("label", 7)),
    "div without caption": (
        HEADER + "# T {#sec-t}\n\n::: {#fig-a}\n```{python}\n#| echo: false\n1\n```\n:::\n",
        ("caption", 7),
    ),
    "div with echo": (
        HEADER + "# T {#sec-t}\n\n::: {#fig-a}\n```{python}\n1\n```\n\nCaption.\n:::\n",
        ("echo", 8),
    ),
    "image without alt": ("# T {#sec-t}\n\n![](a.png)\n", ("alt", 3)),
    "level left out": ("# T {#sec-t}\n\n### Deep\n", ("heading", 3)),
    "label twice": ("# T {#sec-t}\n\n## A {#sec-a}\n\n## B {#sec-a}\n", ("label", 5)),
    "reference to nothing": ("# T {#sec-t}\n\nSee @fig-a.\n", ("reference", 3)),
    "citation of nothing": ("# T {#sec-t}\n\nSee [@nobody].\n", ("citation", 3)),
    "conditional heading": (
        '# T {#sec-t}\n\n::: {.content-visible when-format="html"}\n## A\n:::\n',
        ("construct", 4),
    ),
    "share": ("# T {#sec-t}\n\nIt rose by 12.5 % then.\n", ("digits", 3)),
    "count in a heading": ("# T {#sec-t}\n\n## The 3 bands\n", ("digits", 3)),
    "rounded count": ("# T {#sec-t}\n\nSome 20k accounts.\n", ("digits", 3)),
    "negative": ("# T {#sec-t}\n\nA slope of −0.3.\n", ("digits", 3)),
    "in a caption": (
        HEADER + CELL + "#| label: tbl-a\n#| tbl-cap: 'All 300 posts'\n1\n```\n",
        ("digits", 7),
    ),
    "construct": ("# T {#sec-t}\n\n{{< video x >}}\n", ("shortcode", 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_finds(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    assert expected in found(tmp_path, text)


FINE = [
    "From 12,000 and 40,000 followers on, at 95 % confidence.",
    "In 2017, and after Doe (2001a).",
    "Code `x = 3` and a formula $y = 2x$.",
    "1. first\n2. second",
    "[page](https://example.org/2/3) and <https://example.org/4>.",
    "SHA-256, UTF-8 and P95 are names.",
    "A citation [@key2001, chap. 2].",
    "$$\nx = 3\n$$",
    "```sql\nselect 1\n```",
    "> The year 2025.",
]


@pytest.mark.parametrize("text", FINE)
def test_leaves_in_peace(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, f"# T {{#sec-t}}\n\n{text}\n") == []
