"""The fixture book's PDF: text, headings, figures, bookmarks, tags."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from analysis.report.engine import RenderReport, pandoc, paper, render
from analysis.report.engine.media import Media
from analysis.report.engine.project import Project
from analysis.report.engine.tables import read_table
from tests.report.engine.books import BANNER, ENGINE, write_book

own_engine = pytest.mark.skipif(ENGINE != "pandoc", reason="only true of the project's own engine")


@pytest.fixture(scope="module")
def pdf(report: RenderReport) -> PdfReader:
    assert report.pdf is not None
    return PdfReader(report.pdf)


@pytest.fixture(scope="module")
def text(pdf: PdfReader) -> str:
    pages = " ".join(page.extract_text() for page in pdf.pages)
    return " ".join(pages.replace("\N{NO-BREAK SPACE}", " ").split())


def structure(node: object, kinds: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """Gather the kinds and alternative texts of the tags of a PDF."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            structure(child, kinds)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            kinds.append((node["/S"], node.get("/Alt")))
        if "/K" in node:
            structure(node["/K"], kinds)
    return kinds


def test_nothing_is_left_over(text: str) -> None:
    marks = (":::", "{{<", "?@", "@fig-", "@tbl-", "@sec-", "Traceback", "NaN", "⟦")
    assert [mark for mark in marks if mark in text] == []


def test_headings_captions_and_references(text: str) -> None:
    for words in (
        "The little book",
        "The data",
        "1.1 The sample",
        "More of it",
        "Figure 1.1: Followers and likes of 300 posts",
        "Table 1.2: Segments of 30,461 posts.",
        "Table A.1: In the appendix",
        "As Figure 1.1 shows, and 1.1 shows again",
        "Only on paper.",
        "a_b*c|d@e",
        "Efron and Tibshirani 1993, chap. 2",
    ):
        assert words in text, words
    assert "Only on the screen." not in text


@own_engine
def test_equal_runs_write_equal_bytes(tmp_path: Path) -> None:
    source = "= Title\nText."
    written = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        book = paper.Paper(
            cast("Project", None), (), cast("Media", None), {"as of": "2026-11-24 10:30 UTC"}
        )
        book.write(f'#set document(title: "Title")\n{source}', folder, "book.pdf")
        written.append((folder / "book.pdf").read_bytes())
    assert written[0] == written[1]
    assert b"20261124103000" in written[0]


def test_number_of_figures(text: str) -> None:
    assert len(set(re.findall(r"Figure [\d.]+:", text))) == 3
    assert len(set(re.findall(r"Table [\dA.]+:", text))) == 6


def test_document_information(pdf: PdfReader) -> None:
    assert pdf.metadata is not None
    assert pdf.metadata.title == "The little book"
    assert pdf.metadata.author == "The author-panels developers"
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    fonts = {
        str(font["/BaseFont"])
        for page in pdf.pages
        for font in (f.get_object() for f in page["/Resources"].get("/Font", {}).values())
    }
    assert all(re.match(r"/[A-Z]{6}\+", font) for font in fonts), "a font is not embedded"


def test_bookmarks(pdf: PdfReader) -> None:
    def titles(outline: list[object]) -> list[str]:
        flat: list[str] = []
        for item in outline:
            flat += titles(item) if isinstance(item, list) else [item["/Title"]]
        return flat

    found = titles(pdf.outline)
    for title in ("The data", "The sample", "Quality", "The model", "More of it"):
        assert any(title in name for name in found), title


@own_engine
def test_tags_and_standard(pdf: PdfReader) -> None:
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    kinds = structure(root["/StructTreeRoot"]["/K"], [])
    figures = [alt for kind, alt in kinds if kind == "/Figure" and alt]
    assert any("A cloud of points" in str(alt) for alt in figures)
    assert sum(kind == "/Table" for kind, _ in kinds) >= 7
    assert any(kind == "/TH" for kind, _ in kinds)
    formulas = [alt for kind, alt in kinds if kind == "/Formula"]
    assert formulas
    assert all(formulas)


@own_engine
def test_banner_and_provenance_on_the_title_page(pdf: PdfReader) -> None:
    first = " ".join(pdf.pages[0].extract_text().split())
    assert BANNER in first
    assert "Source: sample" in first


