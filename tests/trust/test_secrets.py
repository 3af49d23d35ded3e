"""Planted secrets and people are found in nothing that leaves the warehouse or the connection."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from analysis.diagnosis import Finding, bundle, diagnose
from analysis.errors import SourceError, StudyError
from analysis.findings import data, panels, today
from analysis.prepare import prepare
from analysis.report.book import claims_text
from analysis.report.export import safe_csv
from analysis.settings import Settings
from analysis.study import Study
from analysis.warehouse import pseudonym
from analysis.warehouse.connect import open_source
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.trust import planted
from tests.trust.test_cli_words import HOSTILE_WORDS

STEPS = (*data.STEPS, *panels.STEPS, *today.STEPS[:4])
SECRETS = ("canary-password", "canary-passphrase", "canary-token", "canary-user", "canary-account")
KEY = "canary-pseudonym-key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a study of planted people was prepared, with everything it left."""
    folder = tmp_path_factory.mktemp("planted")
    settings = Settings(
        source=str(planted.build(folder / "marts.duckdb", 60, 500)), directory=folder / "study"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_PSEUDONYM_KEY", KEY)
        prepare(settings, steps=STEPS)
        study = Study.open(settings)
        (folder / "claims.json").write_text(claims_text(study), encoding="utf-8")
        for step in study.manifest["steps"]:
            for name, table in study.result(step).tables.items():
                safe_csv(table, folder / f"{step}.{name}.csv")
        (folder / "support.json").write_text(bundle(settings, diagnose(settings)), "utf-8")
    return folder


def everything(folder: Path) -> str:
    """Return all bytes that a run left, and all cells of its cache, as one text."""
    parts = [
        path.read_bytes().decode("latin-1")
        for path in folder.rglob("*")
        if path.is_file() and path.name != "marts.duckdb"
    ]
    with duckdb.connect(str(folder / "study" / "cache.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            parts += map(str, connection.execute(f'SELECT * FROM "{table}"').fetchall())
    return "\n".join(parts)


def test_no_person_and_no_key_is_in_anything_that_a_run_left(folder: Path) -> None:
    left = everything(folder)
    assert len(left) > 50_000
    for canary in (*planted.PERSONAL, KEY):
        assert canary not in left, canary
    assert "hostile" in left  # labels are no secret


def test_no_pseudonym_is_in_what_pages_and_files_show(folder: Path) -> None:
    with duckdb.connect(str(folder / "study" / "cache.duckdb"), read_only=True) as connection:
        keys = pseudonyms(connection)
    assert len(keys) == 60
    shown = [*folder.glob("*.csv"), *folder.glob("*.json"), *(folder / "study" / "runs").iterdir()]
    assert len(shown) > 10
    for path in shown:
        text = path.read_text(encoding="utf-8")
        assert not [key for key in keys if key in text], path.name


def pseudonyms(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the pseudonyms that a cache holds."""
    ((stored,),) = connection.execute(
        "SELECT tables FROM entries WHERE name = 'author_features'"
    ).fetchall()
    name = json.loads(stored)["author_features"]
    return {row[0] for row in connection.execute(f'SELECT AUTHOR_KEY FROM "{name}"').fetchall()}


def test_without_the_key_nobody_can_be_joined_back(folder: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(folder / "study" / "cache.duckdb"), read_only=True) as connection:
        keys = pseudonyms(connection)

        def guessed(key: str) -> set[str]:
            values = ", ".join(f"('{key}/{author}')" for author in planted.PEOPLE)
            rows = connection.execute(
                f"SELECT sha256(t)[:16] FROM (VALUES {values}) AS v (t)"
            ).fetchall()
            return {row[0] for row in rows}

        assert guessed(KEY) <= keys  # with the key they are found, as they should be
        for key in ("", "author-panels sample", KEY.upper(), "STUDY_PSEUDONYM_KEY"):
            assert not guessed(key) & keys


def test_the_key_lies_outside_the_cache_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDY_KEY_FILE", str(tmp_path / "keys" / "pseudonym.key"))
    source = planted.build(tmp_path / "marts.duckdb", 20, 60)
    with closing(open_source(str(source), sample_file=tmp_path)) as opened:
        key = pseudonym.pseudonym_key(opened.info)
        assert len(key) == 64
        assert pseudonym.key_file().stat().st_mode & 0o777 == 0o600
        pseudonym.key_file().chmod(0o640)
        with pytest.raises(SourceError, match=r"can be read by others.*chmod 600") as refused:
            pseudonym.pseudonym_key(opened.info)
        assert key not in str(refused.value)
    settings = Settings(str(source), tmp_path / "study")
    pseudonym.key_file().chmod(0o600)
    prepare(settings, steps=())
    assert key not in everything(tmp_path / "study" / "..").replace(
        pseudonym.key_file().read_text(), "", 1
    )
    assert settings.cache_file.stat().st_mode & 0o077 == 0


def test_a_support_file_names_neither_person_nor_place(folder: Path) -> None:
    text = (folder / "support.json").read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["findings"]
    assert found["logs"][-1]["entries"]
    assert found["passports"]
    for name in (str(Path.home()), str(folder), "marts.duckdb", os.uname().nodename, "SELECT"):
        assert name not in text, name


def test_a_support_file_names_no_connection_and_lives_with_a_log_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_file(tmp_path, role="canary-role", database="canary-database", schema="DB_OF_X")
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    monkeypatch.setenv("SNOWFLAKE_WAREHOUSE", "canary-warehouse")
    settings = Settings("snowflake", tmp_path / "study")
    with pytest.raises(StudyError, match="configured: panels"):
        prepare(settings, steps=())
    (log,) = (settings.directory / "runs").iterdir()
    log.with_name("0.json").write_text(log.read_text()[:40], encoding="utf-8")
    said = "panels canary-role canary-database DB_OF_X canary-warehouse"
    text = bundle(settings, [*diagnose(settings), Finding("Source", said)])
    assert [log.get("unreadable") for log in json.loads(text)["logs"]] == ["JSONDecodeError", None]
    for name in said.split():
        assert name not in text, name


def connection_file(home: Path, **more: str) -> None:
    section = {
        "account": "canary-account", "user": "canary-user", "password": "canary-password",
        "host": "127.0.0.1", "port": "9", "protocol": "http", "login_timeout": "1", **more,
    }  # fmt: skip
    lines = "".join(f'{key} = "{value}"\n' for key, value in section.items())
    (home / "connections.toml").write_text(f"[panels]\n{lines}", encoding="utf-8")
    (home / "connections.toml").chmod(0o600)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"authenticator": "SNOWFLAKE_JWT", "private_key_file_pwd": "canary-passphrase"},
        {"authenticator": "OAUTH", "token": "canary-token"},
        {"authenticator": "canary-token"},
    ],
    ids=["password", "key pair", "token", "nonsense"],
)
def test_no_error_log_or_traceback_holds_a_parameter_of_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    more: dict[str, str],
) -> None:  # fmt: skip
    if "SNOWFLAKE_JWT" in more.values():
        key = tmp_path / "key.p8"
        key.write_text("-----BEGIN canary-token-----", encoding="utf-8")
        key.chmod(0o600)
        more = {**more, "private_key_file": str(key)}
    connection_file(tmp_path, **more)
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    settings = Settings("panels", tmp_path / "study")
    with caplog.at_level(logging.INFO), pytest.raises(StudyError) as refused:
        prepare(settings, steps=())
    said = "".join(traceback.format_exception(refused.value)) + caplog.text
    said += "".join(finding.text + finding.mend for finding in diagnose(settings))
    said += "".join(path.read_text() for path in (tmp_path / "study" / "runs").iterdir())
    said += bundle(settings, diagnose(settings))
    for secret in SECRETS:
        assert secret not in said, secret


def test_the_command_shows_none_even_with_debug(tmp_path: Path) -> None:
    connection_file(tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("STUDY_", "SNOWFL"))}
    environment |= {"SNOWFLAKE_HOME": str(tmp_path), "STUDY_DIR": str(tmp_path / "study")}
    done = subprocess.run(
        [sys.executable, "-m", "analysis.cli", "--debug", "extract", "--source", "panels"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr


def test_a_failed_run_leaves_a_log_that_says_so(tmp_path: Path) -> None:
    made = planted.build(tmp_path / "marts.duckdb", 20, 60)
    with duckdb.connect(str(made)) as connection:
        connection.execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = -1")
    settings = Settings(str(made), tmp_path / "study")
    with pytest.raises(StudyError):
        prepare(settings, steps=())
    (path,) = (settings.directory / "runs").iterdir()
    log = json.loads(path.read_text(encoding="utf-8"))
    assert log["outcome"] == "ContractError"
    assert "is not negative" in log["problem"]
    assert "-1" not in log["problem"]  # an example is shown, not kept
    assert {"run", "started", "source", "seed", "versions", "fingerprint", "seconds"} <= log.keys()


@pytest.mark.parametrize("word", HOSTILE_WORDS)
def test_names_that_a_user_gives_are_names(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, folders and connections may be called anything; none of it is carried out."""
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    with pytest.raises(SourceError):
        open_source(word, sample_file=tmp_path / "none")
    if "/" not in word:
        file = planted.build(tmp_path / "marts.duckdb", 12, 40)
        named = file.rename(tmp_path / f"{word}.duckdb")
        with closing(DuckDBFile(named, threads=1)) as source:
            answer = source.query(
                "SELECT :word AS WORD, COUNT(*) AS N FROM MART_AUTHORS", {"word": word}
            )
            assert answer.table.to_pylist() == [{"WORD": word, "N": 12}]
            assert len(source.columns()) == 4


def test_hostile_schemas_and_columns_are_quoted(tmp_path: Path) -> None:
    file = planted.build(tmp_path / "marts.duckdb", 12, 40)
    schema = 'x"; DROP TABLE MART_AUTHORS; --'
    quoted = '"' + schema.replace('"', '""') + '"'
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"CREATE SCHEMA {quoted}")
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        for (table,) in tables:
            connection.execute(f"CREATE TABLE {quoted}.{table} AS SELECT * FROM main.{table}")
            connection.execute(f"DROP TABLE main.{table}")
        connection.execute(f'ALTER TABLE {quoted}.MART_AUTHORS ADD COLUMN "y""; DROP" INTEGER')
    settings = Settings(str(file), tmp_path / "study")
    prepare(settings, steps=())
    with closing(DuckDBFile(file, threads=1)) as source:
        assert len(source.columns()) == 4
