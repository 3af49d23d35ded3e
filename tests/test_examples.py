"""The worked examples run as they stand, and say what they promise."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_map_of_ones_own_table(capsys: pytest.CaptureFixture[str]) -> None:
    found = runpy.run_path(str(EXAMPLES / "map_your_table.py"))
    ellipses = found["axes"].ellipses()
    assert (ellipses["semi_major"] > 0).all()
    # winter and summer lie on opposite sides of the first axis
    x = ellipses["x"]
    assert x["coat"] * x["boots"] > 0 > x["coat"] * x["sandals"]
    # a label kept aside lies between the two that it is made of; all axes rebuild the table
    placed = found["placed"].coordinates.loc["warm", 1]
    first = found["ca"].columns.coordinates[1]
    assert min(first["coat"], first["boots"]) < placed < max(first["coat"], first["boots"])
    np.testing.assert_allclose(found["ca"].reconstitute(), found["table"], atol=1e-8)
    assert "eigenvalue" in capsys.readouterr().out


def test_a_score_for_ones_own_segmentation(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "score_your_table.py"))
    yours, tosses = capsys.readouterr().out.split("coin tosses: ")
    assert yours.startswith("yours: pass")
    assert tosses.startswith("fail")
