"""Which row ends in which last piece of trace, where a page ends within a QRS complex.

Programs that resample a record often hold its last value: each row then ends in a short level
piece, as far from its baseline as the complex had come. Such a piece may lie nearer to another
row, which takes it, and a piece further on is left over for nobody. So where one row has no last
piece and one piece has no row, other ways to hand them out are tried, along the rows between, and
that way is kept whose courses through the complexes explain most ink and need the smallest waves;
none is, unless there is ink nearly all along the new courses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Array, Index
from ecgpage.digitise.tracing.follow import LEVEL_PENS, Path
from ecgpage.digitise.tracing.holes import in_columns, ink_passed, inked
from ecgpage.digitise.tracing.runs import INK
from ecgpage.digitise.tracing.shares import claim, courses_value, share_courses
from ecgpage.digitise.tracing.untangle import (
    FAR_MM,
    FINE_PEN,
    LEAST_WORTH,
    MOST_FINE,
    TURN_MM,
    find_field,
)

END_MM = 0.3
"""Where last pieces are looked for: so far before the page's end."""
LEAST_MM, LONGEST_MM = 0.8, 8.0
"""A last piece is level for so long, at least and at most."""
SAME_MM = 0.3
"""A row holds a piece if its path ends this near to it."""
MOST_BETWEEN = 4
EXCHANGE_MM = 3.0
"""Two rows' last pieces are asked for again where exchanging them brings them so much nearer to
where the rows are expected to be."""
KNOWN = 8.0
"""So much more does a distance count from where a row is expected to be than from its baseline."""
WAVE_COST = 1.0
"""What a row's distance from its last piece costs, per millimetre, in pixels of ink that nobody
explains."""
HALO_PENS = 0.45
"""Strokes so far beside a course are explained by it."""
HIGHER_MM = 3.0
"""Complexes may reach so far beyond what the paths have taken of them."""


@dataclass(frozen=True, slots=True)
class Tail:
    """A level piece at the page's end: its first column and its ink there, first and last row."""

    first: int
    top: int
    bottom: int

    @property
    def middle(self) -> float:
        """Its height."""
        return (self.top + self.bottom) / 2


def hand_out_tails(
    paths: Sequence[Path],
    cover: NDArray[np.float32],
    px_per_mm: tuple[float, float],
    pen_px: float,
    end_px: float,
    expected: NDArray[np.float64] | None = None,
) -> list[Path]:
    """The paths, each with a last piece of its own where there is one for each.

    ``cover``: without gaps; ``end_px``: the last column of the traces; ``expected``: as for
    :func:`ecgpage.digitise.tracing.follow.follow_rows`.
    """
    out = list(paths)
    last = _last_column(cover, px_per_mm, end_px)
    tails = find_tails(cover, last, px_per_mm, pen_px)
    levels = [_level(path) for path in paths]
    near = SAME_MM * px_per_mm[0] + pen_px / 2
    held = [_holds(path, tails, last, near) for path in paths]
    spare = [t for t in range(len(tails)) if t not in held]
    bare = [i for i in range(len(paths)) if held[i] is None or held.index(held[i]) < i]
    for (i, a), (j, b) in _exchanged(held, tails, levels, expected, px_per_mm[0]):
        either = [[(i, b), (j, a)], [(i, a), (j, b)]]
        best = _best(either, held, out, tails, levels, cover, px_per_mm, pen_px, expected)
        if best is not None:
            for k, t, span in best[1]:
                if held[k] != t:
                    out[k], held[k] = _led(out[k], best[0], span, tails[t], cover), t
    if not spare or not bare:
        return out
    for row in bare:
        held[row] = None
        ways = [way for t in spare for way in _ways(row, t, held, levels, tails)]
        best = _best(ways, held, out, tails, levels, cover, px_per_mm, pen_px, expected)
        if best is not None:
            for i, t, span in best[1]:
                out[i], held[i] = _led(out[i], best[0], span, tails[t], cover), t
            spare = [t for t in range(len(tails)) if t not in held]
        if not spare:
            break
    return out


def find_tails(
    cover: NDArray[np.float32], last: int, px_per_mm: tuple[float, float], pen_px: float
) -> list[Tail]:
    """The level pieces that reach a column, from top to bottom."""
    ink = cover[:, last] > INK
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.astype(np.int8), [0]])))
    out = []
    for a, b in zip(edges[::2], edges[1::2] - 1, strict=True):
        first = last
        while first > 0 and last - first <= LONGEST_MM * px_per_mm[1]:
            column = cover[max(a - 2, 0) : b + 3, first - 1] > INK
            rows = np.flatnonzero(column)
            if rows.size == 0 or column[[0, -1]].any():
                break
            first -= 1
        long_enough = LEAST_MM <= (last - first) / px_per_mm[1] <= LONGEST_MM
        if b - a + 1 <= LEVEL_PENS * pen_px and long_enough:
            out.append(Tail(first, int(a), int(b)))
    return out


