"""What each bias makes of one named insight, and what is left of it after the correction.

:mod:`analysis.findings.biases` asks which biases move the panels' visibilities. Here each bias is
followed through one insight that it distorts: the figure that a careless count gives, the figure
after the correction, both with an interval from resampled accounts; the intervals hold all at
once. Where a source carries a planted truth, :mod:`analysis.evaluation.biases` tells it, and
``compared`` sets these figures beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import Claim
from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.findings.evidence import BANDS, bands_of
from analysis.findings.step import Inputs, Result, Step
from analysis.findings.wardrobe import NEEDS, wardrobe
from analysis.names import type_words, words
from analysis.panels.measurement import Audit, difference, rogan_gladen
from analysis.panels.weights import (
    Design,
    Margin,
    calibrate,
    kish,
    post_stratify,
    propensity,
    rake,
    trim,
)

_TOGETHER = 16
"""Insights in the table: their intervals hold all at once, so each has a share of the level."""
_ALPHA = 0.05 / _TOGETHER
_REPLICATES = 400
_FEWEST = 30  # accounts in a group, or an insight about it cannot be had
_EDGY = 40_000.0
_LIKED = (10, 10.0)  # rows a half, and median likes: below them medians of likes are too coarse
_SMALL = (400.0, 12_000.0)  # followers: fewer get too few likes for a median to be read
_BUSY = 60  # rows: an account that hides nearly all counts shows a few in so many
# Median likes of accounts whose zeros are hidden counts. Posts of one account differ by a factor of
# e or more: with a median of ten one in a hundred is liked by nobody, of forty one in 10,000.
_LIVELY = 40.0
_BALANCED = 0.1  # standard deviations: means further apart are no balance
_BINS = 30
_FACTORS = (0.1, 3.0)  # least and greatest weight where weights are bounded, in mean weights
_DAMPING = 20.0  # images: accounts with fewer do not get the weight of a whole account

COLUMNS = [
    *("bias", "label", "insight", "unit", "uncorrected", "uncorrected_low", "uncorrected_high"),
    *("corrected", "corrected_low", "corrected_high", "correction", "reason"),
]

_WAYS = ["way", "share", "low", "high", "effective", "accounts"]

BAGS, DENIM, RARE = "bag_brand/", "pattern/basicdenim", "pattern/dots"
"""Labels of the insights: branded bags, a common pattern and a rare one; the issue is any label."""

MARGINS, AUDIT = "margins", "audit"
"""Entries of the cache with figures from outside the marts: see data/margins.toml and audit.csv."""

PLANTED = "truth_biases"
"""Entry of the cache with the planted sizes; only a sample has it."""

_MEASURED = ("biases.insights", "biases.population", "biases.detectors")


@dataclass(frozen=True)
class Panel:
    """Labelled accounts of the mart, and the weights that resample them.

    Attributes
    ----------
    counts : AuthorLabelCounts
    features : DataFrame
        Rows of ``author_features`` in the same order.
    images : ndarray (n,)
        Labelled images.
    draws : ndarray (R, n)
        Multiplicities of bootstrap replicates.
    """

    counts: AuthorLabelCounts
    features: pd.DataFrame
    images: Floats
    draws: Floats

    @classmethod
    def of(cls, inputs: Inputs, replicates: int = _REPLICATES) -> Panel:
        """Collect the labelled accounts."""
        worn = wardrobe(inputs)
        draws = author_weights(worn.counts.n_authors, range(replicates), inputs.seed, "insights")
        images = worn.authors["N_LABELLED_IMAGES"].to_numpy(dtype=np.float64)
        return cls(worn.counts, worn.authors, images, draws)

    def band(self, name: str) -> Floats:
        """Return one for the accounts of a band, else zero."""
        return np.asarray(self.features["BAND"] == name, dtype=np.float64)

    def shown(self, label: str) -> Floats:
        """Return images with a label, or with any label that begins so; shape (n,).

        Raises
        ------
        ValueError
            If no account shows it.
        """
        names = [name for name in self.counts.labels if name == label or _inside(name, label)]
        if not names:
            raise ValueError(f"no account shows {_spoken(label)}")
        return np.asarray(self.counts.select_labels(names).matrix.sum(axis=1)).ravel()


Figure = Callable[[Floats], float]
"""From weights of accounts (n,) to a figure."""


def insights(inputs: Inputs) -> Result:
    """Follow each bias through one insight, with what the marts hold."""
    panel = Panel.of(inputs)
    rows = [
        *_counted(inputs),
        _guarded("look_ahead", panel, lambda: _look_ahead(panel, inputs.extract("author_halves"))),
        _guarded("missing_edgy", panel, lambda: _missing(panel)),
        _guarded("two_columns", panel, lambda: _two_columns(panel)),
        _guarded("activity", panel, lambda: _activity(panel)),
        _guarded("like_active", panel, lambda: _wearers(panel)),
        _guarded("handpicked", panel, lambda: _handpicked(panel)),
        _guarded("sellers", panel, lambda: _sellers(panel)),
        _guarded("likes", panel, lambda: _hidden(panel, inputs.extract("author_halves"))),
        _guarded("engagement", panel, lambda: _engagement(panel, inputs.extract("author_halves"))),
    ]
    return Result({"insights": pd.DataFrame(rows, columns=COLUMNS)})


def population(inputs: Inputs) -> Result:
    """Rake the panel to a population of users by follower band and zone."""
    panel, margins = Panel.of(inputs), inputs.extract(MARGINS)
    margins = margins[margins["SHARE"] > 0]  # accounts where no user is stand for nobody
    row = _guarded("population", panel, lambda: _population(panel, margins))
    zones = set(panel.features["ZONE"].dropna())
    reached = float(margins.loc[margins["ZONE"].isin(zones), "SHARE"].sum())
    here = margins[margins["ZONE"].isin(zones)].groupby("BAND")["SHARE"].sum()
    bands = pd.DataFrame({"band": list(BANDS)})
    bands["panel"] = [float(panel.band(band).mean()) for band in BANDS]
    bands["population"] = (here / max(reached, 1e-12)).reindex(list(BANDS)).fillna(0.0).to_numpy()
    return Result(
        {
            "insights": pd.DataFrame([row], columns=COLUMNS),
            "bands": bands,
            "ways": _ways(panel, margins),
        },
        {"reached": reached, "zones": sorted(zones)},
    )


def detectors(inputs: Inputs) -> Result:
    """Correct visibilities for what the detectors miss and invent, by a hand-labelled audit."""
    panel, audit = Panel.of(inputs), inputs.extract(AUDIT)
    audit = audit.assign(LABEL=audit["TYPE"] + "/" + audit["LABEL_NAME"])
    labels = _most_seen(panel, set(audit["LABEL"]))
    if not labels:
        reason = "No label of the audit is shown by these accounts."
        row = _row("detectors", "", "", None, None, "", reason)
        return Result({"insights": pd.DataFrame([row], columns=COLUMNS)})
    rows = [
        _guarded("detectors", panel, partial(_detected, panel, audit, label)) for label in labels
    ]
    return Result({"insights": pd.DataFrame(rows, columns=COLUMNS)})


def compared(inputs: Inputs) -> Result:
    """Set every insight beside what was planted: what bias is left, and does the interval hold."""
    insights = pd.concat([inputs.results[name].tables["insights"] for name in _MEASURED])
    planted = inputs.extract(PLANTED)
    table = insights.merge(planted, on=["bias", "label"])
    table = table[np.isfinite(table["corrected"])].reset_index(drop=True)
    table["before"] = table["uncorrected"] - table["planted"]
    table["left"] = table["corrected"] - table["planted"]
    slack = 1e-9 * table["planted"].abs()
    table["holds"] = (table["planted"] >= table["corrected_low"] - slack) & (
        table["planted"] <= table["corrected_high"] + slack
    )
    return Result({"compared": table}, {"biases": len(table), "held": int(table["holds"].sum())})


def _counted(inputs: Inputs) -> list[tuple[object, ...]]:
    """Return what is counted twice: exact, so that the interval is a point."""
    found = {
        (row["TABLE_NAME"], row["KIND"]): (float(row["N_AFFECTED"]), float(row["N_LOOKED_AT"]))
        for row in inputs.extract("dirt").to_dict("records")
    }
    posts = "MART_IMAGES_OF_POSTS"
    twice, rows = found["MART_AUTHORS", "repeated author rows"]
    again, detections = found["MART_IMAGES_LABELS", "repeated detections of a label in an image"]
    image_rows = found[posts, "zero likes"][1]
    images = found[posts, "images in several rows"][1]
    silent, mart = found["MART_AUTHORS", "authors without a post"]
    unlabelled = found["MART_AUTHORS", "posting authors without a labelled image"][0]
    shown = 100 * (mart - silent - unlabelled) / mart if mart else float("nan")
    one = "Count what is meant once: one row per author, one image, one label per image."
    return [
        _exact("duplicates", "accounts in MART_AUTHORS", "accounts", rows, rows - twice, one),
        _exact("reposts", "images in MART_IMAGES_OF_POSTS", "images", image_rows, images, one),
        _exact(
            "repeats",
            "labels seen in images, from the rows of MART_IMAGES_LABELS",
            "labels",
            detections,
            detections - again,
            one,
        ),
        _exact(
            "silent",
            "accounts that any series can rest on, of those in MART_AUTHORS",
            "%",
            100.0,
            shown,
            "Size panels by accounts with labelled images.",
        ),
    ]


def _look_ahead(panel: Panel, halves: pd.DataFrame) -> tuple[object, ...]:
    """Date the follower counts by dated likes.

    Likes rise with followers by a power, the elasticity of :func:`elasticity`. The change of an
    account's median likes from one half to the other, over that power, is its growth; what is
    left after the noise of medians (its variance falls with the number of posts) is the spread.
    """
    edgy = panel.band("edgy") > 0
    followers = _followers(panel)
    usable = edgy & np.isfinite(followers)
    _enough(usable.sum(), "edgy accounts with a follower count")
    liked = _growths(panel, halves)
    _enough(len(liked), "accounts liked often enough in both halves")
    above = np.log(np.where(usable, followers, 1.0) / _EDGY)
    place = liked["PLACE"].to_numpy(dtype=np.int64)
    change, noise = (liked[name].to_numpy(dtype=np.float64) for name in ("CHANGE", "NOISE"))
    slope = _slope(panel, halves)

    def already(weights: Floats) -> float:
        beta = max(slope(weights), 0.05)
        w = weights[place]
        growth = change / beta
        mean = float(w @ growth / w.sum())
        squares = (growth - mean) ** 2
        at = w @ noise / w.sum()
        rise = (w * (noise - at)) @ squares / max(float((w * (noise - at)) @ (noise - at)), 1e-12)
        spread = float(np.sqrt(max(w @ squares / w.sum() - rise * at, 1e-4)))
        inside = weights * usable
        return 100 * float(inside @ norm.cdf((above - mean) / spread) / inside.sum())

    return _row(
        "look_ahead",
        "edgy accounts of today that were edgy when the window began",
        "%",
        _always(100.0),
        already,
        "Date the counts: growth is read off the likes of both halves; better, store readings.",
        panel=panel,
    )


def _missing(panel: Panel) -> tuple[object, ...]:
    own = panel.features["FOLLOWERS_AUTHORS"]
    missing = own.isna().to_numpy(dtype=np.float64)
    _enough(int(missing.sum()), "accounts without a count in MART_AUTHORS")
    called = np.where(missing > 0, 1.0, (own > _EDGY).to_numpy(dtype=np.float64))
    edgy, unknown = panel.band("edgy"), panel.band("unknown")

    def corrected(w: Floats) -> float:
        filled = w * missing * (1 - unknown)
        rate = float(filled @ edgy / max(filled.sum(), 1e-12))
        return 100 * float((w @ edgy + rate * (w @ unknown)) / w.sum())

    return _row(
        "missing_edgy",
        "accounts with labels that are edgy",
        "%",
        lambda w: 100 * float(w @ called / w.sum()),
        corrected,
        "Fill the count from the other table; what stays missing is not edgy by default.",
        panel=panel,
    )


def _two_columns(panel: Panel) -> tuple[object, ...]:
    columns = ["FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS"]
    both = panel.features[columns].dropna()
    _enough(len(both), "accounts with a count in both columns")
    one, two = (both[name].to_numpy(dtype=np.float64) for name in columns)
    moved = int((bands_of(one) != bands_of(two)).sum())
    other = float(100 * (one != two).mean())
    low, high = proportion_confint(moved, len(both), _ALPHA, method="beta")
    return (
        "two_columns",
        "",
        "accounts whose band depends on the column that is read",
        "%",
        *(other, other, other),
        *(100 * moved / len(both), 100 * float(low), 100 * float(high)),
        "Counts that differ matter only where they cross a threshold: compare bands, not counts.",
        "",
    )


def _activity(panel: Panel) -> tuple[object, ...]:
    edgy = panel.band("edgy")
    _enough(int(edgy.sum()), "edgy accounts")
    denim = panel.shown(DENIM)
    equal = edgy * account_weights(panel.images)
    return _row(
        "activity",
        f"images of the average edgy account that show {_spoken(DENIM)}",
        "%",
        lambda w: _visible(w * edgy, denim, panel.images),
        lambda w: _visible(w * equal, denim, panel.images),
        "Weigh accounts alike, those with few images damped.",
        panel=panel,
    )


def _wearers(panel: Panel) -> tuple[object, ...]:
    edgy, others = panel.band("edgy"), panel.band("mainstream") + panel.band("trendy")
    _enough(min(edgy.sum(), others.sum()), "accounts on one side")
    dots = panel.shown(RARE)
    worn = (dots > 0).astype(np.float64)
    ones = np.ones_like(dots)
    return _row(
        "like_active",
        f"how much more edgy accounts show {_spoken(RARE)} than others",
        "times",
        lambda w: _visible(w * edgy, worn, ones) / max(_visible(w * others, worn, ones), 1e-12),
        lambda w: (
            _visible(w * edgy, dots, panel.images)
            / max(_visible(w * others, dots, panel.images), 1e-12)
        ),
        "Count images, not wearers: who shows more is seen wearing more.",
        panel=panel,
    )


def _handpicked(panel: Panel) -> tuple[object, ...]:
    flag = panel.features["FLAG"].fillna(False).to_numpy(dtype=bool)
    _enough(min(flag.sum(), (~flag).sum()), "flagged, or unflagged, accounts")
    bags = panel.shown(BAGS)
    selected = flag.astype(np.float64)
    alike = np.where(flag, 0.0, propensity(_known(panel), flag, target="selected").weights)

    def ratio(others: Floats) -> Figure:
        return lambda w: (
            _visible(w * selected, bags, panel.images)
            / max(_visible(w * others, bags, panel.images), 1e-12)
        )

    return _row(
        "handpicked",
        "how much more hand-picked accounts show branded bags than others of their audience",
        "times",
        ratio(1 - selected),
        ratio(alike),
        "Weigh the others to the followers and activity of the hand-picked (propensity).",
        panel=panel,
    )


def _known(panel: Panel) -> pd.DataFrame:
    """Return what a hand-picked account is compared by: followers and activity."""
    followers = _followers(panel)
    told = np.isfinite(followers)
    logs = np.log1p(np.where(told, followers, np.nanmedian(followers) if told.any() else 0.0))
    return pd.DataFrame(
        {
            "followers": logs,
            "followers squared": logs**2,
            "no follower count": (~told).astype(np.float64),
            "labelled images": np.log1p(panel.images),
        }
    )


def overlap(inputs: Inputs) -> Result:
    """Ask whether hand-picked accounts have counterparts of their followers and activity."""
    question = "Do hand-picked accounts have counterparts among the others?"
    panel = Panel.of(inputs, replicates=0)
    flag = panel.features["FLAG"].fillna(False).to_numpy(dtype=bool)
    try:
        _enough(min(flag.sum(), (~flag).sum()), "flagged, or unflagged, accounts with labels")
    except ValueError as error:
        return Result(claims=(Claim.unanswerable("biases.overlap", question, error),))
    found = propensity(_known(panel), flag, target="selected")
    logit = np.log(found.score) - np.log1p(-found.score)
    edges = np.linspace(logit.min(), logit.max(), _BINS + 1)
    groups = {
        "hand-picked": flag / flag.sum(),
        "others": ~flag / (~flag).sum(),
        "others, weighted": np.where(flag, 0.0, found.weights),
    }
    score = 100 / (1 + np.exp(-(edges[:-1] + edges[1:]) / 2))
    shares = []
    for name, weights in groups.items():
        share = np.histogram(logit, edges, weights=weights)[0].clip(0, 1)
        accounts = 1 / np.square(weights).sum()  # Kish's effective number
        low, high = proportion_confint(share * accounts, accounts, method="wilson")
        shares.append(
            pd.DataFrame({"group": name, "score": score, "share": share, "low": low, "high": high})
        )
    balance = found.balance.rename_axis("feature").reset_index()
    balance.columns = pd.Index(["feature", "before", "after"])
    worst = float(balance["after"].abs().max())
    alike = worst < _BALANCED
    claim = Claim(
        "biases.overlap",
        question,
        float(found.effective_n[0]),
        "accounts is the effective size of their counterparts",
        None,
        None,
        "yes" if alike and found.effective_n[0] >= flag.sum() / 2 else "undecided",
        "Weighted, the others have the same followers and activity."
        if alike
        else "Even weighted, the others differ from them in followers or activity.",
    )
    return Result(
        {"scores": pd.concat(shares, ignore_index=True), "balance": balance},
        {"flagged": int(flag.sum()), "worst": worst},
        (claim,),
    )


def sells(features: pd.DataFrame) -> Floats:
    """Return one for accounts that sell or advertise, by their own words, else zero.

    A bio that says so, or captions that do: at least three, and more of them than the few that
    anybody writes (2 % of the captions).
    """
    captions = features["N_IMAGE_ROWS"] * features["CAPTION_ANY"].fillna(0.0)
    share = sum(features[f"CAPTION_{kind}"].fillna(0.0) for kind in ("SHOP", "CODE", "SPONSOR"))
    written = (share * captions > 2.5) & (share > 0.02)
    bio = features["BIO_SHOP"] | features["BIO_BRAND"] | features["BIO_AMBASSADOR"]
    return np.asarray(bio.fillna(False) | written, dtype=np.float64)


def _sellers(panel: Panel) -> tuple[object, ...]:
    selling = sells(panel.features)
    return _row(
        "sellers",
        "accounts with labels that are shops, brands or ambassadors",
        "%",
        _always(0.0),
        lambda w: 100 * float(w @ selling / w.sum()),
        "Find them by bio and captions, read in the warehouse; leave them out of panels of people.",
        panel=panel,
    )


def _hidden(panel: Panel, halves: pd.DataFrame) -> tuple[object, ...]:
    rows = panel.features["N_IMAGE_ROWS"].to_numpy(dtype=np.float64)
    zero = panel.features["LIKES_ZERO"].fillna(0.0).to_numpy(dtype=np.float64)
    busy = (rows >= _BUSY).astype(np.float64)
    lively = busy * (_median_likes(panel, halves) >= _LIVELY)
    _enough(int(lively.sum()), "busy accounts whose posts are surely liked")
    return _row(
        "likes",
        "posts of the average busy account whose likes are hidden behind a zero",
        "%",
        lambda w: 100 * float((w * busy) @ zero / max(float(w @ busy), 1e-12)),
        lambda w: 100 * float((w * lively) @ zero / max(float(w @ lively), 1e-12)),
        "A zero of an account whose other posts are liked is hidden; others are zeros.",
        panel=panel,
    )


def _engagement(panel: Panel, halves: pd.DataFrame) -> tuple[object, ...]:
    slope = _slope(panel, halves)
    return _row(
        "engagement",
        "likes of an account with ten times the followers, below 12,000",
        "times",
        _always(10.0),
        lambda w: 10 ** slope(w),
        "Compare likes with those of accounts of like size and activity, not per follower.",
        panel=panel,
    )


def _population(panel: Panel, margins: pd.DataFrame) -> tuple[object, ...]:
    """Rake accounts to the shares of users by band, and by zone where the panel has several."""
    inside = _reached(panel, margins)
    bags = panel.shown(BAGS)

    def raked(w: Floats) -> float:
        drawn = inside & (w > 0)
        weights = np.zeros_like(w)
        met = rake(Design.of(w[drawn]), _margins(panel, margins, drawn), tolerance=1e-9)
        weights[drawn] = met.weights
        return _visible(weights, bags, panel.images)

    return _row(
        "population",
        "images of the platform's users of these zones that show branded bags",
        "%",
        lambda w: _visible(w * inside, bags, panel.images),
        raked,
        "Weigh accounts to the population by follower band and zone (raking).",
        panel=panel,
    )


def _reached(panel: Panel, margins: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return which accounts are in a zone and band of the margins.

    Raises
    ------
    ValueError
        If there are hardly any.
    """
    inside = np.ones(panel.counts.n_authors, dtype=bool)
    shared = margins
    for name in ("ZONE", "BAND"):
        shared = shared[shared[name].isin(set(panel.features[name]))]
    if shared.empty:
        raise ValueError("the margins name no zone and band of these accounts")
    for name in ("ZONE", "BAND"):
        inside &= panel.features[name].isin(set(shared[name])).to_numpy()
    _enough(int(inside.sum()), "accounts in the cells of the margins")
    return inside


