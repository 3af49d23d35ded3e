"""Reference cases from R: load one, and assert agreement inside its stated tolerance.

A case is a folder beside this file with input tables (CSV), ``expected.json``
(results at full precision) and ``case.toml`` (which R function computed them,
with version and arguments, and the tolerance)::

    case = load("ca_caith")
    table = case.files["table.csv"].set_index("eye")
    case.agree("total_inertia", my_inertia(table))
    case.agree(("hellinger", "adonis_terms"), my_frame)

``python -m tests.reference`` runs every test that uses a case and prints, per
case, the number of values compared and the largest difference.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

FOLDER = Path(__file__).parent


class Difference(NamedTuple):
    """Largest difference between a computed quantity and the reference.

    ``allowed`` is the relative tolerance of the comparison, NaN for a resampled quantity, whose
    tolerance is its own; ``test`` is the file that compared.
    """

    case: str
    quantity: str
    values: int
    absolute: float
    relative: float
    allowed: float
    test: str


DIFFERENCES: list[Difference] = []
"""Everything compared so far in this process."""


@dataclass(frozen=True)
class Case:
    """One reference case.

    Attributes
    ----------
    id : str
        Name of the folder.
    files : dict of str to DataFrame
        Input tables by file name; only empty cells are missing ("None" is a value).
    expected : dict
        Results; ``{"index", "columns", "data"}`` objects are DataFrames with string labels,
        other objects stay dictionaries by name.
    tolerance : dict
        ``{"default": {"rtol": ..., "atol": ...}, quantity: ...}``; a text states a rule.
    meta : dict
        The whole ``case.toml``.
    """

    id: str
    files: dict[str, pd.DataFrame]
    expected: dict[str, Any]
    tolerance: dict[str, Any]
    meta: dict[str, Any]

    def value(self, quantity: str | tuple[str, ...]) -> Any:
        """Return an expected quantity by name, or by path through nested objects."""
        found: Any = self.expected
        for part in (quantity,) if isinstance(quantity, str) else quantity:
            found = found[part]
        return found

    def tolerances(self, quantity: str | tuple[str, ...]) -> dict[str, float]:
        """Return ``rtol`` and ``atol`` of a quantity: its own, its parents' or the default.

        Raises
        ------
        ValueError
            The case states a rule in words instead of numbers: compare by that rule.
        """
        path = (quantity,) if isinstance(quantity, str) else quantity
        for part in (*reversed(path), "default"):
            if isinstance(self.tolerance.get(part), dict):
                return dict(self.tolerance[part])
        raise ValueError(
            f"{self.id} states no numbers for {quantity}: give rtol and atol by its rule, "
            f"{self.tolerance.get('default')!r}."
        )

    def agree(
        self,
        quantity: str | tuple[str, ...],
        actual: Any,
        *,
        expected: Any = None,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> None:
        """Assert that ``actual`` equals the reference inside its tolerance, and record by how much.

        Frames, series and dictionaries are matched by name, so the order of rows does not matter.
        ``expected`` replaces the stored value, e.g. by its first columns.
        """
        reference = self.value(quantity) if expected is None else expected
        name = quantity if isinstance(quantity, str) else ".".join(quantity)
        got, want = _numbers(actual, reference)
        if rtol is None or atol is None:
            limits = self.tolerances(quantity)
            rtol = limits["rtol"] if rtol is None else rtol
            atol = limits["atol"] if atol is None else atol
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.where(got == want, 0.0, np.abs(got - want))
            ratio = np.where(gap == 0, 0.0, gap / np.abs(want))
        self.note(name, gap, ratio, rtol if rtol > 0 else atol)
        np.testing.assert_allclose(
            got, want, rtol=rtol, atol=atol, equal_nan=True, err_msg=f"{self.id}: {name}"
        )

    def within(
        self, quantity: tuple[str, ...], actual: npt.ArrayLike, allowed: npt.ArrayLike
    ) -> None:
        """Assert that a resampled quantity lies inside its tolerance, and record by how much."""
        want = np.asarray(self.value(quantity), dtype=float)
        gap = np.abs(np.asarray(actual, dtype=float) - want)
        self.note(".".join(quantity), gap, gap / want, math.nan)
        assert (gap <= np.asarray(allowed)).all(), (quantity, gap, allowed)

    def note(self, name: str, gap: np.ndarray, ratio: np.ndarray, allowed: float) -> None:
        """Remember the largest finite differences of a quantity."""
        known = np.isfinite(gap)
        DIFFERENCES.append(
            Difference(
                self.id,
                name,
                int(gap.size),
                float(gap[known].max(initial=0.0)),
                float(ratio[known & np.isfinite(ratio)].max(initial=0.0)),
                float(allowed),
                os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0],
            )
        )


def load(case_id: str) -> Case:
    """Load a reference case by the name of its folder."""
    folder = FOLDER / case_id
    meta = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    files = {
        path.name: pd.read_csv(path, keep_default_na=False, na_values=[""])
        for path in sorted(folder.glob("*.csv"))
    }
    expected = _frames(json.loads((folder / "expected.json").read_text(encoding="utf-8")))
    return Case(case_id, files, expected, meta["tolerance"], meta)


def same_signs(actual: pd.DataFrame, expected: pd.DataFrame) -> np.ndarray:
    """Return +1 or -1 per axis: how to flip ``actual`` so that it points as ``expected`` does.

    Axes are defined up to sign; the point that lies farthest out on an expected axis decides.
    """
    rows = np.abs(expected.to_numpy(float)).argmax(axis=0)
    axes = range(expected.shape[1])
    matched = actual.loc[expected.index].to_numpy(float)
    return np.array(
        [
            math.copysign(1, matched[r, a] * expected.to_numpy()[r, a])
            for a, r in zip(axes, rows, strict=True)
        ]
    )


def _frames(node: Any) -> Any:
    if isinstance(node, dict):
        if set(node) == {"index", "columns", "data"}:
            frame = pd.DataFrame(node["data"], index=node["index"], columns=node["columns"])
            frame.index = frame.index.astype(str)
            return frame.astype(float, errors="ignore")
        return {key: _frames(value) for key, value in node.items()}
    return node


def _numbers(actual: Any, reference: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both sides as float arrays in the reference's order."""
    if isinstance(reference, pd.DataFrame):
        if isinstance(actual, pd.DataFrame):
            actual = actual.rename(index=str).reindex(reference.index)[list(reference.columns)]
        reference = reference.to_numpy(float)
    elif isinstance(reference, dict):
        series = pd.Series(actual)
        actual = series.rename(index=str).reindex(list(reference)).to_numpy(float)
        reference = list(reference.values())
    want = np.asarray(reference, dtype=float)
    got = np.asarray(actual, dtype=float)
    assert got.shape == want.shape, f"shape {got.shape} instead of {want.shape}"
    return got, want
