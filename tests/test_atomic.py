"""Texts are replaced whole: not by halves where a writer is killed, nor where its disk is full."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from analysis.atomic import write_texts
from tests.trust.crashes import processes

OLD, NEW = "old " * 5_000, "new " * 9_000
NAMES = ("card.md", "card.json")


def written(folder: Path, text: str) -> None:
    write_texts({folder / name: text for name in NAMES})


def killed_at(folder: Path, what: str, when: int) -> None:
    """Write, and be killed as the system is asked for ``what`` the ``when``-th time."""
    asked, ask = 0, getattr(os, what)

    def counted(*words: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == when:
            os.kill(os.getpid(), signal.SIGKILL)
        return ask(*words)

    setattr(os, what, counted)
    written(folder, NEW)


@pytest.mark.parametrize(
    ("what", "when", "new"),
    [("fsync", 1, 0), ("fsync", 2, 0), ("replace", 1, 0), ("replace", 2, 1)],
)
def test_a_writer_killed_at_any_step_leaves_each_file_whole(
    what: str, when: int, new: int, tmp_path: Path
) -> None:
    written(tmp_path, OLD)
    process = processes().Process(target=killed_at, args=(tmp_path, what, when))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    found = [(tmp_path / name).read_text() for name in NAMES]
    assert found == [NEW] * new + [OLD] * (2 - new)
    for left in tmp_path.glob("*.new-*"):
        os.utime(left, (0, 0))  # an hour later
    written(tmp_path, NEW)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(NAMES, NEW)


def test_what_another_writer_has_aside_at_the_moment_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "card.md.new-0"
    theirs.write_text("theirs")
    written(tmp_path, NEW)
    assert theirs.read_text() == "theirs"


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_failure_keeps_what_was_and_leaves_nothing_aside(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, OLD)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path, NEW)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(NAMES, OLD)