def _margins(panel: Panel, margins: pd.DataFrame, drawn: npt.NDArray[np.bool_]) -> list[Margin]:
    """Return the shares of users by band, and by zone where the drawn accounts are of several."""
    features = panel.features[drawn]
    here = margins[margins["ZONE"].isin(set(features["ZONE"]))]
    found: list[Margin] = []
    for name in ("BAND", "ZONE"):
        totals = here[here[name].isin(set(features[name]))].groupby(name)["SHARE"].sum()
        if name == "BAND" or len(totals) > 1:
            values = features[name].to_numpy(dtype=object)
            found.append((values, (totals / totals.sum()).to_dict()))
    return found


def _ways(panel: Panel, margins: pd.DataFrame) -> pd.DataFrame:
    """Ask whether the corrected visibility hangs on the way of weighting, and what each costs."""
    try:
        inside = _reached(panel, margins)
        shown = panel.shown(BAGS)[inside]
    except ValueError:
        return pd.DataFrame(columns=_WAYS)
    images, n = panel.images[inside], int(inside.sum())
    known = _margins(panel, margins, inside)
    plain = Design.of(np.full(n, 1 / n))
    dummies = [
        (np.asarray(values) == category, share)
        for i, (values, totals) in enumerate(known)
        for category, share in list(totals.items())[int(i > 0) :]
    ]
    auxiliary = np.column_stack([column for column, _ in dummies]).astype(np.float64)
    ways: dict[str, Callable[[], Design]] = {
        "not weighted": lambda: plain,
        "post-stratified by band": lambda: post_stratify(plain, known[0]),
        "raked": lambda: rake(plain, known, tolerance=1e-9),
        "raked and trimmed": lambda: trim(
            rake(plain, known, tolerance=1e-9), _FACTORS[0] / n, _FACTORS[1] / n
        ),
        "calibrated within bounds": lambda: calibrate(
            plain, auxiliary, [share for _, share in dummies], bounds=_FACTORS
        ),
    }
    rows = []
    for way, weigh in ways.items():
        try:
            design = weigh()
        except ValueError:  # bounds too narrow for these margins: this way does not exist
            continue
        share = design.ratio(shown, images)
        cost = kish(design.weights)
        rows.append((way, share.estimate, share.low, share.high, cost.effective_n, n))
    return pd.DataFrame(rows, columns=_WAYS)


