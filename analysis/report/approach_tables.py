"""Tables and sentences of the comparison of approaches; says so where a part was not computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import great_tables as gt
import pandas as pd

from analysis import kept
from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import label_of, method_words
from analysis.report.prose import (
    around,
    count,
    day,
    decimal,
    listing,
    noun,
    p_value,
    percent,
    sentence,
    verdict,
)
from analysis.study import Study

#: The segment of authors whose images show no fashion; it is no style.
NO_STYLE = "not fashion"
_PARTS = {
    "gates": "the gates",
    "chance": "every method against chance",
    "segments": "the hybrid segmentation",
    "compared": "the comparison of all methods",
    "foretold": "foresight of labels",
    "flag": "the fashion flag",
    "charted": "the chart of worlds",
    "ranked": "the ranking under all weights",
    "families": "the advantages and limits of the families",
    "recovered": "the recovery of planted styles",
}
_GATES = {
    "persistence": "Authors keep their style over the window",
    "gain over one cluster": "Groups explain more than one cluster (BIC)",
    "agreement between halves of the authors": "Halves of the authors give the same groups",
}
_FAMILIES = {
    "today": "Follower bands",
    "hand": "Rules of engagement",
    "rules": "Rules alone",
    "statistical": "Correspondence clusters, mixtures",
    "unsupervised": "Topics and embeddings",
    "supervised": "Learning from rules",
    "hybrid": "Rules and a mixture",
}


@dataclass(frozen=True)
class Approach:
    """The results of the chapter, each None where this run does not hold it.

    Attributes
    ----------
    results : dict of str to Result or None
    is_sample : bool
    kept : tuple of str
        Days on which results were computed that the project keeps for these rows.
    older : bool
        Whether the code that computes any of them has changed since.
    """

    results: dict[str, Result | None]
    is_sample: bool
    kept: tuple[str, ...] = ()
    older: bool = False

    @classmethod
    def of(cls, study: Study) -> Approach:
        """Collect what the run holds."""
        results = {
            part: study.result(f"approach.{part}") if study.has(f"approach.{part}") else None
            for part in _PARTS
        }
        taken = {
            f"approach.{part}"
            for part, result in results.items()
            if result is not None and study.passport(f"approach.{part}").kept
        }
        days = {study.passport(name).made_at[:10] for name in taken}
        older = any(
            found is not None and not found.of_code(step)
            for step in kept.steps()
            if step.name in taken
            for found in [kept.read(step.name)]
        )
        return cls(results, study.source.is_sample, tuple(sorted(days)), older)

    def claim(self, identifier: str) -> Claim | None:
        """Return a claim by its id, or None where its part was not computed."""
        for result in self.results.values():
            for claim in result.claims if result else ():
                if claim.id == identifier:
                    return claim
        return None

    def table(self, part: str, name: str) -> pd.DataFrame | None:
        """Return a table of a part, or None where this run does not hold it."""
        result = self.results[part]
        return result.tables.get(name) if result else None

    @property
    def answer(self) -> str:
        """The answer in a few sentences made of claims."""
        segment = self.claim("approach.segment")
        sentences = (
            [f"Segment by style at all? {verdict(segment)}. {segment.reason}"] if segment else []
        )
        if segment is None or segment.verdict == "yes":
            sentences += [self.styles, self.preferred, self.best]
        return " ".join(filter(None, sentences))

    @property
    def worlds(self) -> str:
        """Who wins in generated worlds like the source, and where assumptions are broken."""
        return " ".join(
            method_words(sentence(claim.reason))
            for name in ("charted", "broken")
            if (claim := self.claim(f"approach.{name}")) is not None
        )

    @property
    def preferred(self) -> str:
        """Which method the criteria prefer, and which ones a warehouse can use as they are."""
        overview = self.table("compared", "overview")
        ranked = self.table("ranked", "ranking")
        if overview is None or ranked is None:
            return "How the other methods do was not computed for this copy."
        first = ranked.nlargest(1, "first").iloc[0]
        usable = [
            _named(method)
            for method in overview.loc[
                (overview["named"] > 0.5) & overview["probabilities"] & overview["sql"], "method"
            ]
        ]
        return (
            f"Of {noun(len(overview), 'method')} under random weights of the criteria, the first "
            f"place goes most often to {_named(first['method'])} ({percent(first['first'], 0)} of "
            f"the draws); names, probabilities and a "
            f"query that assigns every account in the warehouse come from {listing(usable)}"
            f"{' alone' if len(usable) == 1 else ''}."
        )

    @property
    def best(self) -> str:
        """Which methods foretell labels and recover planted styles best."""
        gains = self.table("foretold", "gains")
        if gains is None:
            return ""
        foremost = _named(gains.nlargest(1, "gain").iloc[0]["method"])
        text = f"Unseen labels are foretold best by {foremost}"
        recovered = self.table("recovered", "methods")
        if recovered is None:
            return f"{text}."
        found = recovered.nlargest(1, "adjusted_rand").iloc[0]
        return (
            f"{text}, and planted styles are found best by {_named(found['method'])} (adjusted "
            f"Rand index {decimal(found['adjusted_rand'])}, where one is perfect)."
        )

    @property
    def styles(self) -> str:
        """How many styles the hybrid finds, which are the largest, and what no rule names."""
        table = self.table("segments", "segments")
        if table is None:
            reason = self.claim("approach.hybrid")
            return reason.reason if reason else "No segmentation was computed for this copy."
        named, proposed = table[table["kind"] == "named"], table[table["kind"] == "proposed"]
        dressed = named[named["segment"] != NO_STYLE]
        largest = dressed.nlargest(3, "share")["segment"].tolist()
        first = f", first of all {listing(largest)}," if len(dressed) > len(largest) else ""
        others = named.loc[named["segment"] == NO_STYLE, "share"].sum()
        apart = f" sets {percent(others, 0)} apart as {NO_STYLE}," if others else ""
        return (
            f"The hybrid of rules and a mixture finds {noun(len(dressed), 'named style')}{first} "
            f"in {percent(dressed['share'].sum(), 0)} of the authors with labels,{apart} and "
            f"proposes {noun(len(proposed), 'style')} that no rule names."
        )

    @property
    def completeness(self) -> str:
        """Which parts of the chapter were not computed, and how to get them."""
        missing = [
            words
            for part, words in _PARTS.items()
            if self.results[part] is None and (self.is_sample or part != "recovered")
        ]
        if not missing and self.kept:
            since = "; code it rests on was edited since" if self.older else ""
            return (
                "What takes minutes below was not computed for this copy, but on "
                f"{listing([day(made) for made in self.kept])}, from the same rows and seed, and "
                f"is kept with the project{since}. To compute it anew, run "
                "`study render --deep approach`."
            )
        if not missing:
            return "Everything below was computed for this copy."
        return (
            f"Not computed for this copy: {listing(missing)}. `study render --deep approach` adds "
            "it; it takes minutes."
        )

    @property
    def gates(self) -> gt.GT:
        """The gates that a segmentation has to pass."""
        table = self.table("gates", "gates")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "gate": [_GATES.get(name, name) for name in table["gate"]],
                "observed": table["observed"].map(_number),
                "limit": table["limit"].map(_number),
                "p": table["p"].map(p_value),
                "opens": table["opens"].map({True: "opens", False: "stays shut"}),
            }
        )
        return (
            gt.GT(shown, rowname_col="gate")
            .cols_label(observed="Observed", limit="Limit of chance", p="p", opens="Gate")
            .cols_align("right", ["observed", "limit", "p"])
        )

    @property
    def chance(self) -> gt.GT:
        """Every method's agreement between halves of the authors, against one cluster."""
        table = self.table("chance", "methods")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "method": table["method"].map(method_words),
                "observed": table["observed"].map(_number),
                "reference": table["reference"].map(_number),
                "limit": table["limit"].map(_number),
                "kept": table["kept"].map(_number),
                "claims": [
                    "yes" if beyond and lasts else "no"
                    for beyond, lasts in zip(table["beyond"], table["lasts"], strict=True)
                ],
            }
        )
        return (
            gt.GT(shown, rowname_col="method")
            .cols_label(
                observed="Observed",
                reference="One cluster",
                limit="Limit of chance",
                kept="Kept over the window",
                claims="Claims segments",
            )
            .cols_align("right", ["observed", "reference", "limit", "kept"])
        )

    @property
    def segments(self) -> gt.GT:
        """The hybrid's segments with their defining labels."""
        table = self.table("segments", "segments")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "segment": table["segment"],
                "kind": table["kind"],
                "authors": table["authors"].map(count),
                "share": table["share"].map(percent),
                "labels": [_labels(text) for text in table["labels"]],
            }
        )
        return (
            gt.GT(shown, rowname_col="segment")
            .cols_label(kind="Kind", authors="Authors", share="Share", labels="Defining labels")
            .cols_align("right", ["authors", "share"])
            .cols_width(segment="18%", kind="12%", authors="10%", share="10%", labels="50%")
        )

    @property
    def rules(self) -> gt.GT:
        """The rules of the lexicon on their own."""
        table = self.table("segments", "rules")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "rule": table["rule"],
                "votes": table["votes"].map(count),
                "coverage": table["coverage"].map(percent),
                "conflict": table["conflict"].map(percent),
                "precision": [_percent(value) for value in table["precision"]],
                "recall": [_percent(value) for value in table["recall"]],
            }
        )
        return (
            gt.GT(shown, rowname_col="rule")
            .cols_label(
                votes="Votes",
                coverage="Of all authors",
                conflict="In conflict",
                precision="Agree with hybrid",
                recall="Of the hybrid's",
            )
            .cols_align("right", ["votes", "coverage", "conflict", "precision", "recall"])
        )

    @property
    def compared(self) -> gt.GT:
        """All methods side by side."""
        table = self.table("compared", "overview")
        if table is None:
            return _nothing()
        summary = self.table("compared", "stability")
        gains = self.table("foretold", "gains")
        shown = pd.DataFrame(
            {
                "method": table["method"].map(method_words),
                "family": table["family"].map(lambda family: _FAMILIES.get(family, family)),
                "segments": table["segments"].map(count),
                "covered": table["covered"].map(lambda share: percent(share, 0)),
                "stable": [_stable(summary, method) for method in table["method"]],
                "gain": [_gain(gains, method) for method in table["method"]],
                "seconds": table["cpu_seconds"].map(lambda value: decimal(value, 1)),
                "sql": table["sql"].map({True: "yes", False: "no"}),
            }
        )
        return (
            gt.GT(shown, rowname_col="method", groupname_col="family")
            .cols_label(
                segments="Segments",
                covered="Covered",
                stable="Halves of authors, adjusted Rand",
                gain="Foretells, nats per label",
                seconds="CPU\N{NO-BREAK SPACE}s",
                sql="SQL",
            )
            .cols_align("right", ["segments", "covered", "stable", "gain", "seconds"])
        )

    @property
    def recovered(self) -> gt.GT:
        """Recovery of planted styles by every method."""
        table = self.table("recovered", "methods")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "method": table["method"].map(method_words),
                "rand": [
                    around(row["adjusted_rand"], row["low"], row["high"], 3)
                    for row in table.to_dict("records")
                ],
                "below": [_number(value) for value in table["below_optimal"]],
                "f1": [_number(value) for value in table["smallest_f1"]],
                "calibration": [_number(value) for value in table["calibration_error"]],
                "members": [_number(value) for value in table["membership_jaccard"]],
                "discovered": [_number(value) for value in table["discovered"]],
            }
        )
        return (
            gt.GT(shown, rowname_col="method")
            .cols_label(
                rand="Adjusted Rand (95 % interval)",
                below="Below optimal",
                f1="Least F1",
                calibration="Calibration error",
                members="Memberships, Jaccard",
                discovered="Unnamed style, F1",
            )
            .cols_align("right", ["rand", "below", "f1", "calibration", "members", "discovered"])
        )

    @property
    def limits(self) -> gt.GT:
        """The hybrid against the limit, with and without objects."""
        table = self.table("recovered", "limits")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "inputs": table["inputs"],
                "parameters": table["parameters"].map(_number),
                "taught": table["taught"].map(_number),
                "hybrid": table["hybrid"].map(_number),
                "below": [
                    around(row["below"], row["low"], row["high"], 3)
                    for row in table.to_dict("records")
                ],
                "calibration": table["calibration_error"].map(_number),
            }
        )
        columns = ["parameters", "taught", "hybrid", "below", "calibration"]
        return (
            gt.GT(shown, rowname_col="inputs")
            .cols_label(
                parameters="Knows the parameters",
                taught="Taught the styles of others",
                hybrid="Hybrid",
                below="Below the better (95 % interval)",
                calibration="Calibration error",
            )
            .cols_align("right", columns)
        )

    @property
    def winners(self) -> gt.GT:
        """Winner, runner-up and lead in the worlds that break an assumption each."""
        table = self.table("charted", "winners")
        if table is None or "low" not in table:
            return _nothing()
        table = table[table["broken"] != ""]
        shown = pd.DataFrame(
            {
                "world": table["world"],
                "winner": table["winner"].map(method_words),
                "rand": table["adjusted_rand"].map(lambda value: decimal(value, 2)),
                "second": table["second"].map(method_words),
                "lead": [
                    around(row["lead"], row["low"], row["high"], 2)
                    for row in table.to_dict("records")
                ],
                "optimal": table["optimal"].map(_number),
            }
        )
        return (
            gt.GT(shown, rowname_col="world")
            .cols_label(
                winner="Winner",
                rand="Adjusted Rand",
                second="Second",
                lead="Lead (95 % interval)",
                optimal="Limit",
            )
            .cols_align("right", ["rand", "lead", "optimal"])
        )

    @property
    def effects(self) -> gt.GT:
        """What each level of each factor of the grid does to the hybrid's lead."""
        table = self.table("charted", "effects")
        if table is None:
            return _nothing()
        shown = pd.DataFrame(
            {
                "factor": table["factor"].str.replace("_", " "),
                "level": table["level"].map("{:g}".format),
                "lead": [
                    around(row["lead"], row["low"], row["high"], 3)
                    for row in table.to_dict("records")
                ],
                "won": table["won"].map(lambda share: percent(share, 0)),
            }
        )
        return (
            gt.GT(shown, rowname_col="level", groupname_col="factor")
            .cols_label(lead="Lead (95 % interval)", won="Worlds won")
            .cols_align("right", ["lead", "won"])
        )

    @property
    def families(self) -> gt.GT:
        """Advantages and limits of the families: every cell is a claim."""
        rows = []
        for family, name in _FAMILIES.items():
            cells = [self.claim(f"approach.{family}.{side}") for side in ("advantage", "limit")]
            if all(cell is None for cell in cells):
                return _nothing()
            rows.append((name, *(_cell(cell) for cell in cells)))
        shown = pd.DataFrame(rows, columns=["family", "advantage", "limit"])
        return (
            gt.GT(shown, rowname_col="family")
            .cols_label(advantage="Advantage", limit="Limit")
            .cols_width(family="20%", advantage="40%", limit="40%")
        )


