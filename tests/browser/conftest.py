"""A real headless Chromium over the fixture book, or over the book that STUDY_TEST_BOOK names."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.report.engine.books import ENGINE, render_fixture

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and say why, where there is no browser."""
    if CHROMIUM:
        return
    reason = "no Chromium on PATH: install Debian's `chromium` to test the pages in a browser"
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.skip(reason=reason))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the book under test."""
    given = os.environ.get("STUDY_TEST_BOOK")
    if given:
        return Path(given).resolve()
    return render_fixture(tmp_path_factory.mktemp("browser")).output


@pytest.fixture(scope="session")
def site(book: Path) -> Iterator[str]:
    """Return the address of the book: its folder, or a local server for real Quarto's pages."""
    if ENGINE == "pandoc":
        yield book.as_uri()
        return
    handler = functools.partial(Quiet, directory=str(book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
