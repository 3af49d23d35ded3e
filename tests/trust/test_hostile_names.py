"""Names of labels that pages, filters, typesetters or spreadsheets might obey are shown as text.

A book over hostile names is rendered where no network is.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree, html
from pypdf import PdfReader

from tests.report.engine.books import write_book
from tests.trust.planted import LABELS

CELLS = """
import great_tables as gt
import pandas as pd
from analysis.report import figures, pieces, prose
from tests.trust.planted import LABELS

names = list(LABELS.values())
points = pd.DataFrame({
    "name": [*names, "edgy"],
    "kind": ["label"] * len(names) + ["group"],
    "axis1": [float(i % 5) for i in range(len(names) + 1)],
    "axis2": [float(i // 5) for i in range(len(names) + 1)],
    "weight": 1.0,
})
told = pd.DataFrame({"label": names, "kind": list(LABELS), "number": range(len(names))})
"""
CHAPTER = f"""# Hostile {{#sec-h}}

```{{python}}
#| include: false
{CELLS.strip()}
```

The names are `{{python}} prose.listing(names)`.

::: {{#fig-h}}

```{{python}}
#| echo: false
pieces.figure(
    figures.correspondence_map(points, [0.6, 0.4], names[0], names[1]),
    "hostile",
    alt=" ".join(names),
    data=told.rename(columns={{"kind": names[9]}}),
)
```

`{{python}} names[0]` and `{{python}} names[2]`.

:::

::: {{#tbl-frame}}

```{{python}}
#| echo: false
pieces.table(told, "frame")
```

A frame.

:::

::: {{#tbl-gt}}

```{{python}}
#| echo: false
pieces.table(gt.GT(told, rowname_col="label"), "gt")
```

A table.

:::
"""
BANNER = f"{LABELS['html']} {LABELS['typst']}"
RENDER = """
import sys
from pathlib import Path
from analysis.report.engine import render
words = {"banner": sys.argv[2], "Source": sys.argv[2]}
render(Path(sys.argv[1]), engine="pandoc", provenance=words)
"""


def without_network() -> list[str]:
    """Return words that run a command where no network is, or none where that is not possible."""
    words = ["unshare", "--map-root-user", "--net"]
    possible = (
        shutil.which("unshare")
        and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode
    )
    return words if possible else []


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_book(tmp_path_factory.mktemp("hostile"), CHAPTER)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*without_network(), sys.executable, "-c", RENDER, str(folder), BANNER],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "_book"


def squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text)


def test_no_name_becomes_an_element_a_handler_or_an_address(book: Path) -> None:
    tree = html.parse(str(book / "index.html"))
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert not [name for name in element.attrib if name.lower().startswith("on")]
        for name in ("href", "src"):
            assert not element.get(name, "").lower().startswith(("javascript:", "data:text"))
        if element.tag == "script":
            assert element.get("src", "").startswith("assets/")
            assert not (element.text or "").strip()
    assert not tree.xpath("//b[@id='hostile']")
    assert not tree.xpath("//img[@src='x']")
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_every_name_is_read_as_it_is_written(book: Path) -> None:
    tree = html.parse(str(book / "index.html"))
    cells = {squeezed(cell.text_content()) for cell in tree.xpath("//td|//th")}
    for name in LABELS.values():
        assert squeezed(name) in cells, name
    assert "root:x:" not in (book / "index.html").read_text(encoding="utf-8")


def test_the_paper_reads_no_file_and_runs_nothing(book: Path) -> None:
    (paper,) = book.glob("*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(paper).pages)
    assert "root:x:" not in text
    for word in ("alert", "panic", "execute", "HYPERLINK", "DROPTABLE"):
        assert word in squeezed(text), word
    assert not [page for page in PdfReader(paper).pages if "/AA" in page]


def test_pictures_hold_no_script(book: Path) -> None:
    pictures = [*book.rglob("*.svg")]
    assert pictures
    for path in pictures:
        for element in etree.parse(str(path)).iter():
            if isinstance(element.tag, str):
                assert not element.tag.endswith(("script", "foreignObject"))
                assert not [name for name in element.attrib if name.lower().startswith("on")]


def test_no_cell_of_a_figures_data_is_a_formula(book: Path) -> None:
    (path,) = book.rglob("hostile.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(LABELS) + 1
    for row in rows:
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_search_index_is_data(book: Path) -> None:
    (path,) = book.rglob("search-index.js")
    assigned = path.read_text(encoding="utf-8").partition("=")[2].rstrip().removesuffix(";")
    assert any(LABELS["html"] in entry["text"] for entry in json.loads(assigned))
