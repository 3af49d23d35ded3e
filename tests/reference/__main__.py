"""Run the tests against R and print their largest differences.

``python -m tests.reference [folder ...]`` prints one line of CSV per case.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd
import pytest

from tests.reference import cases


def main() -> int:
    """Run the tests whose files load a case; print one line per case as CSV."""
    folders = [Path(name) for name in sys.argv[1:]] or [Path(__file__).parents[1]]
    users = [
        str(path)
        for folder in folders
        for path in sorted(folder.rglob("test_*.py"))
        if "tests.reference.cases" in path.read_text(encoding="utf-8")
    ]
    with redirect_stdout(sys.stderr):
        code = pytest.main(["-q", *users])
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
