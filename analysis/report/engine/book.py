"""Making the book with the Pandoc engine: scan, execute, structure, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import RenderError
from analysis.report.engine.citations import cite
from analysis.report.engine.execute import Outputs, outputs_of
from analysis.report.engine.html import Pages
from analysis.report.engine.media import Media
from analysis.report.engine.paper import Paper
from analysis.report.engine.project import Project
from analysis.report.engine.scan import Source, scan
from analysis.report.engine.structure import Chapter, assemble, number, resolve

#: Chapters whose kernels run at the same time.
KERNELS = 2

Progress = Callable[[str], None]


@dataclass
class Made:
    """What a render did: pages written, chapters executed, seconds by stage."""

    pages: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def scan_all(project: Project) -> list[Source]:
    """Scan every chapter.

    Raises
    ------
    RenderError
        If a chapter holds a construct that the engine does not cover; the message names file,
        line and construct of each.
    """
    sources = [scan(project.root, entry.path) for entry in project.entries]
    problems = sorted({problem for source in sources for problem in source.problems})
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise RenderError(
            f"The chapters hold what no engine of the report may be given:\n{lines}\n",
            "docs/engines.md lists what a chapter may hold.",
        )
    return sources


def make(
    project: Project,
    folder: Path,
    pages: Path,
    formats: Sequence[str],
    environment: Mapping[str, str],
    digest: str,
    provenance: Mapping[str, str],
    progress: Progress,
) -> Made:
    """Write the whole book into an empty folder.

    Parameters
    ----------
    project : Project
        The book.
    folder : Path
        Where it is written.
    pages : Path
        Where executed outputs are kept between renders.
    formats : sequence of str
        "html", "pdf" or both.
    environment : Mapping[str, str]
        Variables for the kernels.
    digest : str
        Digest of package and data.
    provenance : Mapping[str, str]
        What the pages say of their making.
    progress : callable
        Told in one line what begins.

    Raises
    ------
    RenderError
        If a chapter cannot be read, executed, resolved or set.
    """
    made = Made()
    clock = _Clock(made.seconds)
    sources = scan_all(project)
    clock("scan")
    outputs = _execute_all(project, sources, pages, digest, environment, progress)
    made.executed = [s.path for s, o in zip(sources, outputs, strict=True) if o.executed]
    clock("execute")
    progress("Writing the pages")
    with ThreadPoolExecutor(KERNELS) as pool:
        defaults = [_defaults(project, source) for source in sources]
        blocks = list(pool.map(assemble, sources, outputs, defaults))
    chapters = [
        Chapter(entry, source, output, tree)
        for entry, source, output, tree in zip(
            project.entries, sources, outputs, blocks, strict=True
        )
    ]
    targets = number(chapters)
    resolve(chapters, targets)
    cite(project, chapters)
    clock("structure")
    media = Media(project.root)
    paper = Paper(project, chapters, media, provenance)
    if "html" in formats:
        media.add_resources(project.resources)
        downloads = {"PDF": project.pdf_name} if "pdf" in formats else {}
        Pages(project, chapters, media, provenance, downloads).write(folder)
        made.pages = [chapter.entry.page for chapter in chapters]
    clock("html")
    text = paper.source() if "pdf" in formats else ""
    media.copy(folder)
    if text:
        progress("Setting the PDF")
        paper.write(text, folder, project.pdf_name)
    clock("pdf")
    return made


def _defaults(project: Project, source: Source) -> dict[str, Any]:
    """Return the options that a chapter's cells start from."""
    return {**project.execute, **(source.header.get("execute") or {})}


def _execute_all(
    project: Project,
    sources: Sequence[Source],
    pages: Path,
    digest: str,
    environment: Mapping[str, str],
    progress: Progress,
) -> list[Outputs]:
    """Return the outputs of all chapters, two kernels at a time; the first failure stops all."""

    def run(source: Source) -> Outputs:
        found = outputs_of(
            source, project.root, pages, digest, environment, _defaults(project, source)
        )
        if found.executed:
            progress(f"Executed {source.path}")
        return found

    with ThreadPoolExecutor(KERNELS) as pool:
        futures = [pool.submit(run, source) for source in sources]
        try:
            return [future.result() for future in futures]
        except RenderError:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Clock:
    """Notes the seconds since it was last asked."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds
        self.last = time.perf_counter()

    def __call__(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self.last, 3)
        self.last = now
