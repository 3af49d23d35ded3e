"""The best that anybody could do: a classifier that knows the planted parameters.

It sees what a method sees (who has which labels on how many images: described ones alone, or with
objects) and knows what no method knows: signatures, shares, rates, the hurdle and the variance of
personal taste. Its agreement with the planted dominant style is the ceiling for every method that
sees the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.warehouse.sample import styles
from analysis.warehouse.sample.detectors import error_rates
from analysis.warehouse.sample.labels import HURDLE_POWER, SECOND_KIND
from analysis.warehouse.sample.object_evidence import ObjectEvidence
from analysis.warehouse.sample.targets import OBJECT, PATTERN, SHOE, labels, value
from analysis.warehouse.sample.tastes import PERSONAL_VARIANCE, audience_tilts
from analysis.warehouse.sample.worlds import World

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What is seen of each author.

    Attributes
    ----------
    counts : (n, 245) float64
        Distinct images of the author that carry each label; objects that are nowhere were not
        shown to the classifier.
    owner : (k,) int64
        Author of each shoe image, not decreasing.
    kinds : (k, 14) float64
        Likelihood of each kind of shoe given the labels of the image, from :func:`kind_evidence`.
    exposure : (n, 65) float64
        Images that could carry each pattern and brand.
    audience : (n,) float64
        Standardised log followers.
    """

    counts: Floats
    owner: Ints
    kinds: Floats
    exposure: Floats
    audience: Floats


def kind_evidence(image: Ints, label: Ints, images: int) -> Floats:
    """Return the likelihood of each kind of shoe given the labels of each shoe image.

    Parameters
    ----------
    image, label : (d,) int64
        One entry per distinct (image, shoe label).
    images : int
        Number of shoe images.
    """
    affinity = styles.shoe_affinity()
    first = int(labels().of(SHOE)[0])
    quota = labels().images[labels().of(SHOE)]
    total = float(value("labels.type.images.shoe"))
    expected = affinity @ np.array(styles.KIND_SHARES) * (1.0 + SECOND_KIND) * total
    rate = np.clip(affinity * (quota / expected)[:, None] + 0.003, None, 0.97)
    log_odds = np.log(rate) - np.log1p(-0.8 * rate)
    score = np.tile(0.8 * np.log1p(-0.9 * rate).sum(axis=0), (images, 1))
    for kind in range(len(styles.KINDS)):
        score[:, kind] += np.bincount(
            image, weights=log_odds[label - first, kind], minlength=images
        )
    score -= score.max(axis=1, keepdims=True)
    return np.asarray(np.exp(score))


@dataclass(frozen=True)
class _Components:
    """Every pure style and every ordered pair, on both sides of the crossing trait."""

    weights: Floats
    dominant: Ints
    prior: Floats
    side: Floats


def _components(world: World) -> _Components:
    s = len(styles.STYLES)
    shares = np.array(styles.STYLE_SHARES)
    pairs = [(i, i) for i in range(s)] + [(i, j) for i in range(s) for j in range(s) if i != j]
    if world.overlap <= 0:
        pairs = pairs[:s]
    weights = np.zeros((len(pairs), s))
    prior = np.zeros(len(pairs))
    for row, (one, two) in enumerate(pairs):
        weights[row, one] += world.dominant_weight
        weights[row, two] += 1.0 - world.dominant_weight
        alone = shares[one] * (1.0 - world.overlap)
        both = shares[one] * world.overlap * shares[two] / (1.0 - shares[one])
        prior[row] = alone if one == two else both
    sides = (1.0,) if world.nuisance <= 0 else (1.0, -1.0)
    chances = (1.0,) if len(sides) == 1 else (0.62, 0.38)
    return _Components(
        np.tile(weights, (len(sides), 1)),
        np.tile([one for one, _ in pairs], len(sides)),
        np.concatenate([chance * prior for chance in chances[: len(sides)]]),
        np.repeat(sides, len(pairs)),
    )


def _count_evidence(count: Floats, mean: Floats, shape: float) -> Floats:
    """Return the log-likelihood of counts whose rate has a gamma factor, up to a constant."""
    if not np.isfinite(shape):
        return np.asarray(count[:, None] * np.log(mean) - mean)
    return np.asarray(
        count[:, None] * np.log(mean) - (count[:, None] + shape) * np.log(shape + mean)
    )


