"""The example for one's own Snowflake runs against the stand-in, from a connections file."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis.findings import data

EXAMPLE = Path(__file__).parents[2] / "examples" / "your_snowflake.py"


def test_the_study_on_ones_own_snowflake(
    server: Mapping[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = {name: value for name, value in server.items() if not isinstance(value, dict)}
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in plain.items()]
    file = tmp_path / "connections.toml"
    file.write_text("\n".join(["[mine]", *lines]) + "\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("STUDY_TIME_TRAVEL", "off")  # which the stand-in lacks
    runpy.run_path(str(EXAMPLE))["main"]("mine", tmp_path / "study", data.STEPS)
    said = capsys.readouterr().out
    assert "queries sent" in said
    assert "Does MART_AUTHORS hold one line per author" in said
    assert "canary-password" not in said
