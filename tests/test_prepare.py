"""A run fetches what changed and nothing else, and never leaves half of anything."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from analysis.cache.store import Cache
from analysis.errors import ContractError, SourceError
from analysis.extracts import catalogue
from analysis.findings import STEPS, data
from analysis.findings.step import Inputs, Result, Step
from analysis.prepare import Run, prepare
from analysis.settings import Settings
from analysis.study import Study
from analysis.warehouse.duckdb_file import DuckDBFile

BOTH = tuple[Settings, Run]
FEW = data.STEPS  # quick steps, where a test is about extracts


def names(run: Run) -> list[str]:
    return [query["name"] for query in run.queries]


def test_a_first_run_asks_each_extract_once(prepared: BOTH) -> None:
    asked = names(prepared[1])
    assert sorted(asked) == sorted(["contract", "sample_check", *catalogue.names()])


def test_a_second_run_sends_no_query_to_the_marts(prepared: BOTH, study_folder: Settings) -> None:
    run = prepare(study_folder)
    assert run.queries == []
    assert run.manifest["keys"] == prepared[1].manifest["keys"]


def test_steps_that_take_minutes_wait_until_they_are_asked_for(prepared: BOTH) -> None:
    done = prepared[1].manifest["keys"].keys()
    quick = {step.name for step in STEPS if not step.deep}
    deep = {step.name for step in STEPS if step.deep}
    assert not done & deep
    waiting = {step.name for step in STEPS if set(step.needs) & (deep | {"truth_authors"})}
    assert quick - waiting <= done


def test_a_deep_chapter_is_computed_once_and_then_shown(
    study_folder: Settings,
) -> None:
    ran: list[str] = []

    def compute(_: Inputs) -> Result:
        ran.append("x")
        return Result(values={"n": 1})

    steps = [
        Step("slow.one", "Slow", compute, (), deep=True),
        Step("slow.two", "Rests on it", lambda _: Result(), ("slow.one",)),
    ]
    assert not {"slow.one", "slow.two"} & prepare(study_folder, steps=steps).manifest["keys"].keys()
    for deep in (["slow"], [], ["all"]):
        keys = prepare(study_folder, steps=steps, deep=deep).manifest["keys"]
        assert {"slow.one", "slow.two"} <= keys.keys()
    assert ran == ["x"]


def test_refresh_asks_again_and_finds_the_same(study_folder: Settings) -> None:
    prepare(study_folder, steps=FEW)
    before = Study.open(study_folder).passports().set_index("name")["content_hash"]
    run = prepare(study_folder, refresh=True, steps=FEW)
    after = Study.open(study_folder).passports().set_index("name")["content_hash"]
    assert len(run.queries) == len(catalogue.names()) + 2
    assert (before == after).all()


def test_the_same_source_and_seed_give_the_same_report(prepared: BOTH, tmp_path: Path) -> None:
    again = replace(prepared[0], directory=tmp_path)
    prepare(again)
    assert Study.open(again).claims() == Study.open(prepared[0]).claims()


def test_changed_rows_of_one_table_fetch_only_what_reads_it(
    small_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = {name: catalogue.get(name) for name in catalogue.names()}
    # authors are drawn by what they post, so each extract reads all marts; one is made to read less
    every["monthly_activity"] = replace(
        every["monthly_activity"], tables=frozenset({"MART_IMAGES_OF_POSTS"})
    )
    monkeypatch.setattr(catalogue, "get", every.__getitem__)
    copy = tmp_path / "marts.duckdb"
    shutil.copy(small_sample, copy)
    settings = Settings(source=str(copy), directory=tmp_path / "study")
    prepare(settings, steps=FEW)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update MART_AUTHORS set NB_FOLLOWS = NB_FOLLOWS + 1")
    reading = {name for name, extract in every.items() if "MART_AUTHORS" in extract.tables}
    asked = set(names(prepare(settings, steps=FEW)))
    assert asked == {"contract", *reading}
    assert reading == set(every) - {"monthly_activity"}


def test_a_file_touched_but_not_changed_is_looked_at_but_not_asked(
    small_sample: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "marts.duckdb"
    shutil.copy(small_sample, copy)
    settings = Settings(source=str(copy), directory=tmp_path / "study")
    prepare(settings, steps=FEW)
    copy.touch()
    assert names(prepare(settings, steps=FEW)) == []


def test_sources_do_not_take_each_other_for_themselves(
    study_folder: Settings, small_sample: Path
) -> None:
    other = replace(study_folder, source=str(small_sample))
    assert len(names(prepare(other, steps=FEW))) == len(catalogue.names()) + 1
    assert Study.open(other).source.kind == "duckdb"


def test_another_seed_computes_anew_but_asks_nothing(study_folder: Settings) -> None:
    sample = study_folder.sample_file
    other = replace(study_folder, source=str(sample))
    prepare(other, steps=FEW)
    assert names(prepare(replace(other, seed=7), steps=FEW)) == []


def test_a_warehouse_that_goes_away_leaves_what_was_fetched(
    tmp_path: Path, small_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(source=str(small_sample), directory=tmp_path)
    ask = DuckDBFile.query
    answered: list[str] = []

    def going(self: DuckDBFile, *args: object, **options: object) -> object:
        if len(answered) == 9:
            raise SourceError("The warehouse went away.", "Try again.")
        answered.append(str(options.get("name")))
        return ask(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DuckDBFile, "query", going)
    with pytest.raises(SourceError, match="went away"):
        prepare(settings, steps=FEW)
    monkeypatch.undo()
    kept = {passport.name for passport in Cache(settings.cache_file).passports()}
    assert kept
    resumed = names(prepare(settings, steps=FEW))
    assert not kept & set(resumed)
    assert kept | set(resumed) >= set(catalogue.names())


def test_marts_that_break_the_contract_stop_the_run_before_any_extract(
    small_sample: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "marts.duckdb"
    shutil.copy(small_sample, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("alter table MART_IMAGES_OF_POSTS drop column NB_LIKES")
    settings = Settings(source=str(copy), directory=tmp_path / "study")
    with pytest.raises(ContractError, match=r"MART_IMAGES_OF_POSTS\.NB_LIKES"):
        prepare(settings, steps=FEW)
    assert Cache(settings.cache_file).passports() == []


def test_no_extract_holds_an_author_id(prepared: BOTH, small_sample: Path) -> None:
    with duckdb.connect(str(small_sample), read_only=True) as connection:
        ids = {
            str(row[0])
            for row in connection.execute(
                "select AUTHORID from MART_AUTHORS_SEGMENTATIONS order by all limit 400"
            ).fetchall()
            if row[0] > 10**6  # shorter numbers may be counts
        }
    study = Study.open(prepared[0])
    for name in catalogue.names():
        frame = study.extract(name)
        for column in frame.columns:
            found = ids & set(frame[column].dropna().astype(str))
            assert not found, f"{name}.{column}"


def test_the_log_of_a_run_names_source_queries_and_versions(prepared: BOTH) -> None:
    settings, run = prepared
    (path,) = (settings.directory / "runs").glob("*.json")
    log = json.loads(path.read_text(encoding="utf-8"))
    assert log["run"] == run.name
    assert len(log["queries"]) == len(run.queries)
    assert {"duckdb", "numpy", "author-panels"} <= log["versions"].keys()
    assert "pseudonym" not in path.read_text(encoding="utf-8")


def test_a_source_that_changes_during_the_run_is_not_reported_on(
    small_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "marts.duckdb"
    shutil.copy(small_sample, copy)
    settings = Settings(source=str(copy), directory=tmp_path / "study")
    ask = DuckDBFile.query

    def touching(self: DuckDBFile, *args: object, **options: object) -> object:
        copy.touch()
        return ask(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DuckDBFile, "query", touching)
    with pytest.raises(SourceError, match="changed during the run"):
        prepare(settings, steps=FEW)
    assert Cache(settings.cache_file).manifest() is None