def _detected(panel: Panel, audit: pd.DataFrame, label: str) -> tuple[object, ...]:
    """Correct the gap between edgy and mainstream accounts for the errors of a detector."""
    found = []
    for name in ("edgy", "mainstream"):
        mine = audit[(audit["LABEL"] == label) & (audit["BAND"] == name)]
        inside = panel.band(name) > 0
        _enough(int(inside.sum()), f"{name} accounts")
        if mine.empty:
            raise ValueError(f"the audit holds no image of {name} accounts for {_spoken(label)}")
        shown, images = panel.shown(label)[inside], panel.images[inside]
        share = Design.of(np.ones(int(inside.sum()))).ratio(shown, images)
        size = share.estimate * (1 - share.estimate) / max(share.se**2, 1e-18)
        seen = mine.iloc[0]
        known = Audit(seen["FOUND"], seen["PRESENT"], seen["SILENT"], seen["ABSENT"])
        found.append((share, rogan_gladen(share.estimate, size, known, level=1 - _ALPHA)))
    (edgy, right), (main, left) = found
    gap = edgy.estimate - main.estimate
    half = norm.isf(_ALPHA / 2) * float(np.hypot(edgy.se, main.se))
    mended = difference(right, left)
    return (
        "detectors",
        label,
        f"images that show {_spoken(label)}: edgy less mainstream",
        "% points",
        *(100 * gap, 100 * (gap - half), 100 * (gap + half)),
        *(100 * mended.estimate, 100 * mended.low, 100 * mended.high),
        "Audit by hand, by band; invert what is missed and invented (Rogan and Gladen).",
        "",
    )


