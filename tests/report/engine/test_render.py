"""The whole way of a chapter: failures, kept outputs, one book at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from analysis.errors import RenderError
from analysis.report.engine import ChapterError, choose, place, render
from tests.report.engine.books import write_book

HEADER = "---\nengine: jupyter\n---\n\n"
GOOD = HEADER + "# Title {#sec-title}\n\nSum: `{python} str(1 + 1)`.\n"


def pages(folder: Path, index: str, digest: str = "one", **chapters: str) -> Path:
    write_book(folder, index, **chapters)
    return render(folder, engine="pandoc", formats=["html"], digest=digest).output


def test_failing_cell_is_named_and_the_old_book_stays(tmp_path: Path) -> None:
    book = pages(tmp_path, GOOD)
    before = {p: p.read_bytes() for p in book.rglob("*") if p.is_file()}
    bad = HEADER + "# T {#sec-t}\n\n```{python}\n#| label: setup\n\na = 1\na / 0\n```\n"
    with pytest.raises(ChapterError) as caught:
        pages(tmp_path, bad)
    error = caught.value
    assert (error.chapter, error.label, error.line, error.exit_code) == (
        "index.qmd",
        "setup",
        11,
        6,
    )
    assert "ZeroDivisionError: division by zero" in str(error)
    assert "\x1b" not in str(error)
    assert {p: p.read_bytes() for p in book.rglob("*") if p.is_file()} == before
    assert not list(tmp_path.glob("_book.*"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("0.25", "not float"),
        ("None", "not NoneType"),
        ("True", "not bool"),
        ("(", "SyntaxError"),
    ],
)
def test_failing_inline_value_is_named(tmp_path: Path, source: str, said: str) -> None:
    text = HEADER + f"# T {{#sec-t}}\n\nGood `{{python}} 'x'`.\n\nBad `{{python}} {source}`.\n"
    with pytest.raises(ChapterError, match=said) as caught:
        pages(tmp_path, text)
    assert caught.value.line == 9
    assert source in str(caught.value)


def test_html_output_is_refused(tmp_path: Path) -> None:
    cell = "```{python}\nimport pandas as pd\npd.DataFrame({'a': [1]})\n```\n"
    with pytest.raises(ChapterError, match=r"pieces\.table"):
        pages(tmp_path, HEADER + "# T {#sec-t}\n\n" + cell)


def test_a_change_of_prose_executes_nothing(tmp_path: Path) -> None:
    write_book(tmp_path, GOOD)
    kwargs = {"engine": "pandoc", "formats": ["html"]}
    assert render(tmp_path, digest="one", **kwargs).executed == ("index.qmd",)
    (tmp_path / "index.qmd").write_text(GOOD.replace("Sum", "The sum"))
    again = render(tmp_path, digest="one", **kwargs)
    assert again.executed == ()
    assert "The sum: 2." in (again.output / "index.html").read_text()
    assert render(tmp_path, digest="two", **kwargs).executed == ("index.qmd",)
    (tmp_path / "index.qmd").write_text(GOOD.replace("1 + 1", "1 + 2"))
    assert render(tmp_path, digest="two", **kwargs).executed == ("index.qmd",)


def test_without_a_digest_outputs_are_never_used_again(tmp_path: Path) -> None:
    write_book(tmp_path, GOOD)
    for _ in range(2):
        report = render(tmp_path, engine="pandoc", formats=["html"])
        assert report.executed == ("index.qmd",)


def test_damaged_outputs_are_executed_anew(tmp_path: Path) -> None:
    pages(tmp_path, GOOD)
    (kept,) = (tmp_path / ".study" / "pages").rglob("outputs.json")
    kept.write_text(kept.read_text()[:-5])
    report = render(tmp_path, engine="pandoc", formats=["html"], digest="one")
    assert report.executed == ("index.qmd",)
    assert json.loads(kept.read_text())["inlines"]


def test_the_kernel_sees_the_environment_and_the_project(tmp_path: Path) -> None:
    text = HEADER + (
        "# T {#sec-t}\n\n```{python}\n#| include: false\nimport os\n```\n\n"
        "`{python} os.environ['SOURCE']` in `{python} os.path.basename(os.getcwd())`.\n"
    )
    write_book(tmp_path / "here", text)
    made = render(
        tmp_path / "here", engine="pandoc", formats=["html"], environment={"SOURCE": "sample"}
    )
    assert "sample in here." in (made.output / "index.html").read_text()


def test_warnings_and_streams(tmp_path: Path) -> None:
    cell = (
        "```{python}\n#| output: asis\nprint('**bold** words')\n```\n\n"
        "```{python}\nimport warnings\nwarnings.warn('not for readers')\nprint('plain **stars**')\n"
        "```\n\n```{python}\n#| output: false\nprint('silent')\n```\n"
    )
    page = (pages(tmp_path, HEADER + "# T {#sec-t}\n\n" + cell) / "index.html").read_text()
    assert "<strong>bold</strong> words" in page
    assert "plain **stars**" in page
    assert "UserWarning" not in page
    assert page.count("silent") == 1  # in the code alone


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See @fig-nowhere.", r"index\.qmd:3: the reference @fig-nowhere leads nowhere"),
        ("See @nobody1999.", r"index\.qmd:3: the citation @nobody1999"),
        ("See [@sec-t, p. 3].", r"index\.qmd:3: write a reference bare"),
        ("[x](other.qmd)", r"index\.qmd:3: the link other\.qmd leads nowhere"),
        ("[x](#nothing)", r"index\.qmd:3: the link #nothing leads nowhere"),
        ("[x](file.csv)", r"index\.qmd:3: the file file\.csv does not exist"),
        ("[x](../../etc/passwd)", r"index\.qmd:3: the file"),
        ("[x](javascript:alert)", r"index\.qmd:3: the link javascript:alert"),
        ("![](a.png)", r"index\.qmd:3: the image a\.png has no alternative text"),
        ("![Words](a.png)", r"index\.qmd:3: an image with a caption needs a label"),
        ("::: {#fig-a}\nText.\n\nCaption.\n:::", r"index\.qmd:3: fig-a must hold one image"),
        ("::: {#tbl-a}\nText.\n\nCaption.\n:::", r"index\.qmd:3: tbl-a holds no table"),
        ("## A {#sec-t}", r"index\.qmd:\d: the label sec-t is used twice"),
        ("# B", r"`B` is a second title"),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RenderError, match=said):
        pages(tmp_path, f"# T {{#sec-t}}\n\n{text}\n\n::: {{#refs}}\n:::\n")


def test_scan_problems_stop_the_render_with_all_their_lines(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        pages(tmp_path, "# T {#sec-t}\n\n<b>x</b>\n\n{{< video x >}}\n")
    assert "index.qmd:3:" in str(caught.value)
    assert "index.qmd:5:" in str(caught.value)


def test_two_works_of_one_year_are_told_apart_across_chapters(tmp_path: Path) -> None:
    write_book(
        tmp_path, "# T {#sec-t}\n\nSee @a.\n\n::: {#refs}\n:::\n", two="# U {#sec-u}\n\n@b\n"
    )
    (tmp_path / "works.bib").write_text(
        "@book{a, author={Doe, Jane}, title={Alpha}, year={2007}}\n"
        "@book{b, author={Doe, Jane}, title={Beta}, year={2007}}\n"
    )
    book = render(tmp_path, engine="pandoc", formats=["html"]).output
    assert "2007a" in (book / "index.html").read_text()
    assert 'href="index.html#ref-b"' in (book / "two.html").read_text()
    assert "2007b" in (book / "two.html").read_text()


def test_a_second_render_waits_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "render.lock"
    said: list[str] = []
    with FileLock(path), pytest.raises(RenderError, match="Another render"):  # noqa: SIM117
        with place.locked(path, said.append, wait=0.1):
            pass
    assert said == ["Another render of this project is under way: waiting for it"]


def test_renders_at_once_both_succeed(tmp_path: Path) -> None:
    write_book(tmp_path, "# T {#sec-t}\n\nWords.\n")
    results: list[object] = []

    def work() -> None:
        results.append(render(tmp_path, engine="pandoc", formats=["html"]).pages)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [("index.html",)] * 3


KILLED = """
import os, signal, sys
from pathlib import Path
from analysis.report.engine import place
with place.replacing(Path(sys.argv[1])) as folder:
    (folder / "index.html").write_text("new")
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[2] == "between":
        place._exchange = lambda *_: False
        rename = Path.rename
        Path.rename = lambda *a: (rename(*a), os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.parametrize("when", ["inside", "between"])
def test_a_killed_render_leaves_a_whole_book(tmp_path: Path, when: str) -> None:
    book = tmp_path / "_book"
    book.mkdir()
    (book / "index.html").write_text("old")
    subprocess.run([sys.executable, "-c", KILLED, str(book), when], check=False)
    with pytest.raises(KeyError), place.replacing(book):  # the next render mends, even if it fails
        raise KeyError
    assert (book / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["_book"]


def test_what_cannot_be_shown_is_said_in_its_place(tmp_path: Path) -> None:
    cell = (
        "```{python}\n#| echo: false\nfrom IPython.display import Markdown\n"
        'Markdown("::: {.nothing}\\n*Nothing to show.* Too few.\\n:::")\n```'
    )
    floats = [f"::: {{#{kind}-a}}\n\n{cell}\n\nCaption.\n\n:::\n" for kind in ("fig", "tbl")]
    write_book(tmp_path, "# T {#sec-t}\n\n" + "\n".join(floats) + "\nSee @fig-a and @tbl-a.\n")
    page = (render(tmp_path, engine="pandoc").output / "index.html").read_text()
    assert page.count("Too few.") == 2


def test_extra_files_lie_in_the_book(tmp_path: Path) -> None:
    write_book(tmp_path, "# T {#sec-t}\n")
    made = render(tmp_path, engine="pandoc", formats=["html"], files={"claims.json": "[]"})
    assert (made.output / "claims.json").read_text() == "[]"


def test_unknown_engine_and_format(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="no engine named"):
        choose("word")
    with pytest.raises(RenderError, match="no format"):
        render(tmp_path, formats=["docx"])
    with pytest.raises(RenderError, match="cannot be read"):
        render(tmp_path)
