"""Under Quarto the kernel shows texts as they are; elsewhere as Python does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from analysis.report.inline import print_texts_as_they_are

SAID = ['12\N{NO-BREAK SPACE}% of Cramér\'s "V"', "", "plain"]


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(shell: InteractiveShell) -> list[str]:
    """Evaluate texts as Quarto does, and return what it reads."""
    asked = {str(i): repr(text) for i, text in enumerate(SAID)}
    found = shell.user_expressions(asked)  # type: ignore[no-untyped-call]
    return [result["data"]["text/plain"] for result in found.values()]


def test_quarto_gets_texts_unescaped_and_never_an_empty_one(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO_DOCUMENT_PATH", "chapters")
    print_texts_as_they_are()
    assert shown(shell) == [f"'{SAID[0]}'", "<!-- -->", "'plain'"]


def test_a_notebook_of_somebody_shows_texts_as_python_does(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUARTO_DOCUMENT_PATH", raising=False)
    print_texts_as_they_are()
    assert shown(shell) == [repr(text) for text in SAID]
