"""The fixture book's pages: numbers, references, links, what may not be printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest

from analysis.report.engine.html import relative
from tests.report.engine.books import BANNER, ENGINE

PAGES = [
    "index.html",
    "chapters/data.html",
    "chapters/model.html",
    "chapters/references.html",
    "chapters/appendix.html",
    "chapters/glossary.html",
]
LEFTOVERS = (":::", "{{<", "?@", "@fig-", "@tbl-", "@sec-", "@eq-", "Traceback", "⟦", "NaN")
own_engine = pytest.mark.skipif(ENGINE != "pandoc", reason="only true of the project's own engine")


def tree(made: Path, page: str) -> lxml.html.HtmlElement:
    return lxml.html.parse(str(made / page)).getroot()


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().replace("\N{NO-BREAK SPACE}", " ").split())


def main(made: Path, page: str) -> lxml.html.HtmlElement:
    return tree(made, page).xpath("//main")[0]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_over(made: Path, page: str) -> None:
    root = main(made, page)
    for hidden in root.xpath(".//pre | .//code | .//annotation | .//script"):
        hidden.drop_tree()
    found = [mark for mark in LEFTOVERS if mark in words(root)]
    assert found == []
    assert not re.search(r"\bNone\b", words(root))


def test_captions_and_numbers(made: Path) -> None:
    captions = [
        words(caption) for page in PAGES for caption in main(made, page).xpath(".//figcaption")
    ]
    assert captions == [
        "Figure 1: Posts by kind; all in all 61 posts.",
        "Figure 1.1: Followers and likes of 300 posts, both on a log scale.",
        "Figure 1.2: Likes of the sample, sorted.",
        "Table 1.1: Quartiles of the sample.",
        "Table 1.2: Segments of 30,461 posts.",
        "Table 1.3: Typed by hand",
        "Table 2.1: Coefficients, a table longer than a page.",
        "Table 2.2: A table of many columns.",
        "Table A.1: In the appendix",
    ]


def test_headings(made: Path) -> None:
    headings = [
        words(heading).rstrip("# ")
        for page in PAGES[1:]
        for heading in main(made, page).xpath(".//h1 | .//h2 | .//h3")
    ]
    assert headings == [
        "1 The data",
        "1.1 The sample",
        "1.1.1 Quality",
        "1.2 A check",
        "2 The model",
        "References",
        "Appendix A — More of it",
        "A.1 A section of the appendix",
        "Appendix B — Glossary",
    ]


def test_references_across_chapters(made: Path) -> None:
    links = {
        words(link): link.get("href").removeprefix("./")
        for page in ("chapters/model.html", "index.html")
        for link in main(made, page).xpath(
            ".//a[contains(@class, 'crossref') or contains(@class, 'quarto-xref')]"
        )
    }
    assert links["Section 1.1"].endswith("data.html#sec-sample")
    assert links["Equation 2.1"].endswith("model.html#eq-line")
    assert links["2.2"] == "#eq-slope"
    assert links["Figure 1.1"].endswith("data.html#fig-scatter")
    assert links["Table 2.1"].endswith("chapters/model.html#tbl-coefficients")


def test_citations_lead_to_the_references(made: Path) -> None:
    text = words(main(made, "chapters/data.html"))
    assert "in the sense of Greenacre (2017); see also (Efron and Tibshirani 1993, chap. 2;" in text
    links = main(made, "chapters/data.html").xpath(".//a[contains(@href, '#ref-')]/@href")
    assert {link.split("/")[-1] for link in links} == {
        "references.html#ref-greenacre2017",
        "references.html#ref-efron1993",
    }
    assert "10.1201/9781315369983" in words(main(made, "chapters/references.html"))


def test_inline_texts_are_printed_as_they_are(made: Path) -> None:
    text = words(main(made, "chapters/data.html"))
    assert "There are 300 posts" in text
    assert "A label like a_b*c|d@e is printed as it is." in text


def test_conditional_content(made: Path) -> None:
    text = words(main(made, "chapters/data.html"))
    assert "Only on the screen." in text
    assert "Only on paper." not in text


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_has_alternative_text(made: Path, page: str) -> None:
    images = main(made, page).xpath(".//img")
    assert all(image.get("alt", "").strip() for image in images)


def test_figures_offer_their_data(made: Path) -> None:
    figures = main(made, "chapters/data.html").xpath(".//*[@id='fig-scatter']")
    (offered,) = {url for url in figures[0].xpath(".//a/@href") if url.endswith(".csv")}
    data = (made / "chapters" / offered).resolve().read_text().splitlines()
    assert data[0] == "followers,likes"
    assert len(data) == 301


@pytest.mark.parametrize("page", PAGES)
def test_links_and_anchors_exist(made: Path, page: str) -> None:
    root = tree(made, page)
    for url in root.xpath("//@href | //@src"):
        if re.match(r"(https?|mailto|data|javascript):", url) or not url:
            continue
        path, _, anchor = url.partition("#")
        file = ((made / page).parent / unquote(path)).resolve() if path else made / page
        assert file.exists(), url
        if anchor and file.suffix == ".html":
            assert tree(file.parent, file.name).xpath("//*[@id=$id]", id=unquote(anchor)), url


@own_engine
@pytest.mark.parametrize("page", PAGES)
def test_the_policy_allows_nothing_inline(made: Path, page: str) -> None:
    root = tree(made, page)
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert root.xpath("//@style | //style | //script[not(@src)]") == []
    assert [name for e in root.iter() for name in e.attrib if name.startswith("on")] == []
    urls = root.xpath("//script/@src | //link/@href | //img/@src")
    assert [url for url in urls if re.match(r"(https?:)?//", url)] == []


@own_engine
@pytest.mark.parametrize("page", PAGES)
def test_frame_of_a_page(made: Path, page: str) -> None:
    root = tree(made, page)
    banner = words(root.xpath("//*[@class='banner sample']")[0])
    assert banner == f"{BANNER} Source: sample · Version: 0.1.0"
    assert "Source sample" in words(root.xpath("//footer")[0])
    assert len(root.xpath("//*[@class='sidebar']//a[@aria-current='page']")) == 1
    assert root.xpath("//a[@rel='next'] | //a[@rel='prev']")
    assert root.get("lang") == "en"


@own_engine
def test_tables_keep_spanners_stub_and_fills(made: Path) -> None:
    (table,) = main(made, "chapters/data.html").xpath(".//figure[@id='tbl-bands']//table")
    assert words(table.xpath(".//th[contains(@class, 'spanner')]")[0]) == "Posts"
    assert [words(cell) for cell in table.xpath(".//tbody//th[@scope='row']")] == [
        "Mainstream",
        "Trendy",
        "Edgy",
        "All",
    ]
    filled = table.xpath(".//td[contains(@class, 'filled')]")
    rules = (made / "assets" / "cells.css").read_text()
    assert filled
    assert all(any(f".{name}{{" in rules for name in cell.classes) for cell in filled)
    assert not [cell for cell in table.xpath(".//th") if not words(cell)]


@own_engine
def test_terms_carry_their_definition_and_the_glossary_links_back(made: Path) -> None:
    (term,) = main(made, "chapters/model.html").xpath(".//a[contains(@class, 'term')]")
    assert term.get("href") == "glossary.html#term-slope"
    assert term.get("data-definition").startswith("Slope. How much a line rises")
    (entry,) = main(made, "chapters/glossary.html").xpath(".//*[@id='term-slope']")
    assert entry.xpath(".//*[contains(@class, 'uses')]//a/@href") == ["model.html"]


@own_engine
def test_files_are_offered_below_the_caption(made: Path) -> None:
    (figure,) = main(made, "chapters/data.html").xpath(".//figure[@id='fig-scatter']")
    last = figure.getchildren()[-1]
    assert "downloads" in last.get("class")
    assert [url.split(".")[-1] for url in last.xpath(".//a/@href")] == ["csv", "svg"]


@own_engine
def test_search_index_knows_every_section(made: Path) -> None:
    text = (made / "assets" / "search-index.js").read_text()
    records = json.loads(text.removeprefix("window.bookIndex = ").rstrip(";\n"))
    by_url = {record["url"]: record for record in records}
    assert by_url["chapters/data.html#sec-sample"]["title"] == "1.1 The sample"
    assert "a sample in the sense of" in by_url["chapters/data.html#sec-sample"]["text"]
    assert len(by_url) == len(records)


@own_engine
def test_resources_are_copied(made: Path) -> None:
    assert "A page of its own" in (made / "chapters" / "extra.html").read_text()


@pytest.mark.parametrize(
    ("target", "page", "expected"),
    [
        ("index.html", "index.html", "index.html"),
        ("chapters/a.html#x", "index.html", "chapters/a.html#x"),
        ("chapters/a.html#x", "chapters/a.html", "#x"),
        ("chapters/b.html#x", "chapters/a.html", "b.html#x"),
        ("index.html", "chapters/a.html", "../index.html"),
        ("chapters/figures/f.png", "chapters/a.html", "figures/f.png"),
    ],
)
def test_relative(target: str, page: str, expected: str) -> None:
    assert relative(target, page) == expected
