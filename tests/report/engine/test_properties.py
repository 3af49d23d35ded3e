"""Any small document either becomes a well-formed book or is refused with a line."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import lxml.etree
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.errors import RenderError
from analysis.report.engine import render
from tests.report.engine.books import write_book

WORDS = st.text("abc XYZ09é—“”'*_`$@#\\<>{}[]()!|~^:=-+.&%/\"\n", max_size=30)
PIECES = st.sampled_from(
    [
        "A plain paragraph of words.",
        "## A section {#sec-part}",
        "### Without a label",
        "See @sec-start and [-@eq-one].",
        "$$\na = \\frac{b}{c}\n$$ {#eq-one}",
        "Inline $x^2$, `code`, **bold**, *emphasis*, ~~struck~~, H~2~O.",
        "| a | b |\n|:--|--:|\n| x | y |\n\n: Caption {#tbl-one}",
        "See @tbl-one.",
        "- one\n- two\n    - three",
        "1. one\n\n2. two",
        "> quoted\n> words",
        "A note.[^n]\n\n[^n]: Its text.",
        "```python\nprint('<&>')\n```",
        "```{{python}}\n1\n```",
        "::: {.callout-note}\n## Title\nText.\n:::",
        '::: {.callout-warning title="A title"}\nText.\n\n- item\n:::',
        "::: {.panel-tabset}\n## One\nText.\n\n## Two\nText.\n:::",
        '::: {.content-visible when-format="html"}\nScreen.\n:::',
        '[span]{.content-hidden when-format="typst"}',
        "A citation [@key2001, p. 4] and @key2001.",
        "[A link](https://example.org/?a=b&c=d) and <https://example.org>.",
        "[To the start](index.qmd#sec-start)",
        "<!-- a comment -->",
        "---",
        "- [ ] to do",
        # what is refused
        "@fig-none",
        "{{< video x >}}",
        "::: {.aside}\nx\n:::",
        "<b>x</b>",
        ":::",
        "# Second title",
        "term\n: meaning",
        "```{r}\n1\n```",
        "![](none.png)",
    ]
)
BLOCKS = st.lists(st.one_of(PIECES, WORDS), min_size=1, max_size=6)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(BLOCKS)
@example(["### Without a label", "0\n~"])
def test_well_formed_or_refused_with_a_line(blocks: list[str]) -> None:
    text = "# Start {#sec-start}\n\n" + "\n\n".join(blocks) + "\n\n::: {#refs}\n:::\n"
    with tempfile.TemporaryDirectory() as folder:
        write_book(Path(folder), text)
        try:
            report = render(Path(folder), engine="pandoc")
        except RenderError as error:
            assert re.search(r"index\.qmd:\d+: ", str(error)), str(error)
            return
        page = (report.output / "index.html").read_text(encoding="utf-8")
        parser = lxml.etree.HTMLParser(recover=False)
        lxml.etree.fromstring(page.encode(), parser)
        assert not re.search(r"⟦|\{\{<|@(sec|tbl|eq)-\w", re.sub(r"<code.*?</code>", "", page))
        assert report.pdf is not None
        assert report.pdf.read_bytes().startswith(b"%PDF-")
