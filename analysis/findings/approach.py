"""Which approach: all families of segmentation, built, compared and judged on the source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.claims import Claim, Verdict
from analysis.contingency.counts import AuthorLabelCounts
from analysis.contingency.parallel import available_cores
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, Vocabulary
from analysis.segmentations.comparison import (
    Effort,
    fit_all,
    held_out,
    methods,
    overview,
    ranking,
    stability,
)
from analysis.segmentations.gates import Gate, persistence, structure
from analysis.segmentations.hybrid import FittedHybrid, Hybrid
from analysis.segmentations.interface import Segment, Segmentation
from analysis.segmentations.lexicon import Lexicon, vote
from analysis.segmentations.phasemap import phase_map, signs_of
from analysis.segmentations.recovery import Planted, Recovery, recovery
from analysis.segmentations.supervised import FlagModel

PEOPLE = ("human", "humanface", "body")
"""Objects that say that somebody is in the picture, and nothing of style."""
_JUDGED = 20
"""Described labels from which on an author is judged against a planted truth."""
_FEWEST = 500
"""Labelled authors below which nothing is segmented."""
TRUTH = "truth_authors"
EFFORT = Effort()
"""Replicates of the stability schemes."""


def shown(inputs: Inputs, half: int | None = None) -> tuple[AuthorLabelCounts, pd.DataFrame]:
    """Return distinct images per author and label, people left out, and the authors' features.

    Labels of what is worn keep the names of :mod:`analysis.findings.wardrobe`; other objects have
    the type ``scene``: rooms, food and animals tell who does not post about fashion.
    """
    features = inputs.extract("author_features")
    labels = inputs.extract("label_vocabulary")
    long = inputs.extract("author_label_counts")
    if half is not None:
        long = long[long["HALF"] == half]
    scene = ("scene/" + labels["LABEL_NAME"]).where(~labels["LABEL_NAME"].isin(PEOPLE))
    names = Vocabulary.load().names(labels)
    names = names.where(names.notna(), scene).set_axis(labels["LABEL_INDEX"].to_numpy())
    members = features.loc[features["IN_AUTHORS"], "AUTHOR_INDEX"]
    long = long.assign(LABEL=long["LABEL_INDEX"].map(names))
    long = long[long["LABEL"].notna() & long["AUTHOR_INDEX"].isin(members)]
    counts = AuthorLabelCounts.from_long(long, count="N_IMAGES")
    rows = features.set_index("AUTHOR_INDEX").loc[np.asarray(counts.authors)].reset_index()
    return counts, rows


def gates(inputs: Inputs) -> Result:
    """Ask whether styles persist, and whether authors fall into groups at all."""
    counts, _ = shown(inputs)
    try:
        _require(counts)
        first, second = shown(inputs, 1)[0], shown(inputs, 2)[0]
        segmenter = Hybrid(Lexicon.load(), starts=1, gated=False)
        found = (
            persistence(first, second, segmenter, seed=inputs.seed),
            *structure(counts, workers=available_cores(), seed=inputs.seed),
        )
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.segment", _SEGMENT, error),))
    table = pd.DataFrame(
        [
            {
                "gate": gate.name,
                "observed": gate.observed,
                "limit": gate.limit,
                "p": gate.p_value,
                "opens": gate.opens,
                "replicates": len(gate.reference),
            }
            for gate in found
        ]
    )
    return Result({"gates": table}, claims=_gate_claims(found))


_SEGMENT = "Should authors be segmented by style at all?"


def _gate_claims(found: tuple[Gate, ...]) -> tuple[Claim, ...]:
    kept, gain, agreement = found
    opens = kept.opens and gain.opens and agreement.opens
    if opens:
        reason = (
            "Authors keep their segment from one half of the window to the other, and fall into "
            "groups beyond what one overdispersed cluster shows."
        )
    elif not kept.opens:
        reason = (
            "Segments read from one half of the window say nothing of the other half: do not "
            "segment by style."
        )
    else:
        reason = (
            "Tastes differ and persist, but not in groups beyond what one overdispersed cluster "
            "shows: do not segment by style."
        )
    return (
        Claim(
            "approach.persistence",
            "Do authors keep their style over the window?",
            kept.observed,
            "adjusted Rand index between halves",
            None,
            kept.p_value,
            "yes" if kept.opens else "no",
            "It is above that of like-active strangers."
            if kept.opens
            else "It is not above that of like-active strangers.",
        ),
        Claim(
            "approach.structure",
            "Do authors fall into groups of style?",
            gain.observed,
            "gain in BIC over one cluster",
            None,
            max(gain.p_value, agreement.p_value),
            "yes" if gain.opens and agreement.opens else "no",
            "Gain and agreement between halves of the authors both exceed the bootstrap of one "
            "overdispersed cluster."
            if gain.opens and agreement.opens
            else "Gain or agreement stays within the bootstrap of one overdispersed cluster.",
        ),
        Claim(
            "approach.segment",
            _SEGMENT,
            None,
            "",
            None,
            max(gate.p_value for gate in found),
            "yes" if opens else "no",
            reason,
        ),
    )


def segments(inputs: Inputs) -> Result:
    """Fit the hybrid: its segments, the naming of its components, and where every author is."""
    counts, features = shown(inputs)
    try:
        _require(counts)
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.hybrid", "What styles are there?", error),))
    lexicon = Lexicon.load()
    fitted = Hybrid(lexicon).fit(counts, features, seed=inputs.seed)
    found = fitted.assign(counts, features)
    rules = vote(counts, lexicon, concentration=300.0)
    place = {name: i for i, name in enumerate(lexicon.names)}
    codes = np.array([place.get(name, -1) for name in found.names] + [-1])[found.codes]
    # style is one axis; reach (the follower band) and the fashion flag stay axes of their own
    axes = (
        pd.DataFrame(
            {
                "segment": np.array([*found.names, "none"], dtype=object)[found.codes],
                "band": features["BAND"].to_numpy(),
                "flagged": features["FLAG"].fillna(False).to_numpy(dtype=bool),
            }
        )
        .groupby(["segment", "band"])["flagged"]
        .agg(authors="size", flagged="sum")
        .reset_index()
    )
    return Result(
        {
            "segments": found.describe().rename(columns=str.lower),
            "components": fitted.naming.table.rename(columns=str.lower),
            "rules": rules.summary(codes).rename(columns=str.lower),
            "axes": axes,
            "authors": found.to_frame().drop(columns="MEMBERSHIPS").rename(columns=str.lower),
        },
        {**fitted.parameters, "authors": counts.n_authors},
        _segment_claims(fitted, found.describe()),
    )


def _segment_claims(fitted: FittedHybrid, table: pd.DataFrame) -> tuple[Claim, ...]:
    proposed = table[table["KIND"] == "proposed"]
    double = fitted.pairs.double
    return (
        Claim(
            "approach.proposals",
            "Is there a style that no rule names?",
            float(proposed["SHARE"].sum()),
            "share of authors",
            None,
            None,
            "yes" if len(proposed) else "no",
            f"The hybrid proposes {len(proposed)} for a person to name."
            if len(proposed)
            else "Every group of authors is named by a rule or shows what everybody shows.",
        ),
        Claim(
            "approach.several",
            "Do accounts belong to more than one style?",
            double,
            "share of authors",
            None,
            None,
            "yes" if double > 0.01 else "no",
            "Estimated as the share of authors whose labels are those of two styles in unequal "
            "parts.",
        ),
    )


def compared(inputs: Inputs) -> Result:
    """Fit all methods: what each gives and costs, where it puts every author, how stable it is."""
    counts, features = shown(inputs)
    try:
        _require(counts)
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.stable", _STABLE, error),))
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


_STABLE = "Do the hybrid's segments come out again on resampled authors?"


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
        return (
            Claim(
                "approach.stable",
                _STABLE,
                None,
                "",
                None,
                None,
                "cannot be answered",
                "It has no segments.",
            ),
        )
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
    question = "Does one method foretell labels better than all others?"
    first, _ = shown(inputs, 1)
    second, features = shown(inputs, 2)
    common = np.intersect1d(first.authors, second.authors)
    try:
        _require(first, len(common))
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.foretold", question, error),))
    one, two = _same(first, common), _same(second, common)
    labels = tuple(sorted(set(one.labels) & set(two.labels)))
    rows = features.set_index("AUTHOR_INDEX").loc[common].reset_index()
    found = held_out(
        methods(Lexicon.load()),
        one.select_labels(labels),
        two.select_labels(labels),
        rows,
        seed=inputs.seed,
    )
    best = str(found.differences["BEST"].iloc[0])
    gain = found.gains[found.gains["METHOD"] == best].iloc[0]
    others = found.differences[found.differences["METHOD"] != best]
    level = others.loc[others["HIGH"] >= 0, "METHOD"].tolist()
    claim = Claim(
        "approach.foretold",
        question,
        float(gain["GAIN"]),
        "nats per label",
        (float(gain["LOW"]), float(gain["HIGH"])),
        None,
        "undecided" if level else "yes",
        f"{best} foretells most; not told apart from it: {', '.join(level)}."
        if level
        else f"{best} foretells most, beyond the simultaneous intervals of all others.",
    )
    return Result(
        {
            "gains": found.gains.rename(columns=str.lower),
            "differences": found.differences.rename(columns=str.lower),
        },
        {"authors": len(common), "best": best},
        (claim,),
    )


def flag(inputs: Inputs) -> Result:
    """Learn FASHION_INTEREST_SEGMENT and read it as positive-unlabelled."""
    question = "Can the fashion flag be learnt from what accounts show?"
    counts, features = shown(inputs)
    flagged = features["FLAG"].fillna(False).to_numpy(dtype=bool)
    curves, importances, rows = [], [], []
    try:
        for learner in ("logistic", "boosting"):
            for followers in (False, True):
                model = FlagModel(learner, with_followers=followers)
                found = model.evaluate(counts, features, flagged, seed=inputs.seed)
                name = f"{learner}, {'with' if followers else 'without'} followers"
                rows.append(
                    {
                        "model": name,
                        "average_precision": found.average_precision,
                        "base_rate": found.base_rate,
                        "lift": found.average_precision / found.base_rate,
                        "found": found.found,
                        "deserving": float(found.deserving.sum()),
                    }
                )
                curve = found.curve.iloc[:: max(1, len(found.curve) // 200)]
                curves.append(curve.rename(columns=str.lower).assign(model=name))
                importances.append(found.importance.rename(columns=str.lower).assign(model=name))
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.flag", question, error),))
    table = pd.DataFrame(rows)
    plain = table[table["model"].str.contains("without")]["lift"].max()
    verdict: Verdict = "yes" if plain > 3 else ("no" if plain < 1.5 else "undecided")
    claim = Claim(
        "approach.flag",
        question,
        float(plain),
        "times the precision of guessing",
        None,
        None,
        verdict,
        "Average precision out of fold, followers not used.",
    )
    return Result(
        {
            "models": table,
            "curves": pd.concat(curves, ignore_index=True),
            "importance": pd.concat(importances, ignore_index=True),
        },
        {"flagged": int(flagged.sum())},
        (claim,),
    )


def recovered(inputs: Inputs) -> Result:
    """Compare the assignments of all methods with the planted styles, where there are any.

    Reads the table ``truth_authors`` (AUTHOR_INDEX, STYLE, SECOND_STYLE, UNNAMED, OPTIMAL_STYLE,
    DESCRIBED), which only a sample has.
    """
    question = "Does the hybrid recover the planted styles?"
    if TRUTH not in inputs.extracts:
        return Result(
            claims=(
                Claim(
                    "approach.recovered",
                    question,
                    None,
                    "",
                    None,
                    None,
                    "cannot be answered",
                    "Only a sample has planted styles.",
                ),
            )
        )
    given = inputs.results["approach.compared"]
    if not given.tables:
        reason = "The methods could not be compared on this source."
        return Result(
            claims=(
                Claim(
                    "approach.recovered",
                    question,
                    None,
                    "",
                    None,
                    None,
                    "cannot be answered",
                    reason,
                ),
            )
        )
    assigned, listed = given.tables["authors"], given.tables["segments"]
    family = given.tables["overview"].set_index("method")["family"]
    authors = assigned["author_index"].drop_duplicates().to_numpy()
    truth = inputs.extract(TRUTH).set_index("AUTHOR_INDEX").reindex(authors)
    planted = planted_styles(truth)
    judged = (truth["DESCRIBED"].fillna(0) >= _JUDGED).to_numpy()
    optimal = _optimal(truth, judged)
    rows, styles = [], []
    for method in family.index:
        own = assigned[assigned["method"] == method]
        segmentation = _restored(str(method), own, listed[listed["method"] == method])
        found = recovery(segmentation, planted, names=SAME_STYLE, rows=judged, seed=inputs.seed)
        rows.append(_recovery_row(str(method), str(family[method]), found, optimal))
        styles.append(found.by_style.rename(columns=str.lower).assign(method=method))
    table = pd.DataFrame(rows)
    own = table[table["method"] == "hybrid"].iloc[0]
    claims = (
        Claim(
            "approach.recovered",
            question,
            float(own["adjusted_rand"]),
            "adjusted Rand index",
            (float(own["low"]), float(own["high"])),
            None,
            "yes" if own["low"] >= 0.8 else ("no" if own["high"] < 0.8 else "undecided"),
            "Authors with enough described labels; the classifier that knows the planted "
            "parameters reads described labels only.",
        ),
        Claim(
            "approach.discovered",
            "Does the hybrid discover the style that no rule names?",
            float(own["discovered"]),
            "F1",
            None,
            None,
            "yes" if own["discovered"] >= 0.7 else "no",
            "Best proposal against the planted style.",
        ),
        Claim(
            "approach.calibrated",
            "Are the hybrid's probabilities right?",
            float(own["calibration_error"]),
            "expected calibration error",
            None,
            None,
            "yes" if own["calibration_error"] <= 0.05 else "no",
            "Mean gap of confidence and accuracy over bins of confidence.",
        ),
    )
    return Result(
        {"methods": table, "styles": pd.concat(styles, ignore_index=True)},
        {"optimal": optimal, "judged": int(judged.sum())},
        claims,
    )


def _restored(method: str, authors: pd.DataFrame, listed: pd.DataFrame) -> Segmentation:
    """Rebuild a segmentation from its stored form: the likeliest segment and the memberships."""
    segments = tuple(
        Segment(row["segment"], row["words"], (), row["kind"]) for row in listed.to_dict("records")
    )
    place = {segment.name: i for i, segment in enumerate(segments)}
    n = len(authors)
    likeliest = authors["likeliest"].map(place).fillna(-1).to_numpy(dtype=np.int64)
    posterior = np.zeros((n, len(segments)))
    given = np.flatnonzero(likeliest >= 0)
    posterior[given, likeliest[given]] = authors["likelihood"].to_numpy()[given]
    membership = posterior.copy()
    for i, names in enumerate(authors["memberships"].fillna("")):
        for name in filter(None, names.split("; ")):
            membership[i, place[name]] = max(membership[i, place[name]], 0.5)
    codes = np.asarray(authors["segment"].map(place).fillna(-1), dtype=np.int64)
    return Segmentation(
        method,
        "",
        {},
        authors["author_index"].to_numpy(),
        segments,
        posterior,
        membership,
        codes,
    )


SAME_STYLE = {"not fashion": "little fashion"}
"""Segment of the lexicon -> planted style, where the two have different names."""


def planted_styles(truth: pd.DataFrame) -> Planted:
    """Read the planted styles of authors (rows) from STYLE, SECOND_STYLE and UNNAMED."""
    styles = tuple(sorted(truth["STYLE"].dropna().unique()))
    place = {style: i for i, style in enumerate(styles)}
    first = truth["STYLE"].map(place).fillna(0).to_numpy(dtype=np.int64)
    second = truth["SECOND_STYLE"].map(place).to_numpy(dtype=np.float64, na_value=np.nan)
    belongs = np.zeros((len(truth), len(styles)), dtype=bool)
    belongs[np.arange(len(truth)), first] = True
    double = np.flatnonzero(np.isfinite(second))
    belongs[double, second[double].astype(np.int64)] = True
    unnamed = tuple(
        sorted(truth.loc[truth["UNNAMED"].fillna(False).astype(bool), "STYLE"].unique())
    )
    return Planted(styles, first, belongs, unnamed)


def _optimal(truth: pd.DataFrame, judged: np.ndarray[Any, Any]) -> float | None:
    from sklearn.metrics import adjusted_rand_score

    known = judged & truth["OPTIMAL_STYLE"].notna().to_numpy()
    if not known.any():
        return None
    part = truth[known]
    return float(adjusted_rand_score(part["STYLE"], part["OPTIMAL_STYLE"]))


def _recovery_row(
    method: str, family: str, found: Recovery, optimal: float | None
) -> dict[str, Any]:
    low, high = found.adjusted_rand_interval
    return {
        "method": method,
        "family": family,
        "adjusted_rand": found.adjusted_rand,
        "low": low,
        "high": high,
        "below_optimal": np.nan if optimal is None else optimal - found.adjusted_rand,
        "smallest_f1": float(found.by_style["F1"].min()),
        "named_styles": int(found.by_style["NAMED"].sum()),
        "calibration_error": found.calibration_error,
        "membership_jaccard": found.membership_jaccard,
        "discovered": min(found.discovered.values(), default=float("nan")),
        "covered": found.covered,
        "accuracy": found.accuracy,
    }


def charted(inputs: Inputs) -> Result:
    """Run the families in worlds drawn from the source's margins, and place the source."""
    question = "Which family wins where the data look like these?"
    counts, _ = shown(inputs)
    try:
        _require(counts)
    except ValueError as error:
        return Result(claims=(_unanswerable("approach.charted", question, error),))
    described = counts.without_empty_labels()
    chart = phase_map(
        described.label_totals / described.label_totals.sum(),
        described.totals,
        described.labels,
        workers=available_cores(),
        seed=inputs.seed,
    )
    signs = signs_of(counts, Lexicon.load(), seed=inputs.seed)
    near = chart.place(signs)
    winners = chart.winners()
    won = winners["WINNER"].value_counts(normalize=True)
    nearby = near["WINNER"].iloc[0]
    agree = bool((near["WINNER"] == nearby).all())
    claim = Claim(
        "approach.charted",
        question,
        float(won.get("hybrid", 0.0)),
        "share of worlds in which the hybrid wins",
        None,
        None,
        ("yes" if nearby == "hybrid" else "no") if agree else "undecided",
        f"In the worlds nearest to the source {nearby} wins."
        if agree
        else "The worlds nearest to the source have different winners.",
    )
    return Result(
        {
            "worlds": chart.table.rename(columns=str.lower),
            "winners": winners.rename(columns=str.lower),
            "nearest": near.rename(columns=str.lower),
        },
        {"signs": signs},
        (claim,),
    )


