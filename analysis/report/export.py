"""What people take along: figures, tables and claims of a run in one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.atomic import write_files
from analysis.errors import RenderError
from analysis.report.book import CLAIMS, claims_text
from analysis.report.pieces import FIGURES, safe_csv
from analysis.report.provenance import provenance
from analysis.study import Study

#: Endings of what the chapters leave for each figure.
PICTURES = (".png", ".svg", ".csv")


#: Where an engine leaves figures: the project's own in the book, Quarto beside the chapters.
_PLACES = (Path("_book") / FIGURES, Path(FIGURES))


@dataclass(frozen=True)
class Exported:
    """How many figures, tables and claims were written."""

    figures: int
    tables: int
    claims: int


def export(study: Study, folder: Path, project: Path) -> Exported:
    """Write figures, tables and claims into one folder.

    ``figures/`` holds each figure as PNG and SVG with the table behind it as CSV; ``tables/`` each
    table of each result as CSV and Parquet; ``claims.json`` everything the report says; and
    ``provenance.json`` which data it was made from. Tables with a row per author stay in the cache.

    Parameters
    ----------
    study : Study
        A prepared run.
    folder : pathlib.Path
        Made where it is missing; files of the same names are replaced, all of them or none, others
        are left alone.
    project : pathlib.Path
        Where the book was rendered.

    Raises
    ------
    RenderError
        If no chapter has been rendered in ``project``.
    OSError
        If something cannot be written; the files of the folder stay as they were.
    """
    pictures = max((_pictures(project / place) for place in _PLACES), key=_made_at)
    if not pictures:
        raise RenderError(
            f"No chapter has left a figure in {project}.", "Run `study render` first."
        )
    files: dict[Path, Callable[[Path], object]] = {
        folder / "figures" / path.name: partial(shutil.copyfile, path) for path in pictures
    }
    tables = 0
    for step in study.manifest["steps"]:
        for name, table in study.result(step).tables.items():
            if any(column.upper().startswith("AUTHOR_INDEX") for column in map(str, table.columns)):
                continue
            stem = f"{step}.{name}"
            files[folder / "tables" / f"{stem}.csv"] = partial(safe_csv, table)
            files[folder / "tables" / f"{stem}.parquet"] = partial(table.to_parquet, index=False)
            tables += 1
    made = json.dumps(provenance(study), indent=1, ensure_ascii=False) + "\n"
    for name, text in {CLAIMS: claims_text(study), "provenance.json": made}.items():
        files[folder / name] = partial(Path.write_text, data=text, encoding="utf-8")
    write_files(files)
    figures = len({path.stem for path in pictures})
    return Exported(figures, tables, len(study.claims()))


def _pictures(folder: Path) -> list[Path]:
    """Return what the chapters left for their figures, by name."""
    return [path for path in sorted(folder.glob("*")) if path.suffix in PICTURES]


def _made_at(pictures: list[Path]) -> float:
    """Return when the newest of them was made."""
    return max((path.stat().st_mtime for path in pictures), default=0.0)
