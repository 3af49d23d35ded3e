"""The command ``study``: look, prepare, render, and say what the report says."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from analysis.atomic import write_texts
from analysis.cache.store import Cache
from analysis.errors import StudyError, disk_trouble
from analysis.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""
Evaluate, correct and redesign author segmentations for fashion-trend panels.

**Start here:** `study doctor` looks at the set-up, `study render` writes the report into `_book/`.

A **source** is `sample` (the default: a warehouse that this project generates), a `.duckdb` file,
a folder with the four marts as Parquet or CSV, `snowflake` (your default connection) or the name
of a connection in Snowflake's `connections.toml`. STUDY_SOURCE names it for every command.

**Exit codes:** 0 done, 1 a fault of the program (see --debug), 2 the command line, 3 the source,
4 the data contract, 5 the cache, 6 the report.
""",
)
cache_app = typer.Typer(no_args_is_help=True, help="Look at the cache, or empty it.")
app.add_typer(cache_app, name="cache")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
_state = {"debug": False}

RefreshOption = Annotated[
    bool, typer.Option("--refresh", help="Fetch and compute everything anew.")
]
DeepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--deep",
        help="Compute what takes minutes, too: approach (comparison of all methods), validation "
        "(simulation studies) or all. May be repeated.",
    ),
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source", "-s", help="sample, a .duckdb file, a folder, snowflake or a connection's name."
    ),
]
HermesOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder with *main*.csv and *fashion_forward*.csv: weekly series to study in the "
        "place of the published ones (docs/sources.md)."
    ),
]
MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        "-m",
        help="Name of a method: hybrid, follower-bands, latent-classes and others.",
    ),
]


class Engine(StrEnum):
    """What renders the chapters."""

    auto = "auto"
    quarto = "quarto"
    pandoc = "pandoc"


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Read the options that all commands share."""
    _state["debug"] = debug


@app.command()
def doctor(
    source: SourceOption = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="Also write a support file, without secrets and people."),
    ] = None,
) -> None:
    """Look at versions, report engine, source, contract and cache; change nothing."""
    from analysis import diagnosis

    settings = _settings(source)
    findings = diagnosis.diagnose(settings)
    if bundle is not None:
        try:
            write_texts({bundle: diagnosis.bundle(settings, findings)})
        except OSError as error:
            raise StudyError(
                f"{bundle} cannot be written ({error.strerror}).", "Name another file."
            ) from None
        err.print(f"Support file: {bundle}")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}[finding.state]
        table.add_row(mark, finding.subject, _plain(finding.text))
        if finding.mend:
            table.add_row("", "", f"[bold]→[/] {_plain(finding.mend)}")
    out.print(table)
    raise typer.Exit(max((finding.exit_code for finding in findings), default=0))


@app.command()
def sample(
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default: in .study/.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random numbers.")] = 2025,
    world: Annotated[
        str,
        typer.Option(help="calibrated, null, followers, leaders, no-lead or noisy."),
    ] = "calibrated",
    authors: Annotated[
        int | None, typer.Option(min=100, help="Rows of MART_AUTHORS; sets the scale.")
    ] = None,
    scale: Annotated[float, typer.Option(min=0.005, help="1 is the published size.")] = 1.0,
    check: Annotated[
        bool, typer.Option("--check", help="Compare the sample with every published figure.")
    ] = False,
) -> None:
    """Build the sample warehouse, or compare it with the published figures (--check)."""
    from analysis.warehouse.sample.build import build_sample
    from analysis.warehouse.sample.check import check_sample
    from analysis.warehouse.sample_file import ensure_sample

    settings = replace(_settings(None), seed=seed, world=world, scale=scale)
    path = output or settings.sample_file
    if not (check and output and path.exists()):
        with _progress() as show:
            if authors is None:
                ensure_sample(path, seed=seed, world=world, scale=scale, progress=show.share)
            else:
                build_sample(path, seed=seed, world=world, authors=authors, progress=show.share)
        err.print(f"Sample warehouse: {path} ({path.stat().st_size / 1e6:,.0f} MB)")
    if check:
        rows = check_sample(path)
        table = Table("figure", "target", "measured", "tolerance", "")
        for row in rows.itertuples():
            mark = "[green]pass[/]" if row.passed else "[red]fail[/]"
            table.add_row(
                str(row.figure), str(row.target), str(row.measured), str(row.tolerance), mark
            )
        out.print(table)
        out.print(f"{int(rows.passed.sum())} of {len(rows)} figures inside their tolerance.")


@app.command()
def extract(
    source: SourceOption = None,
    refresh: RefreshOption = False,
    deep: DeepOption = None,
    hermes: HermesOption = None,
    queries: Annotated[
        bool, typer.Option("--queries", help="List the queries that were sent.")
    ] = False,
) -> None:
    """Fill the cache: contract, extracts and results, each only if something changed.

    Quarto runs this before it renders; a render that was begun by `study render` has done it.
    """
    from analysis.report.book import write_provenance

    if os.environ.get("STUDY_PREPARED"):
        return
    settings = _settings(source, hermes)
    run = _prepare(settings, refresh, deep)
    write_provenance(settings, Path.cwd())
    if queries:
        for query in run.queries:
            tables = ", ".join(query["tables"])
            out.print(f"{query['seconds']:8.2f} s  {query['name']}  [dim]{_plain(tables)}[/]")
    err.print(_sent(run.queries))


@app.command()
def render(
    source: SourceOption = None,
    engine: Annotated[Engine, typer.Option(help="Quarto where it is installed, else Pandoc.")] = (
        Engine.auto
    ),
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the book.")] = Path(
        "_book"
    ),
    refresh: RefreshOption = False,
    deep: DeepOption = None,
    hermes: HermesOption = None,
) -> None:
    """Fill the cache, run the chapters and write the book (HTML and PDF)."""
    from analysis.report.book import render_book

    settings = _settings(source, hermes)
    run = _prepare(settings, refresh, deep)
    err.print(_sent(run.queries))
    with _progress() as show:
        report = render_book(settings, run, output, engine.value, show.line)
    err.print(
        f"{report.engine}: {len(report.pages)} pages and {report.pdf} in {report.seconds:.1f} s."
    )


@app.command()
def claims(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what the report says, with its evidence."""
    from analysis.report.prose import evidence, verdict
    from analysis.study import Study

    found = Study.open(_settings(None)).claims()
    if as_json:
        out.print_json(json.dumps([claim.as_dict() for claim in found]))
        return
    for claim in found:
        out.print(f"[bold]{_plain(claim.question)}[/] [dim]({claim.id})[/]")
        out.print(f"  {verdict(claim)}. {_plain(claim.reason)}")
        if claim.estimate is not None:
            out.print(f"  [dim]{_plain(evidence(claim))}[/]")


