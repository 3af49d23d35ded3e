"""What a chapter shows: figures and tables as Markdown that both engines and formats read.

A cell whose last expression is one of these pieces gives plain Markdown, never HTML, so that no
page loads anything from elsewhere. A figure leaves its picture and its data in one folder.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import Markdown

from analysis.report.engine.structure import NOTHING

#: Where figures are named to lie; relative to the project, the same for every chapter.
FIGURES = "chapters/figures"
FOLDER_VARIABLE = "STUDY_FIGURES"
#: Dots per inch of a picture: two for each point of the column on most screens.
DPI = 208
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FONTS = re.compile(r"font-family:[^;\"}]*;?|font-weight: initial;")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def markdown(text: str) -> Markdown:
    """Return a text as Markdown for the page."""
    return Markdown(text)  # type: ignore[no-untyped-call]


def nothing(words: str, why: str = "") -> Markdown:
    """Return what stands in place of a figure or table that cannot be shown, and says why."""
    return markdown(f"::: {{.{NOTHING}}}\n{f'*{words}* {why}'.strip()}\n:::")


def folder() -> Path:
    """Return the folder that figures are written to; it exists afterwards."""
    path = Path(os.environ.get(FOLDER_VARIABLE) or FIGURES)
    path.mkdir(parents=True, exist_ok=True)
    return path


def figure(
    plot: Any,
    name: str,
    alt: str,
    data: pd.DataFrame | None = None,
) -> Markdown:
    """Save a plot, and the table behind it, and return the Markdown that shows it.

    The page shows a PNG, which is far lighter where there are many marks; the same plot as SVG, to
    take along, lies beside it.

    Parameters
    ----------
    plot : plotnine.ggplot or matplotlib.figure.Figure
        The plot; its size comes from its theme.
    name : str
        File name without suffix: small letters, digits, hyphens; best the label without "fig-".
    alt : str
        What one sees, for readers who do not see it; not empty.
    data : pandas.DataFrame, optional
        The table behind the plot; offered below the figure as CSV.

    Raises
    ------
    ValueError
        If the name or the alternative text cannot be used.
    """
    _check_name(name)
    text = " ".join(alt.split())
    if not text:
        raise ValueError("alt must say what one sees in the figure")
    _save(plot, folder() / name)
    lines = [f'![](/{FIGURES}/{name}.png){{fig-alt="{_attribute(text)}"}}']
    if data is not None:
        safe_csv(data, folder() / f"{name}.csv")
        lines += [
            "",
            '::: {.content-visible when-format="html"}',
            "::: {.downloads}",
            f"[Data (CSV)](/{FIGURES}/{name}.csv) [Picture (SVG)](/{FIGURES}/{name}.svg)",
            ":::",
            ":::",
        ]
    return markdown("\n".join(lines))


def table(content: Any, name: str, digits: int = 2) -> Markdown:
    """Return a table as Markdown.

    Parameters
    ----------
    content : great_tables.GT or pandas.DataFrame
        A GT, whose spanners, stub, groups, notes and fills are kept; or a frame, whose index is
        not shown and whose numbers are rounded.
    name : str
        Small letters, digits, hyphens; best the label without "tbl-". It becomes the table's id,
        which would else be another at every run.
    digits : int
        Digits after the point for the floats of a frame.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If the name cannot be used.
    """
    _check_name(name)
    if isinstance(content, pd.DataFrame):
        return markdown(_pipe(content, digits))
    if hasattr(content, "as_raw_html"):
        html = content.as_raw_html()
        found = re.search(r'<div id="([^"]+)"', html)
        html = html.replace(found[1], f"table-{name}") if found else html
        # the page's own font: the list that great_tables writes is unknown to Typst
        html = _FONTS.sub("", html)
        return markdown(f"```{{=html}}\n{html}\n```")
    raise TypeError(f"content must be a GT or a DataFrame, not {type(content).__name__}")


def download(text: str, file: str, words: str) -> Markdown:
    """Leave a text as a file beside the figures and return a link to it, for pages only.

    Parameters
    ----------
    text : str
    file : str
        Name with suffix.
    words : str
        Words of the link.
    """
    (folder() / file).write_text(text, encoding="utf-8")
    link = f"[{words}](/{FIGURES}/{file})"
    return markdown(
        f'::: {{.content-visible when-format="html"}}\n::: {{.downloads}}\n{link}\n:::\n:::'
    )


def safe_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in which no text can be taken for a formula by a spreadsheet.

    Texts that begin with ``= + - @`` get an apostrophe before them, as OWASP advises
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """

    def defuse(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

    frame.map(defuse).rename(columns=defuse).to_csv(path, index=False, lineterminator="\n")


def _check_name(name: str) -> None:
    """Refuse a name that is no file name on every system, or no id."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"name must be small letters, digits and hyphens, not {name!r}")


def _save(plot: Any, path: Path) -> None:
    """Save a plot as PNG and as SVG so that the same plot gives the same bytes."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    grammar = hasattr(plot, "draw") and hasattr(plot, "theme")
    with mpl.rc_context({"svg.hashsalt": path.name}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = plot.draw(show=False) if grammar else plot
        box = None if grammar else "tight"
        vector = path.with_suffix(".svg")
        drawn.savefig(vector, format="svg", metadata={"Date": None}, bbox_inches=box)
        whole = io.BytesIO()
        drawn.savefig(whole, format="png", dpi=DPI, bbox_inches=box)
    _shrink(whole, path.with_suffix(".png"))
    plt.close(drawn)


def _shrink(picture: io.BytesIO, path: Path) -> None:
    """Save a picture with a palette of 256 colours: a third of the bytes, to the eye the same."""
    from PIL import Image

    with Image.open(picture) as image:
        method, dither = Image.Quantize.MEDIANCUT, Image.Dither.NONE
        palette = image.convert("RGB").quantize(256, method=method, dither=dither)
        palette.save(path, "PNG", optimize=True, dpi=(DPI, DPI))


def _attribute(text: str) -> str:
    """Return a text as the value of an attribute in Markdown."""
    return text.replace("\\", "\\\\").replace('"', "”")


def _pipe(frame: pd.DataFrame, digits: int) -> str:
    """Return a frame as a pipe table, numbers to the right."""
    numeric = [bool(pd.api.types.is_numeric_dtype(dtype)) for dtype in frame.dtypes]
    lines = [
        "| " + " | ".join(_plain(str(name)) for name in frame.columns) + " |",
        "|" + "|".join("--:" if right else ":--" for right in numeric) + "|",
    ]
    for row in frame.itertuples(index=False):
        lines.append("| " + " | ".join(_plain(_shown(value, digits)) for value in row) + " |")
    return "\n".join(lines)


def _shown(value: object, digits: int) -> str:
    """Return a value of a table as a text; what is missing becomes a dash."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:,.{digits}f}".replace("-", "−")
    if isinstance(value, int) or pd.api.types.is_integer(value):
        return f"{value:,}".replace("-", "−")
    return str(value)


def _plain(text: str) -> str:
    """Return a text in which Markdown finds no markup."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~^$@'\"-])", r"\\\1", " ".join(text.split())) or " "
