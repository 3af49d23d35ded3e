"""Words on the command line, however hostile, are shown as they are and carried out by nobody."""

from __future__ import annotations

import pytest

from analysis import cli

HOSTILE_WORDS = (
    "x'; DROP TABLE MART_AUTHORS; --", 'x" OR 1=1', "$(touch hacked)", "`touch hacked`",
    "[red]bold[/", "../../etc/passwd", "{word!r}", "%s%n", ":word", "?",
    "\x1b[31mred", "name\nsecond line", "=1+1",
)  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE_WORDS)
def test_an_error_shows_a_hostile_word_as_text(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli._fail(f"There is no {word}.", 3)
    said = capsys.readouterr().err
    assert "\x1b[31mred" not in said
    assert word.replace("\x1b", "?") in said.replace("\\[", "[")
