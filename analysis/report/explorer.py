"""The explorer: one file that shows the map of wardrobes, the labels and the series of trends.

It holds its own data, style and script, asks nothing of any server, and its content policy allows
exactly this script and this style, by their hashes
(https://www.w3.org/TR/CSP3/#match-element-to-source-list).
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd
from IPython.display import Markdown

from analysis.names import label_of
from analysis.report import pieces
from analysis.report.provenance import banner, moment, source_name
from analysis.report.theme import BAND_COLOURS
from analysis.study import Study

ASSETS = Path(__file__).parent / "assets"
NAME = "explorer.html"


def link(study: Study) -> Markdown:
    """Write the explorer beside the figures and return the Markdown that leads to it."""
    text = page(data(study), banner(study.source), _made(study))
    (pieces.folder() / NAME).write_text(text, encoding="utf-8")
    return pieces.markdown(f"[Open the explorer](/{pieces.FIGURES}/{NAME})")


def data(study: Study) -> dict[str, Any]:
    """Return what the explorer shows: counts by panel, never by author.

    Parameters
    ----------
    study : Study
        A prepared run; parts that it does not hold are left empty.
    """
    bandmap = study.result("today.map") if study.has("today.map") else None
    points = bandmap.tables.get("points") if bandmap else None
    inertia = bandmap.values.get("inertia", [0.0, 0.0]) if bandmap else [0.0, 0.0]
    ellipses = bandmap.tables.get("ellipses") if bandmap else None
    labels = study.result("today.labels").tables.get("labels")
    series = study.result("panels.series").tables
    segments = (
        study.result("approach.segments").tables.get("segments")
        if study.has("approach.segments")
        else None
    )
    return {
        "inertia": [round(float(share), 4) for share in inertia[:2]],
        "colours": BAND_COLOURS,
        "points": _points(points),
        "ellipses": _outlines(ellipses),
        "lifts": _lifts(labels),
        "trends": _trends(series.get("every", series.get("weekly")), series.get("counted")),
        "styles": _styles(segments),
    }


def page(content: dict[str, Any], top: str, made: str) -> str:
    """Return the explorer as one page of HTML.

    Parameters
    ----------
    content : dict
        From :func:`data`.
    top, made : str
        Which data this is, and how it was made.
    """
    style = (ASSETS / "explorer.css").read_text(encoding="utf-8")
    script = (ASSETS / "explorer.js").read_text(encoding="utf-8")
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Template((ASSETS / "explorer.html").read_text(encoding="utf-8")).substitute(
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
        # a label may not close the script that holds it
        data=text.replace("<", "\\u003c"),
        banner=escape(top),
        made=escape(made),
    )


def describe(study: Study) -> str:
    """Say in a sentence how much the explorer holds."""
    content = data(study)
    return (
        f"It holds {len(content['points'])} points, {len(content['lifts'])} labels with their "
        f"lifts and {len(content['trends']['lines'])} trends, in one file that works offline."
    )


def _made(study: Study) -> str:
    return f"{source_name(study.source)}, as of {moment(study.source.as_of)}, seed {study.seed}"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _points(points: pd.DataFrame | None) -> list[dict[str, Any]]:
    if points is None:
        return []
    return [
        {
            "id": row["name"],
            "name": label_of(row["name"]),
            "type": str(row["name"]).partition("/")[0] if row["kind"] == "label" else "",
            "x": round(float(row["axis1"]), 4),
            "y": round(float(row["axis2"]), 4),
            "w": None if pd.isna(row["weight"]) else round(float(row["weight"]), 5),
        }
        for row in points.to_dict("records")
    ]


def _outlines(ellipses: pd.DataFrame | None) -> dict[str, list[list[float]]]:
    if ellipses is None:
        return {}
    return {
        str(name): own[["axis1", "axis2"]].round(4).to_numpy().tolist()
        for name, own in ellipses.groupby("name", sort=False)
    }


def _lifts(labels: pd.DataFrame | None) -> dict[str, dict[str, list[float]]]:
    """Return lift, low and high by label and band."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in labels.to_dict("records") if labels is not None else []:
        numbers = [round(float(row[name]), 3) for name in ("lift", "low", "high")]
        if all(pd.notna(numbers)):
            found.setdefault(str(row["label"]), {})[str(row["group"])] = numbers
    return found


def _trends(weekly: pd.DataFrame | None, counted: pd.DataFrame | None) -> dict[str, Any]:
    if weekly is None or weekly.empty:
        return {"weeks": [], "lines": []}
    labels = (
        dict(zip(counted["trend"], counted["labels"], strict=True)) if counted is not None else {}
    )
    weeks = sorted(weekly["WEEK"].astype(str).str[:10].unique())
    place = {week: index for index, week in enumerate(weeks)}
    trends = []
    for name, own in weekly.groupby("TREND", sort=False):
        bands: dict[str, list[list[float] | None]] = {}
        for row in own.to_dict("records"):
            line = bands.setdefault(str(row["GROUP"]), [None] * len(weeks))
            numbers = [round(100 * float(row[part]), 3) for part in ("VISIBILITY", "LOW", "HIGH")]
            if all(pd.notna(numbers)):
                line[place[str(row["WEEK"])[:10]]] = numbers
        parts = [part.strip().rpartition("/")[2] for part in str(labels.get(name, "")).split("+")]
        trends.append(
            {"name": str(name), "labels": [part for part in parts if part], "bands": bands}
        )
    return {"weeks": weeks, "lines": trends}


def _styles(segments: pd.DataFrame | None) -> dict[str, list[str]]:
    """Return the defining labels of each style."""
    if segments is None:
        return {}
    return {
        str(row["segment"]): [
            name.strip() for name in str(row["labels"]).split(",") if name.strip()
        ]
        for row in segments.to_dict("records")
    }