def ranked(inputs: Inputs) -> Result:
    """Say how far the ranking of methods depends on the weights of the criteria."""
    given = inputs.results["approach.compared"]
    foresight = inputs.results["approach.foretold"]
    if not (given.tables and foresight.tables):
        reason = "The methods could not be compared on this source."
        return Result(
            claims=(
                Claim(
                    "approach.ranked", _RANKED, None, "", None, None, "cannot be answered", reason
                ),
            )
        )
    table = given.tables["overview"].set_index("method")
    measures = pd.DataFrame(
        {
            "foretells": foresight.tables["gains"].set_index("method")["gain"],
            "named": table["named"],
            "covered": table["covered"],
            "probabilities": table["probabilities"].astype(float),
            "several": (table["several"] > 0).astype(float),
            "cheap": -table["cpu_seconds"],
            "exports": table["sql"].astype(float),
        }
    )
    summary = given.tables["stability"]
    for scheme in ("subset", "author halves", "time halves"):
        part = summary[(summary["scheme"] == scheme) & (summary["measure"] == "adjusted Rand")]
        measures[scheme] = part.set_index("method")["estimate"]
    found = ranking(measures.loc[table.index], seed=inputs.seed)
    best = found.sort_values("FIRST", ascending=False).iloc[0]
    claim = Claim(
        "approach.ranked",
        _RANKED,
        float(best["FIRST"]),
        f"share of random weightings under which {best['METHOD']} comes first",
        None,
        None,
        "no" if best["FIRST"] >= 0.9 else "yes",
        f"{best['METHOD']} comes first most often.",
    )
    return Result(
        {
            "measures": measures.rename_axis("method").reset_index(),
            "ranking": found.rename(columns=str.lower),
        },
        claims=(claim,),
    )


