"""Break the statistics on purpose, a place at a time, and see whether a test fails.

    python -m benchmarks.mutants [--number 100] [--minutes 20]

Draws mutants at random, with a fixed seed, from all comparisons, operators and numbers of the
modules below, and runs their tests until one fails. The modules are copied aside, so that the
sources stay as they are. A mutant that no test kills is either a gap in the tests or means the
same as the original; ``benchmarks/results/mutants.json`` lists these to be read.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401
import pytest

import analysis.segmentations.unsupervised
import analysis.trends.forecast  # noqa: F401
from benchmarks.measure import write

ROOT = Path(__file__).resolve().parents[1]
SEED = 2025
LONGEST = 300  # seconds; a mutant whose tests never end is noticed, too
TESTS = {
    "contingency": ("tests/contingency", "tests/reference"),
    "evaluation": ("tests/findings/test_bias_estimates.py",),
    "panels": ("tests/panels", "tests/reference", "tests/findings/test_bias_estimates.py"),
    "trends": ("tests/trends", "tests/reference", "tests/findings/test_lead.py"),
}
OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.FloorDiv: ast.Div, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def unseen(tree: ast.AST) -> set[int]:
    """Return the nodes whose change no test should notice: annotations and words of errors."""
    parts: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            parts += [argument.annotation for argument in given if argument.annotation]
            parts += [*node.decorator_list, *([node.returns] if node.returns else [])]
        elif isinstance(node, ast.AnnAssign):
            parts.append(node.annotation)
        elif isinstance(node, ast.Raise | ast.JoinedStr):
            parts.append(node)
    return {id(node) for part in parts for node in ast.walk(part)}


def places(tree: ast.AST) -> Iterator[int]:
    """Yield the nodes, by their number in the walk, that can be changed."""
    skipped = unseen(tree)
    for number, node in enumerate(ast.walk(tree)):
        operator = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", None)
        counts = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if id(node) not in skipped and (counts or type(operator) in OPPOSITE):
            yield number


def mutant(tree: ast.AST, number: int) -> tuple[str, dict[str, Any]]:
    """Return the source with one node changed, and what was changed."""
    changed = copy.deepcopy(tree)
    node: Any = list(ast.walk(changed))[number]
    before = ast.unparse(node)
    if isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.Compare):
        node.ops[0] = OPPOSITE[type(node.ops[0])]()
    else:
        node.op = OPPOSITE[type(node.op)]()
    said = {"line": node.lineno, "before": before[:100], "after": ast.unparse(node)[:100]}
    return ast.unparse(changed), said


def fails(folder: Path, tests: list[str]) -> bool:
    """Run tests in the copy until one fails; a run that does not end has failed.

    A fork holds the libraries already, which takes longer to import than most tests to run.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    signal.alarm(LONGEST)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    for name in [name for name in sys.modules if name.split(".")[0] == "analysis"]:
        del sys.modules[name]
    os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests])))


def tests_of(module: Path) -> list[str]:
    """Return the tests of a module, those named after it first."""
    folder = module.parent.name
    own = sorted((ROOT / "tests" / folder).glob(f"test_*{module.stem}*.py"))
    return [*(path.relative_to(ROOT).as_posix() for path in own), *TESTS[folder]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    asked = parser.parse_args()
    modules = [path for name in TESTS for path in sorted((ROOT / "analysis" / name).glob("*.py"))]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in modules}
    every = [(path, number) for path in modules for number in places(trees[path])]
    drawn = random.Random(SEED).sample(every, min(asked.number, len(every)))
    end = time.monotonic() + 60 * asked.minutes
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        for part in ("analysis", "tests", "data", "sql", "examples", "chapters"):
            shutil.copytree(ROOT / part, folder / part)
        shutil.copy(ROOT / "pyproject.toml", folder)
        for path, number in drawn:
            if time.monotonic() > end:
                break
            place = path.relative_to(ROOT)
            text, said = mutant(trees[path], number)
            (folder / place).write_text(text, encoding="utf-8")
            killed = fails(folder, tests_of(path))
            (folder / place).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
            rows.append({"module": place.as_posix(), **said, "killed": killed})
            print(
                f"{len(rows)}: {place}:{said['line']} {'killed' if killed else 'LEFT'}", flush=True
            )
    killed = sum(row["killed"] for row in rows)
    left = [{k: v for k, v in row.items() if k != "killed"} for row in rows if not row["killed"]]
    facts = {"seed": SEED, "places": len(every), "mutants": len(rows), "killed": killed}
    write("mutants", {**facts, "left": left}, ["author-panels", "pytest"])
    print(f"{killed} of {len(rows)} mutants killed.")


if __name__ == "__main__":
    main()
