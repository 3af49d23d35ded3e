"""A Snowflake stand-in over HTTP that holds the marts of a DuckDB file."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fakesnow.server import shared_fs
from snowflake import connector

from tests.snowflake.faults import Faults

TYPES = {
    "MART_AUTHORS": "AUTHORID NUMBER(38,0), BIO TEXT, NB_FOLLOWERS NUMBER(38,0), "
    "NB_FOLLOWS NUMBER(38,0)",
    "MART_AUTHORS_SEGMENTATIONS": "AUTHORID NUMBER(38,0), GEO_ZONE TEXT, "
    "NB_FOLLOWERS NUMBER(18,6), FASHION_INTEREST_SEGMENT BOOLEAN",
    "MART_IMAGES_LABELS": "IMAGE_ID TEXT, TYPE TEXT, POSITION_IN_IMAGE ARRAY, LABEL_NAME TEXT",
    "MART_IMAGES_OF_POSTS": "POST_ID TEXT, AUTHORID NUMBER(38,0), COMMENT_COUNT NUMBER(38,0), "
    "POST_CAPTION TEXT, NB_LIKES NUMBER(38,0), POST_PUBLICATION_DATE TIMESTAMP_NTZ, IMAGE_ID TEXT",
}


@contextmanager
def stand_in(small: Path, layer: Faults) -> Iterator[Mapping[str, Any]]:
    """Start the stand-in behind a layer, load the marts and yield connection parameters."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(layer, log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    parameters = {
        "account": "fakesnow",
        "user": "reader",
        "password": "canary-password",
        "host": "127.0.0.1",
        "port": listener.getsockname()[1],
        "protocol": "http",
        "login_timeout": 2,
        "network_timeout": 1,
        "session_parameters": {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
    }
    try:
        place = {"database": "TECHTEST", "schema": "TECHTEST"}
        with connector.connect(**parameters, **place) as connection:
            for mart, columns in TYPES.items():
                connection.cursor().execute(f"CREATE OR REPLACE TABLE {mart} ({columns})")
        # the rows go straight into the DuckDB that stands behind it
        backend = shared_fs.duck_conn.cursor()
        backend.execute(f"ATTACH '{small}' AS small (READ_ONLY)")
        for mart in TYPES:
            cast = (
                "* REPLACE (CAST(POSITION_IN_IMAGE AS JSON) AS POSITION_IN_IMAGE)"
                if mart == "MART_IMAGES_LABELS"
                else "*"
            )
            backend.execute(f"INSERT INTO TECHTEST.TECHTEST.{mart} SELECT {cast} FROM small.{mart}")
        backend.execute("DETACH small")
        yield {**parameters, **place}
    finally:
        server.should_exit = True
        thread.join()
