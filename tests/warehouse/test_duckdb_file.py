from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from analysis.errors import SourceError, StudyError
from analysis.warehouse.connect import open_source
from analysis.warehouse.dialect import together
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.source import MARTS


def changed(small, tmp_path, statement):
    path = tmp_path / "copy.duckdb"
    shutil.copy(small, path)
    with duckdb.connect(path) as connection:
        connection.execute(statement)
    return path


def fingerprints(path):
    source = DuckDBFile(path)
    try:
        return source.fingerprint(), source.quick_fingerprint()
    finally:
        source.close()


def test_reads_bound_values_and_casts_to_the_schema(small):
    source = open_source(str(small), sample_file=small)
    schema = pa.schema([pa.field("N", pa.int32(), nullable=False), ("WORD", pa.string())])
    answer = source.query(
        "SELECT COUNT_IF(NB_LIKES = :likes) AS N, MIN(:word) AS WORD FROM MART_IMAGES_OF_POSTS",
        {"likes": 3, "word": "it's; DROP TABLE X", "unused": 1},
        schema,
        name="likes",
    )
    assert answer.table.schema.equals(schema)
    assert answer.table.to_pylist() == [{"N": 582, "WORD": "it's; DROP TABLE X"}]
    assert answer.query_id == "duckdb-1"
    assert set(source.columns()) == set(MARTS)
    assert source.columns()["MART_AUTHORS"]["NB_FOLLOWERS"] == "BIGINT"
    source.close()


def test_sample_is_named_so(small):
    source = open_source(None, sample_file=small)
    assert source.info.is_sample
    assert datetime.fromisoformat(source.info.as_of).tzinfo is not None
    source.close()


def test_missing_parameter_is_named(small):
    source = DuckDBFile(small)
    with pytest.raises(ValueError, match="likes needs a value for n"):
        source.query("SELECT :n AS N", {}, name="likes")
    source.close()


def test_the_file_cannot_be_written_through_a_source(small):
    source = DuckDBFile(small)
    before = small.read_bytes()
    for text in ("DELETE FROM MART_AUTHORS", "CREATE TABLE T AS SELECT 1 AS A"):
        with pytest.raises(Exception, match="one SELECT"):
            source.query(text)
    source.close()
    assert small.read_bytes() == before


def test_fingerprint_follows_content_not_the_file(small, tmp_path):
    content, quick = fingerprints(small)
    assert set(content) == set(MARTS)
    same = changed(small, tmp_path, "CREATE TABLE OTHER AS SELECT 1 AS A")
    assert fingerprints(same)[0] == content
    assert fingerprints(same)[1] != quick
    other = changed(small, tmp_path, "UPDATE MART_AUTHORS SET NB_FOLLOWS = 1 WHERE AUTHORID = 7000")
    differing = {table for table, text in fingerprints(other)[0].items() if text != content[table]}
    assert differing == {"MART_AUTHORS"}


def test_fingerprint_sees_a_renamed_type_but_not_the_order_of_rows(small, tmp_path):
    content, _ = fingerprints(small)
    shuffled = changed(
        small,
        tmp_path,
        "CREATE OR REPLACE TABLE MART_AUTHORS AS "
        "SELECT * FROM MART_AUTHORS ORDER BY NB_FOLLOWERS DESC",
    )
    assert fingerprints(shuffled)[0] == content
    retyped = changed(
        small, tmp_path, "ALTER TABLE MART_AUTHORS ALTER NB_FOLLOWS SET DATA TYPE BIGINT"
    )
    assert fingerprints(retyped)[0]["MART_AUTHORS"] != content["MART_AUTHORS"]


def test_marts_are_found_in_another_schema_and_case(small, tmp_path):
    path = tmp_path / "other.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(f"ATTACH '{small}' AS old (READ_ONLY)")
        connection.execute('CREATE SCHEMA "Tech""Test"')
        for mart in MARTS:
            connection.execute(f'CREATE TABLE "Tech""Test"."{mart.lower()}" AS FROM old.{mart}')
    source = DuckDBFile(path)
    assert set(source.columns()) == set(MARTS)
    assert source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS").table["N"][0].as_py() == 252
    source.close()


def test_a_missing_table_is_left_to_the_contract_but_named_when_asked(small, tmp_path):
    source = DuckDBFile(changed(small, tmp_path, "DROP TABLE MART_AUTHORS"))
    assert "MART_AUTHORS" not in source.columns()
    assert "MART_AUTHORS" not in source.fingerprint()
    with pytest.raises(SourceError, match=r"cannot answer profile.*MART_AUTHORS"):
        source.query("SELECT COUNT(*) AS N FROM MART_AUTHORS", name="profile")
    source.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, None])
