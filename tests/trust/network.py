"""Everything that goes wrong between here and Snowflake, at every step of a run.

The faults are worked into the answers of a server that speaks Snowflake's protocol, so that the
real connector meets them over HTTP.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from fakesnow import info_schema
from fakesnow.server import app

from analysis import extracts
from analysis.cache.store import Cache
from analysis.errors import StudyError
from analysis.findings.production import steps
from analysis.prepare import prepare
from analysis.report.engine import render
from analysis.segmentations.publish import publish
from analysis.settings import Settings
from analysis.warehouse import contract, snowflake
from analysis.warehouse.source import MARTS
from analysis.warehouse.target import TABLES, SnowflakeTarget
from tests.report.engine.books import write_book
from tests.snowflake import faults as spoil
from tests.snowflake.faults import Faults
from tests.snowflake.stand_in import stand_in
from tests.trust.crashes import CHAPTER, MONDAY, follower_bands
from tests.trust.warehouses import base
from tests.warehouse.small import PARAMETERS

# step -> what its request holds
STEPS = {
    "login": "login-request",
    "clock": "SYSDATE",
    "fingerprint": "INFORMATION_SCHEMA.TABLES",
    "columns": "INFORMATION_SCHEMA.COLUMNS",
    **{f"contract of {mart}": f'"contract of {mart}"' for mart in MARTS},
    "contract of links": "contract of links",
    **{name: f'"for": "{name}"' for name in extracts.names()},
}
QUERIES = tuple(step for step in STEPS if step != "login")
TABLES_READ = tuple(step for step in QUERIES if step not in ("clock", "fingerprint", "columns"))
_ARROW = (lambda rows: rows[: len(rows) // 2], lambda rows: rows[:40] + b"\xff" * 30 + rows[70:])

# fault -> what the server answers, and at which steps it can happen
FAULTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "connection reset": (spoil.cut_off, tuple(STEPS)),
    "no answer in time": (spoil.late, tuple(STEPS)),
    "429 too many requests": (spoil.status(429), tuple(STEPS)),
    "503 unavailable": (spoil.status(503), tuple(STEPS)),
    "truncated Arrow": (spoil.arrow(_ARROW[0]), QUERIES),
    "corrupt Arrow": (spoil.arrow(_ARROW[1]), QUERIES),
    "rows missing": (spoil.announce_more_rows, TABLES_READ),
    "session expired": (spoil.refusal("390112", "Your session has expired."), QUERIES),
    "session gone": (spoil.refusal("390111", "Session no longer exists."), QUERIES),
    "login refused": (spoil.refusal("390100", "canary-password is wrong"), ("login",)),
    "warehouse suspended": (spoil.refusal("090073", "canary"), QUERIES),
    "no warehouse": (spoil.refusal("000606", "canary"), QUERIES),
    "query killed": (spoil.refusal("000604", "canary"), QUERIES),
    "statement timeout": (spoil.refusal("000630", "canary"), QUERIES),
    "clock a year ahead": (spoil.clock(24 * 365), ("clock",)),
    "clock a year behind": (spoil.clock(-24 * 365), ("clock",)),
}
RIGHT, ERROR = "right result", "one clear error"
FOR_GOOD = 40
METHOD, BOOK = "follower bands", "_book"


class Line:
    """A stand-in, what a run gives when nothing is wrong, and runs over a line that fails."""

    def __init__(self, layer: Faults, parameters: Mapping[str, Any]) -> None:
        self.layer = layer
        self.parameters = {**parameters, "socket_timeout": 3, "network_timeout": 4}
        self._answers: dict[str, Any] = {}
        self._right: dict[str, dict[str, Any]] = {}

    def right(self, action: str) -> dict[str, Any]:
        """Return what a run gives over a line that holds."""
        if action not in self._right:
            with tempfile.TemporaryDirectory() as folder:
                self._right[action] = self._run(action, _begun(action, Path(folder)))
        return self._right[action]

    def _run(self, action: str, folder: Path) -> dict[str, Any]:
        """Fetch everything, segment or render if that is asked for, and return what is left."""
        own = steps(METHOD) if action == "segment" else ()
        patient = partial(snowflake.Snowflake, time_travel=False, attempts=3, backoff=0.01)

        def opened(name: str, parameters: Any, **_: Any) -> snowflake.Snowflake:
            return patient(name, parameters)

        with (
            mock.patch("analysis.warehouse.connect.Snowflake", opened),
            mock.patch(
                "analysis.warehouse.connect.parameters_of",
                return_value=("stand-in", dict(self.parameters)),
            ),
        ):
            prepare(Settings(source="stand-in", directory=folder), steps=own)
        if action == "render":
            render(folder, engine="pandoc", formats=["html"])
        return contents(folder)

    def _ask(self, step: str) -> Any:
        """Carry out one step of a run by itself."""
        patient = {"time_travel": False, "attempts": 3, "backoff": 0.01}
        with closing(
            snowflake.Snowflake("stand-in", self.parameters, **patient)  # type: ignore[arg-type]
        ) as source:
            if step in ("login", "clock"):
                return source.info.kind
            if step == "fingerprint":
                return {
                    mart: digest != "" for mart, digest in source.fingerprint().items()
                }  # which differ with the time they refer to
            if step == "columns":
                return source.columns()
            if step.startswith("contract"):
                return contract.check(source).to_dict("records")
            return extracts.get(step).run(source, PARAMETERS).table

    def ask(self, fault: str, step: str, times: int) -> str:
        """Carry out one step with a fault, and then without it; return what came of it."""
        if step not in self._answers:
            self._answers[step] = self._ask(step)
        self.layer.planned.extend([(STEPS[step], FAULTS[fault][0])] * times)
        try:
            assert self._ask(step) == self._answers[step], f"{fault} at {step}: a wrong number"
            outcome = RIGHT
        except StudyError as error:
            assert "\n" not in str(error)
            assert "canary" not in str(error)
            outcome = ERROR
        met = len(self.layer.planned) < times
        self.layer.planned.clear()
        assert met, f"{fault} never came up at {step}"
        return outcome

    def run(self, action: str, fault: str, step: str, times: int) -> str:
        """Extract or segment with a fault, look at what is left, and run again without it."""
        answer, _ = FAULTS[fault]
        right = self.right(action)
        with tempfile.TemporaryDirectory() as name:
            folder = _begun(action, Path(name))
            self.layer.planned.extend([(STEPS[step], answer)] * times)
            try:
                assert self._run(action, folder) == right, f"{fault} at {step}: a wrong number"
                outcome = RIGHT
            except StudyError as error:
                assert "canary" not in str(error)
                outcome = ERROR
            met = len(self.layer.planned) < times
            self.layer.planned.clear()
            left = contents(folder)
            book = left.pop(BOOK, None)  # which is there as a whole, or not at all
            assert book in (None, right.get(BOOK)), f"{fault} at {step}: half a book"
            assert left.items() <= right.items(), f"{fault} at {step}: half an entry"
            assert self._run(action, folder) == right
        assert met, f"{fault} never came up at {step}"
        return outcome

    def publish(self, fault: str, after: int, times: int) -> str:
        """Publish with a fault at one of the statements, and then again without it."""
        answer, steps = FAULTS[fault]
        # the stand-in cannot note comments of temporary tables within a transaction
        with mock.patch.object(info_schema, "insert_table_comment_sql", return_value="SELECT 1"):
            if len(steps) == 1:  # which can happen at one step only
                self.layer.planned.extend([(STEPS[steps[0]], answer)] * times)
            else:
                self.layer.planned.extend([("query-request", spoil.right)] * after)
                self.layer.planned.extend([("query-request", answer)] * times)
            try:
                with closing(SnowflakeTarget("stand-in", dict(self.parameters))) as target:
                    publish(target, follower_bands(), now=None if "clock" in fault else MONDAY)
                outcome = RIGHT
            except StudyError as error:
                assert "canary" not in str(error)
                outcome = ERROR
            met = sum(answer is planned for _, planned in self.layer.planned) < times
            self.layer.planned.clear()
            assert met, f"{fault} never came up after {after} statements"
            again = SnowflakeTarget("stand-in", dict(self.parameters))
            if outcome == RIGHT:
                assert publish(again, follower_bands(), now=MONDAY).is_empty
            half = "AUTHOR_SEGMENT" in again.tables() and _rows(again) not in (0, PUBLISHED)
            assert not half, f"{fault} after {after} statements: half a table"
            publish(again, follower_bands(), now=MONDAY)
            assert publish(again, follower_bands(), now=MONDAY).is_empty
            assert _rows(again) == PUBLISHED
            for table in sorted(again.tables(), key=TABLES.index, reverse=True):
                again._execute(f"DROP TABLE {table}")
            again.close()
        return outcome


PUBLISHED = 12


def _rows(target: SnowflakeTarget) -> int:
    return int(target.run("SELECT COUNT(*) AS N FROM AUTHOR_SEGMENT WHERE VALID_TO IS NULL")[0][0])


def _begun(action: str, folder: Path) -> Path:
    """Lay into a folder what a run starts from."""
    return (
        write_book(folder, CHAPTER.format(edition="an edition")) if action == "render" else folder
    )


def contents(folder: Path) -> dict[str, Any]:
    """Return the content of every entry of a cache, and of a book; damage raises."""
    cache = Cache(folder / "cache.duckdb")
    found = {}
    for passport in cache.passports():
        stored = cache.read(passport.key)
        assert stored is not None
        found[passport.name] = passport.content_hash
    pages = folder / "_book"
    if pages.exists():
        found[BOOK] = {path.name: path.read_bytes() for path in pages.rglob("*.html")}
    return found


@contextmanager
def line(folder: Path) -> Iterator[Line]:
    """Open a stand-in that holds the small warehouse."""
    layer = Faults(app)
    with stand_in(base(1, 12, 90, 200).write(folder / "marts.duckdb"), layer) as parameters:
        yield Line(layer, parameters)


def plan(seed: int, steps_of_each: int) -> list[tuple[str, str, int]]:
    """Return trials: each fault at some of the steps where it can happen, once and for good."""
    draw = random.Random(seed)
    return [
        (fault, step, times)
        for fault, (_, steps) in FAULTS.items()
        for step in draw.sample(steps, min(steps_of_each, len(steps)))
        for times in (1, FOR_GOOD)
    ]
