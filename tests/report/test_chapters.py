"""Every chapter tells its story in one form: question, answer, limits, and how to make it again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.report.engine.project import read_project
from analysis.report.lint import lint

ROOT = Path(__file__).parents[2]
#: Pages that ask nothing: the summary, the words, the works.
LISTS = ("index.qmd", "chapters/glossary.qmd", "chapters/references.qmd")
CHAPTERS = [entry.path for entry in read_project(ROOT).entries if entry.path not in LISTS]
TERM = re.compile(r"\((?:chapters/)?glossary\.qmd#(term-[a-z-]+)\)\{\.term\}")


def test_the_chapters_pass_the_lint() -> None:
    assert lint(ROOT) == []


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_opens_with_question_and_answer_and_ends_with_limits(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    (lead,) = re.findall(r"::: \{\.lead\}\n(.*?)\n:::", text, re.DOTALL)
    assert lead.index("**The question.**") < lead.index("**The answer.**")
    last = re.findall(r"^## (.+)$", text, re.MULTILINE)[-1]
    assert last.startswith("Limits, and what would change the answer")
    assert text.rstrip().endswith("{{< include _reproduce.qmd >}}")
    assert text.count("_reproduce.qmd") == 1


def test_terms_that_are_used_are_explained_and_the_other_way_round() -> None:
    glossary = (ROOT / "chapters/glossary.qmd").read_text(encoding="utf-8")
    explained = set(re.findall(r"\{#(term-[a-z-]+) \.glossary\}", glossary))
    texts = [(ROOT / path).read_text(encoding="utf-8") for path in ("index.qmd", *CHAPTERS)]
    used = {term for text in texts for term in TERM.findall(text)}
    assert used == explained
