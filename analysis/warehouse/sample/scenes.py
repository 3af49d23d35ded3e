"""Images: which scene they show, how much is in them, and who took them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.randomness import stream
from analysis.warehouse.sample.accounts import scene_lifts
from analysis.warehouse.sample.activity import WEEKS, Rows
from analysis.warehouse.sample.populations import NONE, Authors
from analysis.warehouse.sample.styles import SCENE_SHARES, Signatures, mixed
from analysis.warehouse.sample.worlds import World

Floats = npt.NDArray[np.float64]

# Images of larger accounts hold more things; those of authors outside MART_AUTHORS fewer.
BAND_RICHNESS = (1.0, 1.16, 1.38)
OUTSIDE_RICHNESS = 0.85
# Shape of the gamma taste of authors for scenes.
SCENE_TASTE = 2.2


@dataclass
class Images:
    """Labelled images, in the order of their rows.

    Attributes
    ----------
    row : (k,) int64
        Position of the image row.
    author : (k,) int32
    profile : (k,) int32
        Row of the style weights that rules at the time.
    scene, band : (k,) int8
        Scene 0 to 4, audience segment 0 to 2.
    time : (k,) int16
        Week, plus 108 for authors who follow the leaders.
    richness : (k,) float64
    """

    row: npt.NDArray[np.int64]
    author: npt.NDArray[np.int32]
    profile: npt.NDArray[np.int32]
    scene: npt.NDArray[np.int8]
    band: npt.NDArray[np.int8]
    time: npt.NDArray[np.int16]
    richness: Floats

    @property
    def size(self) -> int:
        """Number of labelled images."""
        return int(self.row.size)

    def take(self, chosen: npt.NDArray[np.int64]) -> Images:
        """Return a selection of images."""
        return Images(
            self.row[chosen],
            self.author[chosen],
            self.profile[chosen],
            self.scene[chosen],
            self.band[chosen],
            self.time[chosen],
            self.richness[chosen],
        )


def segments(authors: Authors) -> npt.NDArray[np.int8]:
    """Return the audience segment of every author, from the latent audience where NULL."""
    band = authors.filled()
    latent = np.expm1(authors.audience * 1.85 + 7.3)
    guess = np.where(latent > 40_000, 2, np.where(latent > 12_000, 1, 0))
    return np.where(band == NONE, guess, band).astype(np.int8)


def leads(authors: Authors, world: World) -> npt.NDArray[np.bool_]:
    """Return who starts the planted trends."""
    if world.leaders == "forward":
        return np.asarray(authors.forward > 0.5)
    if world.leaders == "edgy":
        return np.asarray(segments(authors) == 2)
    return np.ones(authors.size, dtype=bool)


def draw_images(
    seed: int, block: int, authors: Authors, rows: Rows, signs: Signatures, world: World
) -> Images:
    """Draw the scene and the richness of every labelled image."""
    rng = stream(seed, "scenes", block)
    row = np.flatnonzero(rows.labelled)
    author = rows.author[row]
    week = rows.week()[row]
    late = authors.drifts[author] & (week >= WEEKS // 2)
    profile = (author + authors.size * late).astype(np.int32)
    band = np.zeros(authors.size, np.int8) if world.author_blind else segments(authors)
    nothing = np.zeros(signs.scenes.shape[1])
    shares = np.array(SCENE_SHARES) * mixed(
        authors.weights, signs.scenes, nothing, np.ones(authors.weights.shape[0])
    )
    habit = np.zeros(authors.size)
    if not world.author_blind:
        taste = rng.gamma(SCENE_TASTE, size=(authors.size, shares.shape[1])) / SCENE_TASTE
        taste *= scene_lifts(authors.kind)
        taste[:, :2] *= np.where(authors.dressed < 1.0, 0.02, 1.0)[:, None]
        shares *= np.tile(taste, (2, 1))
        habit = 0.22 * rng.normal(size=authors.size) + np.log(BAND_RICHNESS)[segments(authors)]
        habit += np.where(authors.in_mart, 0.0, np.log(OUTSIDE_RICHNESS))
    bounds = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    draws = rng.random(row.size)
    scene = np.zeros(row.size, dtype=np.int8)
    for step in range(shares.shape[1] - 1):
        scene += draws >= bounds[profile, step]
    time = week + np.where(leads(authors, world), 0, WEEKS)[author]
    return Images(
        row=row,
        author=author,
        profile=profile,
        scene=scene,
        band=band[author],
        time=time.astype(np.int16),
        richness=np.exp(habit[author] + 0.35 * rng.normal(size=row.size)),
    )
