from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.resources import data_file
from analysis.validation import record
from analysis.validation.record import Record
from analysis.validation.studies import STUDIES


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"test": ["a", "b"], "rate": [0.05, np.nan], "sets": [2000, 2000], "holds": [True, False]}
    )
    kept = Record.of("levels", table, made_at="2026-03-01T10:00:00+00:00", seconds=12.34, seed=7)
    record.write("levels", kept, tmp_path)
    found = record.read("levels", tmp_path)
    assert found is not None
    pd.testing.assert_frame_equal(found.table, table)
    assert (found.seed, found.seconds, found.code) == (7, 12.3, record.digest("levels"))
    assert found.versions["numpy"] == np.__version__
    assert record.read("power", tmp_path) is None


def test_digests_tell_studies_apart() -> None:
    assert len({record.digest(name) for name in STUDIES}) == len(STUDIES)
    assert record.digest("reference") == ""


def test_what_is_kept_holds_what_the_report_relies_on() -> None:
    names = {path.stem for path in data_file("validation").glob("*.json")}
    assert names == {*STUDIES, "reference"}
    levels = record.read("levels")
    assert levels is not None
    used = levels.table[levels.table["used"]]
    assert (used["sets"] >= 2000).all()
    assert used["holds"].all()
