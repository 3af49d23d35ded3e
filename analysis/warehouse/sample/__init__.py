"""The sample warehouse: the four marts at full size, with a known truth planted in them."""

from __future__ import annotations

from analysis.warehouse.sample.build import SampleReport, build_sample
from analysis.warehouse.sample.check import check_sample
from analysis.warehouse.sample.worlds import WORLDS, World

__all__ = ["WORLDS", "SampleReport", "World", "build_sample", "check_sample"]
