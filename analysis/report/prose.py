"""Numbers and verdicts as words; refuses what no page may print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from pandas._libs.missing import NAType

from analysis.claims import Claim

_GAP = "\N{NO-BREAK SPACE}"
"""Between a number and its percent sign: no line may begin with the sign."""
_VERDICTS = {
    "yes": "Yes",
    "no": "No",
    "undecided": "Undecided",
    "cannot be answered": "Cannot be answered from this source",
}


def count(value: float | NAType) -> str:
    """Return a whole number with thousands separated: 22,439; "few" for one that is withheld."""
    if isinstance(value, NAType):
        return "few"
    return f"{round(_finite(value)):,}"


def decimal(value: float, digits: int = 2) -> str:
    """Return a number with a fixed number of digits, with a true minus sign; zero has none."""
    return f"{_finite(value):z,.{digits}f}".replace("-", "−")


def percent(share: float | NAType, digits: int = 1) -> str:
    """Return a share between zero and one as a percentage: 12.3 %; "–" for one of few."""
    if isinstance(share, NAType):
        return "–"
    return f"{decimal(100 * _finite(share), digits)}{_GAP}%"


def p_value(value: float) -> str:
    """Return a p-value, never as zero."""
    return "below 0.001" if _finite(value) < 0.001 else f"{value:.3f}"


def interval(bounds: Sequence[float], digits: int = 2) -> str:
    """Return an interval: 0.12 to 0.18."""
    low, high = bounds
    return f"{decimal(low, digits)} to {decimal(high, digits)}"


def around(estimate: float, low: float, high: float, digits: int = 2) -> str:
    """Return an estimate with its interval, 0.15 (0.12 to 0.18), which no line breaks within."""
    bounds = interval((low, high), digits).replace(" ", _GAP)
    return f"{decimal(estimate, digits)} ({bounds})"


def listing(words: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: a, b and c."""
    if not words:
        return "none"
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def sentence(text: str) -> str:
    """Return a text that begins with a capital, as a sentence does."""
    return text[:1].upper() + text[1:]


def day(iso: str | None) -> str:
    """Return a date as people write it: 19 January 2025."""
    if iso is None:
        raise ValueError("a page cannot print a date that is missing: say what is missing")
    return f"{date.fromisoformat(iso[:10]):%-d %B %Y}"


def noun(value: float, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun: 1 author, 2 authors."""
    return f"{count(value)} {singular if round(value) == 1 else plural or singular + 's'}"


def verdict(claim: Claim) -> str:
    """Return the verdict of a claim as the opening words of a sentence."""
    return _VERDICTS[claim.verdict]


def evidence(claim: Claim, digits: int = 2) -> str:
    """Return estimate, interval and p-value of a claim as one phrase.

    Shares are printed as they are stored: a unit of "%" must be in percent. An estimate that would
    read as zero gets digits until it does not, three more at most.
    """
    if claim.estimate is None:
        return claim.reason
    size = abs(_finite(claim.estimate))
    if 0 < size < 0.5 * 10.0**-digits:
        digits = min(math.ceil(-math.log10(size)), digits + 3)
    gap = _GAP if claim.unit.startswith("%") else " "
    parts = [f"{decimal(claim.estimate, digits)}{gap}{claim.unit}".strip()]
    if claim.interval is not None:
        parts.append(
            f"{round(100 * claim.level)}{_GAP}% interval {interval(claim.interval, digits)}"
        )
    if claim.p_adjusted is not None:
        parts.append(f"adjusted p {p_value(claim.p_adjusted)}")
    return ", ".join(parts)


def _finite(value: float) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a page cannot print {value!r}: the caller must say what is missing")
    return number
