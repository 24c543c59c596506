"""Strokes between columns taken out of a flat page, and nothing else.

On a flat page a stroke stands at the same place within its border's columns in every row, is as
wide everywhere, and begins and ends at the same height above each row's baseline; one long line
ends alike at all borders. So what most rows and borders have in common is the stroke, to a
fraction of a pixel, and what exceeds it are the leads: a QRS complex beside the stroke, or above
and below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.bars import cut_out

Array = NDArray[np.float64]
Image = NDArray[np.float32]
BAND_MM, REACH_MM = 9.0, 1.5
"""How far from a row's baseline and from a border strokes are looked for."""
ALIKE, ALIKE_IN_ROW = 0.25, 0.35
"""What this share of places falls short of is not the stroke's: of all, and of those in a row."""
INKED, PALE = 0.3, 0.05
SHORTEST_MM, WIDEST_MM = 1.8, 1.4
BESIDE_MM = 0.5
"""A stroke stands this near to its border."""
SURE, OUTSIDE = 0.8, 0.6
"""Shares of places with ink that a stroke has in its midst, and just beyond its ends at most."""
BEYOND_MM = 0.7
SHIFT_MM, SHIFT_COST = 1.2, 0.005
"""How far a row's baseline may be off, and what a pixel of it costs as a share of the likeness."""
ALL_ALONG = 0.9
"""A line from row to row has ink in this share of its length."""
GROWN_PX = 2
"""Strokes are taken out so much further up and down: baselines are known to a pixel or two."""
FULL = 0.6
"""Where a stroke covers so much of a pixel nothing is known of what lies under it."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """How much ink the strokes have at each height of the sheet, and in each column of a border.

    ``down`` has shape (sheet rows,), ``across`` (border, column); ``firsts``: the first of those
    columns on the sheet.
    """

    down: Array
    across: Array
    firsts: tuple[int, ...]


def find_bars(
    cover: Image,
    baselines_px: Sequence[float],
    borders_px: Sequence[float],
    px_per_mm: tuple[float, float],
) -> Bars | None:
    """The strokes of a flat page, None where there are none."""
    reach = round(REACH_MM * px_per_mm[1])
    firsts = tuple(round(x) - reach for x in borders_px)
    beside = round(BESIDE_MM * px_per_mm[1])
    near = slice(reach - beside, reach + beside + 1)
    columns = [cut_out(cover, 0, len(cover), f, 2 * reach + 1).astype(np.float64) for f in firsts]
    inked = np.stack([column[:, near].max(axis=1) for column in columns])
    down = _lines(inked, baselines_px, px_per_mm[0])
    if down is None:
        down = _short_strokes(inked, baselines_px, px_per_mm[0])
    if not (down > FULL).any():
        return None
    stands = [column[down > FULL] for column in columns]
    across = np.stack([_width(rows, near, px_per_mm[1]) for rows in stands])
    if not across.any():
        return None
    return Bars(down, across, firsts)


def without(cover: Image, bars: Bars) -> Image:
    """The cover without the strokes."""
    out = cover.copy()
    wide = bars.across.shape[1]
    grown = np.maximum.reduce([np.roll(bars.down, k) for k in range(-GROWN_PX, GROWN_PX + 1)])
    rows = np.flatnonzero(grown)
    for first, across in zip(bars.firsts, bars.across, strict=True):
        c, d = max(first, 0), min(first + wide, cover.shape[1])
        theirs = np.outer(grown[rows], across[c - first : d - first])
        part = out[rows, c:d]
        rest = np.where(theirs < FULL, (part - theirs) / np.maximum(1.0 - theirs, 0.2), 0.0)
        rest = np.where(rest < INKED, 0.0, np.minimum(rest, part))
        out[rows, c:d] = np.where(theirs > 0.0, rest, part)
    return out


def _lines(inked: Array, baselines_px: Sequence[float], px_per_mm: float) -> Array | None:
    """The heights of lines that run from the first row to the last, None where there are none.

    ``inked``, shape (border, sheet row), is the most ink at each border.
    """
    first, last = round(min(baselines_px)), round(max(baselines_px))
    if last - first < SHORTEST_MM * px_per_mm:
        return None
    alike = np.quantile(inked, ALIKE_IN_ROW, axis=0)
    if float(np.mean(alike[first : last + 1] > INKED)) < ALL_ALONG:
        return None
    half = round(BAND_MM * px_per_mm)
    a, b = first, last
    while a > max(first - half, 0) and alike[a - 1] > INKED:
        a -= 1
    while b < min(last + half, len(alike) - 1) and alike[b + 1] > INKED:
        b += 1
    out = np.zeros(inked.shape[1])
    out[a : b + 1] = 1.0
    return out


def _short_strokes(inked: Array, baselines_px: Sequence[float], px_per_mm: float) -> Array:
    """The heights of strokes that stand at the same height above each row's baseline."""
    half = round(BAND_MM * px_per_mm)
    tops = [round(y) - half for y in baselines_px]
    seen = np.stack([cut_out(inked.T, t, 2 * half + 1, 0, len(inked)).T for t in tops])
    shifts = _shifts(seen.mean(axis=1), round(SHIFT_MM * px_per_mm))
    moved = np.stack([np.roll(one, s, axis=1) for one, s in zip(seen, shifts, strict=True)])
    alike = np.quantile(moved, ALIKE, axis=(0, 1))
    out = np.zeros(inked.shape[1])
    for row, (top, shift) in enumerate(zip(tops, shifts, strict=True)):
        own = alike
        if len(inked) > 1:
            own = np.minimum(alike, np.quantile(moved[row], ALIKE_IN_ROW, axis=0))
        stands = np.roll(_strokes_only(own, moved, px_per_mm), -shift)
        a, b = max(top, 0), min(top + len(stands), len(out))
        out[a:b] = np.maximum(out[a:b], stands[a - top : b - top])
    return out


