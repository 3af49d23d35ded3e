"""Running the cells of a chapter in a kernel, and keeping what they gave.

What is kept is already Pandoc's tree, so that a page whose prose alone has changed needs neither
a kernel nor a conversion. The key is the source of every cell and inline value, the options, the
engine and the digest of package and data: prose is not in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

from analysis.errors import RenderError
from analysis.report.engine import pandoc
from analysis.report.engine.pandoc import Node
from analysis.report.engine.scan import Cell, Inline, Source, Step
from analysis.report.engine.tables import read_table

#: Where chapters say their figures lie; the engine keeps them with the outputs instead.
FIGURES = "chapters/figures"
FIGURES_VARIABLE = "STUDY_FIGURES"
INLINE_MIME = "application/vnd.study.inline+json"
KEPT = 3

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
_SETUP = f"""
def __inline__(*sources):
    from IPython.display import display
    values = []
    try:
        for source in sources:
            value = eval(compile(source, "<inline value>", "eval"), globals())
            mark = getattr(value, "_repr_markdown_", None)
            if mark is not None:
                values.append(["markdown", mark()])
            elif isinstance(value, str) or (isinstance(value, int) and type(value) is not bool):
                values.append(["text", str(value)])
            else:
                kind = type(value).__name__
                raise TypeError(f"an inline value is a text or a whole number, not {{kind}}")
    finally:
        display({{"{INLINE_MIME}": values}}, raw=True)
"""


class ChapterError(RenderError):
    """A cell or an inline value of a chapter failed.

    Parameters
    ----------
    step : Cell or Inline
        What failed.
    line : int
        The line of the chapter at which it failed.
    said : str
        The last lines of the traceback.
    """

    def __init__(self, step: Step, line: int, said: str) -> None:
        self.chapter = step.file
        self.label = step.label if isinstance(step, Cell) else ""
        self.line = line
        super().__init__(
            f"{step.file}: {step.name} failed at line {line}.\n{said}\n",
            "The book of before is untouched; mend the chapter and render again.",
        )


@dataclass
class Outputs:
    """What a chapter's code gave, as blocks by cell and inlines by expression."""

    cells: dict[str, list[Node]] = field(default_factory=dict)
    inlines: dict[str, list[Node]] = field(default_factory=dict)
    folder: Path = Path()
    executed: bool = False


