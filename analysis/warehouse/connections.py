"""Named Snowflake connections, as people have them configured for Snowflake's own tools.

Sections of ``connections.toml`` (or ``[connections.*]`` of ``config.toml`` where that file does not
exist) in ``SNOWFLAKE_HOME``, ``~/.snowflake`` or the platform's folder. What a variable
``SNOWFLAKE_CONNECTIONS_<NAME>_<KEY>`` says comes before the file, and the file before the variables
``SNOWFLAKE_<KEY>``.
"""

from __future__ import annotations

import logging
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import PlatformDirs

from analysis.errors import SourceError

log = logging.getLogger(__name__)

# what the variables may set, with the names under which the connector knows it
_KEYS = {
    "ACCOUNT": "account",
    "AUTHENTICATOR": "authenticator",
    "DATABASE": "database",
    "HOST": "host",
    "OAUTH_CLIENT_ID": "oauth_client_id",
    "OAUTH_CLIENT_SECRET": "oauth_client_secret",
    "PASSCODE": "passcode",
    "PASSWORD": "password",
    "PORT": "port",
    "PRIVATE_KEY_FILE": "private_key_file",
    "PRIVATE_KEY_FILE_PWD": "private_key_file_pwd",
    "PRIVATE_KEY_PATH": "private_key_file",
    "PRIVATE_KEY_PASSPHRASE": "private_key_file_pwd",
    "PROTOCOL": "protocol",
    "ROLE": "role",
    "SCHEMA": "schema",
    "TOKEN": "token",
    "TOKEN_FILE_PATH": "token_file_path",
    "USER": "user",
    "WAREHOUSE": "warehouse",
    "WORKLOAD_IDENTITY_PROVIDER": "workload_identity_provider",
}
_NAMING = ("account", "user", "host", "database", "schema", "role", "warehouse")
_FILES = ("private_key_file", "private_key_path", "token_file_path")
# where the marts lie when a connection names no database
_DATABASE, _SCHEMA = "TECHTEST", "TECHTEST"


def parameters_of(
    name: str | None, environment: Mapping[str, str] | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the name and the parameters of a connection.

    Parameters
    ----------
    name : str or None
        Name of a section; None takes the default connection, or the variables where none is
        configured.
    environment : mapping, optional
        Variables; None takes those of the process.

    Returns
    -------
    (str, dict)
        Name for pages, and arguments of ``snowflake.connector.connect``, which hold secrets.

    Raises
    ------
    SourceError
        If there is no such connection, or a file is broken or may be changed by others.
    """
    env = os.environ if environment is None else environment
    connections, default = _configured(env)
    general = _from_variables("SNOWFLAKE_", env)
    chosen = name or env.get("SNOWFLAKE_DEFAULT_CONNECTION_NAME") or default or "default"
    special = _from_variables(f"SNOWFLAKE_CONNECTIONS_{chosen.upper()}_", env)
    if chosen in connections or special:
        section = connections.get(chosen, {})
        if not isinstance(section, dict):
            raise SourceError(
                f"The connection {chosen} is not a section.", f"Write it as [{chosen}]."
            )
        parameters = {**general, **section, **special}
    elif name is None and "account" in general:
        chosen, parameters = "environment", general
    else:
        known = ", ".join(sorted(connections)) or "none"
        raise SourceError(
            f"There is no Snowflake connection {chosen} (configured: {known}).",
            "Name one of them, add a section to connections.toml, or set SNOWFLAKE_ACCOUNT and "
            "SNOWFLAKE_USER.",
        )
    if "database" not in parameters:
        parameters |= {"database": _DATABASE, "schema": _SCHEMA}
    if "port" in parameters:
        parameters["port"] = _port(parameters["port"], chosen)
    for key in _FILES:
        if key in parameters:
            _look_at(Path(str(parameters[key])).expanduser(), secret=True)
    return chosen, parameters


def names(environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the names of all connections and of what they lead to, for texts to be rid of them."""
    env = os.environ if environment is None else environment
    found = {
        value
        for key, value in env.items()
        if key.startswith("SNOWFLAKE_") and key.lower().endswith(_NAMING)
    }
    try:
        sections, _ = _configured(env)
    except SourceError:
        return found
    for name, section in sections.items():
        found |= {name, *(str(section[key]) for key in _NAMING if key in section)}
    return found


def _from_variables(prefix: str, env: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: env[f"{prefix}{variable}"]
        for variable, key in _KEYS.items()
        if env.get(prefix + variable)
    }


def _port(value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SourceError(f"The port of {name} is not a number.", "Correct it.") from None


def _folder(env: Mapping[str, str]) -> Path:
    home = Path(env.get("SNOWFLAKE_HOME") or "~/.snowflake").expanduser()
    if home.exists():
        return home
    return PlatformDirs(appname="snowflake", appauthor=False).user_config_path


def _configured(env: Mapping[str, str]) -> tuple[dict[str, Any], str | None]:
    """Return all sections and the name of the default one."""
    folder = _folder(env)
    config = _read(folder / "config.toml")
    connections = config.get("connections", {})
    if (folder / "connections.toml").is_file():
        connections = _read(folder / "connections.toml")
    if text := env.get("SNOWFLAKE_CONNECTIONS"):
        try:
            connections = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            raise SourceError("SNOWFLAKE_CONNECTIONS is not TOML.", "Correct it.") from None
    return connections, config.get("default_connection_name")


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    _look_at(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SourceError(f"{path} cannot be read.", "Make it yours: chmod 600.") from None
    except ValueError:
        # the parser's own text quotes the line, which may hold a secret
        raise SourceError(f"{path} is not TOML.", "Correct it; study doctor tries again.") from None


def _look_at(path: Path, *, secret: bool = False) -> None:
    """Refuse a file that others may write, and warn of one that others may read."""
    if not path.is_file():
        if secret:
            raise SourceError(f"There is no file {path}.", "Correct the connection.")
        return
    mode = path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SourceError(
            f"{path} may be changed by other users.", f"Run chmod 600 {path}, then try again."
        )
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        log.warning("%s can be read by other users: run chmod 600", path)
