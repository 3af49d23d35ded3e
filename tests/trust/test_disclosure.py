"""Groups of too few authors are shown nowhere; the one gate is the study that pages read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.cache.passport import Passport
from analysis.cache.store import Cache
from analysis.disclosure import small_groups, withheld
from analysis.findings import data, panels, today
from analysis.findings.step import Result
from analysis.prepare import prepare
from analysis.report.prose import count
from analysis.settings import Settings
from analysis.study import Study
from tests.trust.warehouses import A, S, base

BANDS = pd.DataFrame(
    {"band": ["mainstream", "edgy"], "authors": [300, 9], "flagged": [4, 2], "share": [0.9, 0.1]}
)


def shown(result: Result, step: str = "today.x", least: int = 10) -> dict[str, pd.DataFrame]:
    return withheld(step, result, small_groups([BANDS], least), least).tables


def test_a_group_of_nine_is_left_out_and_small_parts_of_others_are_few() -> None:
    (table,) = shown(Result({"sizes": BANDS})).values()
    assert table["band"].tolist() == ["mainstream"]
    assert count(table["flagged"].iloc[0]) == "few"
    assert len(shown(Result({"sizes": BANDS}), least=9)["sizes"]) == 2


@pytest.mark.parametrize("column", ["band", "group", "GROUP", "segment", "mart", "name"])
def test_a_small_group_is_left_out_of_tables_that_hold_no_count(column: str) -> None:
    series = pd.DataFrame({column: ["edgy", "mainstream"], "VISIBILITY": [0.5, 0.2]})
    assert shown(Result({"weekly": series}))["weekly"][column].tolist() == ["mainstream"]


def test_published_figures_are_shown_as_they_are() -> None:
    assert shown(Result({"sizes": BANDS}), "published.lifts")["sizes"].equals(BANDS)


def test_nothing_that_pages_read_speaks_of_a_small_band(tmp_path: Path) -> None:
    made = base(5, 60, 500, 300)
    made.rows[A]["NB_FOLLOWERS"] = [90_000] * 7 + [500] * 53
    made.rows[S]["NB_FOLLOWERS"] = [90_000.0] * 7 + [500.0] * 53
    settings = Settings(str(made.write(tmp_path / "marts.duckdb")), tmp_path / "study")
    prepare(settings, steps=[*data.STEPS, *panels.STEPS, *today.STEPS])
    study = Study.open(settings)
    for least, speaks in ((10, False), (7, True)):
        seen = replace(study, smallest_group=least)
        found = {
            f"{step}.{name}"
            for step in seen.manifest["steps"]
            for name, table in seen.result(step).tables.items()
            if table.isin(["edgy"]).any(axis=None)
        }
        assert bool(found) == speaks, found
    assert Cache(settings.cache_file).passports()
    assert isinstance(study.passport("today.bands"), Passport)
