"""What the objects in an author's images tell of the style, to who knows the planted parameters.

Which scenes an author photographs is not seen. It is estimated from the objects themselves (the
most probable exposure to each scene under a gamma prior, by EM), then taken as known: what it
tells of the style, and what the objects tell beyond it, are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.warehouse.sample import styles
from analysis.warehouse.sample.labels import anchor_rates, scene_rates
from analysis.warehouse.sample.scenes import SCENE_TASTE

Floats = npt.NDArray[np.float64]

_STEPS = 40
_LEAST = 1e-6


@dataclass(frozen=True)
class ObjectEvidence:
    """Objects of authors, and the kinds of author that they may speak for.

    Attributes
    ----------
    counts : (n, m) float64
        Distinct images of the author that show each object.
    numbers : (m,) int64
        The objects among those of :func:`scene_rates`.
    factors : (P, m) float64
        How much likelier each kind of author shows each object.
    scenes : (P, 5) float64
        How much likelier each kind of author photographs each scene.
    tilts : (n, m) float64
        What the audience adds.
    shape : float
        Of the gamma taste of authors.
    """

    counts: Floats
    numbers: npt.NDArray[np.int64]
    factors: Floats
    scenes: Floats
    tilts: Floats
    shape: float

    def log_likelihoods(self, guess: Floats) -> Floats:
        """Return (n, P) log likelihoods, up to a constant per author.

        Parameters
        ----------
        guess : (n, P) float64
            What other labels say of the kinds; the exposure to scenes is estimated under it.
        """
        anchors = anchor_rates()[:, self.numbers]
        rates = scene_rates()[self.numbers].T
        lift = (guess @ self.factors) * self.tilts
        usual = np.array(styles.SCENE_SHARES) * (guess @ self.scenes)
        usual /= usual.sum(axis=1, keepdims=True)
        scale = np.ones(len(self.numbers))
        exposure = self.counts.sum(axis=1, keepdims=True) * usual + _LEAST
        for _ in range(_STEPS):
            fixed = exposure @ anchors
            moved = scale * (exposure @ rates) * lift
            ratio = self.counts / (fixed + moved + _LEAST)
            seen = ratio @ anchors.T + (ratio * lift * scale) @ rates.T
            reach = anchors.sum(axis=1) + (lift * scale) @ rates.T
            prior = exposure.sum(axis=1, keepdims=True) * usual + _LEAST
            exposure = (exposure * seen + SCENE_TASTE - 1) / (reach + SCENE_TASTE / prior)
            scale *= (ratio * moved).sum(axis=0) / np.maximum(moved.sum(axis=0), _LEAST)
        fixed, moved = exposure @ anchors, scale * (exposure @ rates) * self.tilts
        average = moved * (guess @ self.factors)
        shape = self.shape * ((fixed + average + _LEAST) / (average + _LEAST)) ** 2
        found = self._of_scenes(exposure)
        for kind, factor in enumerate(self.factors):
            mean = fixed + moved * factor + _LEAST
            if np.isfinite(self.shape):
                terms = self.counts * np.log(mean) - (self.counts + shape) * np.log(shape + mean)
            else:
                terms = self.counts * np.log(mean) - mean
            found[:, kind] += terms.sum(axis=1)
        return found

    def _of_scenes(self, exposure: Floats) -> Floats:
        """Return the log density of the mix of scenes, gamma tastes around that of each kind."""
        share = np.array(styles.SCENE_SHARES) * self.scenes
        share /= share.sum(axis=1, keepdims=True)
        mix = exposure / exposure.sum(axis=1, keepdims=True)
        spread = SCENE_TASTE * share.shape[1]
        density = -SCENE_TASTE * np.log(share).sum(axis=1) - spread * np.log(mix @ (1 / share).T)
        images = exposure.sum(axis=1, keepdims=True)
        return np.asarray(density * images / (images + spread))
