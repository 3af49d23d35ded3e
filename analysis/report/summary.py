"""The first page: three questions, each answered in two sentences, graded, and put to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import great_tables as gt
import pandas as pd

from analysis.claims import Claim
from analysis.findings.step import Result
from analysis.names import label_of
from analysis.report.approach_tables import NO_STYLE, Approach
from analysis.report.bias_tables import biases_sentence, mattering
from analysis.report.prose import evidence, listing, noun, percent, verdict
from analysis.study import Study

Grade = Literal["A", "B", "C", "D"]

#: What a grade of confidence means; the grade of an answer is that of its weakest claim.
GRADES: dict[Grade, str] = {
    "A": "Decided, with an interval of the effect and a p-value that was corrected for its family.",
    "B": "Decided, with an interval of the effect or a corrected p-value, not with both.",
    "C": "Decided by counts or by a threshold alone, without a measure of chance.",
    "D": "Undecided, or not to be answered from this source.",
}


def grade(claim: Claim | None) -> Grade:
    """Return how well a claim is supported.

    The grade speaks of this source alone: what is sure of a sample is sure of the sample.
    """
    if claim is None or claim.verdict not in {"yes", "no"}:
        return "D"
    measures = (claim.interval is not None) + (claim.p_adjusted is not None)
    return ("C", "B", "A")[measures]


def weakest(claims: Sequence[Claim | None]) -> Grade:
    """Return the grade of an answer that rests on all of these claims."""
    return max((grade(claim) for claim in claims), default="D")


@dataclass(frozen=True)
class Answer:
    """An answer of the first page.

    Attributes
    ----------
    sentences : str
        Two sentences made from claims.
    grade : str
        "A" to "D", see :data:`GRADES`.
    monday : str
        What to do with it.
    """

    sentences: str
    grade: Grade
    monday: str

    @property
    def meaning(self) -> str:
        """What the grade means."""
        return GRADES[self.grade]


@dataclass(frozen=True)
class Summary:
    """The three answers of a run."""

    study: Study

    def claim(self, step: str, name: str) -> Claim | None:
        """Return a claim, or None where this run does not hold it."""
        result = self.result(step)
        return next((claim for claim in result.claims if claim.id == name), None)

    def result(self, step: str) -> Result:
        """Return a result, an empty one where this run does not hold it."""
        return self.study.result(step) if self.study.has(step) else Result()

    @property
    def short(self) -> str:
        """The three answers in a sentence each, for the top of the first page."""
        bands = self.claim("quality.scores", "quality.bands")
        wardrobes = self.claim("today.association", "today.association")
        lead = self.claim("today.edgy_lead", "today.edgy_lead")
        segment = self.claim("approach.gates", "approach.segment")
        early = _said(
            lead,
            "edgy accounts wear trends earlier",
            "edgy accounts wear trends no earlier",
            "whether edgy accounts wear trends earlier stays open",
        )
        return (
            _said(
                bands,
                "Follower bands make a good segmentation; ",
                "Follower bands do not make a good segmentation; ",
                "Whether follower bands make a good segmentation stays open; ",
            )
            + _said(
                wardrobes,
                "their accounts wear different things",
                "their accounts wear much the same",
                "whether their accounts wear different things stays open",
            )
            + f", and {early}. "
            + _said(
                segment,
                "Authors fall into styles that last: segment by style, beside reach.",
                "Authors fall into no styles that last: do not segment by style.",
                "Whether authors fall into styles that last stays open.",
            )
        )

    @property
    def quality(self) -> Answer:
        """How to judge a segmentation, and which biases distort."""
        bands = self.claim("quality.scores", "quality.bands")
        found = self.result("biases.measured").tables.get("biases", pd.DataFrame())
        worst = _worst_bias(found)
        biases = self.result("biases.measured").claims
        judged = [claim for claim in biases if claim.verdict != "cannot be answered"]
        passed = _said(
            bands,
            "the follower bands pass them",
            "the follower bands fail them",
            "whether the follower bands pass them stays open",
        )
        figures = f", with {evidence(bands, 0)}" if bands and bands.estimate is not None else ""
        sentences = (
            "By criteria that each have a measure and a reasoned threshold: "
            f"{passed}{figures}. "
            f"{biases_sentence(found) if len(found) else 'No bias could be measured.'}"
        )
        monday = (
            f"{worst['correction'].rstrip('.')}, for any figure that compares panels; then put "
            "every new segmentation through the scorecard before anybody names its segments."
            if worst
            else "Put every new segmentation through the scorecard before anybody names its "
            "segments; no weight is urgent."
        )
        return Answer(sentences, weakest([bands, *judged[:1]]), monday)

    @property
    def today(self) -> Answer:
        """What today's segmentation is worth."""
        wardrobes = self.claim("today.association", "today.association")
        lead = self.claim("today.edgy_lead", "today.edgy_lead")
        alike = _said(
            wardrobes,
            "Accounts of different bands wear different things",
            "Accounts of all bands wear much the same",
            "Whether accounts of different bands wear different things is open",
        )
        early = _said(
            lead,
            "Edgy accounts do wear trends earlier than mainstream ones",
            "Edgy accounts wear trends no earlier than mainstream ones",
            "Whether edgy accounts wear trends earlier than mainstream ones is open",
        )
        sentences = f"{alike}{_because(wardrobes, 3)}. {early}{_because(lead, 1)}."
        monday = {
            "yes": "Keep the bands as a panel of taste, and show their intervals beside every "
            "series.",
            "no": "Keep the bands for questions of reach; stop reading them as taste.",
        }.get(
            wardrobes.verdict if wardrobes else "",
            "Keep the bands for questions of reach; whether they speak of taste is open.",
        )
        if lead is None or lead.verdict != "yes":
            monday += " Do not sell edgy series as early signals until a lead is sure."
        else:
            monday += " An early signal may be read from edgy series, with its interval in weeks."
        return Answer(sentences, weakest([wardrobes, lead]), monday)

    @property
    def approach(self) -> Answer:
        """Which approach finds categories of style."""
        segment = self.claim("approach.gates", "approach.segment")
        table = self.result("approach.segments").tables.get("segments")
        yes = segment is not None and segment.verdict == "yes"
        if table is None or not yes:
            return Answer(
                f"{_asked('Do authors fall into styles that last?', segment)} No style is offered "
                "before that is sure.",
                grade(segment),
                "Segment by followers alone, and look again when authors have more labels.",
            )
        found = Approach.of(self.study)
        monday = (
            "Let someone from the fashion team read the defining labels and accept, rename or "
            "refuse each style; then publish the segments beside the bands and compare their "
            "series for a season."
        )
        return Answer(f"{found.styles} {found.preferred}", grade(segment), monday)


