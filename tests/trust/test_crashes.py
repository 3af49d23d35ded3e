"""Killed, out of room or one of many: what was there stays whole, and the next run is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust import damage
from tests.trust.crashes import Trials, full_disk, processes, small_disk, together


@pytest.fixture(scope="module", params=["extract", "render", "publish"])
def trials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trials:
    return Trials(request.param, tmp_path_factory.mktemp(request.param) / "trials")


def test_a_run_killed_at_any_moment_is_made_good_by_the_next(trials: Trials) -> None:
    assert trials.kill(1, seed=1)["trials"] == 1


def test_a_full_disk_is_one_error_and_keeps_what_was(trials: Trials, tmp_path: Path) -> None:
    mounting = processes().Process(target=small_disk, args=(tmp_path, 2**20))
    mounting.start()
    mounting.join()
    if mounting.exitcode:
        pytest.skip("nobody may mount a small disk here")
    assert full_disk(trials, 1, seed=1).total() == 1


def test_two_runs_at_once_end_well(trials: Trials) -> None:
    if trials.action != "render":
        pytest.skip("writers of a cache: tests/cache; a DuckDB file tells a second writer to wait")
    assert together(trials, 2) == {"ended well": 2}


def test_flipped_bits_and_cut_files_are_fetched_anew(tmp_path: Path) -> None:
    assert set(damage.flips(tmp_path / "flips", 2, seed=3)) <= {damage.HEALED, damage.UNHARMED}
    assert damage.cuts(tmp_path / "cuts", 1, seed=3) == [damage.HEALED]