_RANKED = "Does the choice of method hang on how criteria are weighted?"


def _same(counts: AuthorLabelCounts, authors: Any) -> AuthorLabelCounts:
    return counts.select_authors(np.searchsorted(counts.authors, authors))


def _require(counts: AuthorLabelCounts, authors: int | None = None) -> None:
    n = counts.n_authors if authors is None else authors
    if n < _FEWEST or counts.n_labels < 10:
        raise ValueError(
            f"{n} authors with {counts.n_labels} labels are too few to segment by style"
        )


def _unanswerable(identifier: str, question: str, error: ValueError) -> Claim:
    reason = f"{str(error)[:1].upper()}{str(error)[1:]}".rstrip(".") + "."
    return Claim(identifier, question, None, "", None, None, "cannot be answered", reason)


STEPS = (
    Step("approach.gates", "Is there anything to segment", gates, NEEDS),
    Step("approach.segments", "The hybrid segmentation", segments, NEEDS),
    Step("approach.compared", "All methods side by side", compared, NEEDS, deep=True),
    Step("approach.foretold", "Labels foretold by segments", foretold, NEEDS, deep=True),
    Step("approach.flag", "Learning the fashion flag", flag, NEEDS, deep=True),
    Step("approach.charted", "Which method wins where", charted, NEEDS, deep=True),
    Step(
        "approach.ranked",
        "Ranking of methods under all weights",
        ranked,
        ("approach.compared", "approach.foretold"),
    ),
)
"""Steps on any source; :data:`RECOVERY` is added where the source is a sample."""
RECOVERY = Step(
    "approach.recovered", "Recovery of planted styles", recovered, (TRUTH, "approach.compared")
)