@app.command()
def hermes(
    folder: Annotated[Path, typer.Argument(help="Holds *main*.csv and *fashion_forward*.csv.")],
    output: Annotated[Path, typer.Option("--out", "-o", help="File to write, as JSON.")] = Path(
        "hermes.json"
    ),
) -> None:
    """Study weekly series of two panels and write the figures, as data/published/hermes.json."""
    from analysis.trends.hermes import write_figures

    write_figures(folder, output)
    err.print(f"Wrote {output}.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; made where missing.")],
) -> None:
    """Write figures (PNG, SVG, CSV), tables (CSV, Parquet) and claims (JSON) into one folder."""
    from analysis.report.export import export as write
    from analysis.study import Study

    done = write(Study.open(_settings(None)), folder, Path.cwd())
    err.print(f"{folder}: {done.figures} figures, {done.tables} tables, {done.claims} claims.")


@app.command()
def segment(
    method: MethodOption = "hybrid",
    source: SourceOption = None,
    card: Annotated[
        Path, typer.Option("--card", help="Folder that the model card is written into.")
    ] = Path("_book"),
    refresh: RefreshOption = False,
) -> None:
    """Fit a method, put the segment of every author into the cache, and write the model card."""
    from analysis.findings import STEPS
    from analysis.findings.production import steps
    from analysis.report.cards import model_card
    from analysis.study import Study

    own = steps(method)
    settings = _settings(source)
    names = [step.name for step in own]
    run = _prepare(settings, refresh, steps=(*STEPS, *own), only=names)
    made = model_card(Study(Cache(settings.cache_file), run.manifest), method)
    table = Table("segment", "kind", "authors", "share", "labels")
    for row in made.segments.to_dict("records"):
        table.add_row(
            row["segment"],
            row["kind"],
            f"{row['authors']:,}",
            f"{row['share']:.1%}",
            ", ".join(row["labels"].split(", ")[:3]),
        )
    out.print(table)
    paths = made.write(card)
    err.print(f"{made.method}, version {made.version}: {', '.join(map(str, paths))}")


