"""The command: help worth reading, one-line errors with a mend, documented exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from analysis import cli
from analysis.settings import Settings


class Done(NamedTuple):
    """What a command printed and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def study(*words: str, folder: Path, settings: Settings | None = None) -> Done:
    """Run the command in this process, in a folder and with nothing but these settings."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("STUDY_", "SNOWFLAKE"))}
    environment["SNOWFLAKE_HOME"] = str(folder)
    environment |= settings.environment() if settings else {"STUDY_DIR": str(folder / "study")}
    code: int | str | None = 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(cli.out, "_width", 200),
        mock.patch.object(cli.err, "_width", 200),
        chdir(folder),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
    ):
        try:
            cli.main(list(words))
        except SystemExit as ended:
            code = ended.code
    return Done(int(code or 0), out.getvalue(), err.getvalue())


def test_help_names_commands_sources_and_exit_codes(tmp_path: Path) -> None:
    done = study("--help", folder=tmp_path)
    assert done.returncode == 0
    for word in ("doctor", "sample", "extract", "render", "claims", "cache", "Exit codes"):
        assert word in done.stdout


def test_an_unknown_option_is_the_command_lines_fault(tmp_path: Path) -> None:
    assert study("extract", "--nope", folder=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("extract", "--source", "absent.duckdb"), 3, "absent.duckdb"),
        (("extract", "--source", "nosuchconnection"), 3, "nosuchconnection"),
        (("claims",), 5, "study extract"),
        (("sample", "--world", "mars", "--scale", "0.02"), 3, "mars"),
    ],
)
def test_errors_are_one_line_with_a_mend(
    tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    done = study(*words, folder=tmp_path)
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1
    assert lines[0].startswith("Error:")
    assert says in lines[0]
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = study("--debug", "claims", folder=tmp_path)
    assert "Traceback" in done.stderr
    assert done.returncode == 5


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    environment = os.environ | {"STUDY_SEED": "many", "STUDY_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "analysis.cli", "claims"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "STUDY_SEED" in done.stderr


def test_doctor_of_a_good_set_up(study_folder: Settings, tmp_path: Path) -> None:
    done = study("doctor", folder=tmp_path, settings=study_folder)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("Python", "Report engine", "connected", "honoured", "last run"):
        assert word in done.stdout


def test_doctor_of_a_broken_set_up_says_what_and_how_to_mend(tmp_path: Path) -> None:
    folder = tmp_path / "marts"
    folder.mkdir()
    (folder / "MART_AUTHORS.csv").write_text("AUTHORID,BIO\n1,x\n", encoding="utf-8")
    done = study("doctor", "--source", f"{folder}/", folder=tmp_path)
    assert done.returncode in (3, 4)
    assert "MART_IMAGES_LABELS" in done.stdout
    assert "→" in done.stdout


def test_claims_are_printed_with_evidence_and_as_json(
    study_folder: Settings, tmp_path: Path
) -> None:
    text = study("claims", folder=tmp_path, settings=study_folder).stdout
    assert "today.association" in text
    claims = json.loads(study("claims", "--json", folder=tmp_path, settings=study_folder).stdout)
    assert {"id", "question", "estimate", "interval", "verdict", "reason"} <= claims[0].keys()


def test_the_cache_is_listed_and_cleared(study_folder: Settings, tmp_path: Path) -> None:
    assert (
        "author_features" in study("cache", "list", folder=tmp_path, settings=study_folder).stdout
    )
    assert study("cache", "clear", folder=tmp_path, settings=study_folder).returncode == 0
    assert not study_folder.cache_file.exists()
    assert study_folder.sample_file.exists()


def test_extract_lists_the_queries_it_sent(study_folder: Settings, tmp_path: Path) -> None:
    done = study("extract", "--queries", folder=tmp_path, settings=study_folder)
    assert done.returncode == 0
    assert done.stdout.strip() == ""
    assert "no query was sent" in done.stderr


def test_a_segmentation_is_fitted_planned_published_and_then_nothing_is_left_to_do(
    study_folder: Settings, tmp_path: Path
) -> None:
    warehouse = str(study_folder.sample_file)

    def run(*words: str) -> Done:
        return study(*words, folder=tmp_path, settings=study_folder)

    early = run("publish", "--method", "follower-bands", "--to", warehouse)
    assert early.returncode == 5
    assert "study segment --method follower-bands" in early.stderr
    fitted = run("segment", "--method", "follower-bands", "--card", str(tmp_path / "cards"))
    assert fitted.returncode == 0, fitted.stderr
    assert "mainstream" in fitted.stdout
    facts = json.loads((tmp_path / "cards" / "model-card-follower-bands.json").read_text())
    assert {"limits", "scorecard", "monitoring", "versions"} <= facts.keys()
    planned = run("publish", "-m", "follower-bands", "--to", warehouse, "--dry-run")
    assert "create  AUTHOR_SEGMENT" in planned.stdout
    assert "Nothing was written" in planned.stderr
    assert "Published" in run("publish", "-m", "follower-bands", "--to", warehouse).stderr
    again = run("publish", "-m", "follower-bands", "--to", warehouse, "--from", "2100-01-01")
    assert "insert  0 rows" in again.stdout
    assert "Nothing was written" in again.stderr
    # what describes nobody stays out of warehouses that describe somebody
    refused = run("publish", "-m", "follower-bands", "--to", "snowflake")
    assert "generated sample" in refused.stderr
    # the report of the last run is still there
    assert "today.association" in run("claims").stdout
