"""The public face of the package gives what it names, and the README's example runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis


@pytest.mark.parametrize("name", analysis.__all__)
def test_everything_named_is_there(name: str) -> None:
    assert getattr(analysis, name).__name__ == name


def test_nothing_else_is() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        _ = analysis.nothing


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    readme = Path(__file__).parents[1] / "README.md"
    (code,) = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.poisson(2.0, (600, 12)), columns=[f"l{i}" for i in range(12)])
    exec(code, {"table": table})  # noqa: S102 - our own text
    assert "semi_major" in capsys.readouterr().out
