"""Figures and tables as Markdown: names, files, texts that stay texts."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import plotnine as p9
import pytest
from great_tables import GT
from PIL import Image

from analysis.report import pieces
from analysis.report.engine import pandoc


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(pieces.FOLDER_VARIABLE, str(tmp_path / "figures"))
    return tmp_path / "figures"


FRAME = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, -1.25, np.nan], "name": ["a", "=1+1", "|b|*c*"]})


def plot() -> p9.ggplot:
    return p9.ggplot(FRAME[:2], p9.aes("x", "y")) + p9.geom_point() + p9.theme(figure_size=(3, 2))


def test_figure_leaves_picture_and_data(folder: Path) -> None:
    shown = pieces.figure(plot(), "points", 'Two points, one "high".', data=FRAME).data
    assert shown.startswith("![](/chapters/figures/points.png){fig-alt=")
    assert "[Data (CSV)](/chapters/figures/points.csv)" in shown
    with Image.open(folder / "points.png") as image:
        assert image.size == (3 * pieces.DPI, 2 * pieces.DPI)
    (image,) = [n for n in pandoc.nodes(pandoc.parse(shown)) if n["t"] == "Image"]
    assert dict(image["c"][0][2])["fig-alt"] == "Two points, one ”high”."


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_plot_gives_the_same_bytes(folder: Path, kind: str) -> None:
    pieces.figure(plot(), "points", "Two points.")
    first = (folder / f"points.{kind}").read_bytes()
    pieces.figure(plot(), "points", "Two points.")
    assert (folder / f"points.{kind}").read_bytes() == first


def test_matplotlib_figures_are_taken_too(folder: Path) -> None:
    drawn, axes = plt.subplots(figsize=(3, 2))
    axes.plot([1, 2])
    pieces.figure(drawn, "line", "A line that rises.")
    assert (folder / "line.png").stat().st_size > 1000
    assert not plt.fignum_exists(drawn.number)


@pytest.mark.parametrize("name", ["Points", "a_b", "../x", "", "a b", "-a"])
def test_names_are_checked(folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name must be"):
        pieces.figure(plot(), name, "Two points.")
    with pytest.raises(ValueError, match="name must be"):
        pieces.table(FRAME, name)


def test_alternative_text_is_wanted(folder: Path) -> None:
    with pytest.raises(ValueError, match="alt must say"):
        pieces.figure(plot(), "points", " \n ")


def test_no_text_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=name": ["=1+1", "+a", "-b", "@c", "\td", "fine"], "n": [-1] * 6})
    pieces.safe_csv(frame, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == ["'=name", "n"]
    assert [row[0] for row in rows] == ["'=1+1", "'+a", "'-b", "'@c", "'\td", "fine"]
    assert {row[1] for row in rows} == {"-1"}


def cells(markdown: str) -> list[str]:
    (table,) = [n for n in pandoc.nodes(pandoc.parse(markdown)) if n["t"] == "Table"]
    return [pandoc.text(node) for node in pandoc.nodes(table) if node["t"] == "Plain"]


def test_frames_become_pipe_tables_with_texts_as_they_are() -> None:
    assert cells(pieces.table(FRAME, "frame").data) == [
        *("x", "y", "name"),
        *("1", "0.50", "a"),
        *("2", "−1.25", "=1+1"),
        *("3", "–", "|b|*c*"),
    ]


def test_great_tables_get_a_fixed_id() -> None:
    first, second = (pieces.table(GT(FRAME), "frame").data for _ in range(2))
    assert first == second
    assert 'id="table-frame"' in first


def test_other_values_are_refused() -> None:
    with pytest.raises(TypeError, match="GT or a DataFrame"):
        pieces.table([1, 2], "list")
