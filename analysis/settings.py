"""What a run is told: source, folder, seed and sample; from options or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import StudyError

SAMPLE = "sample"


@dataclass(frozen=True)
class Settings:
    """Settings of a run.

    Attributes
    ----------
    source : str
        "sample", a ``.duckdb`` file, a folder, "snowflake" or the name of a connection.
    directory : pathlib.Path
        Where the cache, the sample and the logs lie.
    seed : int
        Seed of everything drawn at random by the statistics.
    world : str
        World of the sample warehouse.
    scale : float
        Size of the sample warehouse; 1 is the published size.
    hermes : pathlib.Path, optional
        Folder of weekly series of two panels, to be studied in the place of the published ones.
    smallest_group : int
        Authors that a group must have to be shown in a figure, a table or an exported file.
    """

    source: str = SAMPLE
    directory: Path = Path(".study")
    seed: int = 2025
    world: str = "calibrated"
    scale: float = 1.0
    hermes: Path | None = None
    smallest_group: int = 10

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read STUDY_SOURCE, STUDY_DIR, STUDY_SEED and the other variables of ``environment``.

        Raises
        ------
        StudyError
            If the seed, the scale or the smallest group is not a number.
        """
        default = cls()
        try:
            return cls(
                source=environment.get("STUDY_SOURCE") or default.source,
                directory=Path(environment.get("STUDY_DIR") or default.directory),
                seed=int(environment.get("STUDY_SEED") or default.seed),
                world=environment.get("STUDY_WORLD") or default.world,
                scale=float(environment.get("STUDY_SCALE") or default.scale),
                smallest_group=int(
                    environment.get("STUDY_SMALLEST_GROUP") or default.smallest_group
                ),
                hermes=Path(hermes) if (hermes := environment.get("STUDY_HERMES")) else None,
            )
        except ValueError as error:
            raise StudyError(
                f"STUDY_SEED, STUDY_SCALE or STUDY_SMALLEST_GROUP is not a number ({error}).",
                "Mend or unset it.",
            ) from error

    def environment(self) -> dict[str, str]:
        """Return the variables that give another process the same settings."""
        return {
            "STUDY_SOURCE": self.source,
            "STUDY_DIR": str(self.directory.resolve()),
            "STUDY_SEED": str(self.seed),
            "STUDY_WORLD": self.world,
            "STUDY_SCALE": str(self.scale),
            "STUDY_SMALLEST_GROUP": str(self.smallest_group),
            "STUDY_HERMES": str(self.hermes.resolve()) if self.hermes else "",
        }

    @property
    def cache_file(self) -> Path:
        """The DuckDB file that holds extracts and results."""
        return self.directory / "cache.duckdb"

    @property
    def sample_file(self) -> Path:
        """The DuckDB file that holds the sample warehouse of this world, scale and seed."""
        return self.directory / f"sample-{self.world}-{self.scale:g}-{self.seed}.duckdb"