def _shifts(rows: Array, most: int) -> list[int]:
    """By how many pixels each row's heights must be moved to look like the others'."""
    out = [0] * len(rows)
    for i, row in enumerate(rows):
        others = np.mean([np.roll(r, s) for k, (r, s) in enumerate(zip(rows, out, strict=True))
                          if k != i] or [row], axis=0)  # fmt: skip
        scale = float((others * others).sum())
        out[i] = max(
            range(-most, most + 1),
            key=lambda s: float((np.roll(row, s) * others).sum()) - SHIFT_COST * abs(s) * scale,
        )
    return out


def _strokes_only(down: Array, places: Array, px_per_mm: float) -> Array:
    """The heights at which strokes stand: pieces that are long enough and end sharply.

    At the end of a piece that lies above or below the traces they may hide how it ends.
    """
    out = np.zeros_like(down)
    share = (places > INKED).mean(axis=(0, 1))
    beyond, middle = round(BEYOND_MM * px_per_mm), len(down) // 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (down > INKED).astype(np.int8), [0]])))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a < SHORTEST_MM * px_per_mm or float(np.mean(share[a:b])) < SURE:
            continue
        ends = [a - beyond, b - 1 + beyond]
        if a > middle or b <= middle:
            ends = [ends[0] if b <= middle else ends[1]]
        if all(not 0 <= at < len(down) or share[at] <= OUTSIDE for at in ends):
            part = slice(max(a - 1, 0), b + 1)
            out[part] = down[part]
    return out


def _width(rows: Array, near: slice, px_per_mm: float) -> Array:
    """How much ink a border's stroke has in each column of the rows of pixels where it stands."""
    share = np.quantile(rows, ALIKE_IN_ROW, axis=0)
    out = np.zeros(len(share))
    full = np.flatnonzero(share[near] > INKED) + near.start
    if full.size == 0:
        return out
    first, last = int(full[0]), int(full[-1])
    while first > 0 and share[first - 1] > PALE and share[first] > INKED:
        first -= 1
    while last < len(share) - 1 and share[last + 1] > PALE and share[last] > INKED:
        last += 1
    if last - first + 1 <= WIDEST_MM * px_per_mm + 2:
        out[first : last + 1] = share[first : last + 1]
        dark = np.flatnonzero(out > FULL)
        if dark.size:
            out[dark[0] : dark[-1] + 1] = 1.0  # a grid line may have cut a slit
    return out
