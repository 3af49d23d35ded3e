"""Reading chapters: what is refused, by which rule, at which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.report.engine.scan import Source, scan


def read(folder: Path, text: str, **others: str) -> Source:
    (folder / "index.qmd").write_text(text)
    for name, content in others.items():
        (folder / f"{name}.md").write_text(content)
    return scan(folder, "index.qmd")


REFUSED = {
    "misspelt option": ("```{python}\n#| fig-capt: 'x'\n1\n```", "option", 4),
    "option of another type": ("```{python}\n#| echo: 'no'\n1\n```", "option", 4),
    "number where a flag is due": ("```{python}\n#| fig-width: true\n1\n```", "option", 4),
    "block scalar": ("```{python}\n#| label: fig-a\n#| fig-cap: |\n#|   two\n1\n```", "option", 5),
    "options that are no YAML": ("```{python}\n#| echo: [\n1\n```", "option", 4),
    "label with underscore": ("```{python}\n#| label: fig_a\n1\n```", "label", 4),
    "section label with capital": ("## Heading {#sec-Upper}", "label", 3),
    "other language": ("```{r}\n1\n```", "language", 3),
    "diagram": ("```{mermaid}\ngraph\n```", "language", 3),
    "raw block": ("```{=html}\n<b>\n```", "language", 3),
    "tilde cell": ("~~~{python}\n1\n~~~", "language", 3),
    "unknown language": ("```fortran\n1\n```", "language", 3),
    "open fence": ("```python\n1\n", "fence", 3),
    "unknown class": ("::: {.column-margin}\nx\n:::", "class", 3),
    "unknown class in short form": ("::: aside\nx\n:::", "class", 3),
    "unknown class of a span": ("a [b]{.smallcaps}", "class", 3),
    "unknown attribute": ('::: {.callout-note collapse="true"}\nx\n:::', "attribute", 3),
    "unknown format": ('::: {.content-visible when-format="docx"}\nx\n:::', "attribute", 3),
    "open div": ("::: {.callout-note}\nx", "div", 3),
    "stray end of div": ("text\n\n:::", "div", 5),
    "shortcode": ("{{< video a.mp4 >}}", "shortcode", 3),
    "include within a line": ("see {{< include a.md >}}", "shortcode", 3),
    "missing include": ("{{< include a.md >}}", "include", 3),
    "raw HTML": ("a <span>b</span>", "html", 3),
    "raw TeX": (r"a \textbf{b}", "tex", 3),
    "macro that the PDF cannot set": (r"a $b \otimes c$", "formula", 3),
    "macro in a display": ("$$\na \\models b\n$$", "formula", 4),
    "open formula": ("$$\na", "formula", 3),
    "open comment": ("a <!-- b", "comment", 3),
    "definition list": ("term\n: meaning", "block", 4),
    "inline value of R": ("a `{r} b`", "inline", 3),
    "cell in a quotation": ("> ```{python}\n> 1\n> ```", "cell", 3),
    "label of a listing": ("::: {#lst-a}\nx\n:::", "label", 3),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_by_rule_and_line(tmp_path: Path, name: str) -> None:
    text, rule, line = REFUSED[name]
    problems = read(tmp_path, f"# Title\n\n{text}\n").problems
    assert (rule, line) in {(p.rule, p.line) for p in problems}, problems
    assert all(p.file == "index.qmd" for p in problems)


ACCEPTED = [
    "A `<span>` and `{{< x >}}` in code, `\\textbf`, and $a < b > c$.",
    "<https://example.org/> and a < b, and 5 > 4",
    "A price of $5 and one of $6.",
    "![alt](a.png){width=50%}",
    "$$\na < b\n$$ {#eq-one}",
    "```{{python}}\n#| wrong: option\n```",
    "```text\n::: {.whatever}\n<b>\n```",
    "Text <!-- ::: <b> \n {.x} --> text",
    "| a | b |\n|---|---|\n| x | y |\n\n: Caption {#tbl-a}",
    "::: {.panel-tabset}\n## One\nx\n:::",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepts(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, f"# Title\n\n{text}\n").problems == []


def test_header_keys_are_checked(tmp_path: Path) -> None:
    problems = read(tmp_path, "---\nengine: jupyter\ntitle: X\n---\n\n# X\n").problems
    assert [(p.rule, p.line) for p in problems] == [("header", 3)]
    assert "first heading" in problems[0].text


def test_cells_know_their_lines(tmp_path: Path) -> None:
    source = read(tmp_path, "# T\n\n```{python}\n#| echo: false\n\nfirst\nsecond\n```\n")
    (cell,) = source.cells
    assert (cell.line, cell.first, cell.source) == (3, 6, "first\nsecond")


def test_inline_values_become_placeholders_in_order(tmp_path: Path) -> None:
    source = read(tmp_path, "# T\n\n`{python} a` and `code` and ``{python} b`` `{python} c`\n")
    assert [(i.source, i.line) for i in source.inlines] == [("a", 3), ("c", 3)]
    assert "`code`" in source.markdown


def test_problems_in_an_included_file_name_that_file(tmp_path: Path) -> None:
    source = read(tmp_path, "# T\n\n{{< include part.md >}}\n\n<b>\n", part="fine\n\n<i>\n")
    assert [(p.file, p.line) for p in source.problems] == [("part.md", 3), ("index.qmd", 5)]


def test_a_file_cannot_include_itself(tmp_path: Path) -> None:
    text = "{{< include part.md >}}\n"
    problems = read(tmp_path, f"# T\n\n{text}", part=text).problems
    assert [(p.file, p.rule) for p in problems] == [("part.md", "include")]
