"""Kept results are shown for the rows they were computed from, and for no others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from analysis import kept
from analysis.cache.passport import Entry
from analysis.claims import Claim
from analysis.findings.step import Inputs, Result, Step
from analysis.prepare import prepare
from analysis.settings import Settings
from analysis.study import Study

CLAIM = Claim("slow.yes", "Is it so?", 0.1 + 0.2, "", (0.1, 1 / 3), None, "yes", "It is.")
FOUND = Result(
    {
        "shown": pd.DataFrame({"name": ["a", None], "share": [1 / 3, None], "n": [1, 2]}),
        "people": pd.DataFrame({"author_index": [4, 5], "segment": ["x", "y"]}),
    },
    {"n": 1},
    (CLAIM,),
)


def _never(_: Inputs) -> Result:
    raise AssertionError("a kept result is not computed")


SLOW = Step("slow.one", "Slow", _never, ("table_profile",), deep=True)
AFTER = Step(
    "slow.two",
    "Rests on it",
    lambda inputs: Result(values=dict(inputs.results["slow.one"].values)),
    ("slow.one",),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for kept results."""
    monkeypatch.setattr(kept, "data_file", lambda *parts: tmp_path.joinpath("data", *parts))
    return tmp_path / "data" / "kept"


def _kept(fingerprint: dict[str, str], seed: int = 2025) -> kept.Kept:
    entry = FOUND.to_entry()
    return kept.Kept("slow.one", fingerprint, seed, "2026-01-02T03:04:05", 9.5, "c", {}, entry)


def test_a_result_survives_keeping_to_the_last_digit(folder: Path) -> None:
    kept.write(_kept({}))
    found = kept.read("slow.one")
    assert found is not None
    result = Result.from_entry(found.entry)
    assert result.claims == (CLAIM,)
    pd.testing.assert_frame_equal(result.tables["shown"], FOUND.tables["shown"], check_exact=True)
    assert kept.read("slow.two") is None


def test_no_row_of_an_author_is_kept(folder: Path) -> None:
    kept.write(_kept({}))
    found = kept.read("slow.one")
    assert found is not None
    assert "people" not in found.entry.tables
    assert "author_index" not in next(folder.glob("*.json")).read_text()


def test_the_report_shows_what_is_kept_for_its_rows(folder: Path, study_folder: Settings) -> None:
    kept.write(_kept(prepare(study_folder, steps=[]).manifest["fingerprint"]))
    for _ in range(2):
        prepare(study_folder, steps=[SLOW, AFTER])
        study = Study.open(study_folder)
        assert study.passport("slow.one").kept
        assert study.passport("slow.one").seconds == 9.5
        assert study.result("slow.two").values == {"n": 1}
        assert CLAIM in study.claims()


@pytest.mark.parametrize("other", ["rows", "seed"])
def test_other_rows_or_another_seed_show_nothing_kept(
    folder: Path, study_folder: Settings, other: str
) -> None:
    fingerprint = dict(prepare(study_folder, steps=[]).manifest["fingerprint"])
    if other == "rows":
        fingerprint["MART_AUTHORS"] = "changed"
    kept.write(_kept(fingerprint, seed=2025 if other == "rows" else 1))
    assert "slow.one" not in prepare(study_folder, steps=[SLOW]).manifest["keys"]


def test_computing_takes_the_place_of_what_was_kept(folder: Path, study_folder: Settings) -> None:
    kept.write(_kept(prepare(study_folder, steps=[]).manifest["fingerprint"]))
    prepare(study_folder, steps=[SLOW])
    computed = replace(SLOW, compute=lambda _: Result(values={"n": 2}))
    prepare(study_folder, steps=[computed], deep=["slow"])
    study = Study.open(study_folder)
    assert not study.passport("slow.one").kept
    assert study.result("slow.one").values == {"n": 2}
    shutil.rmtree(folder)
    assert "slow.one" in prepare(study_folder, steps=[computed]).manifest["keys"]


def test_keeping_takes_what_a_run_holds(
    folder: Path, study_folder: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = replace(SLOW, compute=lambda _: FOUND)
    monkeypatch.setattr(kept, "STEPS", (computed, AFTER))
    prepare(study_folder, steps=[computed, AFTER], deep=["slow"])
    assert kept.keep(Study.open(study_folder)) == ["slow.one"]
    found = kept.read("slow.one")
    assert found is not None
    assert found.of_code(computed)
    assert pa.types.is_floating(found.entry.tables["shown"].schema.field("share").type)
    assert isinstance(found.entry, Entry)
