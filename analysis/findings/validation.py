"""Do the tests hold their level and the intervals their coverage: the simulation studies."""

from __future__ import annotations

from collections.abc import Callable

from analysis.findings.step import Inputs, Result, Step
from analysis.validation.studies import STUDIES


def _computing(name: str) -> Callable[[Inputs], Result]:
    def compute(inputs: Inputs) -> Result:
        return Result({"study": STUDIES[name].run(seed=inputs.seed)})

    return compute


STEPS = tuple(
    Step(f"validation.{name}", simulation.title, _computing(name), (), deep=True)
    for name, simulation in STUDIES.items()
)
"""They rest on no source, take minutes, and run with ``make validate``."""
