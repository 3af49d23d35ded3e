"""The appendix on faults says what the trials gave, or that there were none."""

from __future__ import annotations

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


def test_trials_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_tables, "measured", lambda name: None)
    assert "not tried" in fault_tables.summary(*fault_tables.trials())
    monkeypatch.setattr(fault_tables, "measured", {"faults": PARTS}.get)
    rows, last = fault_tables.trials()
    assert "In 1,100 trials of 1 fault," in fault_tables.summary(rows, last)
    shown = fault_tables.table(rows).as_raw_html()
    assert shown.count("kill -9") == 1
    assert "extract (70) and render (1,030)" in shown
    assert "right (1,100)" in shown
