"""Every rule of the contract has a flaw that breaks it, and the list in the docs says which."""

from __future__ import annotations

from tests.trust.rules import PAGE, breakers, page, rules


def test_every_rule_is_broken_by_a_flaw() -> None:
    broken = breakers()
    assert not [key for key, _, _ in rules() if key not in broken]


def test_the_list_in_the_docs_is_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
