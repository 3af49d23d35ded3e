"""All methods side by side: what they give and cost, how stable they are, what they foretell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.contingency.parallel import available_cores
from analysis.findings.approach.labels import only, require, shown
from analysis.findings.step import Inputs, Result
from analysis.segmentations.comparison import fit_all, methods, overview
from analysis.segmentations.foresight import held_out
from analysis.segmentations.interface import Segmentation
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.replicates import Effort, stability

EFFORT = Effort()
"""Replicates of the stability schemes."""
_STABLE = "Do the hybrid's segments come out again on resampled authors?"
_FORETOLD = "Does one method foretell labels better than all others?"


def compared(inputs: Inputs) -> Result:
    """Fit all methods: what each gives and costs, where it puts every author, how stable it is."""
    counts, features = shown(inputs)
    try:
        require(counts)
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.stable", _STABLE, error),))
    entries = fit_all(methods(Lexicon.load()), counts, features, seed=inputs.seed)
    effort = replace(EFFORT, workers=available_cores())
    halves = (shown(inputs, 1)[0], shown(inputs, 2)[0])
    found = stability(entries, counts, features, halves=halves, effort=effort, seed=inputs.seed)
    tables = {
        "overview": overview(entries, counts),
        "segments": pd.concat(
            [e.segmentation.describe().assign(METHOD=e.method.name) for e in entries],
            ignore_index=True,
        ),
        "authors": pd.concat(
            [_forced(e.segmentation).assign(METHOD=e.method.name) for e in entries],
            ignore_index=True,
        ),
        "stability": found.summary,
        "segment_stability": found.segments if found.segments is not None else pd.DataFrame(),
    }
    return Result(
        {name: table.rename(columns=str.lower) for name, table in tables.items()},
        {
            "authors": counts.n_authors,
            "labels": counts.n_labels,
            "subset_authors": min(effort.authors, counts.n_authors // 2),
        },
        _stability_claims(found.summary, found.segments),
    )


def _forced(found: Segmentation) -> pd.DataFrame:
    """Return the assignment, and the most probable segment where the method abstains, too."""
    table = found.to_frame()
    names = np.array([*found.names, None], dtype=object)
    top = found.posterior.argmax(axis=1) if found.segments else np.full(len(table), -1)
    silent = found.posterior.max(axis=1, initial=0.0) <= 0
    table["LIKELIEST"] = pd.Series(names[np.where(silent, -1, top)], dtype="str")
    table["LIKELIHOOD"] = found.posterior.max(axis=1, initial=0.0)
    return table


def _stability_claims(summary: pd.DataFrame, pieces: pd.DataFrame | None) -> tuple[Claim, ...]:
    own = summary[
        (summary["METHOD"] == "hybrid")
        & (summary["SCHEME"] == "bootstrap")
        & (summary["MEASURE"] == "mean Jaccard")
    ]
    if own.empty or pieces is None:
        return (Claim.unanswerable("approach.stable", _STABLE, "It has no segments."),)
    row = own.iloc[0]
    parts = pieces[(pieces["METHOD"] == "hybrid") & (pieces["SCHEME"] == "bootstrap")]
    weak = parts.loc[parts["JACCARD"] < 0.75, "SEGMENT"].tolist()
    verdict: Verdict = "yes" if not weak else ("no" if row["HIGH"] < 0.75 else "undecided")
    return (
        Claim(
            "approach.stable",
            _STABLE,
            float(row["ESTIMATE"]),
            "mean Jaccard coefficient",
            (float(row["LOW"]), float(row["HIGH"])),
            None,
            verdict,
            "All segments are recovered." if not weak else f"Not so: {', '.join(weak)}.",
        ),
    )


def foretold(inputs: Inputs) -> Result:
    """Judge all methods by the labels of the second half, learnt from the first."""
    first, _ = shown(inputs, 1)
    second, features = shown(inputs, 2)
    common = np.intersect1d(first.authors, second.authors)
    try:
        require(first, len(common))
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("approach.foretold", _FORETOLD, error),))
    one, two = only(first, common), only(second, common)
    labels = tuple(sorted(set(one.labels) & set(two.labels)))
    rows = features.set_index("AUTHOR_INDEX").loc[common].reset_index()
    found = held_out(
        methods(Lexicon.load()),
        one.select_labels(labels),
        two.select_labels(labels),
        rows,
        workers=available_cores(),
        seed=inputs.seed,
    )
    best = str(found.differences["BEST"].iloc[0])
    gain = found.gains[found.gains["METHOD"] == best].iloc[0]
    others = found.differences[found.differences["METHOD"] != best]
    level = others.loc[others["HIGH"] >= 0, "METHOD"].tolist()
    claim = Claim(
        "approach.foretold",
        _FORETOLD,
        float(gain["GAIN"]),
        "nats per label",
        (float(gain["LOW"]), float(gain["HIGH"])),
        None,
        "undecided" if level else "yes",
        f"Labels are foretold best by {best}"
        + (
            f"; not told apart from the best: {', '.join(level)}."
            if level
            else ", beyond the simultaneous intervals of all others."
        ),
    )
    return Result(
        {
            "gains": found.gains.rename(columns=str.lower),
            "differences": found.differences.rename(columns=str.lower),
        },
        {"authors": len(common), "best": best},
        (claim,),
    )
