"""The chapter on approaches says what was computed, and says so where nothing was."""

from __future__ import annotations

import great_tables as gt
import lxml.html
import pandas as pd
import pytest

from analysis import kept
from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import method_words
from analysis.report.approach_tables import _PARTS, Approach
from analysis.report.prose import around
from analysis.segmentations.comparison import methods
from analysis.segmentations.lexicon import Lexicon

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
    assert "Dior (shoes), slingback" in html


@pytest.fixture(scope="module")
def kept_results() -> Approach:
    """The results that the project keeps, as a copy of the report shows them."""
    results: dict[str, Result | None] = dict.fromkeys(_PARTS)
    for part in _PARTS:
        held = kept.read(f"approach.{part}")
        results[part] = Result.from_entry(held.entry) if held else None
    return Approach(results, is_sample=True)


def rows_of(table: gt.GT) -> list[list[str]]:
    """Return the cells of a table as a page shows them, gaps as spaces."""
    page = lxml.html.fromstring(table.as_raw_html())
    texts = [[cell.text_content() for cell in row.iter("th", "td")] for row in page.iter("tr")]
    return [[text.replace("\N{NO-BREAK SPACE}", " ").strip() for text in row] for row in texts]


@pytest.mark.parametrize(
    ("shown", "part", "name", "key", "estimate", "digits"),
    [
        ("recovered", "recovered", "methods", "method", "adjusted_rand", 3),
        ("limits", "recovered", "limits", "inputs", "below", 3),
        ("winners", "charted", "winners", "world", "lead", 2),
        ("effects", "charted", "effects", "level", "lead", 3),
    ],
)
def test_each_row_prints_its_own_estimate_with_its_interval(
    kept_results: Approach,
    shown: str,
    part: str,
    name: str,
    key: str,
    estimate: str,
    digits: int,
) -> None:
    found = kept_results.table(part, name)
    assert found is not None
    if shown == "winners":
        found = found[found["broken"] != ""]
    page = rows_of(getattr(kept_results, shown))
    for row in found.to_dict("records"):
        bounds = around(row[estimate], row["low"], row["high"], digits)
        own = f"{row[key]:g}" if isinstance(row[key], float) else method_words(row[key])
        wanted = bounds.replace("\N{NO-BREAK SPACE}", " ")
        assert any(cells[0] == own and wanted in cells for cells in page), (own, wanted)


def test_the_comparison_joins_what_three_tables_hold(kept_results: Approach) -> None:
    overview = kept_results.table("compared", "overview")
    gains = kept_results.table("foretold", "gains")
    stability = kept_results.table("compared", "stability")
    assert overview is not None
    assert gains is not None
    assert stability is not None
    page = {cells[0]: cells for cells in rows_of(kept_results.compared)}
    gain = gains.set_index("method").loc["hybrid"]
    halves = stability.query("scheme == 'author halves' and measure == 'adjusted Rand'")
    stable = halves.set_index("method").loc["hybrid"]
    wanted = [
        around(stable["estimate"], stable["low"], stable["high"]),
        around(gain["gain"], gain["low"], gain["high"], 3),
    ]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in wanted] == page["hybrid"][3:5]
    assert page["follower bands"][3] == "–"  # not resampled: it learns nothing
    assert set(overview["method"].map(method_words)) <= set(page)


def test_every_method_is_held_against_chance(kept_results: Approach) -> None:
    found = kept_results.table("chance", "methods")
    assert found is not None
    page = {cells[0]: cells[-1] for cells in rows_of(kept_results.chance)}
    for row in found.to_dict("records"):
        assert page[method_words(row["method"])] == (
            "yes" if row["beyond"] and row["lasts"] else "no"
        )
    assert {"yes", "no"} <= set(page.values())


def test_families_are_told_by_claims_and_shares_as_percentages() -> None:
    claims = tuple(
        Claim(f"approach.{family}.{side}", "So?", estimate, unit, None, None, "yes", "Because.")
        for family in sorted({method.family for method in methods(Lexicon.load())})
        for side, estimate, unit in (
            ("advantage", 0.754, "of the accounts"),
            ("limit", 820.15, "times the seconds of rules alone"),
        )
    )
    found = Approach({**dict.fromkeys(_PARTS), "families": Result(claims=claims)}, is_sample=True)
    cells = rows_of(found.families)[1]
    assert cells[1] == "So? Yes: 75 % of the accounts. Because."
    assert cells[2] == "So? Yes: 820 times the seconds of rules alone. Because."
