"""How segments and detections are stored today: what the tables cannot say, measured on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import Claim, Verdict
from analysis.extracts.boxes import boxes_match
from analysis.findings.step import Inputs, Result, Step
from analysis.segmentations.followers import BANDS, FollowerBands

_ALPHA = 0.05
_MATTERS = 1.0  # per cent: less is not worth a change of tables
_AUTHOR_TABLES = ("MART_AUTHORS", "MART_AUTHORS_SEGMENTATIONS")
_NUMBER = 4  # bytes of a label's number
_UNKNOWN = "unknown"


def tables(inputs: Inputs) -> Result:
    """Measure what the four marts leave open: rule, history, keys, two counts, texts and boxes."""
    profile = inputs.extract("table_profile")
    dirt = inputs.extract("dirt")
    labels = inputs.extract("label_vocabulary")
    features = inputs.extract("author_features")
    readings = band_readings(features[features["IN_AUTHORS"]])
    texts = label_texts(labels)
    claims = (
        _rule(readings),
        _history(profile),
        _followers(dirt),
        _keys(dirt),
        _columns(profile),
        _boxes(inputs.extract("box_matching")),
    )
    return Result(
        {"readings": band_sizes(readings), "texts": texts},
        {
            "labels": len(labels),
            "text_bytes": int(texts["bytes"].sum()),
            "number_bytes": int(_NUMBER * labels["N_DETECTIONS"].sum()),
        },
        claims,
    )


def band_readings(features: pd.DataFrame) -> pd.DataFrame:
    """Return the band of each author by four readings of one and the same rule.

    Parameters
    ----------
    features : DataFrame
        FOLLOWERS_AUTHORS and FOLLOWERS_SEGMENTATIONS, one row per author.
    """
    mart = features["FOLLOWERS_AUTHORS"].to_numpy(dtype=np.float64, na_value=np.nan)
    other = features["FOLLOWERS_SEGMENTATIONS"].to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(
        {
            "MART_AUTHORS, missing is edgy": _bands(mart, BANDS[-1]),
            "MART_AUTHORS_SEGMENTATIONS, missing is edgy": _bands(other, BANDS[-1]),
            "MART_AUTHORS, missing is unknown": _bands(mart, _UNKNOWN),
            "MART_AUTHORS, else the other, else unknown": _bands(
                np.where(np.isnan(mart), other, mart), _UNKNOWN
            ),
        }
    )


def _bands(followers: npt.NDArray[np.float64], missing: str) -> npt.NDArray[Any]:
    rule = FollowerBands()
    place = np.digitize(np.nan_to_num(followers), [rule.trendy, rule.edgy], right=True)
    return np.where(np.isnan(followers), missing, np.array(BANDS, dtype=object)[place])


def band_sizes(readings: pd.DataFrame) -> pd.DataFrame:
    """Return authors per band, one row per reading."""
    names = (*BANDS, _UNKNOWN)
    sizes = {name: [int((readings[one] == name).sum()) for one in readings] for name in names}
    return pd.DataFrame({"reading": list(readings.columns), **sizes})


def label_texts(labels: pd.DataFrame) -> pd.DataFrame:
    """Return label rows and the bytes of their two texts, by type."""
    length = labels["TYPE"].str.len() + labels["LABEL_NAME"].str.len()
    frame = labels.assign(bytes=length * labels["N_DETECTIONS"])
    grouped = frame.groupby("TYPE").agg(
        labels=("LABEL_NAME", "size"), rows=("N_DETECTIONS", "sum"), bytes=("bytes", "sum")
    )
    return grouped.sort_values("rows", ascending=False).reset_index()


def _answer(low: float, high: float) -> Verdict:
    """Answer whether all is well, from the interval of the percentage for which it is not."""
    return "no" if low > _MATTERS else "yes" if high < _MATTERS else "undecided"


def _rule(readings: pd.DataFrame) -> Claim:
    identifier = "storage.one_rule"
    question = "Can a band be read from the tables, so that all who use it mean the same accounts?"
    if readings.empty:
        return Claim.unanswerable(identifier, question, "MART_AUTHORS names no author.")
    differ = int(readings.ne(readings.iloc[:, 0], axis=0).any(axis=1).sum())
    low, high = proportion_confint(differ, len(readings), _ALPHA, method="wilson")
    verdict = _answer(100 * low, 100 * high)
    return Claim(
        identifier,
        question,
        100 * differ / len(readings),
        "% of the authors change their band with how the rule is read",
        (100 * low, 100 * high),
        None,
        verdict,
        {
            "no": "The band is in no column: each query repeats the rule, and which count it reads "
            "and what it does without one decide.",
            "yes": "The band is in no column, yet all readings of the rule agree on this source.",
        }.get(verdict, "The readings differ for some authors; for how many is open."),
    )


def _history(profile: pd.DataFrame) -> Claim:
    identifier = "storage.history"
    question = "Can the tables say in which segment an account was on an earlier day?"
    dated = profile[profile["FIRST_DAY"].notna()]
    if dated.empty:
        return Claim.unanswerable(identifier, question, "No post has a date.")
    first, last = pd.to_datetime(dated["FIRST_DAY"]).min(), pd.to_datetime(dated["LAST_DAY"]).max()
    known = dated["TABLE_NAME"].isin(_AUTHOR_TABLES).any()
    return Claim(
        identifier,
        question,
        float((last - first).days + 1),
        "days of posts that one follower count without a date has to serve",
        None,
        None,
        "yes" if known else "no",
        "A table of authors holds a date."
        if known
        else "No documented column of a table of authors holds a time: there is one state, and "
        "a new one overwrites it.",
    )


def _followers(dirt: pd.DataFrame) -> Claim:
    identifier = "storage.one_count"
    question = "Do the two columns NB_FOLLOWERS hold the same numbers?"
    differ, both = _counted(dirt, "the two follower counts differ", "MART_AUTHORS")
    if not both:
        return Claim.unanswerable(identifier, question, "No author has a count in both tables.")
    low, high = proportion_confint(differ, both, _ALPHA, method="wilson")
    decimals, _ = _counted(dirt, "follower count with decimals", "MART_AUTHORS_SEGMENTATIONS")
    reason = "Two columns of one name are filled from two sources."
    if decimals:
        reason += " One holds whole numbers, the other decimals: a reading and a mean of readings."
    verdict = _answer(100 * low, 100 * high)
    return Claim(
        identifier,
        question,
        100 * differ / both,
        "% of the authors with both counts have two different ones",
        (100 * low, 100 * high),
        None,
        verdict,
        "The two columns agree on this source." if verdict == "yes" else reason,
    )


def _keys(dirt: pd.DataFrame) -> Claim:
    counted = [_counted(dirt, "repeated author rows", table) for table in _AUTHOR_TABLES]
    repeated = sum(affected for affected, _ in counted)
    rows = sum(looked_at for _, looked_at in counted)
    return Claim(
        "storage.keys",
        "Does one row stand for one author, as a key would ensure?",
        float(repeated),
        f"repeated rows of {rows:,} in the two tables of authors",
        None,
        None,
        "no" if repeated else "yes",
        "Nothing keeps a second row out; a join counts such an author several times."
        if repeated
        else "No author has two rows, though nothing would keep a second one out.",
    )


def _columns(profile: pd.DataFrame) -> Claim:
    held = profile[profile["TABLE_NAME"] == "MART_IMAGES_LABELS"]
    numbers = int(held["MINIMUM"].notna().sum())
    return Claim(
        "storage.confidence",
        "Does a label row say how sure the detector was, and which version of it spoke?",
        float(numbers),
        f"of the {len(held)} documented columns of a label row hold a number",
        None,
        None,
        "yes" if numbers else "no",
        "A label row holds a number that may be a certainty."
        if numbers
        else "A label row holds an image, two texts and a place: a detector that changed, or erred "
        "more for some brands, cannot be told from a taste that did.",
    )


def _boxes(matching: pd.DataFrame) -> Claim:
    identifier = "storage.item_identity"
    question = "Can the labels of one item be tied together?"
    described = matching[matching["TYPE"] != "object_detection"]
    boxes = int(described["N_BOXES"].sum())
    if not boxes:
        return Claim.unanswerable(identifier, question, "No pattern, shoe or brand has a position.")
    tied = 100 * int(described["N_WITH_OBJECT"].sum()) / boxes
    verdict: Verdict = "yes" if tied > 100 - _MATTERS else "no" if tied < 50 else "undecided"
    return Claim(
        identifier,
        question,
        tied,
        "% of the boxes with a pattern, shoe type or brand are also the box of an object",
        None,
        None,
        verdict,
        "Items have no id: labels belong together where their coordinates are the same, number by "
        "number. Boxes that differ by a hair would be two items.",
    )


def items(inputs: Inputs) -> Result:
    """Measure how many images with all labels of a trend show them on different items.

    An image of two authors counts for both. Intervals come from leaving out one block of authors at
    a time, on the logit scale: images of one author are no independent witnesses.
    """
    found = inputs.extract("trend_matching")
    if not boxes_match(inputs.extracts["box_matching"]):
        reason = "The boxes of this source do not tell which labels belong to one item."
        return Result(claims=(Claim.unanswerable(_ITEMS, _TOGETHER, reason),))
    if found.empty:
        reason = "No image carries all labels of a trend."
        return Result(claims=(Claim.unanswerable(_ITEMS, _TOGETHER, reason),))
    found = found.assign(OTHER=found["N_IMAGES"] - found["N_ONE_ITEM"])
    rows = []
    for trend, block in found.groupby("TREND"):
        low, high = share_interval(block["OTHER"], block["N_IMAGES"], int(block["N_AUTHORS"].sum()))
        rows.append(
            {
                "trend": trend,
                "images": int(block["N_IMAGES"].sum()),
                "authors": int(block["N_AUTHORS"].sum()),
                "share": block["OTHER"].sum() / block["N_IMAGES"].sum(),
                "low": low,
                "high": high,
            }
        )
    by_block = found.groupby("BLOCK")[["OTHER", "N_IMAGES"]].sum()
    # an author may show several trends: the largest trend's authors are a lower bound of them all
    authors = int(found.groupby("TREND")["N_AUTHORS"].sum().max())
    low, high = share_interval(by_block["OTHER"], by_block["N_IMAGES"], authors)
    share = float(by_block["OTHER"].sum() / by_block["N_IMAGES"].sum())
    verdict = _answer(100 * low, 100 * high)
    claim = Claim(
        _ITEMS,
        _TOGETHER,
        100 * share,
        "% of the images with all labels of a trend show them on different items",
        (100 * low, 100 * high),
        None,
        verdict,
        {
            "no": "A query by image counts a plain top beside striped pants as a striped top; the "
            "box decides, and it is compared as a text.",
            "yes": "Labels that are seen together nearly always belong to one item here.",
        }.get(verdict, "Too few images carry all labels of a trend to say."),
    )
    table = pd.DataFrame(rows).sort_values("share", ascending=False, ignore_index=True)
    return Result({"trends": table}, {"trends": len(table)}, (claim,))


def share_interval(
    part: pd.Series, whole: pd.Series, authors: int, alpha: float = _ALPHA
) -> tuple[float, float]:
    """Return the interval of a ratio of sums over blocks of authors.

    Delete-one-block jackknife of the logit with Student's t over the blocks (Kott 2001, "The
    delete-a-group jackknife", Journal of Official Statistics 17). A ratio of 0 or 1, or one that
    rests on a single block, has no spread to measure: it gets the exact binomial interval of as
    many authors as were seen.

    Parameters
    ----------
    part, whole : Series
        Sums by block; ``whole`` is positive.
    authors : int
        Authors behind them.
    """
    part_sum, whole_sum = float(part.sum()), float(whole.sum())
    rest_part = part_sum - part.to_numpy(dtype=np.float64)
    rest_whole = whole_sum - whole.to_numpy(dtype=np.float64)
    ratio = part_sum / whole_sum
    inner = (rest_part > 0) & (rest_part < rest_whole)
    if not 0 < ratio < 1 or len(part) < 2 or not inner.all():
        low, high = proportion_confint(round(ratio * authors), authors, alpha, method="beta")
        return float(low), float(high)
    blocks = len(part)
    logits = np.log(rest_part / (rest_whole - rest_part))
    spread = np.sqrt((blocks - 1) / blocks * ((logits - logits.mean()) ** 2).sum())
    centre = np.log(ratio / (1 - ratio))
    reach = stats.t.ppf(1 - alpha / 2, blocks - 1) * spread
    ends = 1 / (1 + np.exp(-(centre + np.array([-reach, reach]))))
    return float(ends[0]), float(ends[1])


def _counted(dirt: pd.DataFrame, kind: str, table: str) -> tuple[int, int]:
    row = dirt[(dirt["KIND"] == kind) & (dirt["TABLE_NAME"] == table)].iloc[0]
    return int(row["N_AFFECTED"]), int(row["N_LOOKED_AT"])


_ITEMS = "storage.item_queries"
_TOGETHER = "Do labels that are seen in one image belong to one item?"

STEPS = (
    Step(
        "storage.tables",
        "What the tables leave open",
        tables,
        ("table_profile", "dirt", "label_vocabulary", "author_features", "box_matching"),
    ),
    Step(
        "storage.items", "Same image against same item", items, ("trend_matching", "box_matching")
    ),
)
