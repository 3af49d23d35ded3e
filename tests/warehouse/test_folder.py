from __future__ import annotations

import gzip
import io
import os
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analysis import extracts
from analysis.errors import ContractError, SourceError
from analysis.warehouse import contract
from analysis.warehouse.connect import open_source
from analysis.warehouse.folder import Folder
from analysis.warehouse.source import MARTS
from tests.warehouse.small import PARAMETERS


def export(small, folder, ending, name=str):
    folder.mkdir()
    options = "(HEADER, QUOTE '\"')" if "csv" in ending else ""
    with duckdb.connect(small, read_only=True) as connection:
        for mart in MARTS:
            connection.execute(f"COPY {mart} TO '{folder / (name(mart) + ending)}' {options}")
    return folder


@pytest.fixture(scope="module")
def parquet(small, tmp_path_factory):
    return export(small, tmp_path_factory.mktemp("as") / "parquet", ".parquet", str.lower)


@pytest.fixture(scope="module")
def csv(small, tmp_path_factory):
    return export(small, tmp_path_factory.mktemp("as") / "csv", ".CSV", str.title)


@pytest.fixture
def folder_of(csv, tmp_path):
    """Return a function that copies the folder of CSV with one file changed."""

    def copy(mart, change):
        for path in csv.iterdir():
            text = path.read_bytes()
            if path.stem.upper() == mart:
                text = change(text)
            if text is not None:
                (tmp_path / path.name).write_bytes(text)
        return tmp_path

    return copy


@pytest.mark.parametrize("name", extracts.names())
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_every_extract_is_the_same_as_from_the_file(small, parquet, csv, form, name, opened):
    expected = extracts.get(name).run(opened(small), PARAMETERS).table
    folder = parquet if form == "parquet" else csv
    assert extracts.get(name).run(opened(folder), PARAMETERS).table.equals(expected)


@pytest.fixture(scope="module")
def opened():
    """Return a function that opens each place once."""
    sources = {}

    def open_once(path):
        if path not in sources:
            sources[path] = open_source(str(path), sample_file=Path("none"))
        return sources[path]

    yield open_once
    for source in sources.values():
        source.close()


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_contract_holds_for_both_forms(parquet, csv, form, opened):
    report = contract.check(opened(parquet if form == "parquet" else csv))
    contract.require(report)
    assert report["N_ROWS"].sum() > 0


def test_parts_and_compressed_files_are_read(small, tmp_path, opened):
    folder = export(small, tmp_path / "mixed", ".parquet", str.lower)
    whole = folder / "mart_authors.parquet"
    parts = folder / "Mart_Authors"
    parts.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE T AS FROM '{whole}'")
        connection.execute(f"COPY (FROM T LIMIT 100) TO '{parts}/a.parquet'")
        connection.execute(f"COPY (FROM T OFFSET 100) TO '{parts}/b.parquet'")
        posts = folder / "mart_images_of_posts.parquet"
        connection.execute(f"COPY (FROM '{posts}') TO '{folder}/posts.csv' (HEADER)")
    whole.unlink()
    posts.unlink()
    packed = folder / "MART_IMAGES_OF_POSTS.csv.gz"
    packed.write_bytes(gzip.compress((folder / "posts.csv").read_bytes()))
    for name in ("author_features", "dirt"):
        expected = extracts.get(name).run(opened(small), PARAMETERS).table
        assert extracts.get(name).run(opened(folder), PARAMETERS).table.equals(expected)


def test_numbers_that_pandas_wrote_as_floats_are_read(folder_of):
    def as_pandas(text):
        frame = pd.read_csv(io.BytesIO(text), dtype={"AUTHORID": float})
        return frame.to_csv(index=False).encode()

    source = Folder(folder_of("MART_AUTHORS", as_pandas))
    answer = source.query("SELECT MIN(AUTHORID) AS A, MAX(NB_FOLLOWERS) AS F FROM MART_AUTHORS")
    assert answer.table.to_pylist()[0]["A"] == 4321
    assert answer.table.to_pylist()[0]["F"] == 5687047
    source.close()


def test_missing_marts_are_named(folder_of, tmp_path):
    folder = folder_of("MART_AUTHORS", lambda text: None)
    with pytest.raises(SourceError, match=r"lacks MART_AUTHORS\."):
        open_source(str(folder), sample_file=tmp_path)
    with pytest.raises(SourceError, match="There is no folder"):
        open_source(str(tmp_path / "none") + "/", sample_file=tmp_path)


