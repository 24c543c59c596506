"""Tell ink from paper and grid: how much of each pixel the pen has covered."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.colour import without_colour
from ecgpage.digitise.gridlevel import grid_level
from ecgpage.digitise.ink_network import NetworkMissing, network_cover
from ecgpage.digitise.shading import darkness
from ecgpage.digitise.sheet import Sheet

Image = NDArray[np.float32]
UNSURE, SURE = 0.2, 0.7
"""Coverage at which the network takes a pixel for ink at all, and for ink without doubt."""
PAPER_MM = 6.0
"""Within this distance of any ink there is bare paper; shadows change more slowly."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Coverage by ink.

    ``cover`` (rows, columns) float32, 0 paper or grid, 1 fully inked; ``grid_level`` and
    ``ink_level`` are the darknesses that became 0 and 1; ``clear`` is their distance: small
    where grid and ink can hardly be told apart. ``strokes``: ``cover`` with the strokes
    that part columns, ``words`` with printed words too: the network keeps them apart;
    ``learned``: whether the network has found them.
    """

    cover: Image
    grid_level: float
    ink_level: float
    strokes: Image
    words: Image
    learned: bool = False

    @property
    def clear(self) -> float:
        """Distance of ink from grid in darkness."""
        return self.ink_level - self.grid_level


def find_ink(sheet: Sheet, way: str = "auto") -> Ink:
    """Ink of a sheet.

    ``way``: ``classical``, ``network``, or ``auto``: the network, and the classical way where
    its weights cannot be loaded.
    """
    if way == "classical":
        return classical_ink(sheet)
    try:
        return mixed_ink(sheet) if way == "mixed" else network_ink(sheet)
    except NetworkMissing:
        if way == "network":
            raise
        return classical_ink(sheet)


def network_ink(sheet: Sheet) -> Ink:
    """Ink as the network sees it: the surer it is of all that it took for ink, the clearer."""
    found = network_cover(sheet)
    inside = _inside(sheet, found.line.shape)
    cover, strokes, words = (
        layer if inside is None else layer * inside
        for layer in (found.line, found.separator, found.print)
    )
    seen = cover[::2, ::2][cover[::2, ::2] > UNSURE]
    sure = float(np.mean(seen > SURE)) if seen.size else 0.0
    strokes = np.maximum(cover, strokes)
    return Ink(
        cover=cover,
        grid_level=0.0,
        ink_level=sure,
        strokes=strokes,
        words=np.maximum(strokes, words),
        learned=True,
    )


def mixed_ink(sheet: Sheet) -> Ink:
    """Ink as dark as it is, where the network sees a trace."""
    learned, plain = network_ink(sheet), classical_ink(sheet)
    near = cv2.dilate(learned.cover, np.ones((3, 3), np.uint8))
    cover = plain.cover * np.clip((near - 0.1) / 0.2, 0.0, 1.0)
    return replace(learned, cover=cover, grid_level=plain.grid_level, ink_level=plain.ink_level)


def classical_ink(sheet: Sheet) -> Ink:
    """Ink by colour, repetition and darkness.

    The grid's colour is taken out first, then what repeats as the grid does; what is left and
    dark enough is ink.
    """
    size = round(PAPER_MM * max(sheet.px_per_mm))
    inside = _inside(sheet, sheet.image.shape)
    channels = [darkness(np.ascontiguousarray(sheet.image[..., c]), size) for c in range(3)]
    dark = without_colour(channels, inside)
    level = grid_level(dark, sheet.px_per_mm)
    high = _full_ink(dark, inside)
    above = (dark - level) / np.maximum(high - level, 0.25 * high)
    floor = _noise(above, inside)
    cover = np.clip((above - floor) / (0.95 - floor), 0.0, 1.0)
    if inside is not None:
        cover *= inside
    cover = cover.astype(np.float32)
    return Ink(cover=cover, grid_level=floor, ink_level=high, strokes=cover, words=cover)


def _inside(sheet: Sheet, shape: tuple[int, ...]) -> Image | None:
    """1 where the grid was seen, 0 on the table around the paper."""
    if sheet.grid is None:
        return None
    cells = cv2.morphologyEx(sheet.grid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7)))
    count, label = cv2.connectedComponents(cells)
    if count > 2:
        cells = (label == 1 + int(np.argmax(np.bincount(label.ravel())[1:]))).astype(np.uint8)
    large = cv2.resize(cells, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    return large.astype(np.float32)


def _full_ink(dark: Image, inside: Image | None) -> float:
    """Darkness of full ink: what the darkest half per cent of the sheet reaches.

    The ink of an ECG page covers one to five per cent of it.
    """
    sample = dark[::2, ::2] if inside is None else dark[::2, ::2][inside[::2, ::2] > 0]
    return max(float(np.percentile(sample, 99.5)), 0.08)


def _noise(above: Image, inside: Image | None) -> float:
    """Share of full ink that paper and grid reach by noise: between 0.05 and 0.4.

    The 0.9 quantile of all pixels lies in paper and grid; twice that is rarely passed by them.
    """
    sample = above[::3, ::3] if inside is None else above[::3, ::3][inside[::3, ::3] > 0]
    return float(np.clip(2.0 * np.percentile(sample, 90), 0.05, 0.4))
