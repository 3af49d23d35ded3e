"""What readers and newcomers meet: how hard the pages are to read, how long the examples take."""

from __future__ import annotations

import re
from typing import Any

import great_tables as gt
import pandas as pd

from analysis.report import pieces
from analysis.report.prose import count, day, decimal, percent

_ABBREVIATED = re.compile(r"\b(e\.g|i\.e|etc|vs|cf|et al)\.", re.IGNORECASE)
_END = re.compile(r"(?<=[.!?:])\s+")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_LONG = 6  # letters, after Björnsson


def readability(paragraphs: list[str]) -> dict[str, float]:
    """Return LIX of a text: words per sentence plus the percentage of words of over six letters.

    Below 40 a text is easy, above 50 hard. No syllables are counted, so that names of labels and
    functions need not be pronounced.

    Parameters
    ----------
    paragraphs : list of str
        A sentence ends within one, with a full stop, a colon, a question or an exclamation mark.

    Returns
    -------
    dict
        ``words``, ``sentences``, ``words_per_sentence``, ``long_words`` (a share) and ``lix``.

    Raises
    ------
    ValueError
        If there is no word.

    References
    ----------
    Björnsson, C. H. (1968). Läsbarhet. Liber. Anderson, J. (1983). Lix and Rix: variations on a
    little-known readability index. Journal of Reading 26 (6), 490-496.
    """
    sentences = [
        words
        for text in paragraphs
        for part in _END.split(_ABBREVIATED.sub(r"\1", text))
        if (words := _WORD.findall(part))
    ]
    total = sum(map(len, sentences))
    if not total:
        raise ValueError("paragraphs hold no word: give the text of a page.")
    long = sum(len(word) > _LONG for words in sentences for word in words) / total
    mean = total / len(sentences)
    return {
        "words": total,
        "sentences": len(sentences),
        "words_per_sentence": mean,
        "long_words": long,
        "lix": mean + 100 * long,
    }


def pages(found: dict[str, Any] | None) -> Any:
    """Return words, length of sentences, long words and LIX of each page, hardest first."""
    if found is None:
        return pieces.nothing("Not measured in this copy.")
    rows = sorted(found["pages"], key=lambda row: -row["lix"])
    shown = pd.DataFrame(
        {
            "page": [row["title"] for row in rows],
            "words": [count(row["words"]) for row in rows],
            "length": [decimal(row["words_per_sentence"], 1) for row in rows],
            "long": [percent(row["long_words"], 0) for row in rows],
            "lix": [decimal(row["lix"], 0) for row in rows],
        }
    )
    table = (
        gt.GT(shown, rowname_col="page")
        .cols_label(words="Words", length="Words in a sentence", long="Long words", lix="LIX")
        .cols_align("right", ["words", "length", "long", "lix"])
    )
    return pieces.table(table, "provenance-reading")


def pages_sentence(found: dict[str, Any] | None) -> str:
    """Say between which values the pages lie."""
    if found is None:
        return "How hard the pages are to read was not measured in this copy."
    rows = sorted(found["pages"], key=lambda row: row["lix"])
    return (
        f"On {day(found['measured'])} the index of readability LIX lay between "
        f"{decimal(rows[0]['lix'], 0)} ({rows[0]['title']}) and {decimal(rows[-1]['lix'], 0)} "
        f"({rows[-1]['title']}); below forty a text counts as easy, above fifty as hard."
    )


def newcomer_sentence(found: dict[str, Any] | None) -> str:
    """Say how long it takes from an empty environment through the three examples."""
    if found is None:
        return "How long a newcomer waits was not measured in this copy."
    seconds = found["seconds"]
    runs = [f"{name} {decimal(took, 1)} s" for name, took in seconds.items() if name != "install"]
    return (
        f"From an empty environment, measured on {day(found['measured'])}: "
        f"{decimal(seconds['install'], 0)} s to install the package with all it needs, then "
        f"{', '.join(runs)}; {decimal(sum(seconds.values()) / 60, 1)} minutes in all, Snowflake "
        "played by a stand-in that holds a small warehouse. The machine had "
        f"{count(found['machine']['cores'])} cores and a load of {decimal(found['load'], 1)}."
    )
