"""The way to real Quarto, with a stand-in for its command."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.errors import RenderError
from analysis.report.engine import choose, quarto, render
from tests.report.engine.books import write_book

STAND_IN = """#!/bin/sh
if [ "$1" = --version ]; then echo "{version}"; exit 0; fi
{body}
"""
WRITES = 'mkdir -p "$3"; echo "<html>$STUDY_PREPARED $SOURCE</html>" > "$3/index.html"'
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    def make(version: str = "1.9.38", body: str = WRITES) -> Path:
        path = tmp_path / "bin" / "quarto"
        path.parent.mkdir(exist_ok=True)
        path.write_text(STAND_IN.format(version=version, body=body))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
        quarto.find.cache_clear()
        return path

    yield make
    quarto.find.cache_clear()


@pytest.fixture
def no_quarto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(quarto.shutil, "which", lambda _: None)
    monkeypatch.setattr(quarto.sys, "executable", "/nowhere/python")
    quarto.find.cache_clear()
    yield
    quarto.find.cache_clear()


def test_auto_takes_a_quarto_that_is_new_enough(install: Install) -> None:
    path = install("1.10.2")
    choice = choose()
    assert (choice.name, choice.version) == ("quarto", "1.10.2")
    assert str(path) in choice.reason
    assert str(choice) == "Quarto 1.10.2"


@pytest.mark.parametrize("version", ["1.8.27", "0.9", "not a version"])
def test_auto_passes_over_an_old_or_broken_one(install: Install, version: str) -> None:
    install(version)
    assert choose("auto").name == "pandoc"
    with pytest.raises(RenderError, match=r"1\.9"):
        choose("quarto")


@pytest.mark.usefixtures("no_quarto")
def test_without_quarto() -> None:
    assert choose("auto").name == "pandoc"
    assert "no Quarto" in choose("auto").reason
    with pytest.raises(RenderError, match="cannot be used"):
        choose("quarto")


def test_book_is_rendered_beside_its_place_and_told_it_is_prepared(
    install: Install, tmp_path: Path
) -> None:
    install()
    folder = write_book(tmp_path / "book", "# T\n")
    report = render(
        folder,
        engine="quarto",
        formats=["html"],
        environment={"SOURCE": "sample"},
        provenance={"banner": "Sample <data>", "Source": 'the "sample"'},
    )
    assert (report.output / "index.html").read_text() == "<html>1 sample</html>\n"
    assert "Sample &lt;data&gt;" in (folder / quarto.PROVENANCE["html"]).read_text()
    typst = (folder / quarto.PROVENANCE["typst"]).read_text()
    assert '("Source", "the \\"sample\\"")' in typst


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo '[1/2] index.qmd'; echo '\x1b[91mValueError: bad\x1b[39m'; exit 1", "index.qmd"),
        ("true", "left out index.html"),
        ('mkdir -p "$3"; echo "see ?@fig-a" > "$3/index.html"', "?@fig-a"),
    ],
)
def test_failures_leave_the_old_book(
    install: Install, tmp_path: Path, body: str, said: str
) -> None:
    install(body=body)
    folder = write_book(tmp_path / "book", "# T\n")
    old = folder / "_book"
    old.mkdir()
    (old / "index.html").write_text("old")
    with pytest.raises(RenderError) as caught:
        render(folder, engine="quarto", formats=["html"])
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert (old / "index.html").read_text() == "old"
    assert not list(folder.glob("_book.*"))
