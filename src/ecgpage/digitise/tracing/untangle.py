"""Where strokes of several rows meet: which of them belongs to which row.

QRS complexes of rows that lie close together cross each other and the traces between; in a column
their ink is one tall run. Side by side they are often apart: the ink of a row of pixels tells how
many upright strokes there are and where each one's centre is. Each trace's cheapest course from
where it enters the meeting to where it leaves it keeps to such places, turns round as seldom as it
can, and is paid for upright strokes that no other trace has taken (:mod:`shares`). That is done in
several ways, and of all courses those are kept that, drawn again, look most like the ink
(:mod:`redrawn`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.tracing.courses import Array, Field, Index, Mask
from ecgpage.digitise.tracing.follow import LEVEL_PENS, Path
from ecgpage.digitise.tracing.kinship import Kinship, likely_heights
from ecgpage.digitise.tracing.redrawn import Picture, mix_courses
from ecgpage.digitise.tracing.runs import INK
from ecgpage.digitise.tracing.shares import share_ways

Rows = NDArray[np.int32]
JOIN_MM, PAD_MM, WIDEST_MM = 1.0, 0.6, 25.0
"""Meetings nearer to each other than the first are one; what is looked at beside them; meetings
wider than the last are no QRS complexes."""
FINE_PEN, MOST_FINE = 6.0, 4
"""The pen is so many fine columns wide, unless that takes more than so many a column."""
SINGLE_PENS, THREE_PENS, MOST_PENS = 1.5, 2.3, 5.0
"""Ink side by side, in pens, up to which it is one stroke; from which there is one more between the
two at its ends; and from which it is none, but a level line."""
CENTRE_COST, INK_COST, PAPER_COST = 0.03, 0.3, 2.0
"""What a pixel costs where the pen's centre may lie, elsewhere in ink, and off it; a pixel of an
upright stroke that nobody else has is worth 1 ..."""
FAR_MM, LEAST_WORTH = 60.0, 0.2
"""... near the trace's own level, less the further away, nothing at the first of these but no less
than the second: of two traces with two strokes, neither gets a very long and a very short one."""
UNLIKE_MM, UNLIKE_WORTH = 0.8, np.float32(0.1)
"""Strokes further than this from where a trace is expected are worth so much less to it."""
ACROSS_COST = 2.0
"""What a column costs that is crossed away from upright strokes' centres."""
TURN_MM = 4.0
"""A course turns round for no less than this."""
FREE_COST = 0.3
"""What starting (or ending) a pixel away from a trace's own level costs at a lead's start."""
EASY_TURN = 0.5
"""Courses are sought with turns at this share of their cost, too, whatever heights are likely."""
ENDS_PX, ENDS_SHARE = 1.3, 0.3
"""A part reaches the end of the ink if it comes so near to it, or by this share of its height."""


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Rows that meet in columns ``first`` to ``last``, their ink in rows ``top`` to ``bottom``."""

    rows: tuple[int, ...]
    first: int
    last: int
    top: int
    bottom: int


def untangle(
    paths: Sequence[Path],
    cover: NDArray[np.float32],
    px_per_mm: tuple[float, float],
    pen_px: float,
    breaks: Mask | None = None,
    expected: NDArray[np.float64] | None = None,
    kin: Sequence[Kinship] = (),
) -> list[Path]:
    """Paths that have their own part only of each tall run that others pass through as well.

    ``breaks`` and ``expected``: as for :func:`ecgpage.digitise.tracing.follow.follow_rows`; strokes
    away from where a trace is expected are worth little to it. ``kin``: how rows' heights usually
    go together, column of leads by column of leads.
    """
    if len(paths) < 2:
        return list(paths)
    top = np.stack([path.top for path in paths])
    bottom = np.stack([path.bottom for path in paths])
    if breaks is None:
        breaks = np.zeros(top.shape, bool)
    out = (top.copy(), bottom.copy(), np.zeros((2, *top.shape), bool))
    for meeting in find_meetings(top, bottom, px_per_mm[1], pen_px, breaks):
        _part(meeting, (top, bottom), out, cover, px_per_mm, pen_px, breaks, expected, kin)
    return [Path(out[0][i], out[1][i], out[2][:, i]) for i in range(len(paths))]


def find_meetings(
    top: Rows, bottom: Rows, px_per_mm: float, pen_px: float, breaks: Mask
) -> list[Meeting]:
    """Where paths, (row, column), pass through the same tall runs; leads' starts part them."""
    there = top >= 0
    tall = there & (bottom - top + 1 > LEVEL_PENS * pen_px)
    count, columns = top.shape
    pairs = {}
    for i in range(count):
        for j in range(i):
            both = there[i] & there[j] & (top[i] <= bottom[j]) & (top[j] <= bottom[i])
            both &= tall[i] | tall[j]
            if both.any():
                pairs[j, i] = both
    if not pairs:
        return []
    pad = max(1, round(PAD_MM * px_per_mm))
    starts = [int(s) for s in np.flatnonzero(breaks.any(axis=0))]
    out = []
    for a, b in _spans(np.any(list(pairs.values()), axis=0), JOIN_MM * px_per_mm):
        if b - a > WIDEST_MM * px_per_mm:
            continue
        begin, stop = max(a - pad, 0), min(b + pad, columns)
        edges = [begin, *(s for s in starts if begin < s < stop), stop]
        for first, end in pairwise(edges):
            group = list(range(count))
            for (j, i), both in pairs.items():
                if both[first:end].any():
                    group = [group[j] if g == group[i] else g for g in group]
            for g in set(group):
                rows = tuple(i for i in range(count) if group[i] == g)
                if len(rows) > 1:
                    seen = there[list(rows), first:end]
                    highest = int(top[list(rows), first:end][seen].min())
                    lowest = int(bottom[list(rows), first:end][seen].max())
                    out.append(Meeting(rows, first, end - 1, highest, lowest))
    return out


