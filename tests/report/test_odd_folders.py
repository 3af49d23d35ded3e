"""Every chapter runs on folders of Parquet that someone else wrote, and says what it cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from IPython.display import Markdown

from analysis.prepare import Run, prepare
from analysis.report import pieces
from analysis.report.engine.scan import scan
from analysis.settings import Settings
from analysis.study import Study
from tests.report.test_chapters_run import CHAPTERS, ROOT, run

ONE_MONTH = """
    POST_PUBLICATION_DATE BETWEEN TIMESTAMP '2024-03-01' AND TIMESTAMP '2024-03-31 23:59:59'
"""
FOLDERS = {
    "one month, many zones, nobody edgy, unknown types and labels": {
        "MART_AUTHORS": """
            SELECT * FROM MART_AUTHORS WHERE NB_FOLLOWERS IS NULL OR NB_FOLLOWERS <= 40000
        """,
        "MART_AUTHORS_SEGMENTATIONS": """
            SELECT
                AUTHORID,
                ['us', 'Côte', 'zz'][1 + AUTHORID % 3] AS GEO_ZONE,
                CASE WHEN NB_FOLLOWERS <= 40000 THEN NB_FOLLOWERS END AS NB_FOLLOWERS,
                FALSE AS FASHION_INTEREST_SEGMENT
            FROM MART_AUTHORS_SEGMENTATIONS
        """,
        "MART_IMAGES_OF_POSTS": f"SELECT * FROM MART_IMAGES_OF_POSTS WHERE {ONE_MONTH}",
        "MART_IMAGES_LABELS": f"""
            SELECT
                IMAGE_ID,
                CASE TYPE WHEN 'shoe' THEN 'footwear v2' WHEN 'bag_brand' THEN 'sac' ELSE TYPE END
                    AS TYPE,
                POSITION_IN_IMAGE,
                CASE LABEL_NAME WHEN 'plain' THEN 'Très ''uni'' | 100 %' ELSE LABEL_NAME END
                    AS LABEL_NAME
            FROM MART_IMAGES_LABELS
            WHERE IMAGE_ID IN (SELECT IMAGE_ID FROM MART_IMAGES_OF_POSTS WHERE {ONE_MONTH})
        """,
    },
    "one band, one zone, all flagged, no likes, no text, no objects": {
        "MART_AUTHORS": """
            SELECT AUTHORID, NULL::VARCHAR AS BIO, 500::BIGINT AS NB_FOLLOWERS, NB_FOLLOWS
            FROM MART_AUTHORS
        """,
        "MART_AUTHORS_SEGMENTATIONS": """
            SELECT
                AUTHORID, 'fr' AS GEO_ZONE, 500::DOUBLE AS NB_FOLLOWERS,
                TRUE AS FASHION_INTEREST_SEGMENT
            FROM MART_AUTHORS_SEGMENTATIONS
        """,
        "MART_IMAGES_OF_POSTS": """
            SELECT * REPLACE (NULL::VARCHAR AS POST_CAPTION, NULL::INTEGER AS NB_LIKES)
            FROM MART_IMAGES_OF_POSTS
        """,
        "MART_IMAGES_LABELS": """
            SELECT * FROM MART_IMAGES_LABELS WHERE TYPE IN ('texture', 'pattern')
        """,
    },
    "thirty accounts": {
        "MART_AUTHORS": "SELECT * FROM MART_AUTHORS WHERE AUTHORID IN (FROM FEW)",
        "MART_AUTHORS_SEGMENTATIONS": """
            SELECT * FROM MART_AUTHORS_SEGMENTATIONS WHERE AUTHORID IN (FROM FEW)
        """,
        "MART_IMAGES_OF_POSTS": "SELECT * FROM MART_IMAGES_OF_POSTS WHERE AUTHORID IN (FROM FEW)",
        "MART_IMAGES_LABELS": """
            SELECT * FROM MART_IMAGES_LABELS
            WHERE IMAGE_ID IN (
                SELECT IMAGE_ID FROM MART_IMAGES_OF_POSTS WHERE AUTHORID IN (FROM FEW)
            )
        """,
    },
}
FEW = """
    CREATE TEMP TABLE FEW AS
    SELECT AUTHORID FROM MART_AUTHORS GROUP BY AUTHORID ORDER BY hash(AUTHORID) LIMIT 30
"""


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda name: name.split(",")[0])
def odd(
    request: pytest.FixtureRequest,
    small_sample: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Settings, Run]:
    """A run prepared from an odd folder."""
    folder = tmp_path_factory.mktemp("marts")
    with duckdb.connect(small_sample, read_only=True) as connection:
        connection.execute(FEW)
        for mart, query in FOLDERS[request.param].items():
            connection.execute(f"COPY ({query}) TO '{folder}/{mart}.parquet'")
    settings = Settings(source=str(folder), directory=tmp_path_factory.mktemp("study"))
    return settings, prepare(settings)


def test_every_chapter_says_what_it_can(
    odd: tuple[Settings, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in odd[0].environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(pieces.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(pieces, "_save", lambda plot, path: None)
    monkeypatch.chdir(ROOT)
    failures = []
    for path in CHAPTERS:
        names: dict[str, Any] = {}
        for step in scan(ROOT, path).steps:
            try:
                value = run(step.source, names)
            except Exception as error:
                failures.append(f"{path}: {step.name}: {type(error).__name__}: {error}")
                continue
            text = value.data if isinstance(value, Markdown) else str(value)
            if "nan" in text.split():
                failures.append(f"{path}: {step.name}: says nan")
    assert not failures, "\n".join(failures)
    silent = [claim for claim in Study.open().claims() if claim.verdict == "cannot be answered"]
    assert silent
    assert all(claim.reason and claim.estimate is None for claim in silent)
