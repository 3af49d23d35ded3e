"""The whole book and all that lies about it, made of planted people over a planted connection.

Every file that the commands leave, and all they print, is read; none may hold a canary.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd
import pytest
from fakesnow.server import app
from lxml import html
from pypdf import PdfReader

from tests.snowflake.faults import Faults
from tests.snowflake.stand_in import stand_in
from tests.trust import planted
from tests.trust.test_secrets import KEY, SECRETS, pseudonyms

ROOT = Path(__file__).parents[2]
BOOK = ("_quarto.yml", "index.qmd", "chapters", "examples", "sql")
COMMANDS = (
    ("render", "--source", "panels", "--engine", "pandoc"),
    ("segment", "--source", "panels", "--method", "follower bands", "--card", "card"),
    ("export", "export"),
    ("doctor", "--source", "panels", "--bundle", "support.json"),
    ("claims", "--json"),
)


class Left(NamedTuple):
    """A folder in which all commands were run, and what they printed."""

    folder: Path
    said: dict[str, str]

    def files(self, ending: str = "") -> list[Path]:
        """Return what lies in it; the cache apart."""
        found = (path for path in self.folder.rglob(f"*{ending}") if path.is_file())
        return [path for path in found if path.name != "cache.duckdb"]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("book")
    for name in BOOK:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    marts = planted.build(home / "marts.duckdb", 120, 1_200)
    with stand_in(marts, Faults(app)) as parameters:
        given = {**parameters, "account": SECRETS[4], "user": SECRETS[3], "network_timeout": 60}
        lines = [f"{k} = {v!r}" for k, v in given.items() if not isinstance(v, dict)]
        (home / "connections.toml").write_text("\n".join(["[panels]", *lines]), encoding="utf-8")
        (home / "connections.toml").chmod(0o600)
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "SNOWFLAKE_HOME": str(home),
            "STUDY_PSEUDONYM_KEY": KEY, "STUDY_TIME_TRAVEL": "off",
        }  # fmt: skip
        said = {}
        for words in COMMANDS:
            done = subprocess.run(
                [sys.executable, "-m", "analysis.cli", "--debug", *words],
                cwd=folder, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-2000:]
            said[words[0]] = done.stdout + done.stderr
    return Left(folder, said)


def text_of(path: Path) -> str:
    """Return what a file says, also where it is packed."""
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    return path.read_bytes().decode("latin-1")


def test_no_person_and_no_secret_is_in_any_file_or_line(left: Left) -> None:
    kinds = {path.suffix for path in left.files()}
    assert kinds >= {".html", ".pdf", ".csv", ".svg", ".json", ".js", ".md", ".parquet"}
    texts = {str(path): text_of(path) for path in left.files()} | left.said
    with duckdb.connect(str(left.folder / ".study" / "cache.duckdb"), read_only=True) as cache:
        for (table,) in cache.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            texts[table] = str(cache.execute(f'SELECT * FROM "{table}"').fetchall())
    for canary in (*planted.PERSONAL, *SECRETS, KEY):
        assert not [place for place, text in texts.items() if canary in text], canary
    assert any("hostile" in text for text in texts.values())  # labels are no secret


def test_no_pseudonym_leaves_the_cache(left: Left) -> None:
    with duckdb.connect(str(left.folder / ".study" / "cache.duckdb"), read_only=True) as cache:
        keys = pseudonyms(cache)
    assert len(keys) > 100
    for path in left.files():
        text = text_of(path)
        assert not [key for key in keys if key in text], path.name


def test_no_page_of_the_book_obeys_a_label(left: Left) -> None:
    pages = left.files(".html")
    assert len(pages) > 15
    for page in pages:
        for element in html.parse(str(page)).iter():
            if isinstance(element.tag, str):
                assert not [name for name in element.attrib if name.lower().startswith("on")]
                for name in ("href", "src"):
                    assert not element.get(name, "").lower().startswith("javascript:")


def test_no_cell_of_a_table_is_a_formula(left: Left) -> None:
    tables = left.files(".csv")
    assert len(tables) > 20
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not cell.startswith(("=", "+", "@")), (path.name, cell)
