"""Keys change when, and only when, what they stand for may change."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cache import keys


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2))
def test_a_digest_does_not_depend_on_the_order_of_facts(facts: dict[str, int]) -> None:
    assert keys.digest(facts) == keys.digest(dict(reversed(facts.items())))


def test_content_does_not_depend_on_chunks_or_slices() -> None:
    whole = pa.table({"a": pa.array([1, 2, 3, None], pa.int8()), "b": ["x", None, "y", "z"]})
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    longer = pa.concat_tables([whole, whole])
    assert keys.content_hash(chunked) == keys.content_hash(whole)
    assert keys.content_hash(longer.slice(4)) == keys.content_hash(whole)


def test_what_lies_under_a_null_is_not_content() -> None:
    valid = pa.py_buffer(b"\x05")  # first and third of three values
    columns = [
        pa.Array.from_buffers(pa.int32(), 3, [valid, pa.py_buffer(bytes(under))], 1)
        for under in (b"\1\0\0\0\0\0\0\0\3\0\0\0", b"\1\0\0\0\7\7\7\7\3\0\0\0")
    ]
    first, second = (keys.content_hash(pa.table({"a": column})) for column in columns)
    assert first == second


def test_content_depends_on_values_names_order_and_types() -> None:
    tables = [
        pa.table({"a": pa.array([1, 2], pa.int8())}),
        pa.table({"a": pa.array([2, 1], pa.int8())}),
        pa.table({"a": pa.array([1, 2], pa.int16())}),
        pa.table({"b": pa.array([1, 2], pa.int8())}),
        pa.table({"a": pa.array([1, None], pa.int8())}),
    ]
    assert len({keys.content_hash(table) for table in tables}) == len(tables)


def test_code_counts_with_everything_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "top.py").write_text("from pack import middle\n")
    (package / "middle.py").write_text("import pack.leaf\n")
    (package / "leaf.py").write_text("X = 1\n")
    (package / "other.py").write_text("Y = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keys, "_PACKAGE", "pack")

    def digest() -> str:
        keys.code_digest.cache_clear()
        keys._source.cache_clear()
        return keys.code_digest("pack.top")

    first = digest()
    (package / "other.py").write_text("Y = 2\n")
    assert digest() == first
    (package / "leaf.py").write_text("X = 2\n")
    assert digest() != first
    for name in [name for name in sys.modules if name.startswith("pack")]:
        del sys.modules[name]
    keys.code_digest.cache_clear()
    keys._source.cache_clear()


def test_only_what_a_function_reaches_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "reach"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "top.py").write_text(
        "from reach import leaf\nfrom reach.middle import helper as help_me\n"
        "LIMIT = 2\n\n\ndef run(n):\n    return leaf.one(n) + help_me(LIMIT)\n"
    )
    (package / "middle.py").write_text("def helper(n):\n    return n\n")

    def digest(leaf: str) -> str:
        (package / "leaf.py").write_text(leaf)
        keys._names.cache_clear()
        return keys.reached_digest("reach.top", "run")

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keys, "_PACKAGE", "reach")
    first = digest("def one(n):\n    return 1\n")
    assert digest('def one(n):\n    """Say it."""\n    return 1  # so\n\n\nX = 3\n') == first
    assert digest("def one(n):\n    return 2\n") != first
    for name in [name for name in sys.modules if name.startswith("reach")]:
        del sys.modules[name]
    keys._names.cache_clear()


def test_the_code_of_this_package_is_found() -> None:
    assert keys.code_digest("analysis.cache.store") != keys.code_digest("analysis.cache.keys")
