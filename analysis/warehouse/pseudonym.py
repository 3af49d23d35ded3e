"""The key under which authors are renamed before they leave the warehouse.

Extracts number authors in the order of a keyed hash of their id. Without the
key the numbers cannot be joined back to accounts, not even by who knows all
ids. The key lies outside the cache, readable by its owner only; a team that
wants equal numbers shares it through STUDY_PSEUDONYM_KEY.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from analysis.errors import SourceError
from analysis.warehouse.source import SourceInfo

# Rows of the sample describe nobody; a fixed key makes every copy of the report equal.
_SAMPLE_KEY = "author-panels sample"


def pseudonym_key(source: SourceInfo) -> str:
    """Return the key for a source, made at first use.

    Raises
    ------
    SourceError
        If the key file can be read by others or cannot be written.
    """
    if source.is_sample:
        return _SAMPLE_KEY
    if given := os.environ.get("STUDY_PSEUDONYM_KEY"):
        return given
    path = key_file()
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SourceError(
                f"The pseudonym key {path} can be read by others.", f"Run `chmod 600 {path}`."
            )
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SourceError(
            f"The pseudonym key {path} cannot be made or read ({error.strerror}).",
            "Mend its folder, or set STUDY_PSEUDONYM_KEY.",
        ) from error


def key_file() -> Path:
    """Return where the key lies: STUDY_KEY_FILE, or the user's configuration folder."""
    if named := os.environ.get("STUDY_KEY_FILE"):
        return Path(named)
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "author-panels" / "pseudonym.key"
