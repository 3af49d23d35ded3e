"""One report, two engines: real Quarto where it is installed, Pandoc where it cannot be.

Both render the same ``_quarto.yml`` and chapters. ``docs/engines.md`` says what a chapter may
hold and what differs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import RenderError, disk_trouble
from analysis.report.engine import book, pandoc, place, quarto
from analysis.report.engine.execute import ChapterError
from analysis.report.engine.project import read_project

__all__ = ["ChapterError", "EngineChoice", "RenderReport", "choose", "render"]

FORMATS = ("html", "pdf")
PAGES = Path(".study") / "pages"
LOCK = Path(".study") / "render.lock"


@dataclass(frozen=True)
class EngineChoice:
    """Which engine renders, its version, and why it was chosen."""

    name: str
    version: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name.capitalize()} {self.version}"


@dataclass(frozen=True)
class RenderReport:
    """What a render did.

    Attributes
    ----------
    engine : EngineChoice
        Who made the book.
    output : Path
        The book's folder.
    pages : tuple of str
        Its pages, relative to ``output``.
    pdf : Path or None
        The PDF, where one was asked for.
    executed : tuple of str
        Chapters whose code was run; the others' outputs were still good.
    seconds : float
        How long it took.
    stages : Mapping[str, float]
        Seconds by stage.
    """

    engine: EngineChoice
    output: Path
    pages: tuple[str, ...]
    pdf: Path | None
    executed: tuple[str, ...]
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)


def choose(engine: str = "auto") -> EngineChoice:
    """Return the engine that a render would use.

    Parameters
    ----------
    engine : str
        "auto" (Quarto of a version that can make the book, else Pandoc), "quarto" or "pandoc".

    Raises
    ------
    RenderError
        If the name is unknown, or Quarto is asked for and is missing or too old.
    """
    if engine not in {"auto", "quarto", "pandoc"}:
        raise RenderError(f"There is no engine named {engine!r}.", "Choose auto, quarto or pandoc.")
    wanted = ".".join(map(str, quarto.OLDEST))
    found = None if engine == "pandoc" else quarto.find()
    if found is None:
        reason = "asked for" if engine == "pandoc" else "no Quarto on PATH or in the environment"
    elif found.fits:
        return EngineChoice("quarto", found.version, f"found at {found.path}")
    else:
        reason = f"Quarto {found.version or 'at'} {found.path} is older than {wanted} or broken"
    if engine == "quarto":
        raise RenderError(
            f"Quarto cannot be used: {reason}.",
            f"Install Quarto {wanted} or newer, or render with --engine pandoc.",
        )
    return EngineChoice("pandoc", pandoc.version(), reason)


def render(
    project: Path,
    output: Path | None = None,
    engine: str = "auto",
    formats: Sequence[str] = FORMATS,
    environment: Mapping[str, str] | None = None,
    digest: str = "",
    provenance: Mapping[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
    files: Mapping[str, str] | None = None,
) -> RenderReport:
    """Render the book of a project.

    The book is written beside its place and takes it over when it is whole; a render that
    fails leaves the old book as it was. Renders of one project wait for each other.

    Parameters
    ----------
    project : Path
        The folder with ``_quarto.yml``.
    output : Path, optional
        The book's folder; by default the one that ``_quarto.yml`` names.
    engine : str
        As for :func:`choose`.
    formats : sequence of str
        "html", "pdf" or both.
    environment : Mapping[str, str], optional
        Variables for the chapters' code.
    digest : str
        Digest of package and data. Outputs of a chapter are used again while it and the
        chapter's code stay the same; with "" they are not kept.
    provenance : Mapping[str, str], optional
        What the pages say of their making, by name, in order; "banner", or "sample" for data
        that is made up, stands on top of every page and on the title page, the others at the
        foot.
    progress : callable, optional
        Told in one line what begins.
    files : Mapping[str, str], optional
        Texts to lay beside the pages, by path within the book.

    Raises
    ------
    RenderError
        If a chapter cannot be read, executed or set; the message names chapter, cell and line.
    """
    started = time.perf_counter()
    tell = progress or (lambda _: None)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise RenderError(f"There is no format {unknown}.", "Choose from html and pdf.")
    chosen = choose(engine)
    root = project.resolve()
    book_project = read_project(root)
    target = (output or book_project.output).resolve()
    words = dict(provenance or {})
    try:
        with place.locked(root / LOCK, tell), place.replacing(target) as folder:
            if chosen.name == "quarto":
                made = quarto.make(book_project, folder, formats, environment or {}, words, tell)
            else:
                made = book.make(
                    book_project,
                    folder,
                    root / PAGES,
                    formats,
                    environment or {},
                    digest,
                    words,
                    tell,
                )
            for name, text in (files or {}).items():
                (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        what, mend = disk_trouble(error) or (
            error.strerror or type(error).__name__,
            "Mend that for the book's folder and the temporary one",
        )
        raise RenderError(
            f"The book could not be written: {what}.", f"{mend}; the old book is untouched."
        ) from error
    return RenderReport(
        engine=chosen,
        output=target,
        pages=tuple(made.pages),
        pdf=target / book_project.pdf_name if "pdf" in formats else None,
        executed=tuple(made.executed),
        seconds=round(time.perf_counter() - started, 2),
        stages=made.seconds,
    )