def account_weights(images: Floats) -> Floats:
    """Return weights under which accounts count alike, those with few images damped."""
    return np.asarray(1.0 / np.maximum(images, _DAMPING))


def _always(value: float) -> Figure:
    """Return the figure that a careless count takes for granted."""
    return lambda _: value


def _visible(weights: Floats, shown: Floats, images: Floats) -> float:
    return 100 * float(weights @ shown / max(float(weights @ images), 1e-12))


def _followers(panel: Panel) -> Floats:
    counts = panel.features["FOLLOWERS_AUTHORS"].fillna(panel.features["FOLLOWERS_SEGMENTATIONS"])
    return counts.to_numpy(dtype=np.float64, na_value=np.nan)


def _median_likes(panel: Panel, halves: pd.DataFrame) -> Floats:
    """Return the median likes of accounts over rows that show them, halves weighed by rows."""
    rows = halves.assign(LOG=np.log(halves["LIKES_MEDIAN"]) * halves["N_LIKED"])
    total = rows.groupby("AUTHOR_INDEX")[["LOG", "N_LIKED"]].sum()
    total = total.reindex(np.asarray(panel.counts.authors))
    logs = (total["LOG"] / total["N_LIKED"]).fillna(-np.inf).to_numpy(dtype=np.float64)
    return np.asarray(np.exp(logs))