def segments(found: pd.DataFrame) -> pd.DataFrame:
    """Return styles with their share of authors, its interval and first three labels, in order."""
    shown = found.sort_values("share", ascending=False)
    first = [
        ", ".join(label_of(name.strip()) for name in str(text).split(",")[:3])
        for text in shown["labels"]
    ]
    return shown[["segment", "kind", "share", "low", "high"]].assign(words=first)


def grades() -> gt.GT:
    """Return the grades of confidence and what they mean."""
    shown = pd.DataFrame({"grade": list(GRADES), "meaning": list(GRADES.values())})
    return gt.GT(shown, rowname_col="grade").tab_options(column_labels_hidden=True)


def describe_segments(found: pd.DataFrame) -> str:
    """Say in words what the figure of styles shows."""
    shown = segments(found)
    shares = [
        f"{name} {percent(share, 0)}: {words}"
        for name, share, words in zip(shown["segment"], shown["share"], shown["words"], strict=True)
    ]
    return f"Bar chart of the share of authors by style: {listing(shares)}."


def segments_title(found: pd.DataFrame) -> str:
    """Return the takeaway of the figure of styles."""
    styles = segments(found)[segments(found)["segment"] != NO_STYLE]
    if styles.empty:
        return "No style was found"
    first = str(styles["segment"].iloc[0]).capitalize()
    return f"{first} is the largest of {noun(len(styles), 'style')}"


def segments_subtitle(found: pd.DataFrame) -> str:
    """Say what the figure of styles shows, and of how many authors."""
    authors = noun(found["authors"].sum(), "author")
    return f"Share of {authors} with labels (line: 95 % interval); defining labels."


def _said(claim: Claim | None, yes: str, no: str, unsure: str) -> str:
    """Return the words for a verdict."""
    verdict_of = claim.verdict if claim else ""
    return {"yes": yes, "no": no}.get(verdict_of, unsure)


def _because(claim: Claim | None, digits: int) -> str:
    """Return the evidence for what has just been said, or why there is none."""
    if claim is None:
        return ", as it was not computed for this copy"
    return f" ({evidence(claim, digits).rstrip('.')})"


def _asked(question: str, claim: Claim | None, digits: int = 2) -> str:
    """Return a question with its verdict and evidence."""
    if claim is None:
        return f"{question} Not computed for this copy."
    if claim.estimate is None:
        return f"{question} {verdict(claim)}: {claim.reason}"
    return f"{question} {verdict(claim)} ({evidence(claim, digits)})."


def _worst_bias(found: pd.DataFrame) -> dict[Any, Any] | None:
    """Return the bias that moves most labels, or None where none matters."""
    matter = mattering(found) if len(found) else found
    return None if matter.empty else matter.iloc[0].to_dict()
