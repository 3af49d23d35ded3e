"""What is said of readers and newcomers is what was measured, and nothing where nothing was."""

from __future__ import annotations

import pytest

from analysis.report import readers

PAGES = [
    {"title": "Hard", "words": 1_200, "words_per_sentence": 30.0, "long_words": 0.4, "lix": 70.0},
    {"title": "Easy", "words": 300, "words_per_sentence": 8.0, "long_words": 0.2, "lix": 28.0},
]


def test_lix_adds_words_of_a_sentence_to_the_share_of_long_words() -> None:
    found = readers.readability(["One two three wonderful. It is so, e.g. here: two.", "A caption"])
    # sentences of four, six, one and two words; "wonderful" and "caption" are long
    assert (found["words"], found["sentences"]) == (13, 4)
    assert found["words_per_sentence"] == pytest.approx(13 / 4)
    assert found["lix"] == pytest.approx(13 / 4 + 100 * 2 / 13)


def test_numbers_are_no_words_and_no_text_is_refused() -> None:
    assert readers.readability(["About 3.5 % of 12,000 authors."])["words"] == 3
    with pytest.raises(ValueError, match="no word"):
        readers.readability(["12 %", ""])


def test_the_hardest_page_is_named_and_stands_first() -> None:
    found = {"measured": "2026-11-24", "pages": PAGES[::-1]}
    assert "between 28 (Easy) and 70 (Hard)" in readers.pages_sentence(found)
    text = str(readers.pages(found).data)
    assert text.index("Hard") < text.index("Easy")


def test_a_copy_without_measurements_says_so() -> None:
    assert "not measured" in readers.pages_sentence(None)
    assert "not measured" in readers.newcomer_sentence(None)
    assert "Not measured" in str(readers.pages(None).data)


def test_the_wait_of_a_newcomer_is_added_up() -> None:
    seconds = {"install": 60.0, "one.py": 2.5, "two.py": 57.5}
    found = {"measured": "2026-11-24", "seconds": seconds, "load": 0.5, "machine": {"cores": 2}}
    said = readers.newcomer_sentence(found)
    assert "60 s to install" in said
    assert "one.py 2.5 s" in said
    assert "2.0 minutes in all" in said
    assert "2 cores and a load of 0.5" in said
