"""Figures from outside the marts: empty as the project comes, checked when somebody fills them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import StudyError
from analysis.extracts.outside import load_audit, load_margins

HEADER = "TYPE,LABEL_NAME,BAND,PRESENT,FOUND,ABSENT,SILENT\n"


def test_the_project_comes_without_figures_of_its_own() -> None:
    assert load_margins().empty
    assert load_audit().empty


def test_margins_are_read_by_zone_and_band(tmp_path: Path) -> None:
    path = tmp_path / "margins.toml"
    path.write_text(
        'source = "a survey"\n[share.us]\nmainstream = 0.3\ntrendy = 0.1\nedgy = 0.1\n'
        "[share.eu]\nmainstream = 0.4\ntrendy = 0.1\nedgy = 0.0\n"
    )
    found = load_margins(path).set_index(["ZONE", "BAND"])["SHARE"]
    assert found["us", "trendy"] == 0.1
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[share.us]\nmainstream = 1\ntrendy = 0\nedgy = 0\n", "where its shares come from"),
        ('source = "x"\n[share.us]\nmainstream = 0.5\ntrendy = 0.1\nedgy = 0.1\n', "not to one"),
        ("[share.us]\nmainstream = 1\n", "cannot be read"),
        ("[share.us]\nmainstream = 'many'\ntrendy = 0\nedgy = 0\n", "cannot be read"),
    ],
)
def test_margins_that_make_no_sense_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "margins.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=message):
        load_margins(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("pattern,stripes,edgy,10,11,5,5\n", "finds too many"),
        ("pattern,stripes,famous,10,9,5,5\n", "names another band"),
        ("pattern,stripes,edgy,10,9,5,5\n" * 2, "repeats"),
        ("pattern,stripes,edgy,ten,9,5,5\n", "cannot be read"),
    ],
)
def test_an_audit_that_makes_no_sense_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "audit.csv"
    path.write_text("# seen by two people\n" + HEADER + rows)
    with pytest.raises(StudyError, match=message):
        load_audit(path)
    path.write_text(HEADER + "pattern,stripes,edgy,10,9,5,5\n")
    assert load_audit(path)["FOUND"].tolist() == [9.0]
