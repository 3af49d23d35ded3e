"""Every chapter runs on a small sample: figures are drawn, tables and values can be printed.

The cells run in this process, one after the other, as a kernel would run them.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from IPython.display import Markdown

from analysis.prepare import Run
from analysis.report import pieces
from analysis.report.engine import pandoc
from analysis.report.engine.project import read_project
from analysis.report.engine.scan import Cell, scan
from analysis.report.engine.structure import NOTHING
from analysis.settings import Settings

ROOT = Path(__file__).parents[2]
CHAPTERS = [entry.path for entry in read_project(ROOT).entries]


def run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell and return the value of its last expression, or None."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - our own chapters
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None  # noqa: S307


def draw(plot: Any, path: Path) -> None:
    """Draw a figure without writing it, which takes most of the time."""
    plt.close(plot.draw(show=False))


def cells_in_figures(text: str) -> set[int]:
    """Return the lines on which the cells of numbered figures begin."""
    found, inside = set(), False
    for number, line in enumerate(text.split("\n"), start=1):
        inside = line.startswith("::: {#fig-") or (inside and line.rstrip() != ":::")
        if inside and line.startswith("```{python}"):
            found.add(number)
    return found


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_runs(
    path: str,
    prepared: tuple[Settings, Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in prepared[0].environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(pieces.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(pieces, "_save", draw)
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    shown = []
    floats = cells_in_figures((ROOT / path).read_text(encoding="utf-8"))
    for step in scan(ROOT, path).steps:
        value = run(step.source, names)
        if isinstance(step, Cell):
            if step.options.get("include") is not False:
                assert isinstance(value, Markdown), f"{step.name} shows {type(value).__name__}"
                assert value.data.strip(), f"{step.name} shows nothing"
                if step.line in floats:  # the engine refuses a figure without a picture or reason
                    assert "![" in value.data or f".{NOTHING}" in value.data, step.name
                shown.append(value.data)
        else:
            assert isinstance(value, str | int | Markdown), (
                f"{step.name} is a {type(value).__name__}"
            )
            shown.append(value.data if isinstance(value, Markdown) else str(value))
    for text in shown:
        prose = " ".join(map(pandoc.text, pandoc.parse(text)))
        assert not re.search(r"\bnan\b|Traceback", prose)
