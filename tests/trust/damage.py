"""A cache file that is damaged, cut short or not this one at all, and what a run makes of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from analysis.cache.store import Cache
from analysis.errors import CacheError
from analysis.findings import data
from analysis.prepare import prepare
from analysis.settings import Settings
from tests.trust.warehouses import base

HEALED, UNHARMED, REFUSED = "noticed and fetched anew", "content unharmed", "refused in one line"


class Filled:
    """A cache filled from a small warehouse, to be spoilt again and again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.settings = Settings(
            source=str(base(1, 12, 90, 200).write(folder / "marts.duckdb")),
            directory=folder / "study",
        )
        self.path = self.settings.cache_file
        prepare(self.settings, steps=data.STEPS)
        self.sound = self.path.read_bytes()
        self.right = self.contents()

    def contents(self) -> dict[str, str]:
        """Return the content of every entry; damage raises CacheError."""
        cache, found = Cache(self.path), {}
        for passport in cache.passports():
            stored = cache.read(passport.key)
            assert stored is not None
            found[passport.name] = passport.content_hash
        return found

    def run_over(self, spoilt: bytes) -> str:
        """Run on a spoilt file; it must end with the right content."""
        self.path.write_bytes(spoilt)
        notices: list[str] = []
        prepare(self.settings, steps=data.STEPS, notice=notices.append)
        assert self.contents() == self.right
        return HEALED if any("damaged" in line for line in notices) else UNHARMED


def flips(folder: Path, number: int, seed: int) -> list[str]:
    """Flip bits anywhere in the file, one trial after the other."""
    filled, draw = Filled(folder), random.Random(f"flips {seed}")
    outcomes = []
    for _ in range(number):
        spoilt = bytearray(filled.sound)
        for _ in range(draw.choice((1, 1, 8, 64))):
            spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
        outcomes.append(filled.run_over(bytes(spoilt)))
    return outcomes


def cuts(folder: Path, number: int, seed: int) -> list[str]:
    """Cut the file short anywhere."""
    filled, draw = Filled(folder), random.Random(f"cuts {seed}")
    return [
        filled.run_over(filled.sound[: draw.randrange(len(filled.sound))]) for _ in range(number)
    ]


def strangers(folder: Path) -> list[str]:
    """Put in place of the cache what is not the cache of this source, schema or version."""
    filled = Filled(folder)
    outcomes = [
        filled.run_over(b""),
        filled.run_over(b"SQLite format 3\0" + bytes(8192)),
        filled.run_over(Path(filled.settings.source).read_bytes()),
    ]

    def changed(change: Callable[[Any], Any]) -> str:
        filled.path.write_bytes(filled.sound)
        with duckdb.connect(str(filled.path)) as connection:
            change(connection)
        return filled.run_over(filled.path.read_bytes())

    outcomes += [
        changed(lambda c: c.execute("drop table entries")),
        changed(lambda c: c.execute("alter table entries drop column passport")),
        changed(lambda c: c.execute("update entries set key = md5(key)")),
        changed(lambda c: c.execute("update entries set passport = '{}'")),
        changed(lambda c: c.execute("update entries set values_json = '{\"values\": {}}'")),
        changed(lambda c: c.execute("update format set version = 0")),
    ]
    # another source of the same name and size: its own rows, not these
    other = Path(shutil.copy(filled.settings.source, folder / "other.duckdb"))
    with duckdb.connect(str(other)) as connection:
        connection.execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = NB_FOLLOWERS + 1")
    filled.path.write_bytes(filled.sound)
    asked = prepare(replace(filled.settings, source=str(other)), steps=data.STEPS).queries
    assert {query["name"] for query in asked} >= {"author_features", "contract"}
    outcomes.append(HEALED)
    with duckdb.connect(str(filled.path)) as connection:
        connection.execute("update format set version = 99")
    try:
        prepare(filled.settings, steps=data.STEPS)
    except CacheError as error:
        assert "newer version" in str(error)
        outcomes.append(REFUSED)
    assert filled.path.exists()
    return outcomes
