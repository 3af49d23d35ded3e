"""Run the tests against R and print their largest differences: ``python -m tests.reference``."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.reference import cases


def main() -> int:
    """Run the tests whose files load a case; print one line per case as CSV."""
    tests = Path(__file__).parents[1]
    users = [
        str(path)
        for path in sorted(tests.rglob("test_*.py"))
        if "tests.reference.cases" in path.read_text(encoding="utf-8")
    ]
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:terminal", *users])
    table = pd.DataFrame(cases.DIFFERENCES)
    summary = table.groupby("case").agg(
        quantities=("quantity", "nunique"),
        values=("values", "sum"),
        largest_absolute=("absolute", "max"),
        largest_relative=("relative", "max"),
    )
    sys.stdout.write(summary.to_csv(float_format="%.2e"))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
