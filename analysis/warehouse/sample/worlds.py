"""Worlds: which truth the generator plants, from one set of documented parameters."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class World:
    """One world.

    Attributes
    ----------
    name : str
        Name that the built file carries.
    description : str
        What is planted, in one sentence.
    separation : float
        Factor on the log signatures of the styles: 0 plants no style at all.
    overlap : float
        Share of authors that follow two styles.
    dominant_weight : float
        Weight of the dominant style of an author that follows two.
    audience_style : float
        Factor on how strongly the audience shapes the choice of style (1: weak and planted).
    audience_taste : float
        Factor on the taste for labels that comes with audience beyond style.
    taste : float
        Factor on the personal taste of authors within a style (variance of the log-affinity).
    noise : float
        Factor on the error rates of the detectors.
    labels_per_author : float
        Factor on the images with shoe, pattern and brand labels (at most 1.2).
    nuisance : float
        Standard deviation of the log-lifts of a binary trait that crosses all styles.
    drift : float
        Share of authors who change their dominant style in the middle of the window.
    trends : float
        Factor on the height of the planted rises and pulses; 0 plants none.
    leaders : "forward", "edgy" or None
        Who starts the planted trends: the fashion-forward third of the authors, the accounts of
        more than 40,000 followers, or nobody.
    lead_weeks : float
        Weeks by which the leaders are ahead.
    rule_quality : float
        Share of the true style labels that the planted lexicon of ``truth.lexicon`` knows.
    look_ahead : float
        Factor on the growth of accounts over the window and on its tie to fashion-forwardness.
    author_blind : bool
        Labels depend on nothing about the author but the number of images.
    """

    name: str
    description: str
    separation: float = 1.0
    overlap: float = 0.06
    dominant_weight: float = 0.8
    audience_style: float = 1.0
    audience_taste: float = 1.0
    taste: float = 1.0
    noise: float = 1.0
    labels_per_author: float = 1.0
    nuisance: float = 0.2
    drift: float = 0.0
    trends: float = 1.0
    leaders: Literal["forward", "edgy"] | None = "forward"
    lead_weeks: float = 3.0
    rule_quality: float = 0.7
    look_ahead: float = 1.0
    author_blind: bool = False

    def but(self, name: str, description: str = "", **changes: object) -> World:
        """Return a copy under another name with some parameters changed."""
        return replace(self, name=name, description=description or self.description, **changes)  # type: ignore[arg-type]

    def parameters(self) -> dict[str, object]:
        """Return all parameters as plain values."""
        return asdict(self)


CALIBRATED = World(
    "calibrated",
    "Styles, tastes and leads of plausible size; margins as published.",
)

WORLDS: dict[str, World] = {
    world.name: world
    for world in (
        CALIBRATED,
        CALIBRATED.but(
            "null",
            "Labels are independent of everything about the author but activity.",
            separation=0.0,
            overlap=0.0,
            audience_style=0.0,
            audience_taste=0.0,
            taste=0.0,
            nuisance=0.0,
            leaders=None,
            lead_weeks=0.0,
            look_ahead=0.0,
            author_blind=True,
        ),
        CALIBRATED.but(
            "followers",
            "The audience decides the style: follower bands explain style strongly.",
            audience_style=8.0,
        ),
        CALIBRATED.but(
            "leaders",
            "Accounts of more than 40,000 followers start the planted trends.",
            leaders="edgy",
        ),
        CALIBRATED.but(
            "no-lead",
            "The planted trends start among all authors at once.",
            leaders=None,
            lead_weeks=0.0,
        ),
        CALIBRATED.but(
            "noisy",
            "Weak detectors: three times the errors.",
            noise=3.0,
        ),
        CALIBRATED.but(
            "crossed",
            "A strong trait that is no style crosses all styles.",
            nuisance=0.6,
        ),
    )
}