@own_engine
def test_every_page_says_which_data_this_is(pdf: PdfReader) -> None:
    for page in pdf.pages:
        assert BANNER in " ".join(page.extract_text().split())


@own_engine
def test_long_tables_repeat_their_header(text: str) -> None:
    assert text.count("term estimate what it says") >= 2


@own_engine
def test_wide_tables_stay_on_the_page(pdf: PdfReader) -> None:
    for page in pdf.pages:
        places: list[float] = []

        def note(text: str, _: object, matrix: list[float], *__: object) -> None:
            if text.strip():
                places.append(matrix[4])  # noqa: B023

        page.extract_text(visitor_text=note)
        assert all(0 <= x <= float(page.mediabox.width) for x in places)


def test_strings_are_escaped() -> None:
    assert paper.string('a "b" \\ #c') == '"a \\"b\\" \\\\ #c"'


HOSTILE = ['#image("x")', "$a$", "*b* _c_", "<d>", "@e", "`f`", "\\\\g", "=1+1", "// h", "[i]"]


def test_hostile_texts_are_printed_as_they_are(tmp_path: Path) -> None:
    rows = "\n".join(f"- `{{python}} TEXTS[{n}]`" for n in range(len(HOSTILE)))
    write_book(
        tmp_path,
        "---\nengine: jupyter\n---\n\n# T {#sec-t}\n\n```{python}\n#| include: false\n"
        f"TEXTS = {HOSTILE!r}\n```\n\n{rows}\n",
    )
    report = render(tmp_path, engine="pandoc")
    assert report.pdf is not None
    said = " ".join(page.extract_text() for page in PdfReader(report.pdf).pages)
    html = (report.output / "index.html").read_text()
    for text in HOSTILE:
        assert text in said, text
        assert text.replace("<", "&lt;").replace(">", "&gt;") in html, text


def test_a_box_goes_with_the_words_before_it() -> None:
    text = "# One\n\nFirst.\n\nLast words.\n\n::: {.reproduce}\nBox.\n:::\n"
    kept = paper._with_last_words(pandoc.parse(text, "markdown"))
    assert [block["t"] for block in kept] == ["Header", "Para", "Div"]
    assert [block["t"] for block in kept[-1]["c"][1]] == ["Para", "Div"]
    alone = pandoc.parse("# One\n\n::: {.reproduce}\nBox.\n:::\n", "markdown")
    assert paper._with_last_words(alone) == alone


def test_the_name_of_a_group_of_rows_is_a_header() -> None:
    rows = (
        '<tr><th class="gt_group_heading" colspan="2">Group</th></tr><tr><td>1</td><td>2</td></tr>'
    )
    head = "<thead><tr><th>a</th><th>b</th></tr></thead>"
    (table,) = read_table(f"<table>{head}<tbody>{rows}</tbody></table>")
    raw = [node["c"][1] for node in paper._table(table) if node["t"] == "RawBlock"]
    assert sum("table.header(level: 2, repeat: false," in text for text in raw) == 1
    assert sum("table.header(repeat: true," in text for text in raw) == 1


def test_an_interval_that_may_not_break_counts_as_one_word() -> None:
    cell = "<td>0.968 (0.946\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}0.980)</td>"
    head = "<thead><tr>" + "<th>a longer heading</th>" * 6 + "</tr></thead>"
    (table,) = read_table(f"<table>{head}<tbody><tr>{cell * 6}</tr></tbody></table>")
    widths, scale, _ = paper._widths(table)
    assert all(float(width.removesuffix("fr")) >= len("(0.946 to 0.980)") for width in widths)
    assert scale < 1


def test_columns_that_share_a_line_hold_their_longest_words() -> None:
    longest, natural = [9.0, 16.0, 16.0, 4.0], [40.0, 22.0, 60.0, 4.0]
    widths = paper._shared(longest, natural, room=80.0)
    assert widths[3] == "auto"
    shares = [float(width.removesuffix("fr")) for width in widths[:3]]
    assert all(share >= word for share, word in zip(shares, longest, strict=False))
    assert sum(shares) == pytest.approx(80 - 4, abs=0.2)
    narrow = paper._shared(longest, natural, room=30.0)
    assert narrow[:3] == ["9.0fr", "16.0fr", "16.0fr"]
