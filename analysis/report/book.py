"""Render the book of a prepared run: chapters, provenance and the list of claims."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from analysis.cache.keys import digest, package_digest
from analysis.errors import RenderError
from analysis.prepare import Run
from analysis.report import engine
from analysis.report.cards import card_files
from analysis.report.engine import quarto
from analysis.report.provenance import provenance
from analysis.settings import Settings
from analysis.study import Study

CLAIMS = "claims.json"


def render_book(
    settings: Settings,
    run: Run,
    output: Path,
    engine_name: str,
    progress: Callable[[str], None],
) -> engine.RenderReport:
    """Render HTML and PDF from a prepared run into ``output``.

    Parameters
    ----------
    settings : Settings
    run : Run
        What ``prepare`` returned; the chapters open this run and no other.
    output : pathlib.Path
        Folder of the book; an older book in it is replaced in whole.
    engine_name : str
        "auto", "quarto" or "pandoc".
    progress : callable
        Told in one line what begins.

    Raises
    ------
    RenderError
        If this folder holds no book, or a chapter fails; the old book stays.
    """
    project = Path.cwd()
    if not (project / "_quarto.yml").is_file():
        raise RenderError(
            f"There is no book in {project}.", "Run the command in the project's folder."
        )
    os.environ["STUDY_RUN"] = run.name
    study = Study.open(settings)
    made_from = digest(
        {
            "package": package_digest(),
            "results": {name: study.passport(name).content_hash for name in run.manifest["keys"]},
            "source": run.manifest["source"],
            "smallest group": settings.smallest_group,
        }
    )
    return engine.render(
        project,
        output,
        engine=engine_name,
        environment={**settings.environment(), "STUDY_RUN": run.name, "STUDY_PREPARED": "1"},
        digest=made_from,
        provenance=provenance(study, engine.choose(engine_name)),
        progress=progress,
        files=beside(study),
    )


def claims_text(study: Study) -> str:
    """Return everything the report says, with its evidence, as JSON."""
    claims = [claim.as_dict() for claim in study.claims()]
    return json.dumps(claims, indent=1, allow_nan=False) + "\n"


def beside(study: Study) -> dict[str, str]:
    """Return the files that lie beside the pages by name: all claims, and the model card."""
    return {CLAIMS: claims_text(study), **card_files(study)}


def write_beside(folder: Path) -> None:
    """Write the files that lie beside the pages into the folder of a book."""
    for name, text in beside(Study.open()).items():
        (folder / name).write_text(text, encoding="utf-8")


def write_provenance(settings: Settings, folder: Path) -> None:
    """Write what the pages of a book in ``folder`` say of their making, for Quarto to include.

    Where the folder holds no book, nothing is written.
    """
    if (folder / "_quarto.yml").is_file():
        quarto.write_provenance(folder, provenance(Study.open(settings)))
