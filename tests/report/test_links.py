"""Dead links are found with file and line, and the project has none."""

from __future__ import annotations

from pathlib import Path

from analysis.report.links import anchors, dead_links

ROOT = Path(__file__).parents[2]


def test_the_project_has_no_dead_link() -> None:
    assert dead_links(ROOT) == []


def test_dead_links_are_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# The *first* part\n\n[up](../README.md#gone)\n")
    (tmp_path / "README.md").write_text(
        "# Read me\n\n[fine](docs/a.md#the-first-part) [code](x) `[no](y)`\n\n"
        "```md\n[not this](z)\n```\n\n[out](https://example.org) [plain](http://example.org)\n"
    )
    found = [(p.file, p.line, p.text) for p in dead_links(tmp_path)]
    assert found == [
        ("README.md", 3, "the link x leads nowhere"),
        ("README.md", 9, "the link http://example.org leads nowhere"),
        ("docs/a.md", 3, "the link ../README.md#gone names no heading"),
    ]


def test_anchors_are_those_of_github() -> None:
    assert anchors("## What's new, in short?\n") == {"whats-new-in-short"}
