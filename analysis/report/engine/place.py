"""The book's folder: one render at a time, and always a whole book in it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.errors import RenderError

WAIT = 600.0
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_HERE = -100  # AT_FDCWD


@contextmanager
def locked(path: Path, progress: Callable[[str], None], wait: float = WAIT) -> Iterator[None]:
    """Hold the lock of a project's renders; wait for another render to end.

    Raises
    ------
    RenderError
        If the other render has not ended after ``wait`` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("Another render of this project is under way: waiting for it")
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise RenderError(
                f"Another render of this project holds {path} for longer than {wait:.0f} s.",
                "Wait until it is done, or end it, and render again.",
            ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of ``output`` when the block succeeds.

    A render that fails or is killed leaves ``output`` as it was. What killed renders left
    behind is cleared first, so this is to be used under the lock.
    """
    for left in output.parent.glob(f"{output.name}.old-*"):
        if not output.exists():
            left.rename(output)  # killed between two renames, where folders cannot be exchanged
    for left in output.parent.glob(f"{output.name}.*-*"):
        shutil.rmtree(left, ignore_errors=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f"{output.name}.new-{os.getpid()}")
    fresh.mkdir()
    try:
        yield fresh
        _swap(fresh, output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, output: Path) -> None:
    """Put a folder in the place of another; afterwards ``fresh`` holds the old one, if any."""
    if not output.exists():
        fresh.rename(output)
    elif not _exchange(fresh, output):
        old = output.with_name(f"{output.name}.old-{os.getpid()}")
        output.rename(old)
        fresh.rename(output)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can."""
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(library.renamex_np(first, second, _EXCHANGE) == 0)
        return bool(library.renameat2(_HERE, first, _HERE, second, _EXCHANGE) == 0)
    except (OSError, AttributeError, TypeError):
        return False
