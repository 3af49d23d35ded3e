"""A line that fails at any step: the right result or one clear error, and nothing half-filled."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.trust.network import ERROR, FAULTS, FOR_GOOD, RIGHT, TABLES_READ, Line, line

PASSING = {
    "connection reset", "429 too many requests", "503 unavailable", "truncated Arrow",
    "corrupt Arrow", "rows missing", "session expired", "session gone",
}  # fmt: skip


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with line(tmp_path_factory.mktemp("line")) as opened:
        yield opened


# An answer that never comes takes long to wait for: python -m benchmarks.faults tries it.
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "no answer in time"])
def test_a_fault_that_passes_is_got_over_and_another_is_said(broken: Line, fault: str) -> None:
    step = "monthly_activity" if "monthly_activity" in FAULTS[fault][1] else FAULTS[fault][1][0]
    once = broken.ask(fault, step, 1)
    assert once == (RIGHT if fault in PASSING or "clock" in fault else ERROR)


@pytest.mark.parametrize("fault", ["session expired", "truncated Arrow"])
def test_a_fault_that_stays_is_said_once_and_tries_are_bounded(
    broken: Line, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "analysis"):
        assert broken.ask(fault, "box_matching", FOR_GOOD) == ERROR
    tries = [record.message for record in caplog.records if "attempt" in record.message]
    assert len(tries) == 2
    assert all("box_matching" in text for text in tries)


@pytest.mark.parametrize("after", [0, 9])
def test_a_publication_that_breaks_off_is_published_by_the_next(broken: Line, after: int) -> None:
    assert broken.publish("connection reset", after, FOR_GOOD) == ERROR


def test_every_extract_is_a_step_that_can_fail() -> None:
    assert len(TABLES_READ) >= 16


def test_segments_that_break_off_are_made_by_the_next_run(broken: Line) -> None:
    assert broken.run("segment", "connection reset", "author_features", FOR_GOOD) == ERROR
    assert "segmentation.follower-bands" in broken.right("segment")