def _growths(panel: Panel, halves: pd.DataFrame) -> pd.DataFrame:
    """Return the log change of likes over the whole window, and the noise of medians in it."""
    if set(halves["HALF"]) != {1, 2}:
        raise ValueError("the window has no two halves with likes")
    least, level = _LIKED
    often = halves[(halves["N_LIKED"] >= least) & (halves["LIKES_MEDIAN"] >= level)]
    one, two = (often[often["HALF"] == half].set_index("AUTHOR_INDEX") for half in (1, 2))
    place = pd.Series(np.arange(panel.counts.n_authors), index=np.asarray(panel.counts.authors))
    both = place.index.intersection(one.index).intersection(two.index)
    one, two = one.loc[both], two.loc[both]
    apart = two["MEAN_DAY"] - one["MEAN_DAY"]
    stretch = halves["WINDOW_DAYS"].iloc[0] / apart
    change = stretch * np.log(two["LIKES_MEDIAN"] / one["LIKES_MEDIAN"])
    noise = stretch**2 * (1 / one["N_LIKED"] + 1 / two["N_LIKED"])
    return pd.DataFrame(
        {
            "PLACE": place.loc[both].to_numpy(),
            "CHANGE": change.to_numpy(dtype=np.float64),
            "NOISE": noise.to_numpy(dtype=np.float64),
        }
    )


