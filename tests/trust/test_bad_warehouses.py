"""Generated bad warehouses: a right result, or an error that names table, column, rule and count.

A few dozen cases run with the suite; ``python -m benchmarks.faults --only rows`` runs as many more
as one likes and keeps count.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.trust.judging import ADDS_UP, LAWFUL, STOPPED, cases, contract_of, study, study_of
from tests.trust.warehouses import FLAWS, A, L, P, base


def test_the_contract_counts_what_is_there(tmp_path: Path) -> None:
    assert cases(contract_of, 40, tmp_path)[STOPPED] > 0


def test_what_passes_gives_a_result_that_adds_up(tmp_path: Path) -> None:
    assert cases(study_of, 5, tmp_path, LAWFUL)[ADDS_UP] > 0


def test_dirt_that_a_rule_repairs_changes_no_claim(tmp_path: Path) -> None:
    clean, dirty = base(0, 60, 300, 420), base(0, 60, 300, 420)
    _, before = study(clean, tmp_path / "clean.duckdb")
    FLAWS["repeated authors"](dirty, random.Random(0))
    for i in range(9):  # detections of images that nobody posted, of labels that are known
        dirty.add(L, IMAGE_ID=f"nowhere{i}", TYPE="pattern", LABEL_NAME="plain")
    for cells in (dirty.rows[A]["BIO"], dirty.rows[P]["POST_CAPTION"]):
        cells[0] = "=1+1 <b>' -- words"
    _, after = study(dirty, tmp_path / "dirty.duckdb")
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"data.one_line_per_author", "storage.keys", "storage.one_count"}, changed
