"""What labels, methods and series are called where people read them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import Any

from analysis.resources import data_file

_WORN = {"shoe_brand": "shoes", "bag_brand": "bags"}


def words(label: Any) -> str:
    """Return a label as people say it; one that ``data/names.toml`` lacks keeps its own words."""
    return _labels().get(str(label), str(label).replace("_", " "))


def type_words(kind: Any) -> str:
    """Return the type of a label as people say it."""
    return _names()["types"].get(str(kind), str(kind).replace("_", " "))


def label_words(kind: Any, label: Any) -> str:
    """Return a label as people say it: the type is named only where the label needs it."""
    return f"{words(label)} ({_WORN[kind]})" if kind in _WORN else words(label)


def label_of(name: str) -> str:
    """Return a label that is stored as type/name under the name that people use."""
    kind, _, label = name.rpartition("/")
    return label_words(kind, label)


def method_words(text: Any) -> str:
    """Return the name of a method, or a text that holds some, as people say it."""
    known = _names()["methods"]
    return re.sub(rf"\b({'|'.join(known)})\b", lambda found: known[found[1]], str(text))


def series_words(code: Any) -> str:
    """Return a zone or a category of published series as people say it."""
    return _names()["series"].get(str(code), str(code).replace("_", " "))


@cache
def _names() -> dict[str, dict[str, str]]:
    return tomllib.loads(data_file("names.toml").read_text(encoding="utf-8"))


@cache
def _labels() -> dict[str, str]:
    return {
        label: said
        for part in ("brands", "objects", "patterns", "shoes")
        for label, said in _names()[part].items()
    }