def _slope(panel: Panel, halves: pd.DataFrame) -> Figure:
    """Return the elasticity of likes by followers among small accounts of like activity."""
    features, followers = panel.features, _followers(panel)
    zero, three, median, rows = (
        features[name].fillna(0.0).to_numpy(dtype=np.float64)
        for name in ("LIKES_ZERO", "LIKES_THREE", "LIKES_MEDIAN", "N_IMAGE_ROWS")
    )
    # zeros and threes that stand for a hidden count say nothing of the audience
    hides = ((zero > 0.5) & (_median_likes(panel, halves) > 8)) | (three > 0.4)
    low, high = _SMALL
    small = np.isfinite(followers) & (followers > low) & (followers <= high) & ~hides & (rows >= 5)
    _enough(int(small.sum()), "small accounts with likes and a follower count")
    posts = np.log(rows[small])
    x = np.log(np.where(small, followers, 1.0))[small]
    design = np.column_stack([np.ones(x.size), x, posts, np.minimum(posts - 3.5, 0.0) ** 2])
    y = np.log(median[small] + 0.5)

    def slope(weights: Floats) -> float:
        w = weights[small][:, None]
        fit = np.linalg.lstsq((w * design).T @ design, (w * design).T @ y, rcond=None)[0]
        return float(fit[1])

    return slope


