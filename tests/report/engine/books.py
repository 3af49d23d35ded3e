"""Books for the tests: the fixture, rendered once a session, and small ones written on the spot."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from analysis.report.engine import RenderReport, render

FIXTURE = Path(__file__).parent / "book"
THEME = Path(__file__).parents[3] / "chapters" / "_theme"
BANNER = "Sample data: made up, seed seven."
PROVENANCE = {"sample": BANNER, "Source": "sample", "Version": "0.1.0"}
ENGINE = os.environ.get("STUDY_TEST_ENGINE", "pandoc")

SETTINGS = """
project: {type: book, execute-dir: project}
book:
  title: "A small book"
  chapters: [index.qmd]
lang: en
bibliography: works.bib
"""
WORKS = "@book{key2001, author={Doe, Jane}, title={A work}, year={2001}, publisher={House}}\n"


def copy_fixture(folder: Path) -> Path:
    """Copy the fixture book, with the theme that real Quarto needs."""
    shutil.copytree(FIXTURE, folder, dirs_exist_ok=True)
    shutil.copytree(THEME, folder / "chapters" / "_theme", dirs_exist_ok=True)
    return folder


def render_fixture(folder: Path) -> RenderReport:
    """Render the fixture book with the engine under test."""
    copy_fixture(folder)
    return render(folder, engine=ENGINE, digest="one", provenance=PROVENANCE)


def write_book(folder: Path, index: str, **chapters: str) -> Path:
    """Write a book whose index page is ``index``, with further chapters by name."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join(["index.qmd", *(f"{name}.qmd" for name in chapters)])
    (folder / "_quarto.yml").write_text(SETTINGS.replace("[index.qmd]", f"[{names}]"))
    (folder / "works.bib").write_text(WORKS)
    (folder / "index.qmd").write_text(index)
    for name, text in chapters.items():
        (folder / f"{name}.qmd").write_text(text)
    return folder
