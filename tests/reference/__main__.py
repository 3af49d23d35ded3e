"""Run the tests against R and print their largest differences.

``python -m tests.reference [folder ...]`` prints one line of CSV per case; with ``--keep`` the
table of all cases is written to ``data/validation/reference.json``, where the report reads it.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.validation import record
from tests.reference.summary import differences, summary


def main() -> int:
    """Run the tests whose files load a case; print one line per case as CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(__file__).parents[1]])
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    users = [
        str(path)
        for folder in options.folders
        for path in sorted(folder.rglob("test_*.py"))
        if "tests.reference.cases" in path.read_text(encoding="utf-8")
    ]
    began = time.monotonic()
    with redirect_stdout(sys.stderr):
        code = pytest.main(["-q", *users])
    table = summary(differences())
    if options.keep and code == 0:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        seconds = time.monotonic() - began
        found = record.Record.of("reference", table, made_at=now, seconds=seconds, seed=0)
        record.write("reference", found)
    sys.stdout.write(table.to_csv(index=False, float_format="%.2e"))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