def _level(path: Path) -> float:
    there = path.there
    return float(np.median((path.top + path.bottom)[there])) / 2 if there.any() else 0.0


def _holds(path: Path, tails: Sequence[Tail], last: int, near: float) -> int | None:
    if path.top[last] < 0:
        return None
    middle = (path.top[last] + path.bottom[last]) / 2
    return next((k for k, tail in enumerate(tails) if abs(middle - tail.middle) <= near), None)


def _ways(
    row: int, spare: int, held: Sequence[int | None], levels: Sequence[float], tails: Sequence[Tail]
) -> list[list[tuple[int, int]]]:
    """Ways to give ``row`` a piece: the spare one, or another row's, which then takes the next."""
    low, high = sorted((levels[row], tails[spare].middle))
    reach = abs(high - low) * 0.5
    between = sorted(
        (i for i, t in enumerate(held)
         if i != row and t is not None and low - reach <= tails[t].middle <= high + reach),
        key=lambda i: abs(levels[i] - levels[row]),
    )[:MOST_BETWEEN]  # fmt: skip
    out = []
    for count in range(len(between) + 1):
        for chain in combinations(between, count):
            rows = [row, *chain]
            given = [held[i] for i in chain] + [spare]
            out.append([(i, t) for i, t in zip(rows, given, strict=True) if t is not None])
    return out


def _best(
    ways: Sequence[Sequence[tuple[int, int]]], held: Sequence[int | None], paths: Sequence[Path],
    tails: Sequence[Tail], levels: Sequence[float], cover: NDArray[np.float32],
    px_per_mm: tuple[float, float], pen_px: float, expected: NDArray[np.float64] | None,
) -> tuple[int, list[tuple[int, int, Index]]] | None:  # fmt: skip
    """The way that explains most: its first column, and its rows, their pieces and courses."""
    most = round(LONGEST_MM * px_per_mm[1])
    firsts = [tails[t].first for way in ways for _, t in way]
    rows = sorted({i for way in ways for i, _ in way})
    rows = _meeting(paths, rows, held, (max(min(firsts) - most, 0), max(firsts) + 1))
    x0 = _start(paths, rows, min(firsts), most, pen_px)
    if x0 is None:
        return None
    x1 = max(firsts) + 1
    tops = [tails[t].top for way in ways for _, t in way]
    heights = [int(paths[i].top[c]) for i in rows for c in range(x0, x1) if paths[i].top[c] >= 0]
    margin = round(HIGHER_MM * px_per_mm[0])
    y0 = max(min(tops + heights) - margin, 0)
    y1 = min(max(tops + heights) + 2 * margin, len(cover))
    crop = cover[y0:y1, x0:x1]
    fine = int(np.clip(np.ceil(FINE_PEN / pen_px), 1, MOST_FINE))
    field = find_field(crop, fine, pen_px)
    at = np.arange(y0, y1)
    free = field.track.copy()
    for k, path in enumerate(paths):
        if k not in rows:
            theirs = (at >= path.top[x0:x1, None]) & (at <= path.bottom[x0:x1, None])
            free &= ~np.repeat(theirs & (path.top[x0:x1, None] >= 0), fine, axis=0)
    own = np.array([levels[i] for i in rows])[:, None]
    worth = np.maximum(1.0 - np.abs(at - own) / px_per_mm[0] / FAR_MM, LEAST_WORTH)[:, None]
    begin = np.stack([_only(at, (paths[i].top[x0], paths[i].bottom[x0])) for i in rows])
    turn, halo = TURN_MM * px_per_mm[0], round(HALO_PENS * pen_px * fine)
    best, least = None, np.inf
    for way in ways:
        given = {i: t for i, t in enumerate(held) if t is not None and i in rows} | dict(way)
        ends = [tails[given[i]] for i in rows]
        end = np.stack([_only(at, (tail.top, tail.bottom)) for tail in ends])
        spans = share_courses(field, free, worth.astype(np.float32), begin, end, turn, halo)
        courses = [in_columns(span, fine) for span in spans]
        if not all(
            held[i] == given[i] or inked(crop, course[0], course[1], px_per_mm[0])
            for i, course in zip(rows, courses, strict=True)
        ):
            continue
        claims = np.stack([claim(span, free.shape, halo) for span in spans])
        away = [_away(tail, i, levels[i], expected) for i, tail in zip(rows, ends, strict=True)]
        away_mm = np.array(away) / px_per_mm[0]
        cost = courses_value(field, free, worth, spans, claims, turn)
        cost += WAVE_COST * float(away_mm.sum())
        if cost < least:
            least = cost
            each = zip(rows, courses, strict=True)
            best = x0, [(i, given[i], course + y0) for i, course in each]
    return best


