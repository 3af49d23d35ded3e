from __future__ import annotations

from pathlib import Path

import pytest

from analysis.report.engine import RenderReport
from tests.report.engine.books import render_fixture


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> RenderReport:
    return render_fixture(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="session")
def made(report: RenderReport) -> Path:
    return report.output
