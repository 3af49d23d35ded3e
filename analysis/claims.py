"""A claim is data: what the report says, with its evidence and its verdict.

Prose is made from claims, ``_book/claims.json`` lists all of them and tests
read them, so that a sentence changes when the data do.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["yes", "no", "undecided", "cannot be answered"]


@dataclass(frozen=True)
class Claim:
    """One statement of the report.

    Attributes
    ----------
    id : str
        Stable name, ``chapter.subject``.
    question : str
        The question that the claim answers, in plain words.
    estimate : float or None
        The effect, in ``unit``; None where it cannot be computed.
    unit : str
        Unit of estimate and interval.
    interval : (float, float) or None
        Interval of the estimate at ``level``.
    level : float
        Confidence level of the interval.
    p_adjusted : float or None
        p-value after correction for the family of claims it belongs to.
    verdict : str
        One of "yes", "no", "undecided", "cannot be answered".
    reason : str
        Why the verdict is what it is, in one sentence without numbers typed by hand.
    """

    id: str
    question: str
    estimate: float | None
    unit: str
    interval: tuple[float, float] | None
    p_adjusted: float | None
    verdict: Verdict
    reason: str
    level: float = 0.95

    def __post_init__(self) -> None:
        """Refuse numbers that no page could print."""
        numbers = [self.estimate, self.p_adjusted, *(self.interval or ())]
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(f"claim {self.id} holds a number that is not finite")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueError(f"claim {self.id} has an interval that ends before it begins")

    @classmethod
    def unanswerable(cls, identifier: str, question: str, reason: str | ValueError) -> Claim:
        """Return the claim that a source cannot answer ``question``, for a reason in words."""
        words = str(reason).rstrip(".")
        return cls(
            identifier,
            question,
            None,
            "",
            None,
            None,
            "cannot be answered",
            f"{words[:1].upper()}{words[1:]}.",
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the claim as plain JSON values."""
        return asdict(self)
