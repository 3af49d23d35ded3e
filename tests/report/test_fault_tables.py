"""The appendix on faults says what the trials gave, or that there were none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.report import fault_tables

PARTS = {
    "kills": {
        "measured": "2026-11-24",
        "rows": [
            {"fault": "kill -9", "where": "extract", "trials": 70, "outcomes": {"right": 70}},
            {"fault": "kill -9", "where": "render", "trials": 1_030, "outcomes": {"right": 1_030}},
        ],
    }
}


def test_trials_are_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_tables, "data_file", lambda: tmp_path / "data")
    rows, measured = fault_tables.trials()
    assert "not tried" in fault_tables.summary(rows, measured)
    path = tmp_path / "benchmarks" / "results" / "faults.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(PARTS), encoding="utf-8")
    rows, measured = fault_tables.trials()
    assert "In 1,100 trials of 1 fault," in fault_tables.summary(rows, measured)
    assert "right (1,030)" in fault_tables.table(rows).as_raw_html()
