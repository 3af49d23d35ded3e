"""The explorer works from a file, under its own policy, by mouse and by keyboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from analysis.report.explorer import page
from tests.browser.test_book import AXE, DESKTOP, PHONE, opened


def content() -> dict[str, Any]:
    names = [("item", "coat"), ("item", "hat"), ("shoe", "pumps"), ("pattern", "</script><b>odd")]
    points = [
        {"id": f"{kind}/{name}", "name": name, "type": kind, "x": x / 3, "y": (x - 1) / 2, "w": 0.1}
        for x, (kind, name) in enumerate(names)
    ]
    bands = [
        {"id": name, "name": name, "type": "", "x": 0.1 * x, "y": 0.0, "w": None}
        for x, name in enumerate(("mainstream", "edgy"))
    ]
    week = [[1.0, 0.5, 1.5], [2.0, 1.0, 3.0], None, [1.5, 1.0, 2.0]]
    return {
        "inertia": [0.6, 0.2],
        "colours": {"mainstream": "#0072b2", "edgy": "#c04a00"},
        "points": [*points, *bands],
        "ellipses": {"edgy": [[0.0, 0.0], [0.2, 0.0], [0.1, 0.2]]},
        "lifts": {
            "item/coat": {"edgy": [0.5, 0.4, 0.6], "mainstream": [1.1, 1.0, 1.2]},
            "shoe/pumps": {"edgy": [3.0, 2.0, 4.0]},
        },
        "trends": {
            "weeks": ["2024-12-16", "2024-12-23", "2025-01-06", "2025-01-13"],
            "lines": [
                {"name": "heels", "labels": ["pumps"], "bands": {"edgy": week}},
                {"name": "coat", "labels": ["coat"], "bands": {"edgy": week, "mainstream": week}},
            ],
        },
        "styles": {"luxury": ["shoe/pumps"]},
    }


@pytest.fixture
def explorer(tmp_path: Path) -> Path:
    path = tmp_path / "explorer.html"
    path.write_text(page(content(), "Sample data.", "the sample"), encoding="utf-8")
    return path


def test_policy_allows_only_what_the_page_holds(explorer: Path) -> None:
    text = explorer.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 2
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert len(text) < 1_000_000


def test_choosing_a_label_moves_table_map_and_series(browser: Browser, explorer: Path) -> None:
    with opened(browser, DESKTOP) as view:
        view.goto(explorer.as_uri())
        first = view.locator("tbody tr").first
        assert "pumps" in first.inner_text()
        first.locator("button").press("Enter")
        assert view.locator("#trend").input_value() == "heels"
        assert "edgy 3.00 (2.00 to 4.00)" in view.inner_text("#told")
        assert view.locator("#map circle.chosen").get_attribute("data-id") == "shoe/pumps"
        view.locator('#map circle[data-id="item/coat"]').dispatch_event("pointerdown")
        view.evaluate("dispatchEvent(new PointerEvent('pointerup'))")
        assert view.locator("#trend").input_value() == "coat"
        assert "coat" in view.inner_text("tr.chosen")
        assert view.faults == []


def test_filters_and_zoom_by_keyboard(browser: Browser, explorer: Path) -> None:
    with opened(browser, DESKTOP) as view:
        view.goto(explorer.as_uri())
        view.select_option("#type", "item")
        assert view.locator("tbody tr").count() == 2
        assert view.locator("#map circle[data-id]").count() == 2
        view.select_option("#type", "")
        view.select_option("#style", "luxury")
        assert view.locator("tbody tr").count() == 1
        assert view.locator("#map circle.styled").count() == 1
        view.select_option("#style", "")
        view.fill("#query", "odd")
        assert "1 of 4" in view.inner_text("#counted")
        spot = "document.querySelector('#map circle[data-id]').getAttribute('cx')"
        view.focus("#map")
        before = view.evaluate(spot)
        view.keyboard.press("+")
        view.keyboard.press("ArrowRight")
        assert view.evaluate(spot) != before
        view.keyboard.press("0")
        assert view.evaluate(spot) == before
        assert view.faults == []


@pytest.mark.parametrize(
    ("size", "theme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")]
)
def test_axe_finds_nothing(
    browser: Browser, explorer: Path, size: dict[str, int], theme: str
) -> None:
    with opened(browser, size, theme) as view:
        view.goto(explorer.as_uri())
        assert view.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        view.evaluate(AXE)
        found = view.evaluate("axe.run(document, {preload: false})")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_an_empty_source_has_an_empty_explorer(browser: Browser, tmp_path: Path) -> None:
    empty = {**content(), "points": [], "ellipses": {}, "lifts": {}, "styles": {}}
    empty["trends"] = {"weeks": [], "lines": []}
    path = tmp_path / "explorer.html"
    path.write_text(page(empty, "x", "y"), encoding="utf-8")
    with opened(browser, DESKTOP) as view:
        view.goto(path.as_uri())
        assert "No series" in view.inner_text("#series")
        assert view.faults == []