def posterior(seen: Evidence, world: World) -> Floats:
    """Return the probability of each dominant style for each author, (n, S).

    Labels of one shoe are not independent: the kind of the shoe explains most of their
    dependence, so kinds are counted first and single labels given the kinds.
    """
    table = labels()
    signs = styles.signatures(world)
    parts = _components(world)
    variance = PERSONAL_VARIANCE * world.taste
    shape = 1.0 / variance if variance > 0 else float("inf")
    tilts = audience_tilts(world)
    audience = np.clip(seen.audience, -2.5, 4.0)
    # Audience tilts the prior, the same way as in the population.
    lean = world.audience_style * np.array(styles.STYLE_AUDIENCE)
    tilt = np.exp(np.outer(np.clip(seen.audience, -2.5, 3.5), lean))
    tilt /= (tilt * np.array(styles.STYLE_SHARES)).sum(axis=1, keepdims=True)
    score = np.log(parts.prior)[None, :] + np.log(tilt)[:, parts.dominant]
    score += _shoe_evidence(seen, parts, signs, variance)
    factors = styles.mixed(parts.weights, signs.labels, signs.trait_labels, parts.side)
    mean = parts.prior @ factors / parts.prior.sum()
    invented = error_rates(world).share
    # Invented detections follow no style: they flatten the factors of a label.
    factors = (1.0 - invented) * factors + invented * mean
    affinity = styles.shoe_affinity()
    kinds = _typical_kinds(seen)
    first, decorations = int(table.of(SHOE)[0]), int(table.of(PATTERN)[0])
    for number in np.flatnonzero(table.types >= SHOE):
        factor = factors[:, number]
        if np.allclose(factor, factor[0]):
            continue
        shoe = table.types[number] == SHOE
        images = (
            kinds @ affinity[number - first] if shoe else seen.exposure[:, number - decorations]
        )
        tilt = np.exp(tilts[number] * audience)
        exposed = images * tilt
        count = seen.counts[:, number]
        if table.authors_in[number] >= 0 and not world.author_blind:
            score += _hurdle_evidence(count > 0, images, tilt, factor, shape)
            exposed = np.where(count > 0, exposed, 0.0)
            count = np.maximum(count - 1.0, 0.0)
        expected = float(exposed.sum()) * mean[number]
        rate = count.sum() / max(expected, 1e-9)
        score += _count_evidence(count, rate * np.outer(exposed, factor) + 1e-9, shape)
    objects = table.of(OBJECT)
    shown = objects[seen.counts[:, objects].any(axis=0)]
    if shown.size:
        nothing = np.zeros(signs.scenes.shape[1])
        scenes = styles.mixed(parts.weights, signs.scenes, nothing, parts.side)
        tilt = np.exp(np.outer(audience, tilts[shown]))
        evidence = ObjectEvidence(
            seen.counts[:, shown], shown - objects[0], factors[:, shown], scenes, tilt, shape
        )
        described = score
        for _ in range(2):  # the scenes of an author are read better once the style is known
            score = described + evidence.log_likelihoods(_normalised(score))
    weight = _normalised(score)
    return np.stack(
        [weight[:, parts.dominant == style].sum(axis=1) for style in range(len(styles.STYLES))],
        axis=1,
    )


def _normalised(score: Floats) -> Floats:
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _shoe_evidence(
    seen: Evidence, parts: _Components, signs: styles.Signatures, variance: float
) -> Floats:
    """Return the log-likelihood of the kinds of shoe, the kind of each image integrated out.

    Personal taste makes the kinds of one author more alike than independent draws: the sum over
    images is damped as that of a Dirichlet-multinomial would be.
    """
    rates = np.array(styles.KIND_SHARES) * styles.mixed(
        parts.weights, signs.kinds, signs.trait_kinds, parts.side
    )
    rates /= rates.sum(axis=1, keepdims=True)
    n = seen.counts.shape[0]
    total = np.zeros((n, rates.shape[0]))
    for start in range(0, seen.owner.size, 40_000):
        part = slice(start, start + 40_000)
        logs = np.log(seen.kinds[part] @ rates.T + 1e-12)
        head = np.flatnonzero(np.diff(seen.owner[part], prepend=-1))
        total[seen.owner[part][head]] += np.add.reduceat(logs, head, axis=0)
    shoes = np.bincount(seen.owner, minlength=n)
    if variance <= 0:
        return total
    concentration = 25.0 / variance
    return np.asarray(total * ((1.0 + concentration) / (shoes + concentration))[:, None])


def _typical_kinds(seen: Evidence) -> Floats:
    """Return how many images of each kind of shoe every author is expected to have."""
    share = seen.kinds * np.array(styles.KIND_SHARES)
    share /= share.sum(axis=1, keepdims=True)
    n = seen.counts.shape[0]
    counts = [np.bincount(seen.owner, weights=column, minlength=n) for column in share.T]
    return np.stack(counts, axis=1)


def _hurdle_evidence(
    present: npt.NDArray[np.bool_], images: Floats, tilt: Floats, factor: Floats, shape: float
) -> Floats:
    """Return the log-likelihood of taking part at all in a label whose authors are published."""
    able = images > 0
    strength = np.where(able, images, 1.0) ** HURDLE_POWER * tilt

    def absent(scale: float, lift: Floats) -> Floats:
        x = scale * np.outer(strength, lift)
        return np.asarray(np.exp(-x) if not np.isfinite(shape) else (1.0 + x / shape) ** -shape)

    wanted = int((present & able).sum())
    mean = np.array([float(factor.mean())])
    low, high = -30.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        expected = float((1.0 - absent(float(np.exp(middle)), mean)[able, 0]).sum())
        low, high = (middle, high) if expected < wanted else (low, middle)
    nothing = np.clip(absent(float(np.exp((low + high) / 2)), factor), 1e-12, 1.0 - 1e-12)
    evidence = np.where(present[:, None], np.log1p(-nothing), np.log(nothing))
    evidence[~able] = 0.0
    return np.asarray(evidence)
