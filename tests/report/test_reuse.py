"""The pages for reuse name all that there is, in words that come from where it is defined."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

import analysis
from analysis.extracts import catalogue
from analysis.report import reuse
from analysis.warehouse import contract


@pytest.fixture(scope="module")
def reference() -> str:
    return str(reuse.reference().data)


@pytest.mark.parametrize("name", analysis.__all__)
def test_every_public_name_has_an_entry(reference: str, name: str) -> None:
    assert f"**{name}**" in reference


def test_entries_hold_signature_shapes_results_and_errors(reference: str) -> None:
    start = reference.index("**association**")
    entry = reference[start : reference.index("**AuthorLabelCounts**")]
    assert "permutations=999" in entry
    assert "- `counts`, `AuthorLabelCounts`" in entry
    assert "*Returns*" in entry
    assert ":meth:" not in reference
    assert "``" not in reference.replace("```", "")
    assert "`from_wide()`: Build from a frame" in reference


def test_examples_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    for path in (root / "examples").glob("*.py"):
        assert path.read_text(encoding="utf-8").rstrip() in reuse.example(path.name).data


@pytest.mark.parametrize("table", contract.MARTS)
def test_the_dictionary_holds_every_column_of_a_mart(table: str) -> None:
    html = reuse.mart_columns(table).as_raw_html()
    columns = [column for column in contract.load().columns if column.table == table]
    assert columns
    for column in columns:
        assert column.name in html
        assert escape(column.meaning) in html
    assert html.count("personal, stays in the warehouse") == sum(c.personal for c in columns)


def test_the_dictionary_holds_every_rule_and_extract() -> None:
    html = reuse.mart_rules().as_raw_html()
    assert html.count("stops the study") == sum(
        rule.severity == "error" for rule in (*contract.load().rules, *contract.load().links)
    )
    extracts = reuse.extract_columns().as_raw_html()
    for name in catalogue.names():
        assert f"{name}: " in extracts
