"""What speaks for each family of methods and what against it, on the source at hand.

Every cell of the table of advantages and limits is a claim: a question that the results of the
comparison answer, with the figure that answers it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.findings.step import Inputs, Result

FAMILIES = ("today", "hand", "rules", "statistical", "unsupervised", "supervised", "hybrid")
_MUCH, _STEADY, _ALL = 0.9, 0.8, 0.95
_UNCOMPARED = "The methods could not be compared on this source."


@dataclass(frozen=True)
class _Results:
    """What the comparison found, by method."""

    overview: pd.DataFrame
    gains: pd.DataFrame
    halves: pd.Series[float]
    proposed: pd.Series[float]

    def strongest(self, family: str) -> str:
        """Return the method of a family that foretells most."""
        own = self.overview.index[self.overview["family"] == family]
        return str(self.gains.loc[own, "gain"].idxmax())


def families(inputs: Inputs) -> Result:
    """State one advantage and one limit of each family, as claims."""
    given = inputs.results["approach.compared"]
    foresight = inputs.results["approach.foretold"]
    if not (given.tables and foresight.tables):
        return Result(
            claims=tuple(
                Claim.unanswerable(f"approach.{family}.{side}", question, _UNCOMPARED)
                for family, sides in _QUESTIONS.items()
                for side, question in sides.items()
            )
        )
    stability = given.tables["stability"]
    halves = stability[
        (stability["scheme"] == "author halves") & (stability["measure"] == "adjusted Rand")
    ]
    listed = given.tables["segments"]
    found = _Results(
        given.tables["overview"].set_index("method"),
        foresight.tables["gains"].set_index("method"),
        halves.set_index("method")["estimate"],
        listed[listed["kind"] == "proposed"].groupby("method")["share"].sum(),
    )
    return Result(claims=tuple(_claims(found)))


_QUESTIONS = {
    "today": {
        "advantage": "Do follower bands decide every account?",
        "limit": "Do follower bands foretell what accounts show?",
    },
    "hand": {
        "advantage": "Does a rule of engagement do without labels?",
        "limit": "Does a rule of engagement foretell what accounts show?",
    },
    "rules": {
        "advantage": "Do rules alone give every segment a name?",
        "limit": "Do rules alone decide every account?",
    },
    "statistical": {
        "advantage": "Do mixtures and correspondence clusters foretell what accounts show?",
        "limit": "Do their groups come with names?",
    },
    "unsupervised": {
        "advantage": "Do topics and embeddings foretell what accounts show?",
        "limit": "Do they all come out again on other authors?",
    },
    "supervised": {
        "advantage": "Does learning from rules decide every account, by name?",
        "limit": "Can learning from rules find a style that no rule names?",
    },
    "hybrid": {
        "advantage": "Does the hybrid foretell what accounts show, and name it?",
        "limit": "Is the hybrid as cheap as rules alone?",
    },
}


def _claims(found: _Results) -> list[Claim]:
    overview = found.overview

    def claim(
        family: str,
        side: str,
        estimate: float,
        unit: str,
        holds: bool,
        reason: str,
        interval: tuple[float, float] | None = None,
    ) -> Claim:
        verdict: Verdict = "yes" if holds else "no"
        return Claim(
            f"approach.{family}.{side}",
            _QUESTIONS[family][side],
            estimate,
            unit,
            interval,
            None,
            verdict,
            reason,
        )

    def foretells(family: str, side: str, also: bool = True) -> Claim:
        best = float(found.gains["gain"].max())
        method = found.strongest(family)
        gain, low, high = (_value(found.gains, method, c) for c in ("gain", "low", "high"))
        scale = max(best, 1e-12)
        alone = (found.overview["family"] == family).sum() == 1
        return claim(
            family,
            side,
            gain / scale,
            "of what the best method foretells",
            gain >= _MUCH * best and also,
            "On labels of the second half of the window, which no method has seen."
            if alone
            else f"By {method}, its strongest member.",
            (low / scale, high / scale),
        )

    def of(family: str, column: str) -> float:
        return _value(overview, found.strongest(family), column)

    covered, named = "of the accounts", "of the decided accounts"
    steady = found.halves[overview.index[overview["family"] == "unsupervised"]]
    proposed = float(found.proposed.get(found.strongest("supervised"), 0.0))
    rules = max(of("rules", "cpu_seconds"), 1e-9)
    return [
        claim(
            "today",
            "advantage",
            of("today", "covered"),
            covered,
            of("today", "covered") >= _ALL,
            "A follower count is all they need.",
        ),
        foretells("today", "limit"),
        claim(
            "hand",
            "advantage",
            of("hand", "rows_read") / float(overview["rows_read"].max()),
            "of the rows that the most demanding method reads",
            of("hand", "rows_read") < overview["rows_read"].max(),
            "It reads one row for each account.",
        ),
        foretells("hand", "limit"),
        claim(
            "rules",
            "advantage",
            of("rules", "named"),
            named,
            of("rules", "named") >= _ALL,
            "A rule is a name and its labels.",
        ),
        claim(
            "rules",
            "limit",
            of("rules", "covered"),
            covered,
            of("rules", "covered") >= _ALL,
            "Where no rule votes they stay silent.",
        ),
        foretells("statistical", "advantage"),
        claim(
            "statistical",
            "limit",
            of("statistical", "named"),
            named,
            of("statistical", "named") >= _ALL,
            "A person has to read the labels of each group.",
        ),
        foretells("unsupervised", "advantage"),
        claim(
            "unsupervised",
            "limit",
            float(steady.min()),
            "adjusted Rand index between halves of the authors",
            float(steady.min()) >= _STEADY,
            f"Least of all {steady.idxmin()}.",
        ),
        claim(
            "supervised",
            "advantage",
            of("supervised", "covered"),
            covered,
            of("supervised", "covered") >= _ALL and of("supervised", "named") >= _ALL,
            "What rules decide teaches what they do not.",
        ),
        claim(
            "supervised",
            "limit",
            proposed,
            covered,
            proposed > 0,
            "It knows the styles of its examples and no other.",
        ),
        foretells("hybrid", "advantage", also=of("hybrid", "named") > 0.5),
        claim(
            "hybrid",
            "limit",
            of("hybrid", "cpu_seconds") / rules,
            "times the seconds of rules alone",
            of("hybrid", "cpu_seconds") <= rules,
            "A mixture has to be fitted, and its names looked at by a person.",
        ),
    ]


def _value(table: pd.DataFrame, method: str, column: str) -> float:
    return float(table[column].to_dict()[method])
