"""Rendering with real Quarto, into a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from analysis.errors import RenderError
from analysis.report.engine.book import Made
from analysis.report.engine.html import banner, details
from analysis.report.engine.paper import string
from analysis.report.engine.project import Project

OLDEST = (1, 9)
#: Tells the pre-render step that the caller has filled the cache already.
PREPARED = "STUDY_PREPARED"
#: What the pre-render step writes for ``_quarto.yml`` to include, by format.
PROVENANCE = {"html": "chapters/_provenance.html", "typst": "chapters/_provenance.typ"}
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Found:
    """A Quarto that was found."""

    path: str
    version: str

    @property
    def fits(self) -> bool:
        """Whether it is new enough to make the book."""
        numbers = [int(part) for part in re.findall(r"\d+", self.version)[:2]]
        return tuple(numbers) >= OLDEST


@cache
def find() -> Found | None:
    """Return the Quarto on PATH or in the environment, or None."""
    beside = Path(sys.executable).parent / "quarto"
    path = shutil.which("quarto") or (str(beside) if beside.is_file() else None)
    if path is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603
            [path, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        said = ""
    return Found(path, said)


def write_provenance(root: Path, provenance: Mapping[str, str]) -> None:
    """Write what the pages say of their making, for ``_quarto.yml`` to include.

    Parameters
    ----------
    root : Path
        The project's folder.
    provenance : Mapping[str, str]
        Texts by name, as for :func:`analysis.report.engine.render`.
    """
    top = banner(provenance)
    kind = "study-banner study-sample" if provenance.get("sample") else "study-banner"
    rest = details(provenance)
    made = " · ".join(f"{name}: {text}" for name, text in rest.items())
    small = f"<small>{escape(made)}</small>" if made else ""
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in rest.items()
    )
    html = f'<p class="{kind}" role="note">{escape(top)} {small}</p>\n' if top else ""
    html += f'<dl class="study-provenance" hidden>{rows}</dl>\n' if rows else ""
    pairs = "".join(f"({string(name)}, {string(text)}), " for name, text in rest.items())
    typst = f"#let study-banner = {string(top)}\n#let study-provenance = ({pairs})\n"
    for path, text in zip(PROVENANCE.values(), (html, typst), strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def make(
    project: Project,
    folder: Path,
    formats: Sequence[str],
    environment: Mapping[str, str],
    provenance: Mapping[str, str],
    progress: Callable[[str], None],
) -> Made:
    """Render the whole book into an empty folder within the project's.

    Raises
    ------
    RenderError
        If Quarto fails, or leaves a page out or a reference open.
    """
    found = find()
    if found is None:
        raise RenderError("Quarto is not installed.", "Render with --engine pandoc.")
    write_provenance(project.root, provenance)
    target = os.path.relpath(folder, project.root)
    to = [] if len(formats) > 1 else ["--to", "html" if "html" in formats else "typst"]
    command = [found.path, "render", "--output-dir", target, "--no-execute-daemon", *to]
    progress(f"Quarto {found.version} renders the book")
    result = subprocess.run(  # noqa: S603
        command,
        cwd=project.root,
        env={**os.environ, "QUARTO_PYTHON": sys.executable, PREPARED: "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = _ANSI.sub("", result.stdout)
    if result.returncode:
        raise RenderError(*_failure(said))
    pages = [entry.page for entry in project.entries] if "html" in formats else []
    _check(folder, pages, project.pdf_name if "pdf" in formats else "")
    return Made(pages=pages, executed=[entry.path for entry in project.entries])


def _failure(said: str) -> tuple[str, str]:
    """Return problem and mend for what Quarto said before it stopped."""
    chapters = re.findall(r"^\s*\[\s*\d+/\d+\]\s+(\S+\.qmd)", said, re.MULTILINE)
    lines = [line for line in said.rstrip().split("\n") if line.strip()][-20:]
    where = chapters[-1] if chapters else "the book"
    return (
        f"Quarto stopped at {where}:\n" + "\n".join(f"  {line}" for line in lines) + "\n",
        "The book of before is untouched; mend the chapter and render again.",
    )


def _check(folder: Path, pages: Sequence[str], pdf: str) -> None:
    """Refuse a book with missing pages or open references."""
    wanted = [*pages, *([pdf] if pdf else [])]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise RenderError(
            f"Quarto left out {', '.join(missing)}.", "Run `quarto render` to see what it says."
        )
    for name in pages:
        text = (folder / name).read_text(encoding="utf-8")
        open_reference = re.search(r"\?@[\w-]+|quarto-unresolved-ref", text)
        if open_reference:
            raise RenderError(
                f"{name}: Quarto could not resolve {open_reference.group()}.",
                "Run `make lint` and mend the reference.",
            )
