"""What many tests share: a small sample warehouse and a run prepared from it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from analysis.findings.approach import gating
from analysis.prepare import Run, prepare
from analysis.segmentations import gates
from analysis.settings import Settings
from analysis.warehouse.sample_file import ensure_sample

SCALE = 0.02

# the same cases in every run: a search for new ones belongs into benchmarks.faults
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("STUDY_", "SNOWFLAKE_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _few_references() -> Iterator[None]:
    """Draw nineteen worlds without groups, not thirty-nine, where a whole study is prepared.

    The drawing takes most of such a run; how well the gates tell is tested where they are.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gating, "structure", partial(gates.structure, replicates=19))
        yield


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calibrated sample at a fiftieth of its size."""
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    ensure_sample(path, seed=2025, world="calibrated", scale=SCALE)
    return path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Run]:
    """A run prepared from the small sample; read it, do not change it."""
    settings = Settings(directory=tmp_path_factory.mktemp("study"), scale=SCALE)
    return settings, prepare(settings)


@pytest.fixture
def study_folder(prepared: tuple[Settings, Run], tmp_path: Path) -> Settings:
    """A copy of the prepared folder that a test may change."""
    settings = Settings(directory=tmp_path / "study", scale=SCALE)
    shutil.copytree(prepared[0].directory, settings.directory)
    return settings