def fingerprint(source: Source, digest: str, defaults: Mapping[str, Any]) -> str:
    """Return the key under which the outputs of a chapter are kept."""
    steps = [
        [step.source, step.options] if isinstance(step, Cell) else step.source
        for step in source.steps
    ]
    parts = [engine_digest(), pandoc.version(), sys.version, digest, steps, dict(defaults)]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def engine_digest() -> str:
    """Return a digest of this package's modules."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


def outputs_of(
    source: Source,
    root: Path,
    pages: Path,
    digest: str,
    environment: Mapping[str, str],
    defaults: Mapping[str, Any],
) -> Outputs:
    """Return a chapter's outputs: kept ones where the key still fits, else executed anew.

    Parameters
    ----------
    source : Source
        The scanned chapter.
    root : Path
        The project's folder, where the code runs.
    pages : Path
        Where outputs are kept.
    digest : str
        Digest of package and data; "" keeps nothing for a later render.
    environment : Mapping[str, str]
        Variables for the kernel.
    defaults : Mapping[str, Any]
        Options of ``execute:`` in ``_quarto.yml`` and the chapter's header.

    Raises
    ------
    ChapterError
        If a cell or an inline value fails.
    """
    if not source.steps:
        return Outputs()
    shelf = pages / re.sub(r"\W+", "-", source.path)
    place = shelf / fingerprint(source, digest, defaults)
    kept = place / "outputs.json"
    if digest and kept.is_file():
        try:
            stored = json.loads(kept.read_text(encoding="utf-8"))
            os.utime(place)
            return Outputs(stored["cells"], stored["inlines"], place)
        except (OSError, ValueError, KeyError):
            pass  # a damaged page is executed anew
    shelf.mkdir(parents=True, exist_ok=True)
    fresh = shelf / f"new-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    try:
        result = _execute(source, root, fresh, environment, defaults)
        body = {key: value for key, value in asdict(result).items() if key in {"cells", "inlines"}}
        (fresh / "outputs.json").write_text(json.dumps(body), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    old = sorted(shelf.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in old[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
    result.folder, result.executed = place, True
    return result


def _execute(
    source: Source,
    root: Path,
    folder: Path,
    environment: Mapping[str, str],
    defaults: Mapping[str, Any],
) -> Outputs:
    """Run a chapter from its first cell to its last in one kernel."""
    groups = _groups(source.steps)
    new, new_cell = nbformat.v4.new_notebook, nbformat.v4.new_code_cell
    codes = [_SETUP, *(_code(group) for group in groups)]
    notebook: NotebookNode = new(cells=[new_cell(code) for code in codes])  # type: ignore[no-untyped-call]
    figures = folder / "figures"
    figures.mkdir()
    client = NotebookClient(
        notebook,
        config=_kernel_config(folder),
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(root)}},
        allow_errors=False,
    )
    env = {
        **os.environ,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        **environment,
        FIGURES_VARIABLE: str(figures),
    }
    try:
        client.execute(env=env)
    except CellExecutionError as error:
        raise _failure(groups, notebook) from error
    except RuntimeError as error:  # it died, or never answered
        step = next((g[0] for g, c in _pairs(groups, notebook) if not c.execution_count), None)
        raise ChapterError(
            step or source.steps[-1],
            (step or source.steps[-1]).line,
            "The kernel died, or did not answer.",
        ) from error
    result = Outputs()
    for group, cell in _pairs(groups, notebook):
        if isinstance(group[0], Cell):
            options = {**defaults, **group[0].options}
            result.cells[str(group[0].index)] = _blocks(group[0], options, cell.outputs, figures)
        else:
            for step, value in zip(group, _values(cell), strict=True):
                result.inlines[str(step.index)] = _inlines(*value)
    return result


def _kernel_config(folder: Path) -> Config:
    """Return how to talk to a kernel: by sockets of files, where their paths are short enough."""
    config = Config()
    place = Path(tempfile.gettempdir()) / f"study-{os.getpid()}-{abs(hash(folder)) % 10**6}.json"
    if os.name == "posix" and len(str(place)) < 90:
        config.KernelManager.transport = "ipc"
        config.KernelManager.connection_file = str(place)
    return config


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """Return cells alone, and inline values together with their neighbours."""
    groups: list[list[Step]] = []
    for step in steps:
        if isinstance(step, Inline) and groups and isinstance(groups[-1][0], Inline):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _code(group: Sequence[Step]) -> str:
    """Return what the kernel runs for a group."""
    if isinstance(group[0], Cell):
        return group[0].source
    return f"__inline__({', '.join(repr(step.source) for step in group)})"


def _pairs(
    groups: Sequence[list[Step]], notebook: NotebookNode
) -> list[tuple[list[Step], NotebookNode]]:
    """Return each group with its cell of the notebook."""
    return list(zip(groups, notebook.cells[1:], strict=True))


def _values(cell: NotebookNode) -> list[tuple[str, str]]:
    """Return the inline values that a cell of the notebook displayed."""
    for output in cell.outputs:
        if INLINE_MIME in output.get("data", {}):
            return [(kind, value) for kind, value in output["data"][INLINE_MIME]]
    return []


def _failure(groups: Sequence[list[Step]], notebook: NotebookNode) -> ChapterError:
    """Return the error for the first cell of the notebook that failed."""
    for group, cell in _pairs(groups, notebook):
        for output in cell.outputs:
            if output.output_type != "error":
                continue
            lines = _ANSI.sub("", "\n".join(output.traceback)).rstrip().split("\n")
            lines = [text for text in lines if not re.fullmatch(r"-{20,}", text)]
            found = re.findall(
                r"(?:Cell In\[\d+\], line |^\s*File <ipython-input.*>:)(\d+)",
                "\n".join(lines),
                re.MULTILINE,
            )
            step, line = group[0], group[0].line
            if isinstance(step, Cell):
                line = step.first + (int(found[0]) - 1 if found else 0)
            else:
                step = group[len(_values(cell))]
                line = step.line
                lines = [f"{output.ename}: {output.evalue}"]
            return ChapterError(step, line, "\n".join(f"  {text}" for text in lines[-8:]))
    return ChapterError(groups[0][0], groups[0][0].line, "  The kernel could not start.")


def _inlines(kind: str, value: str) -> list[Node]:
    """Return an inline value; only Markdown objects are read as Markdown."""
    if kind == "text":
        return pandoc.string(value)
    blocks = pandoc.parse(value)
    if len(blocks) == 1 and blocks[0]["t"] in {"Para", "Plain"}:
        inlines: list[Node] = blocks[0]["c"]
        return inlines
    return pandoc.string(value)


def _blocks(
    cell: Cell, options: Mapping[str, Any], outputs: Sequence[NotebookNode], figures: Path
) -> list[Node]:
    """Return what a cell gave as blocks; images are written beside them."""
    if options.get("include") is False or options.get("output") is False:
        return []
    blocks: list[Node] = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr" and not options.get("warning", False):
                continue
            text = _ANSI.sub("", output.text)
            if options.get("output") == "asis":
                blocks += markdown_blocks(text)
            else:
                blocks.append(pandoc.code_block(text.rstrip("\n"), "output"))
        elif output.output_type in {"display_data", "execute_result"}:
            blocks += _display(cell, output.data, figures)
    return blocks


def _display(cell: Cell, data: Mapping[str, Any], figures: Path) -> list[Node]:
    """Return one displayed value as blocks."""
    if "text/markdown" in data:
        return markdown_blocks(data["text/markdown"])
    for mime, suffix in _IMAGES.items():
        if mime not in data:
            continue
        content = data[mime]
        count = len([*figures.iterdir()])
        path = figures / f"{cell.label or f'cell-{cell.index + 1}'}-{count}.{suffix}"
        if suffix == "svg":
            path.write_text(content, encoding="utf-8")
        else:
            path.write_bytes(base64.b64decode(content))
        alt = str(cell.options.get("fig-alt", ""))
        picture = pandoc.image(f"/{FIGURES}/{path.name}", alt)
        return [pandoc.para([picture])]
    if "text/html" in data:
        raise ChapterError(
            cell,
            cell.line,
            "  It gave HTML, which makes Quarto's pages load scripts from elsewhere:"
            " show it by analysis.report.pieces.table.",
        )
    if "text/plain" in data:
        return [pandoc.code_block(_ANSI.sub("", data["text/plain"]), "output")]
    return []


def markdown_blocks(text: str) -> list[Node]:
    """Return Markdown that code gave as blocks, its HTML tables as tables."""

    def tables(node: Node) -> list[Node] | None:
        if node["t"] == "RawBlock" and node["c"][0] == "html" and "<table" in node["c"][1]:
            return read_table(node["c"][1])
        return None

    blocks: list[Node] = pandoc.transform(pandoc.parse(text), tables)
    return blocks
