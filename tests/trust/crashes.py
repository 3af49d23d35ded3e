"""Runs that are killed at any moment, meet a full disk or each other, and what is left of them.

Each action is a function of a folder that does one thing a user does: fill the cache, render a
book, publish segments. ``state_of`` reads what it left as plain values, so that an interrupted and
then repeated run can be compared with one that nothing disturbed.
"""

from __future__ import annotations

import ctypes
import hashlib
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb
from pypdf import PdfReader

from analysis.cache.store import Cache
from analysis.errors import StudyError, disk_trouble
from analysis.findings import data
from analysis.findings.production import steps
from analysis.prepare import prepare
from analysis.report.cards import model_card
from analysis.report.engine import render
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.publish import Publication, follower_bands, publish
from analysis.settings import Settings
from analysis.study import Study
from analysis.warehouse.target import DuckDBTarget
from tests.report.engine.books import write_book
from tests.trust.warehouses import base

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
CHAPTER = """# A chapter {{#sec-a}}

```{{python}}
#| include: false
words = "one two three"
```

There are `{{python}} len(words.split())` words in {edition}.
"""
State = dict[str, Any]


def processes() -> ForkServerContext:
    """Return a way to start processes that have everything imported and no thread yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.trust.crashes"])
    return context


# -- what a user does ----------------------------------------------------------------------------


def extract(folder: Path) -> None:
    """Fill the cache from the warehouse of the folder."""
    settings = Settings(source=str(folder / "marts.duckdb"), directory=folder / "study")
    prepare(settings, refresh=True, steps=data.STEPS)


def segment(folder: Path) -> None:
    """Fit a method on what the cache holds, put the segments into it and write the model card."""
    settings = Settings(source=str(folder / "marts.duckdb"), directory=folder / "study")
    run = prepare(settings, refresh=True, steps=steps(METHOD))
    study = Study(Cache(settings.cache_file), run.manifest)
    model_card(study, METHOD).write(folder / "card")


def book(folder: Path) -> None:
    """Render the book of the folder, HTML and PDF."""
    render(folder, engine="pandoc", digest="one", provenance={"Source": "a test"})


def segments(folder: Path) -> None:
    """Publish a second version of the bands."""
    newer = Publication(**{**vars(follower_bands(FollowerBands(trendy=9_000.0))), "version": "2"})
    target = DuckDBTarget(folder / "marts.duckdb")
    try:
        publish(target, newer, now=MONDAY + timedelta(weeks=1))
    finally:
        target.close()


ACTIONS: dict[str, Callable[[Path], None]] = {
    "extract": extract, "segment": segment, "render": book, "publish": segments,
}  # fmt: skip
WHOLE = ("render", "publish")  # what is kept or replaced as one; entries of a cache are so each
METHOD = "follower bands"


# -- what a run starts from, and what it leaves ---------------------------------------------------


def begin(action: str, folder: Path) -> Path:
    """Make a folder as it is before the run: with an older cache, book or publication in it."""
    folder.mkdir(parents=True)
    if action == "render":
        write_book(folder, CHAPTER.format(edition="the first edition"))
        book(folder)
        write_book(folder, CHAPTER.format(edition="the second edition"))
        shutil.rmtree(folder / ".study" / "pages")
        return folder
    base(1, 60, 300, 200).write(folder / "marts.duckdb")
    if action in ("extract", "segment"):
        ACTIONS[action](folder)
        with duckdb.connect(str(folder / "marts.duckdb")) as connection:
            connection.execute(
                "UPDATE MART_AUTHORS "
                "SET NB_FOLLOWS = NB_FOLLOWS + 1, NB_FOLLOWERS = 2 * NB_FOLLOWERS"
            )
    else:
        target = DuckDBTarget(folder / "marts.duckdb")
        publish(target, follower_bands(), now=MONDAY)
        target.close()
    return folder


def state_of(action: str, folder: Path) -> State:
    """Return what a run left, without times and names of runs.

    Raises
    ------
    AssertionError
        If something is half there.
    """
    if action == "render":
        pages = folder / "_book"
        files = sorted(path for path in pages.rglob("*") if path.is_file())
        assert {"index.html"} <= {path.name for path in files}
        return {path.relative_to(pages).as_posix(): _content(path) for path in files}
    if action in ("extract", "segment"):
        cache = Cache(folder / "study" / "cache.duckdb")
        found = {}
        for passport in cache.passports():
            assert cache.read(passport.key) is not None  # its checksum holds
            found[passport.name] = (passport.key, passport.content_hash)
        cards = [*(folder / "card").glob("*.md"), *(folder / "card").glob("*.json")]
        return found | {path.name: path.read_text(encoding="utf-8") for path in cards}
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for table in ("SEGMENTATION", "AUTHOR_SEGMENT", "MART_AUTHORS")
        }


def _content(path: Path) -> str:
    if path.suffix == ".pdf":  # which holds the time of its making
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def strays(folder: Path) -> list[str]:
    """Return what a run left lying that no later run needs."""
    return [path.name for path in folder.rglob("*") if ".new" in path.name or ".old-" in path.name]


# -- killed at any moment -------------------------------------------------------------------------


class Trials:
    """Trials of one action: killed at random, looked at, run again, compared.

    Parameters
    ----------
    action : str
        Name in ``ACTIONS``.
    folder : Path
        A place of its own.
    """

    def __init__(self, action: str, folder: Path) -> None:
        self.action, self.folder = action, folder
        self.before = begin(action, folder / "before")
        self.old = state_of(action, self.before)
        self._run(self._copy("undisturbed"))  # which also starts the server of processes
        self.new = state_of(action, folder / "undisturbed")
        self.seconds = self._run(self._copy("trial"))
        assert self.old != self.new

    def _copy(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return Path(shutil.copytree(self.before, self.folder / name))

    def _start(self, folder: Path) -> ForkServerProcess:
        process = processes().Process(target=ACTIONS[self.action], args=(folder,))
        process.start()
        return process

    def _run(self, folder: Path) -> float:
        began = time.monotonic()
        process = self._start(folder)
        process.join(300)
        assert process.exitcode == 0
        return time.monotonic() - began

    def state_of(self, folder: Path) -> State:
        """Return what a run left: each entry, or for a book and a publication all of it, whole."""
        left = state_of(self.action, folder)
        if self.action in WHOLE:
            assert left in (self.old, self.new)
        assert all(found in (self.old.get(n), self.new.get(n)) for n, found in left.items())
        return left

    def kill(self, number: int, seed: int) -> Counter[str]:
        """Kill ``number`` runs, each at a moment of its own, and return the outcomes.

        A run that ends before its moment is looked at, too, but does not count as a trial.
        """
        draw = random.Random(f"{self.action} {seed}")
        outcomes: Counter[str] = Counter()
        while outcomes["trials"] < number:
            folder = self._copy("trial")
            process = self._start(folder)
            process.join(draw.uniform(0.0, 1.0) * self.seconds)
            process.kill()
            process.join()
            left = self.state_of(folder)
            if process.exitcode != 0:
                outcomes["trials"] += 1
                kept = "old state kept" if left == self.old else "new state there"
                outcomes[kept if left in (self.old, self.new) else "some entries new"] += 1
            for aside in folder.rglob("*.new-*"):
                os.utime(aside, (0, 0))  # the next run comes an hour later
            self.seconds = self._run(folder)
            assert state_of(self.action, folder) == self.new
            assert not strays(folder)
        return outcomes


# -- a full disk ----------------------------------------------------------------------------------

_NEW_USER, _NEW_MOUNTS = 0x10000000, 0x00020000  # CLONE_NEWUSER, CLONE_NEWNS of Linux


def small_disk(place: Path, size: int) -> None:
    """Put an empty disk of ``size`` bytes in a place, for this process and until it ends.

    Raises
    ------
    OSError
        If the system lets nobody do so.
    """
    user, group = os.getuid(), os.getgid()
    system = ctypes.CDLL(None, use_errno=True)
    if system.unshare(_NEW_USER | _NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"0 {user} 1"),
        ("gid_map", f"0 {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
    if system.mount(b"tmpfs", bytes(place), b"tmpfs", 0, f"size={size}".encode()):
        raise OSError(ctypes.get_errno(), "mount")


def in_little_room(action: str, before: Path, left: Path, room: int) -> None:
    """Run on a disk with ``room`` bytes to spare, then bring out what is left and what was said."""
    place = left.with_name("disk")
    place.mkdir(exist_ok=True)
    small_disk(place, used(before) + room)
    folder = Path(shutil.copytree(before, place / "trial"))
    os.environ["TMPDIR"] = str(place)
    tempfile.tempdir = None
    try:
        ACTIONS[action](folder)
        outcome = "done"
    except StudyError as error:
        outcome = str(error)
    except OSError as error:  # of which the command says this in one line
        outcome = (disk_trouble(error) or (str(error),))[0]
    shutil.copytree(folder, left)
    (left / SAID).write_text(outcome, encoding="utf-8")


SAID = "said"


def used(folder: Path) -> int:
    """Return the bytes that a folder takes on a disk."""
    return sum(4096 + 4096 * -(-path.stat().st_size // 4096) for path in folder.rglob("*"))


def full_disk(trials: Trials, number: int, seed: int) -> Counter[str]:
    """Run with too little room, ``number`` times; then with room again."""
    draw = random.Random(f"disk {trials.action} {seed}")
    outcomes: Counter[str] = Counter()
    # too much for none of the actions, and more than any of them needs
    enough = used(trials.folder / "undisturbed") + 2 * 2**20
    left = trials.folder / "trial"
    while sum(outcomes.values()) < number:
        shutil.rmtree(left, ignore_errors=True)
        room = int(draw.uniform(0.0, 1.0) * enough)
        process = processes().Process(
            target=in_little_room, args=(trials.action, trials.before, left, room)
        )
        process.start()
        process.join(300)
        assert process.exitcode == 0, f"{trials.action} with {room} bytes to spare"
        outcome = (left / SAID).read_text(encoding="utf-8")
        (left / SAID).unlink()
        found = trials.state_of(left)
        if outcome == "done":
            assert found == trials.new
            enough = room  # so much is never too little: a trial is one that lacked room
        else:
            assert "no space left on its disk" in outcome, outcome
            assert "\n" not in outcome
            if trials.action in WHOLE:
                assert found == trials.old
            outcomes["one error, nothing half there"] += 1
        trials._run(left)
        assert state_of(trials.action, left) == trials.new
    return outcomes


# -- several runs at once -------------------------------------------------------------------------


def together(trials: Trials, number: int) -> Counter[str]:
    """Start runs at the same time on one folder; all must end well, with one right result."""
    folder = trials._copy("trial")
    started = [trials._start(folder) for _ in range(number)]
    for process in started:
        process.join(600)
    outcomes = Counter(
        "ended well" if process.exitcode == 0 else f"exit {process.exitcode}" for process in started
    )
    assert state_of(trials.action, folder) == trials.new
    assert not strays(folder)
    return outcomes
