"""Handwriting over traces, told by how much ink a stroke has across.

A machine draws all traces of a page with one pen. What a person writes on it later is thicker or
darker, mostly both, or of another colour, and not for the length of a QRS complex's tip, where two
flanks run into each other, but for centimetres. Where a line has run on such strokes it is followed
again: in them only where nothing else leads on, and straight beneath those that it crosses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from ecgpage.digitise.ink.shading import DARKEST_PAPER
from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.line import Line
from ecgpage.digitise.tracing.runs import INK, Runs, find_runs

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Array = NDArray[np.float64]
ACROSS_MM, ACROSS_PENS = 0.25, 0.9
"""Ink is summed up around each pixel with a bell of this standard deviation, or so many times as
wide as the traces are thick where that is more."""
STRONG = 1.5
"""Ink across a written stroke against that of the traces around. Traces reach 1.1 to 1.4 in nine of
ten columns and 1.2 to 1.7 in 97 of 100, at tips (development renders)."""
WEAK, STRONG_SHARE = 1.3, 0.5
"""A figure hangs together where it has more than the first; the second share of it is strong."""
NEAR_MM = 0.6
"""Pieces of one figure lie no further apart."""
LEAST_APART, APART_SHARE = 0.12, 2.0
"""Ink has another colour where it is this far from the lines' own (shares of its darkness), and
this many times as far as nine of ten of the lines' pixels."""
LEAST_WIDE_MM, MOST_UPRIGHT = 8.0, 2.0
"""Handwriting reaches at least so far from left to right, and is no more than so many times as high
as wide: strokes between columns, tips of QRS complexes and QRS complexes of several rows that run
into each other are narrower."""
FAT_MM, FAT_SHARE = 1.2, 0.15
"""No more than this share of a figure is thicker than that: shadows of creases are."""
EDGE_MM = 0.1
"""The pale edge of a stroke is taken out with it."""
CLIMB_MM, WITHIN_MM, BEAT_MM, BEAT_SHARE = 2.5, 0.5, 0.6, 0.4
"""Where such a share of the lines climb the first within the second, the third near to each other,
is a QRS complex; T waves are less steep."""
MET_MM = 1.0
"""A line that runs on a figure for less only touches it, say with a QRS complex's tip."""
ON_MM, FREE_SHARE = 1.0, 0.3
"""A line is on a figure where it is this near; it must not be over this share of its columns."""
SEEN_SHARE = 0.5
"""So much of a figure a network must have taken for ink."""
BESIDE_MM = 8.0
"""So far from handwriting a network's ink is not trusted."""
LEAST_INK = 1e-6
"""Usual ink is at least this, also where lines run over bare paper."""
BLOCK_MM = 20.0
"""Traces fade along the page; their ink is measured over so much, and as much to either side."""
BRIDGED_MM = 3.0
"""A trace goes on straight under a stroke that hides it no longer than this."""
HIDDEN_SHARE = 0.6
"""Where so much of a straight way lies under a stroke the stroke hides the trace."""


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """A sheet's picture and the brightness of its bare paper (reduced), red, green and blue."""

    image: NDArray[np.uint8]
    papers: Sequence[Image]

    def hues(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> Image:
        """Two shares of the darkness at pixels: red less blue, and both less green, (pixel, 2)."""
        row, column = (
            np.clip(at, 0, n - 1) for at, n in zip((row, column), self.image.shape, strict=False)
        )
        high, wide = self.papers[0].shape
        y, x = row * high // self.image.shape[0], column * wide // self.image.shape[1]
        paper = np.stack([np.maximum(p[y, x], DARKEST_PAPER) for p in self.papers], axis=1)
        dark = np.maximum(1.0 - self.image[row, column] / paper, 0.0)
        whole = dark.sum(axis=1) + 1e-3
        red, green, blue = dark.T
        return np.stack([(red - blue) / whole, (red + blue - 2 * green) / whole], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One written figure: its pixels, ``mask``, whose upper left corner is at ``top``, ``left``."""

    mask: Mask
    top: int
    left: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Where in the sheet the mask lies."""
        rows, columns = self.mask.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)


def find_figures(
    cover: Image,
    lines: Sequence[Line],
    px_per_mm: tuple[float, float],
    colours: Colours | None = None,
) -> list[Figure]:
    """Figures on which lines run that have far more ink across than the lines have elsewhere.

    ``colours``: of the sheet; then also figures in another colour than that of the lines.
    """
    if not lines:
        return []
    pen_px = float(np.median([line.thickness for line in lines]))
    across = _half_size(cover, [max(ACROSS_MM * px, ACROSS_PENS * pen_px) for px in px_per_mm])
    beats = _beats(lines, px_per_mm)
    usual = _usual(_along(across, lines), BLOCK_MM * px_per_mm[1])
    if usual is None:
        return []
    apart = _apart(lines, colours)
    if not _rides(lines, across, usual, beats, apart, px_per_mm[1]):
        return []
    row, column = np.divmod(np.flatnonzero(cover > INK), cover.shape[1])
    share = across[row // 2, column // 2] / usual[column]
    other = apart(row, column)
    weak = (share > WEAK) | other
    row, column = row[weak], column[weak]
    strong = ((share > STRONG) | other)[weak]
    free = ~beats[column]  # there flanks run into each other, and a tip cut off is lost
    place = np.zeros(across.shape, np.uint8)
    place[row // 2, column // 2] = 1
    near = _disc(NEAR_MM / 2, (px_per_mm[0] / 2, px_per_mm[1] / 2))
    _, figure = cv2.connectedComponents(cv2.dilate(place, near), connectivity=8)
    row, column, strong = row[free], column[free], strong[free]
    out = []
    for mine in _groups(np.asarray(figure)[row // 2, column // 2]):
        wide, high = np.ptp(column[mine]) / px_per_mm[1], np.ptp(row[mine]) / px_per_mm[0]
        if wide < LEAST_WIDE_MM or high > MOST_UPRIGHT * wide:
            continue
        if strong[mine].mean() >= STRONG_SHARE:
            found = _figure(row[mine], column[mine], cover.shape, px_per_mm)
            if found is not None and _met(found, lines, MET_MM * px_per_mm[1]):
                out.append(found)
    return out


def _groups(label: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Places of each label."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(order) else []


def _figure(
    row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, ...],
    px_per_mm: tuple[float, float],
) -> Figure | None:  # fmt: skip
    """A figure of pixels and their edge; None of what is too thick for a pen."""
    disc = _disc(EDGE_MM, px_per_mm)
    down, across = disc.shape[0] // 2, disc.shape[1] // 2
    top, left = max(int(row.min()) - down, 0), max(int(column.min()) - across, 0)
    bottom, right = min(int(row.max()) + down + 1, shape[0]), int(column.max()) + across + 1
    part = np.zeros((bottom - top, min(right, shape[1]) - left), np.uint8)
    part[row - top, column - left] = 1
    fat = cv2.morphologyEx(part, cv2.MORPH_OPEN, _disc(FAT_MM / 2, px_per_mm))
    if fat.sum() > FAT_SHARE * part.sum():
        return None
    return Figure(cv2.dilate(part, disc) > 0, top, left)


def _disc(radius_mm: float, px_per_mm: tuple[float, float]) -> NDArray[np.uint8]:
    down, across = (round(radius_mm * px) + 1 for px in px_per_mm)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * across + 1, 2 * down + 1))
    return np.asarray(kernel, np.uint8)


def _beats(lines: Sequence[Line], px_per_mm: tuple[float, float]) -> Mask:
    """Columns in which several lines climb: QRS complexes, whose flanks run into each other."""
    around = 2 * round(WITHIN_MM / 2 * px_per_mm[1]) + 1
    high = np.stack([np.nan_to_num(line.high, nan=np.inf) for line in lines])
    low = np.stack([np.nan_to_num(line.low, nan=-np.inf) for line in lines])
    climb = maximum_filter1d(low, around, axis=1) - minimum_filter1d(high, around, axis=1)
    tall = climb > CLIMB_MM * px_per_mm[0]
    beside = np.ones((1, 2 * round(BEAT_MM * px_per_mm[1]) + 1), np.uint8)
    near = np.asarray(cv2.dilate(tall.view(np.uint8), beside))
    return np.asarray(near.mean(axis=0) >= BEAT_SHARE)


def _half_size(cover: Image, around_px: Sequence[float]) -> Image:
    """Ink around each second pixel, within so many pixels down and across."""
    small = cv2.resize(cover, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    down, across = (px / 2 for px in around_px)
    out = np.asarray(cv2.GaussianBlur(small, (0, 0), across, sigmaY=down), np.float32)
    return np.pad(out, ((0, 1), (0, 1)), mode="edge")


def _apart(
    lines: Sequence[Line], colours: Colours | None
) -> Callable[[NDArray[np.int64], NDArray[np.int64]], Mask]:
    """Says of pixels (rows, columns) whether they have another colour than the lines have."""
    if colours is None or not colours.papers:
        return lambda row, _: np.zeros(len(row), bool)
    places = [_places(line) for line in lines]
    own = colours.hues(*(np.concatenate(at) for at in zip(*places, strict=True)))
    usual = np.median(own, axis=0)
    away = np.hypot(*(own - usual).T)
    least = max(LEAST_APART, APART_SHARE * float(np.quantile(away, 0.9)))
    return lambda row, column: np.hypot(*(colours.hues(row, column) - usual).T) > least


def _rides(
    lines: Sequence[Line], across: Image, usual: Array, beats: Mask,
    apart: Callable[[NDArray[np.int64], NDArray[np.int64]], Mask], px_per_mm: float,
) -> bool:  # fmt: skip
    """Whether a line has much ink across, or another colour, in many columns of a short piece."""
    wide = round(LEAST_WIDE_MM * px_per_mm)
    for line in lines:
        odd = np.zeros(len(usual))
        for heights in (line.high, line.centre, line.low):
            row, column = _places(line, heights)
            row = np.minimum(row, 2 * len(across) - 3)
            strong = (across[row // 2, column // 2] > WEAK * usual[column]) & ~beats[column]
            odd[column] = np.maximum(odd[column], strong | apart(row, column))
        total = np.concatenate([[0.0], np.cumsum(odd)])
        if (total[wide:] - total[:-wide]).max(initial=0.0) >= MET_MM * px_per_mm:
            return True
    return False


def _places(
    line: Line, heights: Array | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the pixels in which a line runs: its middle, or other heights."""
    heights = line.centre if heights is None else heights
    column = np.flatnonzero(np.isfinite(heights))
    return np.maximum(np.round(heights[column]), 0).astype(np.int64), column


def _along(across: Image, lines: Sequence[Line]) -> Array:
    """Values of a picture of half the size along lines, (line, column); NaN where unseen."""
    out = np.full((len(lines), len(lines[0].centre)), np.nan)
    for values, line in zip(out, lines, strict=True):
        row, column = _places(line)
        values[column] = across[np.minimum(row // 2, len(across) - 1), column // 2]
    return out


def _usual(seen: Array, block_px: float) -> Array | None:
    """Usual ink across the lines around each column, from what they have there; None unseen."""
    at, values = [], []
    for left in np.arange(0.0, seen.shape[1], block_px):
        part = seen[:, max(0, int(left - block_px)) : int(left + 2 * block_px)]
        part = part[np.isfinite(part)]
        if part.size > block_px:
            at.append(left + block_px / 2)
            values.append(float(np.median(part)))
    if not at:
        return None
    return np.maximum(np.interp(np.arange(seen.shape[1]), at, values), LEAST_INK)


def _met(figure: Figure, lines: Sequence[Line], least_px: float) -> bool:
    """Whether a line runs on a figure, or passes through it, in at least so many columns."""
    columns = figure.place[1]
    high, wide = figure.mask.shape
    for line in lines:
        for heights in (line.high, line.centre, line.low):
            row = np.nan_to_num(heights[columns], nan=-1.0).round().astype(np.int64) - figure.top
            inside = (row >= 0) & (row < high)
            on = figure.mask[np.where(inside, row, 0), np.arange(wide)] & inside
            if np.count_nonzero(on) >= least_px:
                return True
    return False


def seen_in(cover: Image, plain: Image, figures: Sequence[Figure]) -> list[Figure]:
    """Figures of whose classical ink a network's cover has most: it knows pens from shadows."""
    out = []
    for figure in figures:
        ink = figure.mask & (plain[figure.place] > INK)
        if float(np.mean(cover[figure.place][ink] > INK)) >= SEEN_SHARE:
            out.append(figure)
    return out


def no_traces(figures: Sequence[Figure], lines: Sequence[Line], px_per_mm: float) -> list[Figure]:
    """Figures from which lines that were followed again keep away over some of their length.

    The others are traces, say of a lead whose noise runs together.
    """
    out = []
    for figure in figures:
        rows, columns = figure.place
        at = np.arange(rows.start, rows.stop)[:, None]
        free = figure.mask.copy()
        for line in lines:
            reach = line.thickness / 2 + ON_MM * px_per_mm
            free &= ~((at > line.high[columns] - reach) & (at < line.low[columns] + reach))
        if float(np.mean(free.any(axis=0))) >= FREE_SHARE:
            out.append(figure)
    return out


def beside_figures(
    cover: Image, plain: Image, figures: Sequence[Figure], px_per_mm: tuple[float, float]
) -> Image:
    """A network's cover with classical ink around written figures.

    There a network takes traces for print.
    """
    out = cover.copy()
    for figure in figures:
        down, across = (round(BESIDE_MM * px) for px in px_per_mm)
        rows, columns = figure.place
        place = np.s_[
            max(rows.start - down, 0) : rows.stop + down,
            max(columns.start - across, 0) : columns.stop + across,
        ]
        out[place] = plain[place]
    return out


def without_figures(cover: Image, figures: Sequence[Figure]) -> tuple[Image, Mask]:
    """The cover without written figures, and where they are."""
    mask = np.zeros(cover.shape, bool)
    for figure in figures:
        mask[figure.place] |= figure.mask
    return np.where(mask, np.float32(0.0), cover), mask


def with_written(runs: Runs, mask: Mask, px_per_mm: float) -> tuple[Runs, Mask]:
    """Runs of ink, those written among them, and which these are: ways that a trace may have.

    So a path finds from where a stroke hides its trace to where that comes out again.
    """
    more = find_runs(mask.astype(np.float32), px_per_mm)
    single = more.gap == 0
    column = np.concatenate([runs.column, more.column[single]])
    order = np.argsort(column, kind="stable")
    top, bottom, mass, gap = (
        np.concatenate([getattr(runs, name), getattr(more, name)[single]])[order]
        for name in ("top", "bottom", "mass", "gap")
    )
    hides = np.repeat([False, True], [len(runs.column), int(single.sum())])
    return Runs(column[order], top, bottom, mass, gap, runs.pen_px), hides[order]


def bridge(
    paths: Sequence[Path], mask: Mask, px_per_mm: float, pen_px: float
) -> tuple[list[Path], Image]:
    """The paths led straight on beneath what is written, and a cover of where they are led.

    Where nothing else shows a trace for long its path stays in what is written.
    """
    out = []
    led = np.zeros(mask.shape, np.float32)
    half = max(pen_px, 1.0) / 2
    for path in paths:
        hidden = path.there & mask[np.maximum(path.top, 0), np.arange(mask.shape[1])]
        top, bottom = path.top.copy(), path.bottom.copy()
        there = np.flatnonzero(path.there & ~hidden)
        stays = hidden.copy()
        for k in np.flatnonzero(np.diff(there) > 1):
            before, after = int(there[k]), int(there[k + 1])
            column = np.arange(before + 1, after)
            middle = np.interp(column, [before, after], _facing(path, before, after, half))
            row = np.clip(np.round(middle), 0, len(mask) - 1).astype(np.int64)
            short = after - before <= BRIDGED_MM * px_per_mm + 1
            if not (short and mask[row, column].mean() >= HIDDEN_SHARE):
                inside = hidden[column]
                column, middle = column[inside], middle[inside]
                upper, lower = path.top[column] + half, path.bottom[column] - half
                middle = np.clip(middle, np.minimum(upper, lower), np.maximum(upper, lower))
            top[column] = np.clip(np.round(middle - half + 0.5), 0, len(mask) - 1)
            bottom[column] = np.maximum(np.round(middle + half - 0.5), top[column])
            stays[column] = True
        for c in np.flatnonzero(stays):
            led[top[c] : bottom[c] + 1, c] = 1.0
        out.append(replace(path, top=top, bottom=bottom))
    return out, led


def _facing(path: Path, before: int, after: int, half: float) -> tuple[float, float]:
    """Heights at which a trace goes under a stroke and comes out; upright pieces by their ends."""
    left, right = (
        (float(path.top[c]) + half - 0.5, float(path.bottom[c]) - half + 0.5)
        for c in (before, after)
    )
    if left[1] < right[0]:
        return left[1], right[0]
    if right[1] < left[0]:
        return left[0], right[1]
    return sum(left) / 2, sum(right) / 2
