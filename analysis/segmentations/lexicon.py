"""Rules that name styles: their labels, their votes on authors, and how far to trust them.

A rule votes for an author who shows its labels more often than Dirichlet taste around the overall
shares explains. Rules may vote for several styles at once and abstain on most authors, as in weak
supervision (Ratner et al. 2017, doi:10.14778/3157794.3157797).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.errors import StudyError
from analysis.resources import data_file
from analysis.segmentations.interface import Segment, Segmentation, aligned, check_rows

LEAST_LABELS = 5


@dataclass(frozen=True)
class Rule:
    """One style in words and labels (``type/name``)."""

    name: str
    words: str
    labels: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True)
class Lexicon:
    """Rules and the version they carry."""

    version: str
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> Lexicon:
        """Read ``data/lexicon.toml`` or another file of that form.

        Raises
        ------
        StudyError
            If the file cannot be read, a name repeats or a rule has fewer than five labels.
        """
        path = path or data_file("lexicon.toml")
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            rules = tuple(
                Rule(entry["name"], entry["words"], tuple(entry["labels"]), entry.get("why", ""))
                for entry in content["rule"]
            )
            version = str(content["version"])
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise StudyError(
                f"The lexicon {path} cannot be read ({error}).",
                "Give `version` and [[rule]] tables with name, words and labels.",
            ) from None
        names = [rule.name for rule in rules]
        if len(set(names)) < len(names):
            raise StudyError(f"The lexicon {path} names a rule twice.", "Merge the two.")
        short = [rule.name for rule in rules if len(set(rule.labels)) < LEAST_LABELS]
        if short:
            raise StudyError(
                f"The lexicon {path} has rules of fewer than {LEAST_LABELS} labels: {short}.",
                "A short rule loses its style when one label is rare: add labels.",
            )
        return cls(version, rules)

    @classmethod
    def of(cls, rules: Mapping[str, tuple[str, ...]], version: str = "given") -> Lexicon:
        """Build from labels by style, without words."""
        return cls(version, tuple(Rule(name, name, labels) for name, labels in rules.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rules."""
        return tuple(rule.name for rule in self.rules)

    def indicator(self, labels: tuple[str, ...]) -> Floats:
        """Return the (rules, labels) matrix of ones where a rule has a label."""
        place = {label: column for column, label in enumerate(labels)}
        table = np.zeros((len(self.rules), len(labels)))
        for row, rule in enumerate(self.rules):
            table[row, [place[label] for label in rule.labels if label in place]] = 1.0
        return table

    def unknown(self, labels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Return by rule the labels that the source never detected."""
        seen = set(labels)
        missing = {
            rule.name: tuple(label for label in rule.labels if label not in seen)
            for rule in self.rules
        }
        return {name: gone for name, gone in missing.items() if gone}


@dataclass(frozen=True)
class Votes:
    """Votes of rules on authors.

    Attributes
    ----------
    names : tuple of str
        Rules.
    z : array of shape (authors, rules)
        Surplus of the rule's labels over their overall share, in standard deviations.
    cast : array of bool of shape (authors, rules)
    """

    names: tuple[str, ...]
    z: Floats
    cast: npt.NDArray[np.bool_]

    def summary(self, codes: npt.ArrayLike | None = None) -> pd.DataFrame:
        """Return one row per rule: RULE, VOTES, COVERAGE, CONFLICT, and PRECISION where asked.

        Parameters
        ----------
        codes : array of shape (authors,), optional
            The author's style as the place of its rule, -1 for another one; adds PRECISION (share
            of the votes that hit) and RECALL. With planted styles these are the rule's real
            qualities, with assigned segments only its agreement with them.
        """
        several = self.cast.sum(axis=1) > 1
        given = self.cast.sum(axis=0)
        table: dict[str, Any] = {
            "RULE": list(self.names),
            "VOTES": given,
            "COVERAGE": self.cast.mean(axis=0),
            "CONFLICT": (self.cast & several[:, None]).sum(axis=0) / np.maximum(given, 1),
        }
        if codes is not None:
            of_style = np.asarray(codes)[:, None] == np.arange(len(self.names))
            hits = (self.cast & of_style).sum(axis=0)
            table["PRECISION"] = np.where(given > 0, hits / np.maximum(given, 1), np.nan)
            table["RECALL"] = hits / np.maximum(of_style.sum(axis=0), 1)
        return pd.DataFrame(table)


def vote(
    counts: AuthorLabelCounts,
    lexicon: Lexicon,
    *,
    concentration: float,
    least_z: float = 2.5,
    least_labels: int = 3,
    overall: Floats | None = None,
) -> Votes:
    """Let the rules vote.

    Parameters
    ----------
    concentration : float
        Dirichlet concentration of taste between all authors: what an author's surplus is judged
        against (variance of a beta-binomial).
    least_z, least_labels : float, int
        A rule votes for an author with at least this surplus and this many of its labels.
    overall : array of shape (labels,), optional
        Shares to judge against; by default those of all authors of the counts.
    """
    indicator = lexicon.indicator(counts.labels)
    if overall is None:
        overall = np.asarray(counts.damped(300.0).sum(axis=0))
    share = indicator @ (overall / max(overall.sum(), 1e-300))
    shown = np.asarray(counts.matrix @ indicator.T)
    n = counts.totals[:, None]
    spread = n * share * (1 - share) * (n + concentration) / (1 + concentration)
    z = (shown - n * share) / np.sqrt(np.maximum(spread, 1e-12))
    z = np.where((n > 0) & (share > 0), z, 0.0)
    return Votes(lexicon.names, z, (z >= least_z) & (shown >= least_labels))


@dataclass(frozen=True)
class RuleVotes:
    """Settings of the rules on their own: the strongest vote wins, most authors get none.

    Attributes
    ----------
    lexicon : Lexicon
    concentration : float
        See :func:`vote`.
    """

    lexicon: Lexicon = field(default_factory=Lexicon.load)
    concentration: float = 300.0

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return "rules alone"

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is drawn
    ) -> FittedRuleVotes:
        """Measure the overall shares that votes are judged against."""
        check_rows(counts, features)
        overall: Floats = np.asarray(counts.damped(300.0).sum(axis=0))
        return FittedRuleVotes(self, counts.labels, overall / max(overall.sum(), 1e-300))


@dataclass(frozen=True)
class FittedRuleVotes:
    """Rules and the overall shares of the labels."""

    settings: RuleVotes
    labels: tuple[str, ...]
    overall: Floats = field(repr=False)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return one segment per rule."""
        rules = self.settings.lexicon.rules
        return tuple(Segment(rule.name, rule.words, rule.labels[:8]) for rule in rules)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the settings."""
        return {
            "lexicon": self.settings.lexicon.version,
            "concentration": self.settings.concentration,
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return the strongest vote; abstain where no rule votes."""
        check_rows(counts, features)
        known = aligned(counts, self.labels)
        votes = vote(
            known,
            self.settings.lexicon,
            concentration=self.settings.concentration,
            overall=self.overall,
        )
        strength = np.where(votes.cast, votes.z, -np.inf)
        posterior = np.eye(len(votes.names))[strength.argmax(axis=1)]
        posterior[~votes.cast.any(axis=1)] = 0.0
        return Segmentation.of(
            self.settings.method,
            self.settings.lexicon.version,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
            membership=votes.cast.astype(np.float64),
        )