def _most_seen(panel: Panel, audited: set[str]) -> list[str]:
    """Return the most frequent audited label of each type that describes, commonest first."""
    seen = pd.Series(
        np.asarray(panel.counts.matrix.sum(axis=0)).ravel(), index=list(panel.counts.labels)
    )
    seen = seen[[name in audited for name in seen.index]].sort_values(ascending=False)
    kinds = pd.Series([name.partition("/")[0] for name in seen.index], index=seen.index)
    return [str(name) for name in seen.index[~kinds.duplicated()]][:3]


def _inside(name: str, label: str) -> bool:
    return label.endswith("/") and name.startswith(label)


def _spoken(label: str) -> str:
    kind, _, name = label.partition("/")
    return f"{words(name)} ({type_words(kind)})" if name else "branded bags"


def _enough(number: float, what: str) -> None:
    if number < _FEWEST:
        raise ValueError(f"there are {int(number) or 'no'} {what}, too few for this insight")


def _guarded(
    bias: str, panel: Panel, measure: Callable[[], tuple[object, ...]]
) -> tuple[object, ...]:
    """Return the row of an insight, or one that says why there is none."""
    try:
        _enough(panel.counts.n_authors, "accounts with labels")
        return measure()
    except ValueError as error:
        reason = str(error)
        return _row(bias, "", "", None, None, "", f"{reason[0].upper()}{reason[1:]}.")


