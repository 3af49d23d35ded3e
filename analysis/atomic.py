"""Files that hold all of the old or all of the new, whatever ends the program meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

_LEFT_BEHIND = 60.0  # seconds after which nobody writes any more what lies aside


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write texts aside, all of them, then put each in the place of the file of its name.

    Parameters
    ----------
    texts : mapping of pathlib.Path to str
        Folders are made where they are missing; what killed writers left aside is removed.

    Raises
    ------
    OSError
        If they cannot be written; the files stay as they were.
    """
    write_files({path: partial(_write_text, text=text) for path, text in texts.items()})


def write_files(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Have files written aside, all of them, then put each in the place of the file of its name.

    Parameters
    ----------
    writers : mapping of pathlib.Path to callable
        What writes each file, given the path beside its place. Folders are made where they are
        missing; what killed writers left aside is removed.

    Raises
    ------
    OSError
        If they cannot be written; the files stay as they were.
    """
    aside = {path: path.with_name(f"{path.name}.new-{os.getpid()}") for path in writers}
    try:
        for path, write in writers.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _clear(path)
            write(aside[path])
            with aside[path].open("rb+") as file:
                os.fsync(file.fileno())
        for path in writers:
            aside[path].replace(path)
    finally:
        for fresh in aside.values():
            fresh.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _clear(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}.new-*"):
        with suppress(FileNotFoundError):  # another writer may be about to put it in its place
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                left.unlink()
