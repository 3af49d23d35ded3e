"""What must come of a generated bad warehouse: a right result, or an error that says why."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from analysis import extracts
from analysis.claims import Claim
from analysis.errors import ContractError
from analysis.extracts import outside
from analysis.findings import STEPS, bias_estimates
from analysis.findings.step import Inputs, Result, ordered
from analysis.warehouse import contract
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.trust.warehouses import FLAWS, A, L, P, S, Warehouse, expected, spoilt
from tests.warehouse.small import PARAMETERS

TODAY, TOMORROW = date(2025, 1, 31), datetime(2025, 2, 1)  # a sample ends just before
STRUCTURE = ("no table", "no column", "empty", "another type", "astronomic", "negative")
LAWFUL = tuple(name for name in FLAWS if not name.startswith(STRUCTURE))
STOPPED = "stopped: table, column, rule and count named"
COUNTED, SOUND = "repaired and counted", "nothing to say"
ADDS_UP = "result that adds up"


def contract_of(made: Warehouse, path: Path) -> str:
    """Check the contract; it must count what is there, and stop where a rule says so."""
    with closing(DuckDBFile(made.write(path), threads=1)) as source:
        report = contract.check(source, TODAY)
    found = {
        (row.TABLE_NAME, row.COLUMN_NAME, row.RULE): (row.SEVERITY, row.N_ROWS, row.N_CHECKED)
        for row in report.itertuples()
    }
    assert found == expected(made, TOMORROW), made.flaws
    errors = report[report["SEVERITY"] == "error"]
    warnings = report[report["SEVERITY"] == "warning"]
    assert (warnings["REPAIR"] != "").all()
    if errors.empty:
        contract.require(report)
        return COUNTED if len(warnings) else SOUND
    with pytest.raises(ContractError) as stopped:
        contract.require(report)
    said = str(stopped.value)
    assert "\n" not in said
    for row in errors.itertuples():
        assert f"{row.TABLE_NAME}.{row.COLUMN_NAME}".rstrip(".") in said
        assert row.RULE in said
        assert row.N_CHECKED == 1 or f"{row.N_ROWS} of {row.N_CHECKED}" in said
    return STOPPED


def outside_figures(made: Warehouse, draw: random.Random) -> dict[str, pa.Table]:
    """Draw what no mart holds, as odd as its files may be: users, and an audit of the detectors."""
    zones = sorted({*filter(None, made.rows[S]["GEO_ZONE"]), "elsewhere"})
    rows: list[tuple[Any, ...]] = [
        (zone, band, draw.choice((0, 0, 1, 30, 900)))
        for zone in draw.sample(zones, min(3, len(zones)))
        for band in outside.BANDS
    ]
    users = pd.DataFrame(rows, columns=["ZONE", "BAND", "SHARE"])
    users.loc[draw.randrange(len(users)), "SHARE"] += 1
    users["SHARE"] /= users["SHARE"].sum()
    labels = sorted({*zip(made.rows[L]["TYPE"], made.rows[L]["LABEL_NAME"], strict=True)})
    rows = [("pattern", "seen by nobody", "edgy", 5, 4, 100, 100)]
    for label in draw.sample(labels, min(9, len(labels))):
        for band in draw.sample(outside.BANDS, draw.randint(1, 3)):
            present, absent = draw.choice((0, 1, 8, 300)), draw.choice((0, 1, 2_000))
            found, silent = draw.randint(0, present), draw.randint(absent // 2, absent)
            rows.append((*label, band, present, found, absent, silent))
    seen = ["TYPE", "LABEL_NAME", "BAND", "PRESENT", "FOUND", "ABSENT", "SILENT"]
    audit = pd.DataFrame(rows, columns=seen).astype(dict.fromkeys(seen[3:], "float64"))
    return {
        bias_estimates.MARGINS: pa.Table.from_pandas(users, preserve_index=False),
        bias_estimates.AUDIT: pa.Table.from_pandas(audit, preserve_index=False),
    }


def study(made: Warehouse, path: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Claim]]:
    """Run every extract and every step that takes no minutes, as a run does."""
    with closing(DuckDBFile(made.write(path), threads=1)) as source:
        tables = {
            name: extracts.get(name).run(source, PARAMETERS).table for name in extracts.names()
        }
    tables |= outside_figures(made, random.Random(f"{made.flaws} {made.size(P)}"))
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
            assert all(table.num_columns for table in entry.tables.values())  # or no cache takes it
        except Exception as error:
            error.add_note(f"in {step.name} with {made.flaws}")
            raise
        results[step.name] = Result.from_entry(entry)
        MOVING.add(step.name)
    claims = {claim.id: claim for result in results.values() for claim in result.claims}
    return {name: table.to_pandas() for name, table in tables.items()}, claims


MOVING: set[str] = set()


def study_of(made: Warehouse, path: Path) -> str:
    """Run the whole study where the contract lets it; nothing may be dropped unsaid."""
    if contract_of(made, path) == STOPPED:
        return STOPPED
    tables, claims = study(made, path)
    # nothing is dropped: every author, image, detection and oddity is counted somewhere
    features = tables["author_features"]
    posts = list(zip(made.rows[P]["AUTHORID"], made.rows[P]["IMAGE_ID"], strict=True))
    everybody = {author for author, _ in posts} | {
        *made.rows[A]["AUTHORID"],
        *made.rows[S]["AUTHORID"],
    }
    assert len(features) == len(everybody)
    assert features["N_IMAGES"].sum() == len(set(posts))
    assert tables["weekly_activity"]["N_IMAGES"].sum() == len(set(posts))
    assert tables["label_vocabulary"]["N_DETECTIONS"].sum() == made.size(L)
    dirt = tables["dirt"].set_index(["TABLE_NAME", "KIND"])["N_AFFECTED"]
    repeated = made.size(A) - len(set(made.rows[A]["AUTHORID"]))
    assert dirt["MART_AUTHORS", "repeated author rows"] == repeated
    # claims are right, or say why they cannot be made
    assert claims["data.one_line_per_author"].estimate == repeated
    assert claims["data.one_line_per_author"].verdict == ("no" if repeated else "yes")
    outside = {author for author, _ in posts} - set(made.rows[A]["AUTHORID"])
    share = 100 * len(outside) / len({author for author, _ in posts})
    assert claims["data.posts_outside_mart"].estimate == pytest.approx(share)
    for claim in claims.values():
        assert claim.reason
        if claim.verdict != "cannot be answered":
            assert claim.estimate is not None, claim.id
    if len(everybody) < 4:
        for name in ("today.association", "today.edgy_lead", "quality.bands"):
            assert claims[name].verdict in ("cannot be answered", "undecided", "no"), name
    return ADDS_UP


def cases(
    judge: Callable[[Warehouse, Path], str],
    number: int,
    folder: Path,
    flaws: tuple[str, ...] = tuple(FLAWS),
    seed: int | None = None,
    sound: Callable[[random.Random], Warehouse | None] = lambda _: None,
) -> Counter[str]:
    """Judge generated warehouses and count what came of them.

    Parameters
    ----------
    judge : callable
        ``contract_of`` or ``study_of``.
    number : int
    folder : Path
        Where the warehouse of the moment is written.
    flaws : tuple of str
        Names in ``FLAWS`` to draw from.
    seed : int, optional
        Of other cases than the usual ones.
    sound : callable, optional
        Draws what flaws are worked into, in place of a small warehouse of ours.
    """
    outcomes: Counter[str] = Counter()

    @hypothesis.settings(
        max_examples=number, deadline=None, derandomize=seed is None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(draw=st.randoms(use_true_random=True))
    def judged(draw: random.Random) -> None:
        made = spoilt(draw, flaws, sound(draw))
        outcomes[judge(made, folder / "any.duckdb")] += 1

    (judged if seed is None else hypothesis.seed(seed)(judged))()
    return outcomes
