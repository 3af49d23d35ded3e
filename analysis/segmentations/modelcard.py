"""The card of a fitted segmentation: what it is, what it was made from, how good it is, its limits.

After Mitchell et al. 2019 (doi:10.1145/3287560.3287596). One content in two forms: Markdown for
people, JSON for programs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.atomic import write_texts
from analysis.segmentations.interface import slug

USE = "Groups accounts into panels of trend series, by what they show in the images collected."
NOT_FOR = (
    "Decisions about persons: a segment says what an account shows, not who is behind it.",
    "Accounts of other networks or of another time than the window, without looking at drift.",
)


@dataclass(frozen=True)
class ModelCard:
    """What one should know before using a segmentation.

    Attributes
    ----------
    method, version, axis : str
    source : mapping
        ``kind``, ``name``, ``as_of`` and ``is_sample``.
    data : mapping
        ``from`` and ``to`` (days), ``authors``, ``labelled`` (those with labels), ``labels``,
        ``abstains`` (authors in no segment), ``several`` (authors in two or more).
    parameters : mapping
        JSON values.
    segments : DataFrame
        Columns segment, kind, authors, share, words, labels.
    scores, verdicts : DataFrame, optional
        The scorecard, learnt on the first half of the window and judged on the second.
    monitoring : mapping
        Figures and limits of :class:`analysis.segmentations.monitoring.Drift`; may be empty.
    scoring : str
        The query that assigns authors, or why there is none.
    has_query, probabilities : bool
    versions : mapping of str to str
        Of the package and the libraries.
    """

    method: str
    version: str
    axis: str
    source: Mapping[str, Any]
    data: Mapping[str, Any]
    parameters: Mapping[str, Any]
    segments: pd.DataFrame
    scores: pd.DataFrame | None
    verdicts: pd.DataFrame | None
    monitoring: Mapping[str, Any]
    scoring: str = field(repr=False)
    has_query: bool
    probabilities: bool
    versions: Mapping[str, str]

    @property
    def limits(self) -> tuple[str, ...]:
        """What the figures of the card warn of, one sentence each."""
        found = []
        if self.source["is_sample"]:
            found.append("Fitted on a generated sample: it describes no real account.")
        authors = max(1, self.data["authors"])
        if silent := self.data["abstains"]:
            found.append(
                f"Says nothing of {silent:,} accounts ({100 * silent / authors:.1f} %), which "
                "show too little of what it knows."
            )
        nameless = self.segments.loc[
            self.segments["kind"].isin(["proposed", "unresolved"]), "segment"
        ]
        if len(nameless):
            found.append(f"A person has to look at these segments first: {', '.join(nameless)}.")
        if not self.probabilities:
            found.append("Gives no probabilities: how sure an assignment is cannot be told.")
        if not self.has_query:
            found.append(f"Cannot be scored in the warehouse: {self.scoring}")
        if self.verdicts is None:
            found.append("Not judged: no two segments hold authors of both halves of the window.")
        else:
            for verdict, words in (
                ("fail", "Fails"),
                ("undecided", "Undecided"),
                ("not measured", "Not measured"),
            ):
                names = self.verdicts.loc[self.verdicts["verdict"] == verdict, "criterion"]
                if len(names):
                    found.append(f"{words}: {', '.join(names)}.")
        return tuple(found)

    def as_dict(self) -> dict[str, Any]:
        """Return the card as JSON values; numbers that do not exist are null."""
        return {
            "method": self.method,
            "version": self.version,
            "axis": self.axis,
            "use": USE,
            "not_for": list(NOT_FOR),
            "source": dict(self.source),
            "data": dict(self.data),
            "parameters": dict(self.parameters),
            "segments": _records(self.segments),
            "scorecard": _records(self.scores),
            "verdicts": _records(self.verdicts),
            "monitoring": dict(self.monitoring),
            "limits": list(self.limits),
            "scoring_query": self.scoring if self.has_query else None,
            "versions": dict(self.versions),
        }

    def json(self) -> str:
        """Return the card as JSON."""
        return json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n"

    def markdown(self) -> str:
        """Return the card as Markdown; of the scoring query it tells the size only."""
        data = self.data
        lines = [
            f"# Model card: {self.method}, version {self.version}",
            "",
            f"{USE} Axis: {self.axis}.",
            "",
            "## Not for",
            "",
            *(f"- {line}" for line in NOT_FOR),
            "",
            "## Limits",
            "",
            *(f"- {line}" for line in self.limits),
            "",
            "## Data",
            "",
            *_table(
                ("what", "value"),
                [
                    ("source", f"{self.source['kind']} {self.source['name']}"),
                    ("as of", self.source["as_of"]),
                    ("window of posts", f"{data['from']} to {data['to']}"),
                    ("accounts", f"{data['authors']:,}"),
                    ("of these with labels", f"{data['labelled']:,}"),
                    ("in no segment", f"{data['abstains']:,}"),
                    ("in several segments", f"{data['several']:,}"),
                    ("labels", f"{data['labels']:,}"),
                ],
            ),
            "## Segments",
            "",
            *_table(
                ("segment", "kind", "accounts", "share", "what they have in common"),
                [
                    (
                        r["segment"],
                        r["kind"],
                        f"{r['authors']:,}",
                        f"{100 * r['share']:.1f} %",
                        r["words"],
                    )
                    for r in self.segments.to_dict("records")
                ],
            ),
            "## Scorecard",
            "",
            *self._scorecard(),
            "## Monitoring",
            "",
            *self._monitoring(),
            "## Parameters",
            "",
            *_table(("parameter", "value"), [(k, _shown(v)) for k, v in self.parameters.items()]),
            "## Scoring",
            "",
            f"One query of {len(self.scoring) / 1000:,.0f} kB in Snowflake's dialect; it stands in "
            "the JSON form of this card and, once published, in the table SEGMENTATION."
            if self.has_query
            else f"None: {self.scoring}",
            "",
            "## Versions",
            "",
            *_table(("software", "version"), list(self.versions.items())),
        ]
        return "\n".join(lines).rstrip() + "\n"

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both forms into a folder, which is made if need be; return their paths.

        Raises
        ------
        OSError
            If they cannot be written; an older card stays as it was.
        """
        texts = {folder / name: text for name, text in self.files().items()}
        write_texts(texts)
        text, data = texts
        return text, data

    def files(self) -> dict[str, str]:
        """Return both forms by the name of their file."""
        name = f"model-card-{slug(self.method)}"
        return {f"{name}.md": self.markdown(), f"{name}.json": self.json()}

    def _scorecard(self) -> list[str]:
        if self.scores is None:
            return ["Not judged.", ""]
        return [
            "Learnt on the first half of the window, judged on the second.",
            "",
            *_table(
                ("criterion", "measure", "estimate", "95 % interval", "threshold", "verdict"),
                [
                    (
                        r["criterion"],
                        r["measure"],
                        _shown(r["estimate"]),
                        "" if _lacks(r["low"]) else f"{_shown(r['low'])} to {_shown(r['high'])}",
                        ""
                        if _lacks(r["threshold"])
                        else f"{'at most' if r['most'] else 'at least'} {_shown(r['threshold'])}",
                        r["verdict"],
                    )
                    for r in self.scores.to_dict("records")
                ],
            ),
        ]

    def _monitoring(self) -> list[str]:
        if not self.monitoring:
            return ["No limits: the window has no two halves to compare.", ""]
        seen = self.monitoring
        return _table(
            ("figure", "between the halves", "usual", "alert above"),
            [
                (
                    "population stability index",
                    _shown(seen["index"]),
                    " to ".join(_shown(value) for value in seen["index_interval"]),
                    _shown(seen["index_limit"]),
                ),
                (
                    "share of accounts that change segment",
                    _shown(seen["changed"]),
                    _shown(seen["usual"]),
                    _shown(seen["changed_limit"]),
                ),
            ],
        )


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    return [
        {str(name): None if _lacks(value) else _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _lacks(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not np.isfinite(value))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _shown(value: Any) -> str:
    if _lacks(value):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return the lines of a pipe table and an empty one."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(' --- ' for _ in head)}|",
        *(f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows),
        "",
    ]