def _exact(
    bias: str, insight: str, unit: str, before: float, after: float, correction: str
) -> tuple[object, ...]:
    return (bias, "", insight, unit, *(before,) * 3, *(after,) * 3, correction, "")


def _row(
    bias: str,
    insight: str,
    unit: str,
    careless: Figure | None,
    careful: Figure | None,
    correction: str,
    reason: str = "",
    panel: Panel | None = None,
) -> tuple[object, ...]:
    figures: list[float] = []
    for figure in (careless, careful):
        if figure is None or panel is None:
            figures += [np.nan] * 3
            continue
        estimate = figure(np.ones(panel.counts.n_authors))
        figures += [estimate, *_interval(estimate, panel, figure, 100.0 if unit == "%" else np.inf)]
    return (bias, "", insight, unit, *figures, correction, reason)


def _interval(estimate: float, panel: Panel, figure: Figure, most: float) -> tuple[float, float]:
    """Return a log-normal interval by the spread of the bootstrap.

    Tails beyond what replicates can count are needed, since the intervals hold together.
    """
    if estimate <= 0:
        return estimate, estimate
    drawn = np.array([figure(w) for w in panel.draws])
    half = float(norm.isf(_ALPHA / 2) * np.log(np.maximum(drawn, 1e-9)).std(ddof=1))
    if half < 1e-9:  # taken for granted, or the same whoever is drawn
        return estimate, estimate
    return estimate * float(np.exp(-half)), min(estimate * float(np.exp(half)), most)


STEPS = (
    Step(
        "biases.insights",
        "What biases make of one insight each",
        insights,
        (*NEEDS, "author_halves", "dirt"),
    ),
    Step("biases.overlap", "Counterparts of hand-picked accounts", overlap, NEEDS),
    Step("biases.population", "Panel raked to a population", population, (*NEEDS, MARGINS)),
    Step("biases.detectors", "Visibility corrected by an audit", detectors, (*NEEDS, AUDIT)),
    Step("biases.planted", "Biases beside what was planted", compared, (*_MEASURED, PLANTED)),
)