@app.command()
def publish(
    to: Annotated[
        str, typer.Option("--to", help="A .duckdb file with the marts, snowflake or a connection.")
    ],
    method: MethodOption = "hybrid",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="Day from which the segments hold; default: now."
        ),
    ] = None,
) -> None:
    """Write a segmentation of the cache next to the marts, with spans of validity.

    Prints a plan first; the same segmentation again changes nothing; the four marts are never
    touched. `study segment` puts a method into the cache.
    """
    from analysis.findings.production.segmented import chosen, publication
    from analysis.segmentations.interface import slug
    from analysis.segmentations.publish import publish as write
    from analysis.study import Study
    from analysis.warehouse.target import is_file, open_target

    study = Study.open(_settings(None))
    segmentation = publication(study.segmentation(slug(chosen(method).name)))
    if study.source.is_sample and not is_file(to):
        raise StudyError(
            "The segmentation in the cache was fitted on the generated sample.",
            "Fit it on the warehouse first: study segment --source.",
        )
    target = open_target(to, read_only=dry_run)
    try:
        plan = write(
            target,
            segmentation,
            dry_run=dry_run,
            now=day.replace(tzinfo=UTC) if day else None,
            announce=lambda made: out.print(_plain(str(made))),
        )
    finally:
        target.close()
    err.print("Nothing was written." if dry_run or plan.is_empty else "Published.")


@cache_app.command("list")
def cache_list() -> None:
    """List the entries of the cache with their passports."""
    table = Table("name", "kind", "source", "as of", "rows", "bytes", "seconds", "content")
    for passport in Cache(_settings(None).cache_file).passports():
        table.add_row(
            passport.name,
            passport.kind,
            passport.source,
            passport.as_of,
            f"{passport.rows:,}",
            f"{passport.bytes:,}",
            f"{passport.seconds:.2f}",
            passport.content_hash[:12],
        )
    out.print(table)


@cache_app.command("clear")
def cache_clear() -> None:
    """Remove the cache; the sample warehouse stays."""
    path = _settings(None).cache_file
    Cache(path).clear()
    err.print(f"Removed {path}.")


def main(words: list[str] | None = None) -> None:
    """Run the command and turn errors into one line and an exit code.

    Parameters
    ----------
    words : list of str, optional
        Words of the command line; by default those the program was called with.
    """
    try:
        code = app(words, standalone_mode=False)
    except StudyError as error:
        _fail(str(error), error.exit_code)
    except typer.Abort:
        _fail("Stopped.", 130)
    except KeyboardInterrupt:
        _fail("Stopped.", 130)
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # a usage error of Click
            error.show()
            sys.exit(error.exit_code)
        if trouble := disk_trouble(error):
            what, mend = trouble
            _fail(f"A file could not be read or written: {what}. {mend}, and run again.", 5)
        # the text of a foreign error may quote a row or a parameter: only --debug shows it
        _fail(f"A fault of the program ({type(error).__name__}). Show it with --debug.", 1)
    sys.exit(code or 0)


def _fail(message: str, exit_code: int) -> None:
    if _state["debug"]:
        traceback.print_exc()
    err.print(f"[red]Error:[/] {_plain(message)}", soft_wrap=True)
    sys.exit(exit_code)


def _plain(text: str) -> str:
    """Return a text that a terminal shows as it is: no markup, no control characters."""
    shown = (" " if char.isspace() and char != "\n" else char for char in text)
    return escape("".join(char if char.isprintable() or char == "\n" else "?" for char in shown))


def _settings(source: str | None, hermes: Path | None = None) -> Settings:
    settings = Settings.from_environment()
    return replace(settings, source=source or settings.source, hermes=hermes or settings.hermes)


def _prepare(settings: Settings, refresh: bool, deep: list[str] | None = None, **steps: Any) -> Any:
    from analysis.prepare import prepare

    with _progress() as show:
        return prepare(
            settings,
            refresh=refresh,
            deep=deep or (),
            **steps,
            progress=show.stage,
            notice=lambda line: err.print(f"[yellow]Notice:[/] {_plain(line)}"),
        )


def _sent(queries: list[dict[str, Any]]) -> str:
    if not queries:
        return "Nothing has changed: no query was sent to the marts."
    seconds = sum(query["seconds"] for query in queries)
    moved = sum(query["bytes"] for query in queries) / 1e6
    return f"{len(queries)} queries sent to the marts, {seconds:.1f} s, {moved:.1f} MB came back."


class _Show:
    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def stage(self, what: str, done: int, total: int) -> None:
        """Show that stage ``done`` of ``total`` has begun."""
        self._bar.update(self._task, description=what, completed=done, total=total)

    def line(self, what: str) -> None:
        """Show what has begun, where nobody knows how much there is to do."""
        self._bar.update(self._task, description=what)

    def share(self, what: str, done: float) -> None:
        """Show that a share of the work is done."""
        self._bar.update(self._task, description=what, completed=done, total=1.0)


@contextmanager
def _progress() -> Iterator[_Show]:
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    with bar:
        yield _Show(bar)


if __name__ == "__main__":
    main()