def test_a_mart_in_two_forms_is_refused(folder_of):
    folder = folder_of("MART_AUTHORS", lambda text: text)
    (folder / "mart_authors.parquet").write_bytes(b"")
    with pytest.raises(SourceError, match="holds MART_AUTHORS more than once"):
        Folder(folder)


@pytest.mark.parametrize("content", [b"", b"PAR1 not parquet"])
def test_an_unreadable_parquet_file_is_named(parquet, tmp_path, content):
    for path in parquet.iterdir():
        broken = path.name == "mart_authors.parquet"
        (tmp_path / path.name).write_bytes(content if broken else path.read_bytes())
    with pytest.raises(SourceError, match=r"mart_authors\.parquet cannot be read as PARQUET"):
        Folder(tmp_path)


def test_a_truncated_parquet_file_fails_without_a_number(parquet, tmp_path):
    for path in parquet.iterdir():
        text = path.read_bytes()
        (tmp_path / path.name).write_bytes(text[:-100] if "posts" in path.name else text)
    with pytest.raises(SourceError, match=r"mart_images_of_posts\.parquet"):
        Folder(tmp_path)


@pytest.mark.parametrize(
    ("mart", "old", "new", "message"),
    [
        ("MART_AUTHORS", b"\n7013,", b"\nmany,", "AUTHORID is not a whole number in 1 rows"),
        ("MART_AUTHORS", b"\n7013,", b"\n7013.5,", "AUTHORID is not a whole number in 1 rows"),
        ("MART_AUTHORS_SEGMENTATIONS", b",false", b",nein", "FASHION_INTEREST_SEGMENT is not true"),
        ("MART_IMAGES_OF_POSTS", b",2023-", b",20x3-", "POST_PUBLICATION_DATE is not a time"),
    ],
)
def test_values_of_a_wrong_type_are_counted(folder_of, mart, old, new, message):
    source = Folder(folder_of(mart, lambda text: text.replace(old, new)))
    for _ in range(2):  # nothing half-loaded remains after the first failure
        with pytest.raises(ContractError, match=message):
            source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS")
    source.close()


def test_line_breaks_without_quotes_are_refused_not_misread(folder_of):
    def unquoted(text):
        return text + b"abc,7000,0,a caption\nof two lines,3,2023-05-05 05:05:05,def\n"

    source = Folder(folder_of("MART_IMAGES_OF_POSTS", unquoted))
    with pytest.raises(SourceError, match=r"Mart_Images_Of_Posts\.CSV cannot be read as CSV") as e:
        source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS")
    assert "caption" not in str(e.value)
    source.close()


def test_text_that_is_not_utf8_is_refused(folder_of):
    folder = folder_of("MART_AUTHORS", lambda text: text + b"12,\xff\xfe caf\xe9,1,1\n")
    with pytest.raises(SourceError, match=r"Mart_Authors\.CSV cannot be read as CSV"):
        Folder(folder).query("SELECT COUNT(*) AS N FROM MART_AUTHORS")


def test_an_empty_text_is_not_a_null(csv):
    source = Folder(csv)
    sql = "SELECT COUNT_IF(BIO IS NULL) AS A, COUNT_IF(BIO = '') AS B FROM MART_AUTHORS"
    assert source.query(sql).table.to_pylist() == [{"A": 53, "B": 50}]
    source.close()


def test_fingerprint_follows_each_file(parquet, tmp_path):
    for path in parquet.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    source = Folder(tmp_path)
    before = source.fingerprint()
    os.utime(tmp_path / "mart_authors.parquet", (1_800_000_000, 1_800_000_000))
    after = source.quick_fingerprint()
    assert {table for table in MARTS if before[table] != after[table]} == {"MART_AUTHORS"}
    source.close()


def test_nothing_stays_on_disk(csv):
    before = set(Path(tempfile.gettempdir()).glob("study-spill-*"))
    source = Folder(csv)
    source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS")
    made = set(Path(tempfile.gettempdir()).glob("study-spill-*")) - before
    assert made
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)
    source.close()
    assert not any(path.exists() for path in made)


def test_only_what_is_asked_is_read(csv):
    source = Folder(csv)
    assert source.columns()["MART_AUTHORS"]["NB_FOLLOWERS"].startswith("DECIMAL")
    assert set(source.quick_fingerprint()) == set(MARTS)
    source.close()