def _spans(mask: Mask, gap: float) -> list[tuple[int, int]]:
    """Runs of True, first and one past the last, those joined that are so near."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    out: list[tuple[int, int]] = []
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if out and a - out[-1][1] <= gap:
            out[-1] = (out[-1][0], int(b))
        else:
            out.append((int(a), int(b)))
    return out


def _part(
    meeting: Meeting, paths: tuple[Rows, Rows], out: tuple[Rows, Rows, Mask],
    cover: NDArray[np.float32], px_per_mm: tuple[float, float], pen_px: float, breaks: Mask,
    expected: NDArray[np.float64] | None, kin: Sequence[Kinship],
) -> None:  # fmt: skip
    """Write the parts of the meeting's rows into ``out``: top, bottom and what is buried."""
    y0, y1 = max(meeting.top - 2, 0), min(meeting.bottom + 3, cover.shape[0])
    x0, x1 = meeting.first, meeting.last + 1
    rows = list(meeting.rows)
    crop = cover[y0:y1, x0:x1]
    fine = int(np.clip(np.ceil(FINE_PEN / pen_px), 1, MOST_FINE))
    field = find_field(crop, fine, pen_px)
    free = field.track.copy()
    for k in set(range(len(paths[0]))) - set(rows):
        for c in np.flatnonzero(paths[0][k, x0:x1] >= 0):
            a, b = max(paths[0][k, x0 + c] - y0, 0), max(paths[1][k, x0 + c] - y0 + 1, 0)
            free[c * fine : (c + 1) * fine, a:b] = False
    level = np.array([_level(paths, i) for i in rows]) - y0
    begin, end = (
        np.stack([
            _edge_cost(paths, i, column, y0, y1 - y0, level[k], bool(broken[i]))
            for k, i in enumerate(rows)
        ])
        for column, broken in (
            (x0, breaks[:, x0]), (x1 - 1, breaks[:, x1] if x1 < breaks.shape[1] else breaks[:, 0])
        )
    )  # fmt: skip
    away = np.abs(np.arange(y1 - y0)[None] - level[:, None]) / px_per_mm[0]
    worth = np.maximum(1.0 - away / FAR_MM, LEAST_WORTH).astype(np.float32)[:, None]
    if expected is not None:
        beside = _unexpected(expected[:, rows, x0:x1] - y0, y1 - y0, px_per_mm[0])
        worth = worth * np.where(np.repeat(beside, fine, axis=1), UNLIKE_WORTH, np.float32(1.0))
    turn = TURN_MM * px_per_mm[0]
    likely = None
    for said in kin:
        if said.first <= meeting.first and meeting.last <= said.last:
            others = _heights(paths, (x0, x1), pen_px)
            likely = likely_heights(said, meeting.rows, others, (y0, y1 - y0), fine, px_per_mm)
    halo = round(0.45 * pen_px * fine)
    tried = [(1.0, likely)]
    if likely is not None:
        tried.append((1.0, None))
    tried.append((EASY_TURN, None))
    ways = [
        spans
        for share, known in tried
        for spans, _ in share_ways(field, free, worth, begin, end, share * turn, halo, known)
    ]
    taken = field.track & ~free
    spans = mix_courses(ways, field, Picture.of(crop, taken, worth, fine, pen_px), turn, likely)
    _write(rows, spans, crop, (x0, y0), fine, pen_px, out)


