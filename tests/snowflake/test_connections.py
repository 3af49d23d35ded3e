from __future__ import annotations

import stat
from pathlib import Path

import pytest

from analysis.errors import SourceError
from analysis.warehouse.connect import open_source
from analysis.warehouse.connections import parameters_of

FILE = """
[reading]
account = "fakesnow"
user = "reader"
password = "canary-password"
role = "ANALYST"

[writing]
account = "other"
user = "writer"
"""


@pytest.fixture
def home(tmp_path):
    """Return a folder with a connections file that only its owner may read."""
    write(tmp_path / "connections.toml", FILE)
    return tmp_path


def write(path, text, mode=0o600):
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_a_section_by_name(home):
    name, parameters = parameters_of("reading", {"SNOWFLAKE_HOME": str(home)})
    assert name == "reading"
    assert parameters == {
        "account": "fakesnow",
        "user": "reader",
        "password": "canary-password",
        "role": "ANALYST",
        "database": "TECHTEST",
        "schema": "TECHTEST",
    }


def test_variables_of_a_connection_come_before_the_file_and_general_ones_after(home):
    env = {
        "SNOWFLAKE_HOME": str(home),
        "SNOWFLAKE_ROLE": "GENERAL",
        "SNOWFLAKE_WAREHOUSE": "SMALL",
        "SNOWFLAKE_CONNECTIONS_READING_ACCOUNT": "third",
        "SNOWFLAKE_CONNECTIONS_READING_PORT": "8080",
        "SNOWFLAKE_DATABASE": "MINE",
    }
    _, parameters = parameters_of("reading", env)
    assert parameters["account"] == "third"
    assert parameters["port"] == 8080
    assert parameters["role"] == "ANALYST"
    assert parameters["warehouse"] == "SMALL"
    assert parameters["database"] == "MINE"
    assert "schema" not in parameters


@pytest.mark.parametrize(
    ("env", "config", "expected"),
    [
        ({"SNOWFLAKE_DEFAULT_CONNECTION_NAME": "writing"}, "", "writing"),
        ({}, 'default_connection_name = "reading"', "reading"),
        ({"SNOWFLAKE_CONNECTIONS": '[default]\naccount = "a"'}, "", "default"),
    ],
)
def test_the_default_connection(home, env, config, expected):
    write(home / "config.toml", config)
    assert parameters_of(None, {"SNOWFLAKE_HOME": str(home), **env})[0] == expected


def test_config_toml_serves_where_there_is_no_connections_file(tmp_path):
    write(tmp_path / "config.toml", '[connections.mine]\naccount = "a"')
    assert parameters_of("mine", {"SNOWFLAKE_HOME": str(tmp_path)})[1]["account"] == "a"


def test_variables_alone_are_enough(tmp_path):
    env = {"SNOWFLAKE_HOME": str(tmp_path), "SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_USER": "u"}
    name, parameters = parameters_of(None, env)
    assert name == "environment"
    assert (parameters["account"], parameters["user"]) == ("a", "u")


@pytest.mark.parametrize("name", ["missing", "../etc", "reading; DROP", None])
def test_an_unknown_connection_lists_those_that_exist(home, name):
    with pytest.raises(SourceError, match=r"configured: reading, writing") as error:
        parameters_of(name, {"SNOWFLAKE_HOME": str(home)})
    assert "canary" not in str(error.value)


def test_no_connection_at_all(tmp_path):
    with pytest.raises(SourceError, match="configured: none"):
        parameters_of(None, {"SNOWFLAKE_HOME": str(tmp_path)})


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_change_is_refused(home, mode):
    (home / "connections.toml").chmod(mode)
    with pytest.raises(SourceError, match="may be changed by other users"):
        parameters_of("reading", {"SNOWFLAKE_HOME": str(home)})


def test_files_that_others_may_read_are_warned_about(home, caplog):
    key = home / "key.p8"
    write(key, "canary-key", 0o640)
    (home / "connections.toml").chmod(0o644)
    env = {
        "SNOWFLAKE_HOME": str(home),
        "SNOWFLAKE_CONNECTIONS_READING_PRIVATE_KEY_FILE": str(key),
    }
    parameters_of("reading", env)
    assert f"{key} can be read by other users" in caplog.text
    assert "connections.toml can be read by other users" in caplog.text
    assert "canary" not in caplog.text
    key.chmod(stat.S_IRUSR)
    caplog.clear()
    (home / "connections.toml").chmod(0o600)
    parameters_of("reading", env)
    assert not caplog.text


def test_a_key_that_is_not_there_is_said_before_the_login(home):
    env = {
        "SNOWFLAKE_HOME": str(home),
        "SNOWFLAKE_CONNECTIONS_READING_PRIVATE_KEY_FILE": "/nowhere/key.p8",
    }
    with pytest.raises(SourceError, match=r"no file /nowhere/key\.p8"):
        parameters_of("reading", env)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[reading]\npassword = "canary', "is not TOML"),
        ('reading = "canary"', "reading is not a section"),
        ('[reading]\naccount = "a"\nport = "canary"', "port of reading is not a number"),
    ],
)
def test_a_broken_file_shows_none_of_its_values(home, text, message):
    write(home / "connections.toml", text)
    with pytest.raises(SourceError, match=message) as error:
        parameters_of("reading", {"SNOWFLAKE_HOME": str(home)})
    assert "canary" not in str(error.value)


def test_a_source_is_opened_by_the_name_of_its_connection(home, server, monkeypatch):
    section = "".join(
        f"{key} = {value!r}\n"
        for key, value in server.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    )
    write(home / "connections.toml", f"[reading]\n{section}")
    monkeypatch.setenv("SNOWFLAKE_HOME", str(home))
    monkeypatch.setenv("SNOWFLAKE_DEFAULT_CONNECTION_NAME", "reading")
    monkeypatch.setenv("STUDY_TIME_TRAVEL", "off")
    for name in ("reading", "snowflake"):
        source = open_source(name, sample_file=Path("none"))
        assert source.info.kind == "snowflake"
        assert source.info.name == "reading"
        answer = source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS")
        assert answer.table["N"].to_pylist() == [252]
        source.close()
    with pytest.raises(SourceError, match="no Snowflake connection other"):
        open_source("other", sample_file=Path("none"))
