"""How hard the pages of a rendered book are to read, page by page.

    python -m benchmarks.reading [_book]

Reads paragraphs, points of lists and captions as a reader meets them, computed words and all;
code, tables, navigation and the box that says how to make a chapter again are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lxml import html

from analysis.report.readers import readability
from benchmarks.measure import write

FEWEST = 150  # words, or a page has no prose to speak of
TEXT = (
    "//main//*[self::p or self::li or self::figcaption]"
    "[not(ancestor::nav or ancestor::li or ancestor::table or ancestor::pre)]"
    "[not(ancestor::*[contains(@class, 'reproduce') or contains(@class, 'downloads')])]"
)


def page(path: Path) -> dict[str, Any] | None:
    """Return the measures of a page, or None where it has too little text."""
    tree = html.parse(path)
    for extra in tree.xpath("//main//pre | //main//math | //main//*[@class='name']"):
        extra.drop_tree()
    paragraphs = [" ".join(node.text_content().split()) for node in tree.xpath(TEXT)]
    if sum(len(text.split()) for text in paragraphs) < FEWEST:
        return None
    title = tree.xpath("//main//h1")[0]
    for number in title.xpath(".//*[@class='number']"):
        number.drop_tree()
    return {
        "page": path.name,
        "title": " ".join(title.text_content().split()),
        **{name: round(value, 3) for name, value in readability(paragraphs).items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("book", nargs="?", type=Path, default=Path("_book"))
    book = parser.parse_args().book
    paths = [book / "index.html", *sorted(book.glob("chapters/*.html"))]
    kept = [found for path in paths if (found := page(path))]
    for row in sorted(kept, key=lambda row: -row["lix"]):
        print(f"{row['lix']:5.1f} {row['words_per_sentence']:5.1f} {row['words']:6} {row['title']}")
    write("reading", {"pages": kept}, ["author-panels"])


if __name__ == "__main__":
    main()
