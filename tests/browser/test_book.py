"""What a reader meets: no error, no request to elsewhere, search, theme, keyboard, axe-core."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.report.engine.books import ENGINE

DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
LEFTOVERS = (":::", "{{<", "?@", "@fig-", "@tbl-", "@sec-", "@eq-", "Traceback")
#: The text of a page without its code, where None is a name.
PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  for (const code of main.querySelectorAll("pre, code")) code.remove();
  return main.textContent;
}"""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SERIOUS = {"serious", "critical"}
own_engine = pytest.mark.skipif(ENGINE != "pandoc", reason="only true of the project's own engine")


def chapters(book: Path) -> list[str]:
    found = [path.relative_to(book).as_posix() for path in book.rglob("*.html")]
    # the explorer is a page of its own, with its own tests
    return sorted(name for name in found if "site_libs" not in name and "figures/" not in name)


@contextmanager
def opened(browser: Browser, size: dict[str, int], theme: str = "light") -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme=theme)
    page = context.new_page()
    page.faults = []
    page.on("console", lambda said: said.type == "error" and page.faults.append(said.text))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "requestfailed", lambda request: left_behind(request) or page.faults.append(request.url)
    )
    page.on(
        "request", lambda request: page.faults.append(request.url) if foreign(request.url) else 0
    )
    yield page
    context.close()


def left_behind(request: Request) -> bool:
    """Tell whether the next page was opened before a picture further down had come."""
    return request.failure == "net::ERR_ABORTED"


def foreign(url: str) -> bool:
    return not re.match(r"file:|data:|blob:|http://127\.0\.0\.1:", url)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_opens_without_fault(
    browser: Browser, site: str, book: Path, size: dict[str, int]
) -> None:
    with opened(browser, size) as page:
        for name in chapters(book):
            page.goto(f"{site}/{name}")
            page.wait_for_load_state("load" if ENGINE == "pandoc" else "networkidle")
            assert [fault for fault in page.faults if "favicon" not in fault] == [], name
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than the window"
            text = page.inner_text("main")
            assert [mark for mark in LEFTOVERS if mark in text] == [], name
            assert not re.search(r"\b(NaN|None)\b", page.evaluate(PROSE)), name
            broken = page.evaluate(
                "[...document.images].filter(i => i.loading !== 'lazy' && !i.naturalWidth).length"
            )
            assert broken == 0, name


VIEWS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")]


@pytest.mark.parametrize(("size", "theme"), VIEWS, ids=["light", "dark", "phone"])
def test_axe_finds_nothing(
    browser: Browser, site: str, book: Path, size: dict[str, int], theme: str
) -> None:
    with opened(browser, size, theme) as page:
        for name in chapters(book):
            page.goto(f"{site}/{name}")
            page.evaluate(AXE)
            # `preload` would fetch style sheets, which files may not do
            found = page.evaluate("axe.run({preload: false}).then(result => result.violations)")
            if ENGINE != "pandoc":
                found = [violation for violation in found if violation["impact"] in SERIOUS]
            told = [(v["id"], v["nodes"][0]["html"][:120]) for v in found]
            assert told == [], name


def test_theme_toggles_and_is_kept(browser: Browser, site: str) -> None:
    with opened(browser, DESKTOP) as page:
        page.goto(f"{site}/index.html")
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("button.theme, a.quarto-color-scheme-toggle")
        after = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert before != after
        page.reload()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after


