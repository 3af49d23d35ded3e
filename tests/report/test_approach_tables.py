"""The chapter on approaches says what was computed, and says so where nothing was."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report.approach_tables import _PARTS, Approach

NOTHING = Approach(dict.fromkeys(_PARTS), is_sample=True)
TABLES = (
    "gates",
    "chance",
    "segments",
    "rules",
    "compared",
    "recovered",
    "limits",
    "winners",
    "effects",
    "families",
)


def with_gates(verdict: str) -> Approach:
    claim = Claim("approach.segment", "Segment?", None, "", None, 0.01, verdict, "So it is.")  # type: ignore[arg-type]
    segments = pd.DataFrame(
        {
            "segment": ["luxury", "proposal 1"],
            "kind": ["named", "proposed"],
            "authors": [60, 40],
            "share": [0.6, 0.4],
            "labels": ["shoe_brand/dior, shoe/slingback", ""],
        }
    )
    results: dict[str, Result | None] = {
        **dict.fromkeys(_PARTS),
        "gates": Result(claims=(claim,)),
        "segments": Result({"segments": segments}),
    }
    return Approach(results, is_sample=False)


def test_without_results_every_table_says_so() -> None:
    for name in TABLES:
        assert "ot computed" in getattr(NOTHING, name).as_raw_html(), name
    assert "not computed" in NOTHING.completeness.lower()


def test_open_gates_name_what_was_found() -> None:
    answer = with_gates("yes").answer
    assert answer.startswith("Segment by style at all? Yes.")
    assert "1 named style" in answer
    assert "60\N{NO-BREAK SPACE}%" in answer


def test_the_answer_says_who_leads_in_what_and_what_can_be_used() -> None:
    found = with_gates("yes")
    methods = ["latent classes", "hybrid"]
    overview = pd.DataFrame(
        {"method": methods, "named": [0.0, 0.9], "probabilities": True, "sql": True}
    )
    ranking = pd.DataFrame({"method": methods, "first": [0.7, 0.3]})
    gains = pd.DataFrame({"method": methods, "gain": [0.2, 0.1]})
    assert "not computed for this copy" in found.preferred
    found.results["compared"] = Result({"overview": overview})
    found.results["ranked"] = Result({"ranking": ranking})
    found.results["foretold"] = Result({"gains": gains})
    assert "most often to latent classes (70\N{NO-BREAK SPACE}% of the draws)" in found.preferred
    assert found.preferred.endswith("come from the hybrid alone.")
    assert found.best == "Unseen labels are foretold best by latent classes."
    recovery = pd.DataFrame({"method": methods, "adjusted_rand": [0.7, 0.9]})
    found.results["recovered"] = Result({"methods": recovery})
    assert "planted styles are found best by the hybrid (adjusted Rand index 0.90" in found.best
    assert f"{found.preferred} {found.best}" in found.answer


def test_kept_results_say_their_day_and_whether_code_was_edited_since() -> None:
    whole = {part: Result() for part in _PARTS}
    found = Approach(dict(whole), is_sample=True, kept=("2026-11-24",))
    assert "24 November 2026" in found.completeness
    assert "edited since" not in found.completeness
    assert "edited since" in Approach(dict(whole), True, ("2026-11-24",), older=True).completeness


def test_shut_gates_recommend_no_segment() -> None:
    answer = with_gates("no").answer
    assert "named style" not in answer
    assert answer.startswith("Segment by style at all? No.")


def test_only_a_sample_lacks_the_recovery() -> None:
    assert "planted" in NOTHING.completeness
    assert "planted" not in with_gates("yes").completeness


def test_labels_have_the_names_that_people_use() -> None:
    html = with_gates("yes").segments.as_raw_html()
    assert "dior (shoes), slingback" in html
