"""What goes wrong on the way: the right rows or one clear error, never a wrong number."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from analysis import extracts
from analysis.errors import SourceError
from analysis.warehouse.snowflake import Snowflake
from tests.snowflake import faults as spoil
from tests.warehouse.small import PARAMETERS

DAY = datetime(2023, 1, 2)
SQL = "SELECT COUNT(*) AS N FROM MART_AUTHORS"
SCHEMA = pa.schema([pa.field("N", pa.int32(), nullable=False)])


def attempts(caplog):
    return [record.message for record in caplog.records if "attempt" in record.message]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (spoil.cut_off, "ChunkedEncodingError"),
        (spoil.arrow(lambda rows: rows[: len(rows) // 2]), "OperationalError 255005"),
        (spoil.arrow(lambda rows: rows[:40] + b"\xff" * 30 + rows[70:]), "OperationalError 255005"),
        (spoil.arrow(lambda rows: b""), "incomplete result"),
        (spoil.announce_more_rows, "incomplete result"),
        (spoil.refusal("390111", "Session no longer exists."), "ProgrammingError 390111"),
        (spoil.refusal("390112", "Your session has expired."), "HttpError 290404"),
    ],
    ids=["reset", "truncated", "corrupt", "empty", "rows missing", "session gone", "expired"],
)
def test_what_passes_is_tried_again_and_said(open_snowflake, faults, caplog, fault, reason):
    caplog.set_level(logging.INFO)
    source = open_snowflake()
    faults.planned.append(("query-request", fault))
    assert source.query(SQL, {}, SCHEMA, name="count").table["N"].to_pylist() == [252]
    assert attempts(caplog) == [f"query count: {reason}; attempt 2 of 2 in 0.0 s"]
    source.close()


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_tried_again_by_the_connector(snowflake, faults, code):
    faults.planned.append(("query-request", spoil.status(code)))
    assert snowflake.query(SQL, {}, SCHEMA).table["N"].to_pylist() == [252]


def test_tries_are_bounded(open_snowflake, faults, caplog):
    source = open_snowflake()
    faults.planned.extend([("query-request", spoil.cut_off)] * 9)
    with pytest.raises(SourceError, match=r"stayed away in count: ChunkedEncodingError, 2 times"):
        source.query(SQL, {}, SCHEMA, name="count")
    assert len(attempts(caplog)) == 1
    source.close()


def test_pauses_double(open_snowflake, faults, monkeypatch):
    source = open_snowflake(attempts=4, backoff=0.5)
    pauses = []
    monkeypatch.setattr("analysis.warehouse.snowflake.time.sleep", pauses.append)
    faults.planned.extend([("query-request", spoil.cut_off)] * 3)
    assert source.query(SQL, {}, SCHEMA).table["N"].to_pylist() == [252]
    assert pauses == [0.5, 1.0, 2.0]
    source.close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("000604", "was cancelled"),
        ("000606", "has no warehouse to run on"),
        ("000630", "took longer than allowed"),
        ("000904", "asks for a column that does not exist"),
        ("002003", "asks for a table that does not exist or that the role may not read"),
        ("090073", "needs a warehouse that a resource monitor has suspended"),
        ("100038", "was refused"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(snowflake, faults, caplog, code, message):
    faults.planned.append(("query-request", spoil.refusal(code, "Numeric value 'canary-bio'")))
    with pytest.raises(SourceError, match=f"query count of stand-in {message}") as error:
        snowflake.query(SQL, {}, SCHEMA, name="count")
    assert str(int(code)) in str(error.value)
    assert "canary" not in str(error.value)
    assert error.value.__cause__ is None
    assert not attempts(caplog)


def test_a_warehouse_that_goes_away_in_the_middle_of_an_extract(open_snowflake, faults):
    source = open_snowflake()
    extract = extracts.get("author_features")
    faults.planned.extend([("query-request", spoil.cut_off)] * 2)
    with pytest.raises(SourceError, match="stayed away in author_features"):
        extract.run(source, PARAMETERS)
    assert extract.run(source, PARAMETERS).table.num_rows == 372  # back again
    source.close()


@pytest.mark.parametrize("code", ["390100", "390144", "394304"])
def test_wrong_credentials(open_snowflake, faults, code):
    faults.planned.extend([("login-request", spoil.refusal(code, "canary-password is wrong"))] * 3)
    with pytest.raises(SourceError, match="refused the login of connection stand-in") as error:
        open_snowflake()
    assert "canary" not in str(error.value)


def test_a_server_that_is_not_there(server):
    with pytest.raises(SourceError, match="cannot be reached for connection nowhere") as error:
        Snowflake("nowhere", {**server, "port": 9, "login_timeout": 1})
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("lacking", ["account", "user", "password"])
def test_a_connection_that_lacks_something(server, lacking):
    parameters = {key: value for key, value in server.items() if key != lacking}
    with pytest.raises(SourceError, match=f"connection half lacks an? {lacking}"):
        Snowflake("half", parameters)


def test_without_history_the_marts_are_read_as_they_are(open_snowflake, faults, caplog):
    source = open_snowflake(time_travel=None)
    fault = spoil.refusal("000707", "Time travel data is not available for table MART_AUTHORS.")
    faults.planned.append(("query-request", fault))
    faults.queries.clear()
    assert source.query(SQL, {}, SCHEMA).table["N"].to_pylist() == [252]
    sent = [query["sqlText"] for query in faults.queries]
    assert ["AT (TIMESTAMP" in text for text in sent] == [True, False]
    assert "keeps no history" in caplog.text
    source.close()


def test_an_as_of_time_that_was_asked_for_is_not_given_up(open_snowflake, faults):
    source = open_snowflake(time_travel=None, as_of=datetime(2025, 1, 1, tzinfo=UTC))
    assert source.info.as_of == "2025-01-01T00:00:00.000000+00:00"
    faults.planned.append(("query-request", spoil.refusal("000707", "no data")))
    with pytest.raises(SourceError, match="keeps no rows as old as 2025-01-01"):
        source.query(SQL, {}, SCHEMA)
    source.close()


def test_the_warehouse_clock_decides_what_the_future_is(open_snowflake):
    with pytest.raises(SourceError, match="in the future of stand-in's clock"):
        open_snowflake(as_of=datetime.now(UTC) + timedelta(days=1))


def test_values_are_bound_and_the_query_is_tagged(snowflake, faults):
    hostile = "x'; DROP TABLE MART_AUTHORS; --"
    extract = extracts.get("weekly_trend_counts")
    extract.run(snowflake, {**PARAMETERS, "pseudonym_key": hostile})
    (query,) = faults.queries
    assert hostile not in query["sqlText"]
    assert "striped top" not in query["sqlText"]
    assert hostile in [bound["value"] for bound in query["bindings"].values()]
    assert '"for": "weekly_trend_counts"' in query["parameters"]["QUERY_TAG"]
    assert snowflake.query(SQL, {}, SCHEMA).table["N"].to_pylist() == [252]


def test_a_missing_value_is_named(snowflake):
    with pytest.raises(ValueError, match="bands needs a value for band"):
        snowflake.query("SELECT :band AS BAND", {}, name="bands")


def test_fingerprint_reads_metadata_only_and_follows_each_table(open_snowflake, faults):
    source = open_snowflake()
    faults.queries.clear()
    before = source.fingerprint()
    assert len(before) == 4
    assert source.quick_fingerprint(["MART_AUTHORS"]) == {"MART_AUTHORS": before["MART_AUTHORS"]}
    assert all("INFORMATION_SCHEMA" in query["sqlText"] for query in faults.queries)
    other = open_snowflake()
    assert other.fingerprint() == before
    other.close()
    source.close()


def test_a_table_that_changed_after_the_as_of_time_never_counts_as_unchanged(open_snowflake):
    early = open_snowflake(as_of=datetime(1960, 1, 1, tzinfo=UTC))
    late = open_snowflake()
    assert early.fingerprint() != late.fingerprint()
    early.close()
    late.close()


def test_a_schema_without_the_marts_is_said(server):
    source = Snowflake("empty", {**server, "schema": "NOTHING"}, time_travel=False)
    with pytest.raises(SourceError, match=r"none of the four marts in TECHTEST\.NOTHING"):
        source.columns()
    source.close()


class Cursor:
    """Stands in for a connector's cursor whose result comes in batches that differ in type."""

    sfqid = "an id"
    rowcount = 4
    batches = (
        pa.table({"N": pa.array([1, 2], pa.int8()), "DAY": pa.array([None, None], pa.null())}),
        pa.table({"N": pa.array([], pa.null()), "DAY": pa.array([], pa.timestamp("ns"))}),
        pa.table({"N": pa.array([70000], pa.int32()), "DAY": pa.array([DAY], pa.timestamp("us"))}),
        pa.table({"N": pa.array([3], pa.decimal128(38, 0)), "DAY": pa.array([DAY.date()])}),
    )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def cursor(self):
        return self

    def execute(self, *_, **__):
        return self

    def fetchall(self):
        return [(datetime(2026, 1, 1),)]

    def fetch_arrow_batches(self):
        return iter(self.batches)

    def close(self, **_):
        return None


@pytest.mark.parametrize("announced", [4, 5])
def test_batches_become_one_table_of_the_schema_or_none(monkeypatch, announced):
    monkeypatch.setattr("snowflake.connector.connect", lambda **_: Cursor())
    monkeypatch.setattr(Cursor, "rowcount", announced)
    source = Snowflake("batches", {}, attempts=2, backoff=0.0)
    schema = pa.schema([pa.field("N", pa.int32(), nullable=False), ("DAY", pa.date32())])
    if announced == 4:
        table = source.query(SQL, {}, schema).table
        assert table.schema.equals(schema)
        assert table["N"].to_pylist() == [1, 2, 70000, 3]
        assert table["DAY"].to_pylist() == [None, None, DAY.date(), DAY.date()]
    else:
        with pytest.raises(SourceError, match="incomplete result, 2 times"):
            source.query(SQL, {}, schema)