@own_engine
def test_search_finds_a_term_by_keyboard_alone(browser: Browser, site: str, book: Path) -> None:
    index = (book / "assets" / "search-index.js").read_text(encoding="utf-8")
    records = json.loads(index.removeprefix("window.bookIndex = ").rstrip(";\n"))
    words = re.findall(r"[a-z]{8,}", " ".join(r["text"] for r in records if "/" in r["url"]))
    with opened(browser, DESKTOP) as page:
        page.goto(f"{site}/chapters/references.html")
        page.keyboard.press("/")
        page.keyboard.type(words[0])
        page.wait_for_selector(".hits a")
        assert page.inner_text(".status").endswith(("section", "sections"))
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/chapters/**")
        assert page.locator("dialog[open]").count() == 0
        assert page.faults == []


@own_engine
def test_search_of_nothing_says_so_and_escape_closes(browser: Browser, site: str) -> None:
    with opened(browser, DESKTOP) as page:
        page.goto(f"{site}/index.html")
        page.click("button.find")
        page.keyboard.type("xyzzyq")
        page.wait_for_function("document.querySelector('.status').textContent === '0 sections'")
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0
        assert page.evaluate("document.activeElement.className") == "find"


@own_engine
def test_keyboard_reaches_everything(browser: Browser, site: str, book: Path) -> None:
    with opened(browser, DESKTOP) as page:
        for name in chapters(book):
            page.goto(f"{site}/{name}")
            wanted = page.evaluate(
                """[...document.querySelectorAll('a[href], button, summary, input, [tabindex="0"]')]
                    .filter(e => e.checkVisibility() && e.tabIndex >= 0 && !e.disabled)
                    .map((e, n) => (e.dataset.stop = n, n)).length"""
            )
            seen = set()
            for _ in range(wanted + 5):
                page.keyboard.press("Tab")
                stop = page.evaluate("document.activeElement.dataset.stop ?? ''")
                if stop:
                    seen.add(stop)
                    visible = page.evaluate(
                        "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                    )
                    assert visible, f"{name}: focus on stop {stop} cannot be seen"
            assert len(seen) == wanted, name


@own_engine
def test_tabs_move_by_arrow_keys(browser: Browser, site: str, book: Path) -> None:
    page_name = next(
        (name for name in chapters(book) if 'class="tabset"' in (book / name).read_text()), ""
    )
    if not page_name:
        return
    with opened(browser, DESKTOP) as page:
        page.goto(f"{site}/{page_name}")
        tabs = page.locator("[role=tab]")
        tabs.first.focus()
        page.keyboard.press("ArrowRight")
        assert tabs.nth(1).get_attribute("aria-selected") == "true"
        panels = page.locator("[role=tabpanel]")
        assert not panels.first.is_visible()
        assert panels.nth(1).is_visible()


@own_engine
def test_terms_are_explained_on_focus(browser: Browser, site: str, book: Path) -> None:
    users = [n for n in chapters(book) if "data-definition=" in (book / n).read_text()]
    with opened(browser, DESKTOP) as page:
        for name in users:
            page.goto(f"{site}/{name}")
            term = page.locator("a[data-definition]").first
            term.focus()
            assert page.inner_text("[role=tooltip]") == term.get_attribute("data-definition")
            page.keyboard.press("Escape")
            assert not page.locator("[role=tooltip]").is_visible()


@own_engine
def test_menu_on_a_phone(browser: Browser, site: str) -> None:
    with opened(browser, PHONE) as page:
        page.goto(f"{site}/index.html")
        assert not page.locator(".sidebar").is_visible()
        page.click("button.menu")
        assert page.locator(".sidebar a").first.is_visible()
        page.keyboard.press("Escape")
        assert not page.locator(".sidebar").is_visible()


@own_engine
def test_pages_read_without_scripts(browser: Browser, site: str, book: Path) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    for name in chapters(book):
        page.goto(f"{site}/{name}")
        assert page.inner_text("main").strip()
    context.close()


@own_engine
def test_paper_shows_every_tab_and_no_controls(browser: Browser, site: str, book: Path) -> None:
    with opened(browser, DESKTOP) as page:
        page.emulate_media(media="print")
        for name in chapters(book):
            page.goto(f"{site}/{name}")
            assert page.locator(".tab:visible").count() == page.locator(".tab").count()
            assert page.locator("button:visible").count() == 0


@own_engine
def test_pages_are_light(book: Path) -> None:
    for name in chapters(book):
        text = (book / name).read_text(encoding="utf-8")
        # what a page loads; a picture that it only offers is not loaded
        loaded = r'(?:src="[^"#:]+\.(?:js|png|svg|jpg)"|href="[^"#:]+\.css")'
        used = {found.split('"')[1] for found in re.findall(loaded, text)}
        weight = len(text.encode()) + sum(((book / name).parent / u).stat().st_size for u in used)
        assert weight < 500_000, f"{name} weighs {weight} bytes"
