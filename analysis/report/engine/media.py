"""Files that pages show or offer: found once, copied once, measured for the browser."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

from analysis.errors import RenderError
from analysis.report.engine.execute import FIGURES
from analysis.report.engine.structure import Chapter, normal, refuse

#: Kinds of files that a chapter may show or offer.
SHOWN = {".png", ".svg", ".jpg", ".jpeg"}
OFFERED = {".csv", ".json", ".parquet", ".sql", ".toml", ".html", ".pdf", ".txt", *SHOWN}


class Media:
    """Every local file that the book's pages name.

    Parameters
    ----------
    root : Path
        The project's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, Path] = {}

    def add(self, url: str, chapter: Chapter) -> str:
        """Return a file's path within the book.

        Raises
        ------
        RenderError
            If the file does not exist, is of a kind that may not be offered, or if two
            chapters write different files of one name.
        """
        name = normal(url.split("#")[0], chapter.entry.path)
        if name in self.files and not name.startswith(FIGURES):
            return name
        path = self.root / name
        if name.startswith(f"{FIGURES}/"):
            made = chapter.outputs.folder / "figures" / name.removeprefix(f"{FIGURES}/")
            path = made if made.is_file() else path
        if not path.is_file() or not path.resolve().is_relative_to(self.root.resolve()):
            refuse(chapter.source, url, f"the file {url} does not exist in the project")
        if path.suffix.lower() not in OFFERED:
            refuse(chapter.source, url, f"the file {url} is of no kind that a page may offer")
        known = self.files.setdefault(name, path)
        if known != path and known.read_bytes() != path.read_bytes():
            refuse(chapter.source, url, f"two chapters write different files named {name}")
        return name

    def size(self, name: str) -> tuple[int, int] | None:
        """Return width and height of a picture in pixels, where its file tells."""
        data = self.files[name].read_bytes()
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            width, height = struct.unpack(">II", data[16:24])
            return int(width), int(height)
        found = re.search(rb'<svg[^>]*\bviewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', data[:4096])
        return (round(float(found[1])), round(float(found[2]))) if found else None

    def copy(self, target: Path) -> None:
        """Copy every file into a folder, under its path within the book."""
        for name, path in self.files.items():
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)

    def add_resources(self, patterns: tuple[str, ...]) -> None:
        """Add the files that ``project: resources`` names.

        Raises
        ------
        RenderError
            If a pattern leads out of the project.
        """
        for pattern in patterns:
            if pattern.startswith("/") or ".." in pattern:
                raise RenderError(
                    f"_quarto.yml: the resource {pattern} lies outside of the project.",
                    "Name files below the project's folder.",
                )
            for path in sorted(self.root.glob(pattern)):
                inside = [path] if path.is_file() else sorted(path.rglob("*"))
                for file in inside:
                    if file.is_file():
                        self.files[file.relative_to(self.root).as_posix()] = file