def _exchanged(
    held: Sequence[int | None], tails: Sequence[Tail], levels: Sequence[float],
    expected: NDArray[np.float64] | None, px_per_mm: float,
) -> list[tuple[tuple[int, int], tuple[int, int]]]:  # fmt: skip
    """Pairs of rows and pieces that would lie nearer to where they should be if exchanged."""
    if expected is None:
        return []
    out = []
    for i, j in combinations(range(len(held)), 2):
        a, b = held[i], held[j]
        if a is None or b is None or a == b:
            continue
        now = _away(tails[a], i, levels[i], expected) + _away(tails[b], j, levels[j], expected)
        then = _away(tails[b], i, levels[i], expected) + _away(tails[a], j, levels[j], expected)
        if now - then > KNOWN * EXCHANGE_MM * px_per_mm:
            out.append(((i, a), (j, b)))
    return out


def _away(tail: Tail, row: int, level: float, expected: NDArray[np.float64] | None) -> float:
    """How far a piece lies from where its row should be when the record ends, in pixels."""
    if expected is not None and np.isfinite(expected[:, row, tail.first]).all():
        upper, lower = expected[:, row, tail.first]
        return KNOWN * float(max(upper - tail.middle, tail.middle - lower, 0.0))
    return abs(tail.middle - level)


def without_held(
    expected: NDArray[np.float64], cover: NDArray[np.float32], px_per_mm: tuple[float, float],
    pen_px: float, end_px: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Nothing expected where rows hold their last value: in the last pieces, if half have one."""
    last = _last_column(cover, px_per_mm, end_px)
    tails = find_tails(cover, last, px_per_mm, pen_px)
    if 2 * len(tails) < expected.shape[1]:
        return expected
    out = expected.copy()
    out[..., min(tail.first for tail in tails) :] = np.nan
    return out


def _last_column(cover: NDArray[np.float32], px_per_mm: tuple[float, float], end_px: float) -> int:
    return int(np.clip(np.floor(end_px - END_MM * px_per_mm[1]), 0, cover.shape[1] - 1))


def _meeting(
    paths: Sequence[Path], rows: Sequence[int], held: Sequence[int | None], part: tuple[int, int]
) -> list[int]:
    """The rows, and others with a last piece of their own that pass through the same ink."""
    columns = slice(*part)
    out = set(rows)
    for i, path in enumerate(paths):
        for k in rows:
            other = paths[k]
            meet = path.there & other.there & (path.top <= other.bottom)
            meet &= other.top <= path.bottom
            if held[i] is not None and meet[columns].any():
                out.add(i)
    return sorted(out)


def _start(
    paths: Sequence[Path], rows: Sequence[int], before: int, most: int, pen_px: float
) -> int | None:
    """The last column before the complexes in which each of the rows runs level, apart."""
    for column in range(before - 1, max(before - most, 0), -1):
        top = np.array([paths[i].top[column] for i in rows])
        tall = np.array([paths[i].bottom[column] for i in rows]) - top + 1
        level = (top >= 0) & (tall <= LEVEL_PENS * pen_px)
        if level.all() and len(set(top.tolist())) == len(rows):
            return column
    return None


def _only(at: NDArray[np.int64], inside: tuple[int, int]) -> Array:
    return np.where((at >= inside[0]) & (at <= inside[1]), 0.0, 1e6).astype(np.float32)


def _led(path: Path, x0: int, span: Index, tail: Tail, cover: NDArray[np.float32]) -> Path:
    """A path along a course from column ``x0`` and then along its last piece."""
    top, bottom = path.top.copy(), path.bottom.copy()
    for k, (high, low) in enumerate(span.T):
        top[x0 + k], bottom[x0 + k] = ink_passed(cover[:, x0 + k] > INK, int(high), int(low))
    column = x0 + span.shape[1]
    while column < len(top):
        ink = cover[max(tail.top - 2, 0) : tail.bottom + 3, column] > INK
        rows = np.flatnonzero(ink)
        if rows.size == 0:
            break
        top[column], bottom[column] = max(tail.top - 2, 0) + rows[[0, -1]]
        column += 1
    top[column:] = bottom[column:] = -1
    return replace(path, top=top, bottom=bottom)