def test_what_is_no_database_is_refused(small, tmp_path, content):
    path = tmp_path / "broken.duckdb"
    path.write_bytes(small.read_bytes()[:5000] if content is None else content)
    with pytest.raises(SourceError, match=r"broken.duckdb is not a DuckDB file"):
        DuckDBFile(path)


def test_a_database_without_any_mart_is_no_source(tmp_path):
    path = tmp_path / "other.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE T AS SELECT 1 AS A")
    with pytest.raises(SourceError, match=r"other\.duckdb holds none of the four marts"):
        DuckDBFile(path)


def test_no_such_file(tmp_path):
    with pytest.raises(SourceError, match="There is no file"):
        open_source(str(tmp_path / "none.duckdb"), sample_file=tmp_path / "x")
    with pytest.raises(SourceError, match="study sample"):
        open_source("sample", sample_file=tmp_path / "x")


def test_a_file_that_is_being_written_is_refused(small, tmp_path):
    path = tmp_path / "busy.duckdb"
    shutil.copy(small, path)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
            str(path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(SourceError, match="being written by another program"):
            DuckDBFile(path)
    finally:
        writer.communicate(b"\n", timeout=30)


def test_files_keep_no_history(small):
    os.utime(small, (1_700_000_000, 1_700_000_000))
    with pytest.raises(SourceError, match="Files keep no history"):
        DuckDBFile(small, as_of=datetime(2023, 1, 1, tzinfo=UTC))
    later = DuckDBFile(small, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert later.info.as_of == "2023-11-14T22:13:20+00:00"
    later.close()


def test_errors_show_no_value_of_a_row(small):
    source = DuckDBFile(small)
    with pytest.raises(SourceError) as error:
        source.query("SELECT CAST(BIO AS INTEGER) AS N FROM MART_AUTHORS", name="bios")
    assert "failed in bios (ConversionException)" in str(error.value)
    assert "shop" not in str(error.value)
    assert error.value.__cause__ is None
    source.close()


def test_too_little_memory_is_said(small):
    source = DuckDBFile(small, memory_limit="8MB")  # enough to open the file
    with pytest.raises(SourceError, match="needs more memory"):
        source.query(
            "SELECT LISTAGG(A.BIO, '') AS T FROM MART_AUTHORS A "
            "CROSS JOIN MART_AUTHORS B CROSS JOIN MART_AUTHORS C"
        )
    source.close()


SHARED = {
    "LIKED": "SELECT AUTHORID FROM MART_IMAGES_OF_POSTS WHERE NB_LIKES >= :likes",
    "BY_AUTHOR": "SELECT AUTHORID, COUNT(*) AS N FROM LIKED GROUP BY AUTHORID",
}
COUNTED = "SELECT COUNT(*) AS AUTHORS, SUM(N) AS POSTS FROM BY_AUTHOR"


def test_shared_relations_change_no_answer(small):
    source = open_source(str(small), sample_file=small)
    whole = together(COUNTED, SHARED)
    for likes in (0, 3, 3, 0):
        parameters = {"likes": likes}
        plain = source.query(whole, parameters).table
        assert source.query(COUNTED, parameters, shared=SHARED).table.equals(plain)
    other = {"LIKED": "SELECT 1 AS N"}
    assert source.query("SELECT N FROM LIKED", shared=other).table["N"].to_pylist() == [1]
    assert source.query(COUNTED, {"likes": 0}, shared=SHARED).table.equals(
        source.query(whole, {"likes": 0}).table
    )


def test_shared_relations_reach_the_marts_and_nothing_else(small):
    source = open_source(str(small), sample_file=small)
    source.query(COUNTED, {"likes": 0}, shared=SHARED)
    with pytest.raises(StudyError, match="BY_AUTHOR, which is none of the four marts"):
        source.query(COUNTED)  # kept for queries that bring it, not a table for others
    with pytest.raises(StudyError, match="none of the four marts"):
        source.query("SELECT N FROM X", shared={"X": "SELECT 1 AS N FROM truth.authors"})
    with pytest.raises(ValueError, match="a value for likes"):
        source.query(COUNTED, shared=SHARED)


def test_rows_that_a_killed_run_spilled_are_removed_by_the_next(small, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "study-spill-1"
    left.mkdir()
    (left / "csv.duckdb").write_text("rows")
    left.with_suffix(".lock").touch()
    with closing(DuckDBFile(small)), closing(DuckDBFile(small)):
        assert not left.exists()
        spilled = [found for found in tmp_path.glob("study-spill-*") if found.is_dir()]
        assert len(spilled) == 2  # the other run's is left alone
        assert all(found.stat().st_mode & 0o077 == 0 for found in spilled)
    assert not [*tmp_path.glob("study-spill-*")]
