"""The cache gives back what was stored, or says why it cannot; it never holds half a write."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analysis.cache.passport import Entry, Passport
from analysis.cache.store import Cache, heal
from analysis.errors import CacheError, DamagedCacheError

TABLE = pa.table(
    {
        "AUTHOR_INDEX": pa.array([1, 2, None], pa.int32()),
        "LABEL": pa.array(["top", "É|\n", None], pa.string()),
    }
)


def passport(key: str, name: str = "author_features", source: str = "sample:x") -> Passport:
    return Passport(
        name, "extract", key, source, "2026-01-01T00:00:00Z", "select 1", "q1", 0, 0, "", 0.5, "now"
    )


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "deep" / "cache.duckdb")


def test_what_is_written_is_read_back_with_its_types(cache: Cache) -> None:
    stamped = cache.write(passport("k1"), Entry({"author_features": TABLE}, {"a": [1, "b"]}))
    found = cache.read("k1")
    assert found is not None
    assert found[0] == stamped
    assert found[0].rows == 3
    assert found[1].tables["author_features"].equals(TABLE)
    assert found[1].values == {"a": [1, "b"]}


def test_an_unknown_key_and_an_absent_file_are_no_error(cache: Cache) -> None:
    assert cache.read("k1") is None
    assert cache.passport("k1") is None
    assert cache.manifest() is None
    cache.write(passport("k1"), Entry({"t": TABLE}))
    assert cache.read("k2") is None


def test_a_new_state_replaces_the_old_one_of_the_same_source_only(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    cache.write(passport("k2", source="duckdb:other"), Entry({"t": TABLE}))
    cache.write(passport("k3"), Entry({"t": TABLE}))
    assert cache.passport("k1") is None
    assert cache.passport("k2") is not None
    assert cache.passport("k3") is not None


def test_writing_the_same_entry_twice_changes_nothing(cache: Cache) -> None:
    first = cache.write(passport("k1"), Entry({"t": TABLE}))
    assert cache.write(passport("k1"), Entry({"t": TABLE})) == first
    assert len(cache.passports()) == 1


def test_values_that_are_not_numbers_are_refused(cache: Cache) -> None:
    with pytest.raises(ValueError, match="JSON"):
        cache.write(passport("k1"), Entry({}, {"share": float("nan")}))
    assert cache.passport("k1") is None


def test_flipped_bits_are_noticed_and_healed(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    sound = cache.path.read_bytes()
    noticed = 0
    for place in range(4096, len(sound), max(1, len(sound) // 40)):
        damaged = bytearray(sound)
        damaged[place] ^= 0xFF
        cache.path.write_bytes(damaged)
        try:
            found = cache.read("k1")
            assert found is None or found[1].tables["t"].equals(TABLE)
        except CacheError as error:
            noticed += 1
            assert error.mend
    assert noticed > 0
    cache.path.write_bytes(sound[: len(sound) // 2])
    lines: list[str] = []
    healed = Cache(cache.path, lines.append)
    heal(healed)
    assert healed.passports() == []
    assert "damaged" in lines[0]


def test_content_that_is_not_what_its_passport_names_is_refused(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    with duckdb.connect(str(cache.path)) as connection:
        connection.execute('update "k1_0" set "AUTHOR_INDEX" = 7')
    with pytest.raises(CacheError, match="not what was stored"):
        cache.read("k1")


def test_a_cache_of_a_newer_version_is_neither_read_nor_cleared(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    with duckdb.connect(str(cache.path)) as connection:
        connection.execute("update format set version = 99")
    with pytest.raises(CacheError, match="newer version"):
        cache.read("k1")
    with pytest.raises(CacheError, match="newer version"):
        heal(cache)
    assert cache.path.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        "drop table entries",
        "alter table entries drop column passport",
        "update entries set passport = '{}'",
        "update entries set values_json = 'nothing'",
        "update entries set key = 'another'",
        "update format set version = 0",
        "insert into runs values ('r', 'now', '{')",
    ],
)
def test_a_file_that_is_not_such_a_cache_is_set_aside(cache: Cache, spoil: str) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    with duckdb.connect(str(cache.path)) as connection:
        connection.execute(spoil)
    lines: list[str] = []
    heal(Cache(cache.path, lines.append))
    assert len(lines) == 1
    assert "damaged" in lines[0]
    assert cache.passports() == []


def test_damage_that_only_a_writer_meets_is_no_matter_of_the_disk(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))

    def corrupt(*_: object) -> None:
        raise duckdb.Error("Corrupt database file: computed checksum 1 does not match 2")

    monkeypatch.setattr("analysis.cache.store.os.fsync", corrupt)
    with pytest.raises(DamagedCacheError, match="is damaged"):
        cache.write(passport("k2", name="other"), Entry({"t": TABLE}))


def test_what_a_killed_writer_left_is_cleared(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    left = cache.path.with_name(f"{cache.path.name}.1.new")
    left.write_bytes(b"half")
    cache.write(passport("k2", name="other"), Entry({"t": TABLE}))
    assert not left.exists()
    assert cache.passport("k1") is not None


@pytest.mark.parametrize(
    ("error", "said", "mend"),
    [
        (OSError(28, "No space left on device"), "no space left", "Free space"),
        (duckdb.IOException('Could not write file "x": No space left'), "no space left", "Free"),
        (OSError(30, "Read-only file system"), "can only be read", "Mount"),
        (PermissionError(13, "Permission denied"), "denies access", "Take the right"),
        (duckdb.IOException("Could not set lock on file"), "another program", "Close that"),
        (duckdb.InvalidInputException("no columns"), "InvalidInputException", "report it"),
    ],
)
def test_what_keeps_it_from_being_written_is_named_and_the_old_state_kept(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str, mend: str
) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("analysis.cache.store.os.fsync", fails)
    with pytest.raises(CacheError, match=said) as refused:
        cache.write(passport("k2", name="other"), Entry({"t": TABLE}))
    monkeypatch.undo()
    assert mend in refused.value.mend
    assert ("Free space" in refused.value.mend) == ("No space" in str(error))
    assert cache.passport("k1") is not None
    assert cache.passport("k2") is None
    assert {path.suffix for path in cache.path.parent.iterdir()} <= {".duckdb", ".lock"}


def test_a_sound_file_that_another_program_holds_is_not_thrown_away(cache: Cache) -> None:
    cache.write(passport("k1"), Entry({"t": TABLE}))
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(cache.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CacheError, match="another program holds it open"):
            heal(cache)
        other.communicate(b"\n")
    assert cache.passport("k1") is not None


def test_only_the_latest_runs_are_kept_and_found_by_name(cache: Cache) -> None:
    for i in range(55):
        cache.record_run(f"r{i}", f"2026-01-01T00:00:{i:02d}", {"n": i})
    assert cache.manifest() == {"n": 54}
    assert cache.manifest("r50") == {"n": 50}
    assert cache.manifest("r0") is None


def _write_many(path: Path, who: int) -> None:
    for i in range(4):
        entry = Entry({"t": pa.table({"a": [who, i]})})
        Cache(path).write(passport(f"{who}-{i}", name=f"{who}-{i}"), entry)


def test_ten_writers_at_once_lose_nothing(cache: Cache) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(cache.path, who)) for who in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        assert worker.exitcode == 0
    assert len(cache.passports()) == 40


def _write_for_ever(path: Path) -> None:
    i = 0
    while True:
        i += 1
        key = f"k{i}"
        Cache(path).write(replace(passport(key), name="same"), Entry({"t": TABLE}, {"i": i}))


def test_a_killed_writer_leaves_a_whole_file(cache: Cache) -> None:
    cache.write(passport("k0", name="kept"), Entry({"t": TABLE}))
    context = multiprocessing.get_context("spawn")
    for trial in range(6):
        worker = context.Process(target=_write_for_ever, args=(cache.path,))
        worker.start()
        time.sleep(0.9 + 0.037 * trial)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join(30)
        names = [stored.name for stored in cache.passports()]
        assert "kept" in names
        for stored in cache.passports():
            assert cache.read(stored.key) is not None
        cache.write(passport(f"after{trial}", name="after"), Entry({"t": TABLE}))
