"""Generated bad warehouses: a right result, or an error that names table, column, rule and count.

A few dozen cases run with the suite; ``HYPOTHESIS_PROFILE=deep`` runs some thousand.
"""

from __future__ import annotations

import json
import os
import random
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings

from analysis import extracts
from analysis.claims import Claim
from analysis.errors import ContractError
from analysis.findings import STEPS
from analysis.findings.step import Inputs, Result, ordered
from analysis.warehouse import contract
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.trust.warehouses import FLAWS, A, L, P, S, Warehouse, base, expected, warehouses
from tests.warehouse.small import PARAMETERS

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
TODAY, TOMORROW = date(2024, 12, 31), datetime(2025, 1, 1)
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
CASE = settings(deadline=None, derandomize=not DEEP, database=None, suppress_health_check=CHECKS)


def report_of(made: Warehouse, path: Path):
    with closing(DuckDBFile(made.write(path), threads=1)) as source:
        return contract.check(source, TODAY)


def found_in(report):
    return {
        (row.TABLE_NAME, row.COLUMN_NAME, row.RULE): (row.SEVERITY, row.N_ROWS, row.N_CHECKED)
        for row in report.itertuples()
    }


def study(made: Warehouse, path: Path) -> tuple[dict[str, object], dict[str, Result]]:
    """Run every extract and every step that takes no minutes, as a run does."""
    with closing(DuckDBFile(made.write(path), threads=1)) as source:
        tables = {
            name: extracts.get(name).run(source, PARAMETERS).table for name in extracts.names()
        }
    results: dict[str, Result] = {}
    for step in ordered(STEPS):
        if step.deep or not set(step.needs) <= tables.keys() | results.keys():
            continue
        if not set(step.needs) & (tables.keys() | MOVING):
            continue  # rests on published data alone: the same for every warehouse
        given_tables = {name: tables[name] for name in step.needs if name in tables}
        given_results = {name: results[name] for name in step.needs if name in results}
        try:
            entry = step.compute(Inputs(1, given_tables, given_results)).to_entry()
            json.dumps(entry.values, allow_nan=False)
        except Exception as error:
            error.add_note(f"in {step.name} with {made.flaws}")
            raise
        results[step.name] = Result.from_entry(entry)
        MOVING.add(step.name)
    return tables, results


MOVING: set[str] = set()


def claims_of(results: dict[str, Result]) -> dict[str, Claim]:
    return {claim.id: claim for result in results.values() for claim in result.claims}


@settings(CASE, max_examples=2_500 if DEEP else 40)
@given(made=warehouses())
def test_the_contract_counts_what_is_there(tmp_path: Path, made: Warehouse) -> None:
    report = report_of(made, tmp_path / "any.duckdb")
    assert found_in(report) == expected(made, TOMORROW), made.flaws
    errors = report[report["SEVERITY"] == "error"]
    warnings = report[report["SEVERITY"] == "warning"]
    assert (warnings["REPAIR"] != "").all()
    if errors.empty:
        contract.require(report)
        return
    with pytest.raises(ContractError) as stopped:
        contract.require(report)
    said = str(stopped.value)
    assert "\n" not in said
    for row in errors.itertuples():
        assert f"{row.TABLE_NAME}.{row.COLUMN_NAME}".rstrip(".") in said
        assert row.RULE in said
        assert row.N_CHECKED == 1 or f"{row.N_ROWS} of {row.N_CHECKED}" in said


STRUCTURE = ("no table", "no column", "empty", "another type", "astronomic", "negative")
LAWFUL = tuple(name for name in FLAWS if not name.startswith(STRUCTURE))


@settings(CASE, max_examples=2_500 if DEEP else 8)
@given(made=warehouses(LAWFUL))
def test_what_passes_gives_a_result_that_adds_up(tmp_path: Path, made: Warehouse) -> None:
    report = report_of(made, tmp_path / "any.duckdb")
    if (report["SEVERITY"] == "error").any():
        event("stopped by the contract")
        return
    tables, results = study(made, tmp_path / "any.duckdb")
    # nothing is dropped: every author, image, detection and oddity is counted somewhere
    features = tables["author_features"].to_pandas()
    posts = list(zip(made.rows[P]["AUTHORID"], made.rows[P]["IMAGE_ID"], strict=True))
    everybody = {author for author, _ in posts} | {
        *made.rows[A]["AUTHORID"],
        *made.rows[S]["AUTHORID"],
    }
    assert len(features) == len(everybody)
    assert features["N_IMAGES"].sum() == len(set(posts))
    assert tables["weekly_activity"].to_pandas()["N_IMAGES"].sum() == len(set(posts))
    assert tables["label_vocabulary"].to_pandas()["N_DETECTIONS"].sum() == made.size(L)
    dirt = tables["dirt"].to_pandas().set_index(["TABLE_NAME", "KIND"])["N_AFFECTED"]
    repeated = made.size(A) - len(set(made.rows[A]["AUTHORID"]))
    assert dirt["MART_AUTHORS", "repeated author rows"] == repeated
    # claims are right, or say why they cannot be made
    claims = claims_of(results)
    assert claims["data.one_line_per_author"].estimate == repeated
    assert claims["data.one_line_per_author"].verdict == ("no" if repeated else "yes")
    outside = {author for author, _ in posts} - set(made.rows[A]["AUTHORID"])
    share = 100 * len(outside) / len({author for author, _ in posts})
    assert claims["data.posts_outside_mart"].estimate == pytest.approx(share)
    for claim in claims.values():
        assert claim.reason
        if claim.verdict != "cannot be answered":
            assert claim.estimate is not None, claim.id
        if claim.interval and claim.estimate is not None:
            event(f"{claim.verdict}")
    if len(everybody) < 4:
        for claim in ("today.association", "today.edgy_lead", "quality.bands"):
            assert claims[claim].verdict in ("cannot be answered", "undecided", "no"), claim


def test_dirt_that_a_rule_repairs_changes_no_claim(tmp_path: Path) -> None:
    for seed in range(60 if DEEP else 1):
        clean = base(seed, 30, 150, 420)
        _, before = study(clean, tmp_path / "clean.duckdb")
        dirty = base(seed, 30, 150, 420)
        chance = random.Random(seed)
        FLAWS["repeated authors"](dirty, chance)
        for i in range(9):  # detections of images that nobody posted, of labels that are known
            dirty.add(L, IMAGE_ID=f"nowhere{i}", TYPE="pattern", LABEL_NAME="plain")
        for cells in (dirty.rows[A]["BIO"], dirty.rows[P]["POST_CAPTION"]):
            cells[0] = "=1+1 <b>' -- words"
        _, after = study(dirty, tmp_path / "dirty.duckdb")
        one, other = claims_of(before), claims_of(after)
        changed = {name for name in one if one[name] != other[name]}
        assert changed <= {"data.one_line_per_author", "storage.keys", "storage.one_count"}, changed
