"""What the chapters on panels print is true of the frames, and there is a piece for every case."""

from __future__ import annotations

import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.report import panel_tables as tables
from analysis.report import pieces
from analysis.report.panel_pieces import shown
from analysis.report.tables import naive_words


def _claim(verdict: str, estimate: float | None = 1.5) -> Claim:
    bounds = None if estimate is None else (0.5, 2.0)
    return Claim("x.y", "?", estimate, "weeks", bounds, None, verdict, "Because.")  # type: ignore[arg-type]


def test_a_missing_table_gives_the_reason() -> None:
    result = Result(claims=(_claim("cannot be answered", None),))
    text = shown(result, "rows", lambda frame: pieces.markdown("drawn")).data
    assert "Nothing to show" in text
    assert "Because." in text
    result = Result({"rows": pd.DataFrame({"a": [1]})})
    assert shown(result, "rows", lambda frame: pieces.markdown("drawn")).data == "drawn"


def test_leads_end_with_all_trends_together() -> None:
    trends = pd.DataFrame(
        {
            "TREND": ["a", "b", "c"],
            "LEAD": [1.0, 2.0, 9.0],
            "LOW": [-3.0, 1.0, -12.0],
            "HIGH": [4.0, 3.0, 12.0],
            "IDENTIFIED": [True, True, False],
        }
    )
    found = tables.leads(trends, _claim("yes"))
    assert found["name"].tolist() == ["b", "a", "all trends together"]
    assert "2 intervals lie wholly above zero" in tables.describe_leads(found)
    assert len(tables.leads(trends, _claim("cannot be answered", None))) == 2


def test_telling_labels_are_sure_and_ordered() -> None:
    found = pd.DataFrame(
        {
            "group": "edgy",
            "label": ["bag_brand/x", "item/top", "item/hat"],
            "lift": [4.0, 0.5, 9.0],
            "low": [2.0, 0.4, 0.9],
            "high": [8.0, 0.6, 99.0],
            "shrunk": [1.2, -0.6, 0.1],
            "q": [0.001, 0.01, 0.4],
        }
    )
    drawn = tables.telling(found, "edgy")
    assert drawn["estimate"].tolist() == [2.0, -1.0]
    assert drawn["group"].tolist() == ["worn more", "worn less"]
    title = "Edgy accounts surely show more x (bags) and less top than others"
    assert tables.telling_title(drawn, "edgy") == title
    assert "and" not in tables.telling_title(drawn.tail(1), "edgy")


def test_titles_follow_the_verdict() -> None:
    assert "not ahead" in tables.lead_title(_claim("no"), "Edgy accounts")
    assert "stays open" in tables.lead_title(_claim("undecided"), "Edgy accounts")
    assert "pass" in tables.quality_title(_claim("yes"))
    assert "fail" in tables.quality_title(_claim("no"))
    assert "do not change" in tables.jumps_title(_claim("no"))
    assert "No sure change" in tables.jumps_title(_claim("undecided"))
    assert "bunch" in tables.density_title(_claim("no"))
    assert "smoothly" in tables.density_title(_claim("yes"))


def test_titles_name_the_figure_they_rest_on() -> None:
    pairs = pd.DataFrame({"CRAMERS_V": [0.05, 0.043, 0.02], "chosen": [False, True, False]})
    assert tables.pairs_title(pairs).endswith("Cramér's V of 0.043, the best pair 0.050")
    assert "Today" not in tables.pairs_title(pairs[~pairs["chosen"]])
    trends = pd.DataFrame({"TREND": ["a", "b", "c"], "LEAD": [1.0, -2.0, 9.0]})
    title = tables.pair_title(trends, ["a", "b"], "Edgy accounts")
    assert title == "Edgy accounts turn first in 1 of the 2 trends dated best"
    assert "in all 2 trends" in tables.pair_title(trends, ["a", "c"], "Edgy accounts")


def test_words_on_shares_and_jumps() -> None:
    shares = pd.DataFrame(
        {
            "grouping": ["follower bands", "best, same sizes", *["best, any sizes"] * 2],
            "groups": [3, 3, 3, 9],
            "share": [0.01, 0.05, 0.1, 0.25],
        }
    )
    words = tables.capture_words(Result({"shares": shares}))
    assert "hold 1.0\N{NO-BREAK SPACE}%" in words
    assert words.endswith(
        "could hold 5.0\N{NO-BREAK SPACE}%, and 9 groups of any size 25.0\N{NO-BREAK SPACE}%."
    )
    assert tables.capture_words(Result({"shares": shares.head(2)})).endswith(
        "hold 5.0\N{NO-BREAK SPACE}%."
    )
    jumps = pd.DataFrame(
        {"outcome": ["log posts"], "threshold": [12_000.0], "jump": [0.4], "p_adjusted": [0.01]}
    )
    assert "log posts at 12,000" in tables.jump_words(Result({"jumps": jumps}))
    assert "Nothing" in tables.jump_words(Result({"jumps": jumps.assign(p_adjusted=0.5)}))


def test_what_a_source_lacks_leaves_no_broken_sentence() -> None:
    open_ = Result({}, {}, (_claim("cannot be answered", None),))
    assert tables.capture_words(open_) == "Because."
    assert tables.jump_words(open_) == ""
    for words in (tables.pair_words, tables.placebo_words, tables.telling_words):
        assert words(open_) == ""
    assert tables.dated_words(open_, "edgy accounts") == ""
    bands = pd.DataFrame({"band": ["mainstream", "edgy"], "authors": [100, 10], "flagged": [3, 1]})
    assert tables.flag_words(Result({"flags": bands})).startswith(
        "Of the edgy accounts 10.0\N{NO-BREAK SPACE}%"
    )
    nobody = bands.assign(flagged=0)
    assert (
        tables.flag_words(Result({"flags": nobody}))
        == "This source has 10 edgy accounts and 0 flags."
    )
    trends = pd.DataFrame({"GROUP": ["mainstream", "trendy"], "smallest_change": [0.4, 2.0]})
    words = tables.changes_words(Result({"trends": trends}))
    assert "40\N{NO-BREAK SPACE}% for mainstream and 200\N{NO-BREAK SPACE}% for trendy" in words
    assert "the trendy panel reports" in words
    assert "No band" in tables.changes_words(Result())


def test_the_plain_test_is_quoted_only_where_it_was_made() -> None:
    made = naive_words(Result(values={"naive_chi2": 7165.6, "naive_df": 336}))
    assert "7,166 on 336 degrees" in made
    assert "no table" in naive_words(Result())
