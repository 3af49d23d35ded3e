"""Inline texts as they are where Quarto renders: it prints what Python's ``repr`` makes of them."""

from __future__ import annotations

import os
import sys
from typing import Any

_EMPTY = "<!-- -->"  # Quarto leaves the code on the page where a value is empty


def print_texts_as_they_are() -> None:
    """Have the kernel of a chapter under Quarto show texts unescaped; elsewhere change nothing."""
    if "QUARTO_DOCUMENT_PATH" not in os.environ or "IPython" not in sys.modules:
        return
    shell = sys.modules["IPython"].get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["text/plain"].for_type(str, _show)


def _show(text: str, printer: Any, cycle: bool) -> None:
    """Write a text between the quotes that Quarto takes off again, no-break spaces included."""
    del cycle
    printer.text(f"'{text}'" if text else _EMPTY)
