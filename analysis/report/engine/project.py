"""The book as ``_quarto.yml`` describes it: title, chapters, bibliography, resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from analysis.errors import RenderError

CONFIGURATION = "_quarto.yml"


@dataclass(frozen=True)
class Entry:
    """One chapter in the order of the book.

    Attributes
    ----------
    path : str
        The chapter's file, relative to the project, with forward slashes.
    part : str
        Title of the part it belongs to, or "".
    appendix : bool
        Whether it stands among the appendices.
    """

    path: str
    part: str = ""
    appendix: bool = False

    @property
    def page(self) -> str:
        """The page it becomes, relative to the book's folder."""
        return str(PurePosixPath(self.path).with_suffix(".html"))


@dataclass(frozen=True)
class Project:
    """What the engine reads from ``_quarto.yml``."""

    root: Path
    title: str
    subtitle: str
    authors: tuple[str, ...]
    description: str
    language: str
    entries: tuple[Entry, ...]
    output: Path
    pdf_name: str
    bibliography: tuple[Path, ...] = ()
    csl: Path | None = None
    resources: tuple[str, ...] = ()
    execute: Mapping[str, Any] = field(default_factory=dict)


def _texts(value: object) -> tuple[str, ...]:
    """Return a YAML scalar, list or list of author mappings as texts."""
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(
        str(item.get("name", "")) if isinstance(item, dict) else str(item) for item in items
    )


def _entries(items: object, part: str = "", appendix: bool = False) -> Iterator[Entry]:
    """Yield the chapters of a ``chapters`` or ``appendices`` list, parts unfolded."""
    for item in items if isinstance(items, list) else []:
        if isinstance(item, str):
            yield Entry(item, part, appendix)
        elif isinstance(item, dict) and isinstance(item.get("part"), str):
            if item["part"].endswith(".qmd"):
                raise RenderError(
                    f"{CONFIGURATION}: the part {item['part']} is a file.",
                    "Name a part by its title: - part: 'Title'.",
                )
            yield from _entries(item.get("chapters"), item["part"], appendix)
        else:
            raise RenderError(
                f"{CONFIGURATION}: {item!r} is neither a chapter's path nor a part.",
                "List paths, or parts with their own chapters.",
            )


def read_project(root: Path) -> Project:
    """Read ``_quarto.yml`` of a book.

    Parameters
    ----------
    root : Path
        The project's folder.

    Raises
    ------
    RenderError
        If the file is missing, is no YAML, is no book or names a missing file.
    """
    path = root / CONFIGURATION
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RenderError(
            f"{path} cannot be read: {error.strerror}.", "Render from the project's folder."
        ) from error
    except yaml.YAMLError as error:
        raise RenderError(
            f"{CONFIGURATION} is not valid YAML: {error}.", "Mend the line it names."
        ) from error
    if not isinstance(settings, dict) or not isinstance(settings.get("book"), dict):
        raise RenderError(f"{CONFIGURATION} describes no book.", "Give it a `book:` section.")
    book = settings["book"]
    project = settings.get("project") or {}
    entries = (
        *_entries(book.get("chapters")),
        *_entries(book.get("appendices"), appendix=True),
    )
    csl = settings.get("csl")
    result = Project(
        root=root,
        title=str(book.get("title", "")),
        subtitle=str(book.get("subtitle", "")),
        authors=_texts(book.get("author")),
        description=str(book.get("description", "")),
        language=str(settings.get("lang", "en")),
        entries=entries,
        output=root / str(project.get("output-dir", "_book")),
        pdf_name=_pdf_name(book),
        bibliography=tuple(root / name for name in _texts(settings.get("bibliography"))),
        csl=root / str(csl) if csl else None,
        resources=_texts(project.get("resources")),
        execute=settings.get("execute") or {},
    )
    wanted = [root / entry.path for entry in entries]
    wanted += [*result.bibliography, *([result.csl] if result.csl else [])]
    for file in wanted:
        if not file.is_file():
            raise RenderError(
                f"{CONFIGURATION} names {file.relative_to(root)}, which does not exist.",
                "Write the file or take the line out.",
            )
    if not result.title or not entries or entries[0].path != "index.qmd":
        raise RenderError(
            f"{CONFIGURATION}: a book needs a title and index.qmd as its first chapter.",
            "Complete the `book:` section.",
        )
    return result


def _pdf_name(book: Mapping[str, Any]) -> str:
    """Return the file name that Quarto gives the book's PDF."""
    if book.get("output-file"):
        return f"{book['output-file']}.pdf"
    return "".join(c if c.isalnum() else "-" for c in str(book.get("title", ""))) + ".pdf"
