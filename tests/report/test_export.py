"""What people take along is whole, names its data, and holds no author."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import RenderError
from analysis.prepare import Run
from analysis.report.export import export
from analysis.report.pieces import FIGURES
from analysis.settings import Settings
from analysis.study import Study


@pytest.fixture(params=["_book", "."])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    drawn = tmp_path / "project" / request.param / FIGURES
    drawn.mkdir(parents=True)
    for name in ("a.png", "a.svg", "a.csv", "explorer.html"):
        (drawn / name).write_text(name)
    return tmp_path / "project"


def test_export_writes_figures_tables_and_claims(
    prepared: tuple[Settings, Run], project: Path, tmp_path: Path
) -> None:
    study = Study.open(prepared[0])
    folder = tmp_path / "out"
    done = export(study, folder, project)
    assert done.figures == 1
    assert {path.name for path in (folder / "figures").iterdir()} == {"a.png", "a.svg", "a.csv"}
    claims = json.loads((folder / "claims.json").read_text())
    assert len(claims) == done.claims == len(study.claims())
    sheets = sorted(path.stem for path in (folder / "tables").glob("*.csv"))
    assert sheets == sorted(path.stem for path in (folder / "tables").glob("*.parquet"))
    assert len(sheets) == done.tables > 10
    bands = pd.read_parquet(folder / "tables" / "today.bands.sizes.parquet")
    pd.testing.assert_frame_equal(bands, study.result("today.bands").tables["sizes"])
    for sheet in (folder / "tables").glob("*.csv"):
        header = sheet.read_text().split("\n", 1)[0].upper()
        assert "AUTHOR_INDEX" not in header
        assert "AUTHORID" not in header
    assert "Source" in json.loads((folder / "provenance.json").read_text())


def test_without_a_rendered_book_there_is_one_clear_error(
    prepared: tuple[Settings, Run], tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match="study render"):
        export(Study.open(prepared[0]), tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_the_figures_of_the_last_engine_are_taken(
    prepared: tuple[Settings, Run], project: Path, tmp_path: Path
) -> None:
    for age, (place, name) in enumerate((("_book", "old"), (".", "new"))):
        drawn = project / place / FIGURES
        drawn.mkdir(parents=True, exist_ok=True)
        for path in [*drawn.iterdir(), drawn / f"{name}.png"]:
            path.write_text(name)
            os.utime(path, (age, age))
    export(Study.open(prepared[0]), tmp_path / "out", project)
    made = {path.name for path in (tmp_path / "out" / "figures").iterdir()}
    assert "new.png" in made
    assert "old.png" not in made


def test_a_disk_that_fills_leaves_the_last_export_as_it_was(
    prepared: tuple[Settings, Run], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, folder = Study.open(prepared[0]), tmp_path / "out"
    export(study, folder, project)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in project.rglob("a.csv"):
        path.write_text("new")
    room, left = pd.DataFrame.to_parquet, 2

    def fills(table: pd.DataFrame, *words: object, **more: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        return room(table, *words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fills)
    with pytest.raises(OSError, match="No space left"):
        export(study, folder, project)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
