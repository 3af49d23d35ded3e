"""What the project rests on is pinned by hash, known by licence and, at render time, all there."""

from __future__ import annotations

import re
from importlib.metadata import metadata, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_every_pin_of_the_lock_has_hashes_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"(index-url|find-links|trusted-host|://)", text)
    pins = [part for part in re.split(r"\n(?=\S)", text) if not part.startswith("#")]
    assert len(pins) > 100
    for pin in pins:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin


def test_every_dependency_says_its_licence() -> None:
    silent = []
    for text in requires("author-panels") or ():
        needed = Requirement(text)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        facts = metadata(needed.name)
        classifiers = [line for line in facts.get_all("Classifier") or () if "License" in line]
        if not (facts.get("License-Expression") or facts.get("License") or classifiers):
            silent.append(needed.name)
    assert not silent