def _heights(
    paths: tuple[Rows, Rows], part: tuple[int, int], pen_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle of every path in some columns, and its variance: infinite where it has no ink."""
    top, bottom = (rows[:, slice(*part)].astype(np.float64) for rows in paths)
    variance = np.maximum(bottom - top + 1 - pen_px, 0.0) ** 2 / 4 + pen_px**2
    return (top + bottom) / 2, np.where(top >= 0, variance, np.inf)


def _unexpected(expected: NDArray[np.float64], height: int, px_per_mm: float) -> Mask:
    """Heights away from where each row is expected, (row, column, height)."""
    at = np.arange(height)
    upper, lower = expected[..., None]
    slack = UNLIKE_MM * px_per_mm
    return np.asarray((at < upper - slack) | (at > lower + slack))


def _level(paths: tuple[Rows, Rows], row: int) -> float:
    """Median height of a path."""
    there = paths[0][row] >= 0
    return float(np.median((paths[0][row] + paths[1][row])[there])) / 2


def _edge_cost(
    paths: tuple[Rows, Rows], row: int, column: int, y0: int, height: int, level: float,
    broken: bool,
) -> Array:  # fmt: skip
    """What it costs a row's course to start or end at each height of a meeting's edge."""
    at = np.arange(height)
    if broken or paths[0][row, column] < 0:
        return np.asarray(FREE_COST * np.abs(at - level), np.float32)
    middle = round(float(paths[0][row, column] + paths[1][row, column]) / 2) - y0
    here = at == min(max(middle, 0), height - 1)
    return np.asarray(np.where(here, 0.0, 1e6), np.float32)


def find_field(crop: NDArray[np.float32], fine: int, pen_px: float) -> Field:
    """Places of the pen's centre, from how much ink lies side by side.

    An upright stroke covers a pen's width of each row of pixels. Where a row's run of ink holds
    no more than one, its centre is the stroke's; where it holds more, strokes lie half a pen inside
    its ends, and the pen may be anywhere between. ``fine`` columns of the field make one of
    ``crop``.
    """
    height, columns = crop.shape
    padded = np.zeros((height, columns + 2), np.int8)
    np.greater(crop, INK, out=padded[:, 1:-1], casting="unsafe")
    change = np.diff(padded, axis=1)
    row, left = np.nonzero(change == 1)
    _, behind = np.nonzero(change == -1)
    around = np.pad(crop.astype(np.float64), ((0, 0), (2, 2)))
    sums = np.cumsum(around, axis=1)
    moments = np.cumsum(around * np.arange(-2, columns + 2), axis=1)
    mass = sums[row, behind + 2] - sums[row, left]
    centre = (moments[row, behind + 2] - moments[row, left]) / mass
    start = left + 0.5 - around[row, left + 2] - around[row, left + 1]
    stop = behind - 1.5 + around[row, behind + 1] + around[row, behind + 2]
    single = mass < SINGLE_PENS * pen_px
    first = np.where(single, centre, start + pen_px / 2)
    last = np.maximum(first, np.where(single, centre, stop - pen_px / 2))
    first_at, last_at = (
        np.clip(np.round((x + 0.5) * fine - 0.5), 0, columns * fine - 1).astype(np.int64)
        for x in (first, last)
    )
    edges = np.zeros((height, columns * fine + 1), np.int32)
    np.add.at(edges, (row, first_at), 1)
    np.add.at(edges, (row, last_at + 1), -1)
    core = np.cumsum(edges, axis=1)[:, :-1] > 0
    ink = np.repeat(crop > INK, fine, axis=1)
    cost = np.where(core, CENTRE_COST, np.where(ink, INK_COST, PAPER_COST))
    track = np.zeros(core.shape, bool)
    upright = mass < MOST_PENS * pen_px
    track[row[upright], first_at[upright]] = True
    track[row[upright], last_at[upright]] = True
    three = upright & (mass > THREE_PENS * pen_px)
    track[row[three], (first_at + last_at)[three] // 2] = True
    across = np.where(track, 0.0, ACROSS_COST / fine)
    return Field(
        np.ascontiguousarray(cost.T, np.float32), np.ascontiguousarray(across.T, np.float32),
        np.ascontiguousarray(track.T),
    )  # fmt: skip


def _write(
    rows: Sequence[int], spans: Index, crop: NDArray[np.float32], place: tuple[int, int],
    fine: int, pen_px: float, out: tuple[Rows, Rows, Mask],
) -> None:  # fmt: skip
    """Each row's band in each column, out to the ink's end where it is its own; -1 on paper."""
    x0, y0 = place
    height, columns = crop.shape
    high, low = _bands(spans, fine, pen_px / 2)
    tops = np.clip(np.round(high + 0.5), 0, height - 1).astype(np.int64)
    bottoms = np.maximum(np.clip(np.round(low - 0.5), 0, height - 1).astype(np.int64), tops)
    near = ENDS_PX + ENDS_SHARE * np.maximum(bottoms - tops + 1 - pen_px, 0.0)
    hidden = np.ones((2, len(rows), columns), bool)
    ink = np.zeros((columns, height + 2), np.int8)
    ink[:, 1:-1] = (crop > INK).T
    change = np.diff(ink, axis=1)
    column, start = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1] - 1
    new_tops, new_bottoms = tops.copy(), bottoms.copy()
    inked = np.zeros(tops.shape, bool)
    for c, first, end in zip(column, start, last, strict=True):
        inside = np.flatnonzero((tops[:, c] <= end + 1) & (bottoms[:, c] >= first - 1))
        if inside.size == 0:
            continue
        inked[:, c] |= (tops[:, c] <= end) & (bottoms[:, c] >= first)
        k = inside[high[inside, c].argmin()]
        if abs(tops[k, c] - first) <= near[k, c]:
            new_tops[k, c], hidden[0, k, c] = first, False
        k = inside[low[inside, c].argmax()]
        if abs(bottoms[k, c] - end) <= near[k, c]:
            new_bottoms[k, c], hidden[1, k, c] = end, False
    part = slice(x0, x0 + columns)
    inked |= ~hidden.all(axis=0)
    out[0][rows, part] = np.where(inked, new_tops + y0, -1)
    out[1][rows, part] = np.where(inked, np.maximum(new_bottoms, new_tops) + y0, -1)
    out[2][:, rows, part] = hidden & inked


def _bands(
    spans: Index, fine: int, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Upper and lower border of what a round pen leaves of each course in each column."""
    count, _, columns = spans.shape
    reach = int(radius * fine)
    up = np.pad(spans[:, 0].astype(np.float64), ((0, 0), (reach, reach)), mode="edge")
    down = np.pad(spans[:, 1].astype(np.float64), ((0, 0), (reach, reach)), mode="edge")
    high = np.full((count, columns), np.inf)
    low = np.full((count, columns), -np.inf)
    for k in range(2 * reach + 1):
        disc = float(np.sqrt(radius**2 - ((k - reach) / fine) ** 2))
        high = np.minimum(high, up[:, k : k + columns] - disc)
        low = np.maximum(low, down[:, k : k + columns] + disc)
    shape = (count, columns // fine, fine)
    return high.reshape(shape).min(axis=2), low.reshape(shape).max(axis=2)