def _cell(claim: Claim | None) -> str:
    if claim is None:
        return "–"
    if claim.estimate is None:
        return f"{claim.question} {verdict(claim)}."
    if claim.unit.startswith("of "):
        figure = percent(claim.estimate, 0)
    else:
        figure = decimal(claim.estimate, 0 if abs(claim.estimate) >= 100 else 2)
    reason = method_words(claim.reason)
    return f"{claim.question} {verdict(claim)}: {figure} {claim.unit}. {reason}"


def _named(method: Any) -> str:
    """Return a method as it stands in a sentence."""
    return "the hybrid" if method == "hybrid" else method_words(method)


def _nothing() -> gt.GT:
    frame = pd.DataFrame({"what": ["Not computed for this copy"], "value": ["–"]})
    return gt.GT(frame, rowname_col="what").cols_label(value="Value")


def _number(value: Any) -> str:
    return "–" if pd.isna(value) else count(value) if abs(value) >= 1000 else decimal(value, 3)


def _percent(value: Any) -> str:
    return "–" if pd.isna(value) else percent(value)


def _labels(text: Any) -> str:
    names = [label_of(name.strip()) for name in str(text).split(",") if name.strip()]
    return ", ".join(names[:6]) or "–"


def _stable(summary: pd.DataFrame | None, method: Any) -> str:
    if summary is None:
        return "–"
    part = summary[
        (summary["method"] == method)
        & (summary["scheme"] == "author halves")
        & (summary["measure"] == "adjusted Rand")
    ]
    return _interval(part, "estimate", 2)


def _gain(gains: pd.DataFrame | None, method: Any) -> str:
    return "–" if gains is None else _interval(gains[gains["method"] == method], "gain", 3)


def _interval(part: pd.DataFrame, name: str, digits: int) -> str:
    if part.empty or pd.isna(part[name].iloc[0]):
        return "–"
    row = part.iloc[0]
    if pd.isna(row["low"]):
        return decimal(row[name], digits)
    return around(row[name], row["low"], row["high"], digits)
