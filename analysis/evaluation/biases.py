"""Planted sizes of the biases of a sample, and figures from outside its marts.

A sample knows what was planted: who is behind an account, how it grew, what the detectors miss,
whom the panel leaves out. ``planted_sizes`` gives the value that each insight of
:mod:`analysis.findings.bias_estimates` would have without its bias; ``population_margins`` and
``simulated_audit`` stand in for what a real study has to get from outside: the users of the
platform, and images labelled by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import SourceError
from analysis.findings.bias_estimates import BAGS, DENIM, RARE, account_weights
from analysis.randomness import stream
from analysis.warehouse.sample import engagement, styles
from analysis.warehouse.sample.detectors import error_rates
from analysis.warehouse.sample.targets import PATTERN, TYPES, labels, value
from analysis.warehouse.sample.tastes import audience_tilts
from analysis.warehouse.truth import Truth

AUDITED = 400
"""Images per label and band in which an auditor saw the label."""
EMPTY = 2_000
"""Images per band that an auditor looked through for labels that are not there."""
_BINS = 20


def has_truth(sample: Path) -> bool:
    """Say whether a file is a sample that still holds what was planted in it."""
    try:
        Truth(sample).close()
    except SourceError:
        return False
    return True


def population_margins(sample: Path) -> pd.DataFrame:
    """Return the planted users of the platform: ZONE, BAND, SHARE of all users.

    Inside the zone of the panel the shares of bands are those of the population that it was drawn
    from; elsewhere those of the platform.
    """
    with Truth(sample) as truth:
        users = truth.table("platform_users")
        drawn = truth.table("population_margins")
    inside = drawn.groupby("segment")["population_share"].sum()
    zone = users.groupby("zone")["share"].transform("sum")
    share = users["share"].where(~users["in_panel"], zone * users["segment"].map(inside))
    return pd.DataFrame({"ZONE": users["zone"], "BAND": users["segment"], "SHARE": share})


def simulated_audit(sample: Path) -> pd.DataFrame:
    """Return what auditors would find who look at images of each band.

    Returns
    -------
    DataFrame
        TYPE, LABEL_NAME, BAND, and whole numbers PRESENT, FOUND (of these, by the detector),
        ABSENT and SILENT (of these, not detected).
    """
    with Truth(sample) as truth:
        rates = truth.table("detections_by_segment").dropna()
        seed = truth.seed
    rates = rates[rates["type"] != "object_detection"].sort_values(
        ["type", "label_name", "segment"], ignore_index=True
    )
    rng = stream(seed, "audit")
    return pd.DataFrame(
        {
            "TYPE": rates["type"],
            "LABEL_NAME": rates["label_name"],
            "BAND": rates["segment"],
            "PRESENT": AUDITED,
            "FOUND": rng.binomial(AUDITED, rates["sensitivity"].clip(0, 1)),
            "ABSENT": EMPTY,
            "SILENT": rng.binomial(EMPTY, rates["specificity"].clip(0, 1)),
        }
    )


def planted_sizes(
    sample: Path, features: pd.DataFrame, dirt: pd.DataFrame, pseudonym_key: str
) -> pd.DataFrame:
    """Return the value of each insight without its bias.

    Parameters
    ----------
    sample : pathlib.Path
        File written by ``build_sample``.
    features, dirt : DataFrame
        The extracts ``author_features`` and ``dirt``.
    pseudonym_key : str
        The key under which the extracts rename authors.

    Returns
    -------
    DataFrame
        ``bias``, ``label`` (where an insight is had for several), ``planted`` in the unit of the
        insight, and ``how`` it is known.
    """
    with Truth(sample) as truth:
        authors = _accounts(truth, features, pseudonym_key)
        expected = _expected(truth, authors)
        twice = truth.table("duplicates").set_index("what")["rows_beyond"]
        factor = truth.table("selection")
        rates = truth.table("detections_by_segment")
    looked = dirt.set_index(["TABLE_NAME", "KIND"])["N_LOOKED_AT"].astype(float)
    rows = looked["MART_AUTHORS", "repeated author rows"] - twice["author"]
    images = looked["MART_IMAGES_OF_POSTS", "zero likes"] - twice["image"]
    repeated = "repeated detections of a label in an image"
    pairs = looked["MART_IMAGES_LABELS", repeated] - twice["detection"]
    mart = authors["IN_AUTHORS"].astype(bool)
    labelled = authors[mart & (authors["images"] > 0)]
    seen = expected[(mart & (authors["images"] > 0)).to_numpy()]
    n, edgy = labelled["images"].to_numpy(float), (labelled["BAND"] == "edgy").to_numpy()
    flag = labelled["FLAG"].fillna(False).to_numpy(bool)
    counted = edgy & labelled[["FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS"]].notna().any(axis=1)
    others = labelled["BAND"].isin(["mainstream", "trendy"]).to_numpy()
    denim, rare, bags = (seen[label].to_numpy(float) for label in (DENIM, RARE, BAGS))
    equal = account_weights(n) * edgy
    band = factor[factor["kind"] == "segment"].set_index("name")["factor"]
    known = labelled["BAND"].isin(band.index).to_numpy()
    drawn = np.where(known, 1 / labelled["BAND"].map(band).fillna(1.0).to_numpy(), 0.0)
    hidden = engagement.HIDDEN * engagement.HIDDEN_POSTS
    found: dict[str, tuple[float, str]] = {
        "duplicates": (float(rows), "rows written once"),
        "reposts": (float(images), "images drawn"),
        "repeats": (float(pairs), "labels drawn"),
        "silent": (100 * len(labelled) / int(mart.sum()), "accounts drawn with labelled images"),
        "look_ahead": (
            100 * float((labelled["segment_before"] == "edgy").to_numpy()[counted].mean()),
            "followers that each account had at the start",
        ),
        "missing_edgy": (
            100 * float((labelled["segment"] == "edgy").mean()),
            "audience of each account, also where no table tells it",
        ),
        "two_columns": (0.0, "readings never cross a threshold"),
        "activity": (100 * float(equal @ denim / (equal @ n)), "planted taste of each account"),
        "like_active": (
            float(rare[edgy].sum() / n[edgy].sum() / (rare[others].sum() / n[others].sum())),
            "planted taste of each account",
        ),
        "handpicked": (_alike(labelled["audience"].to_numpy(float), flag, bags, n), "the same"),
        "sellers": (
            100 * float((labelled["kind"] != "person").mean()),
            "planted kind of each account",
        ),
        "likes": (100 * hidden, "planted share of hidden counts"),
        "engagement": (10**engagement.LIKES.audience, "planted elasticity"),
        "population": (
            100 * float(drawn @ bags / (drawn @ n)),
            "planted odds of an account to be in the panel, by band",
        ),
    }
    single = pd.DataFrame(
        [(bias, "", size, how) for bias, (size, how) in found.items()],
        columns=["bias", "label", "planted", "how"],
    )
    return pd.concat([single, _there(rates)], ignore_index=True)


def _accounts(truth: Truth, features: pd.DataFrame, pseudonym_key: str) -> pd.DataFrame:
    """Return the planted accounts with the features that the extracts give them."""
    authors = truth.table("authors").merge(truth.table("exposures"), on="authorid", how="left")
    authors["images"] = authors["images"].fillna(0)
    authors["AUTHOR_KEY"] = [
        hashlib.sha256(f"{pseudonym_key}/{author}".encode()).hexdigest()[:16]
        for author in authors["authorid"]
    ]
    return authors.merge(features, on="AUTHOR_KEY")


def _expected(truth: Truth, authors: pd.DataFrame) -> pd.DataFrame:
    """Return the images that accounts are expected to show with the labels of the insights.

    Exposure times planted taste (style, crossing trait, audience), seen by the planted detectors.
    Personal taste is left out: its mean is one. Columns: the labels, and branded bags together.
    """
    world, table = truth.world, labels()
    numbers = np.flatnonzero(table.types >= PATTERN)
    signs, errors = styles.signatures(world), error_rates(world)
    place = {name: i for i, name in enumerate(styles.STYLES)}
    weights = np.zeros((len(authors), len(place)))
    rows, first = np.arange(len(authors)), authors["weight"].to_numpy(float)
    np.add.at(weights, (rows, authors["style"].map(place)), first)
    np.add.at(weights, (rows, authors["second_style"].map(place)), 1 - first)
    blank = np.zeros(numbers.size)
    exposure = np.stack(
        [blank if isinstance(row, float) else np.asarray(row) for row in authors["decorations"]]
    )
    taste = styles.mixed(
        weights,
        signs.labels[:, numbers],
        signs.trait_labels[numbers],
        authors["trait"].to_numpy(float),
    )
    audience = np.clip(authors["audience"].to_numpy(float), -2.5, 4.0)
    taste = taste * np.exp(np.outer(audience, audience_tilts(world)[numbers]))
    band = authors["segment"].map({"mainstream": 0, "trendy": 1, "edgy": 2}).to_numpy()
    there = exposure * taste * errors.recall[numbers].T[band]
    invented = exposure * errors.invented[numbers].T[band]
    share = errors.share[numbers]
    invented *= share / (1 - share) * there.sum(axis=0) / np.maximum(invented.sum(axis=0), 1e-12)
    seen = there + invented
    quota = table.images[numbers] * world.labels_per_author
    seen *= quota / np.maximum(seen.sum(axis=0), 1e-12) * _scale(authors)
    names = [f"{TYPES[table.types[number]]}/{table.names[number]}" for number in numbers]
    frame = pd.DataFrame(seen, columns=names)
    bags = [name for name in names if name.startswith(BAGS)]
    return frame[[DENIM, RARE]].assign(**{BAGS: frame[bags].sum(axis=1)})


def _there(rates: pd.DataFrame) -> pd.DataFrame:
    """Return how much more edgy than mainstream images truly show each label."""
    shares = rates.assign(
        LABEL=rates["type"] + "/" + rates["label_name"], SHARE=rates["there"] / rates["images"]
    ).pivot_table(index="LABEL", columns="segment", values="SHARE")
    return pd.DataFrame(
        {
            "bias": "detectors",
            "label": shares.index,
            "planted": (100 * (shares["edgy"] - shares["mainstream"])).to_numpy(),
            "how": "images that truly show it, by the planted errors",
        }
    )


def _scale(authors: pd.DataFrame) -> float:
    """Return the size of the sample relative to the published one, by its labelled images."""
    return float(authors["images"].sum()) / float(value("n.labels.images"))


def _alike(
    audience: np.ndarray[tuple[int], np.dtype[np.float64]],
    flag: np.ndarray[tuple[int], np.dtype[np.bool_]],
    shown: np.ndarray[tuple[int], np.dtype[np.float64]],
    images: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> float:
    """Compare flagged accounts with others of the same planted audience, bin by bin."""
    edges = np.quantile(audience[flag], np.linspace(0, 1, _BINS + 1)[1:-1])
    cell = np.searchsorted(edges, audience)
    picked = np.bincount(cell[flag], minlength=_BINS).astype(float)
    rest = np.bincount(cell[~flag], minlength=_BINS)
    weight = np.where(flag, 1.0, (picked / np.maximum(rest, 1))[cell])
    one, other = weight * flag, weight * ~flag
    return float((one @ shown) / (one @ images) / ((other @ shown) / (other @ images)))
