"""The published figures that the generator draws from, read from ``data/calibration.toml``."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.resources import data_file

TYPES = ("object_detection", "shoe", "pattern", "shoe_brand", "bag_brand")
OBJECT, SHOE, PATTERN, SHOE_BRAND, BAG_BRAND = range(5)

# Images of the labels whose published bar is lower than one pixel, in the published order of
# rank. Plausible numbers, not facts: only their order, their sum and their ceiling are known.
_RARE = {
    "shoe": (720, 660, 600, 500, 400, 300, 200),
    "pattern": (1000, 820, 560, 440, 390, 340),
    "shoe_brand": (62, 4, 3, 1),
}


@cache
def _calibration() -> dict[str, Any]:
    return tomllib.loads(data_file("calibration.toml").read_text(encoding="utf-8"))


def figures() -> list[dict[str, Any]]:
    """Return every published figure with its source, kind and tolerance."""
    return list(_calibration()["figure"])


@cache
def _values() -> dict[str, Any]:
    return {figure["id"]: figure["value"] for figure in _calibration()["figure"]}


def value(name: str) -> Any:
    """Return the value of one published figure."""
    return _values()[name]


@cache
def chances() -> dict[str, float]:
    """Return the standard deviation of figures between samples of different seeds, by id."""
    with data_file("calibration_chance.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: float(row["sd"]) for row in csv.DictReader(file)}


def sources() -> dict[str, str]:
    """Return the four public repositories by their short names."""
    return dict(_calibration()["sources"])


def histogram(name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the edges (101) and the counts (100) of a published histogram."""
    entry = _calibration()["histogram"][name]
    counts = np.asarray(entry["counts"], dtype=np.float64)
    return np.linspace(0.0, float(entry["upper"]), counts.size + 1), counts


@dataclass(frozen=True)
class Labels:
    """The 245 labels in the order that numbers them, 0 to 244.

    Attributes
    ----------
    names : tuple of str
        LABEL_NAME.
    types : (245,) int8
        Index into ``TYPES``; labels of one type are contiguous.
    images : (245,) int64
        Distinct images that carry the label, at scale 1.
    authors_in, authors_out : (245,) int64
        Authors with the label inside and outside MART_AUTHORS; -1 where nobody published it.
    """

    names: tuple[str, ...]
    types: npt.NDArray[np.int8]
    images: npt.NDArray[np.int64]
    authors_in: npt.NDArray[np.int64]
    authors_out: npt.NDArray[np.int64]

    def of(self, kind: int) -> npt.NDArray[np.int64]:
        """Return the numbers of the labels of one type."""
        return np.flatnonzero(self.types == kind)

    def number(self, kind: int, name: str) -> int:
        """Return the number of one label."""
        return next(int(i) for i in self.of(kind) if self.names[i] == name)


@cache
def labels() -> Labels:
    """Return the label table: published counts, and plausible ones where a bar is too low."""
    names: list[str] = []
    types: list[int] = []
    images: list[int] = []
    inside: list[int] = []
    outside: list[int] = []
    for kind, type_name in enumerate(TYPES):
        prefix = f"label.images.{type_name}."
        rare = list(_RARE.get(type_name, ()))
        for figure in _calibration()["figure"]:
            if not figure["id"].startswith(prefix):
                continue
            name = figure["id"].removeprefix(prefix)
            stem = f"label.tiers.{type_name}.{name}."
            tiers = [_values().get(stem + tier, 0) for tier in ("mainstream", "trendy", "edgy")]
            names.append(name)
            types.append(kind)
            if "below" not in figure:
                images.append(int(figure["value"]))
            else:
                images.append(rare.pop(0) if rare else 0)
            published = stem + "other" in _values()
            inside.append(sum(tiers) if published else -1)
            outside.append(int(_values()[stem + "other"]) if published else -1)
    table = Labels(
        tuple(names),
        np.asarray(types, dtype=np.int8),
        np.asarray(images, dtype=np.int64),
        np.asarray(inside, dtype=np.int64),
        np.asarray(outside, dtype=np.int64),
    )
    _fill_rare_objects(table)
    return table


def _fill_rare_objects(table: Labels) -> None:
    """Give the 32 rarest objects a geometric ladder, so that all labels add up to the total."""
    objects = table.of(OBJECT)
    rare = objects[table.images[objects] == 0]
    missing = int(value("n.labels.dedup")) - int(table.images.sum())
    ladder = 4400.0 * 0.935 ** np.arange(rare.size)
    table.images[rare] = np.floor(ladder * missing / ladder.sum()).astype(np.int64)
    table.images[rare[0]] += missing - int(table.images[rare].sum())
