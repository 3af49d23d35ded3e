from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.report import validation_tables
from analysis.report.pieces import markdown
from analysis.report.validation_figures import power_curves
from analysis.report.validation_tables import Shown
from analysis.validation import record
from analysis.validation.studies import STUDIES


class Nothing:
    """A run that holds no study."""

    def has(self, name: str) -> bool:
        return False


@pytest.fixture(scope="module")
def found() -> dict[str, Shown]:
    return validation_tables.studies(Nothing())  # type: ignore[arg-type]


def test_studies_that_a_run_lacks_come_from_the_last_full_run(found: dict[str, Shown]) -> None:
    assert "levels" in found
    assert not any(shown.own for shown in found.values())
    text = validation_tables.origin(found)
    assert "kept with the code" in text
    assert "make validate" in text


def test_edited_code_is_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = record.read("levels")
    assert kept is not None
    old = replace(kept, code="another")
    monkeypatch.setattr(record, "read", lambda name: old if name == "levels" else None)
    found = validation_tables.studies(Nothing())  # type: ignore[arg-type]
    text = validation_tables.origin(found)
    assert "edited since then that 1 of them use" in text
    assert STUDIES["power"].title.lower() in text


def test_sentences_follow_the_figures(found: dict[str, Shown]) -> None:
    table = found["levels"].table.copy()
    table.loc[table["test"] == "permutation in blocks: Hellinger", ["rate", "holds"]] = [0.2, False]
    worse = {"levels": found["levels"]._replace(table=table)}
    assert "Outside the band: permutation in blocks: Hellinger" in (
        validation_tables.levels_answer(worse)
    )
    assert "Outside" not in validation_tables.levels_answer(found)
    assert "has not been measured" in validation_tables.coverage_answer({})


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("levels", validation_tables.levels),
        ("discoveries", validation_tables.discoveries),
        ("panel_coverage", validation_tables.coverage),
        ("bootstrap_agreement", validation_tables.blocks),
        ("threshold_levels", validation_tables.thresholds),
        ("bunching_power", validation_tables.bunching),
        ("weighting", validation_tables.weighting),
        ("lead_lag", validation_tables.leads),
    ],
)
def test_every_study_has_its_table(found: dict[str, Shown], name: str, table: object) -> None:
    piece = validation_tables.held(
        found,
        name,
        lambda: markdown(table(found).as_raw_html()),  # type: ignore[operator]
    )
    expected = "<table" if name in found else "has not been run"
    assert expected in str(piece.data)


def test_power_is_drawn() -> None:
    power = pd.DataFrame(
        {
            "test": ["a", "a", "b", "b"],
            "odds": [1.1, 2.0] * 2,
            "power": [0.1, 0.95, 0.05, 0.5],
            "sets": 200,
            "low": 0.0,
            "high": 1.0,
        }
    )
    title = validation_tables.power_title(power)
    assert title.startswith("Odds of 2")
    assert "2 tests" in validation_tables.power_words(power)
    power_curves(power, title).draw()


def test_agreement_names_what_is_out_of_scope() -> None:
    table = validation_tables.agreement()
    text = validation_tables.agreement_answer(table)
    assert f"{int((table['reason'] != '').sum())} cases are out of scope" in text
    assert "out of scope: " in validation_tables.agreement_table(table).as_raw_html()


def test_mistakes_that_are_noticed_are_told_with_their_interval() -> None:
    assert "not measured" in validation_tables.mutants_answer(None)
    found = {"measured": "2026-11-30", "places": 3_900, "mutants": 100, "killed": 85}
    said = validation_tables.mutants_answer(found).replace("\N{NO-BREAK SPACE}", " ")
    assert "from 3,900 places, the tests notice 85 % (95 % interval 77 % to 91 %)" in said
