"""From probabilities in cells of 8 ms to waves with bounds and peaks in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.measure.marks import KINDS, Array, Delineation, Kind, Mark
from ecgpage.measure.network import CELL_S, Scores, cell_time
from ecgpage.measure.prepare import runs


@dataclass(frozen=True, slots=True)
class Decoding:
    """Limits of the decoding, chosen by cross-validation within the training records.

    ``shared`` is the weight of the leads' mean against the lead's own probability. A wave is a
    run of cells above ``level``, gaps up to ``gap_s`` bridged, whose highest probability
    reaches ``least`` and which lasts ``shortest_s``; each for P, QRS, T.
    """

    shared: float = 0.2
    level: float = 0.5
    gap_s: tuple[float, float, float] = (0.03, 0.03, 0.05)
    least: tuple[float, float, float] = (0.7, 0.6, 0.6)
    shortest_s: tuple[float, float, float] = (0.03, 0.024, 0.05)


def decode(scores: Scores, decoding: Decoding | None = None) -> Delineation:
    """Marks of all leads; see :class:`Decoding`."""
    chosen = decoding or Decoding()
    waves = _shared(scores, chosen.shared)
    marks = tuple(
        _lead(waves[lead], scores.peaks[lead], scores.seen[lead], chosen)
        for lead in range(len(waves))
    )

    def absence(lead: int, kind: Kind, from_s: float, to_s: float) -> float:
        first, last = (max(0, round(t / CELL_S)) for t in (from_s, to_s))
        part = waves[lead, first : max(last, first + 1), 1 + KINDS.index(kind)]
        return float(1.0 - part.max()) if part.size else 0.0

    return Delineation(marks, absence)


def _shared(scores: Scores, weight: float) -> Array:
    seen = scores.seen[..., None]
    mean = (scores.waves * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    mixed = (1.0 - weight) * scores.waves + weight * mean
    return np.where(seen, mixed, scores.waves)


def _lead(
    waves: Array, peaks: Array, seen: NDArray[np.bool_], chosen: Decoding
) -> tuple[Mark, ...]:
    found: dict[Kind, list[tuple[int, int]]] = {}
    for k, kind in enumerate(KINDS):
        found[kind] = _regions(waves[:, 1 + k], chosen, k)
    found["T"] = _one_each(found["T"], found["QRS"], waves[:, 3])
    marks = []
    for k, kind in enumerate(KINDS):
        for first, last in found[kind]:
            marks.append(_mark(kind, waves[:, 1 + k], peaks[:, k], seen, first, last, chosen.level))
    return tuple(sorted(marks, key=lambda mark: mark.peak_s))


def _regions(likely: Array, chosen: Decoding, kind: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in runs(likely > chosen.level):
        if joined and (first - joined[-1][1]) * CELL_S <= chosen.gap_s[kind]:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return [
        (first, last)
        for first, last in joined
        if likely[first:last].max() >= chosen.least[kind]
        and (last - first) * CELL_S >= chosen.shortest_s[kind]
    ]


def _one_each(
    regions: list[tuple[int, int]], bounds: list[tuple[int, int]], likely: Array
) -> list[tuple[int, int]]:
    """Between two QRS complexes only the region with most probability."""
    edges = [first for first, _ in bounds]
    best: dict[int, tuple[float, tuple[int, int]]] = {}
    for first, last in regions:
        gap = int(np.searchsorted(edges, first))
        mass = float(likely[first:last].sum())
        if gap not in best or mass > best[gap][0]:
            best[gap] = (mass, (first, last))
    return [region for _, region in best.values()]


def _mark(
    kind: Kind,
    likely: Array,
    peaked: Array,
    seen: NDArray[np.bool_],
    first: int,
    last: int,
    level: float,
) -> Mark:
    onset = _crossing(likely, first, -1, level) if _goes_on(seen, first - 1) else None
    offset = _crossing(likely, last - 1, 1, level) if _goes_on(seen, last) else None
    peak = first + int(np.argmax(peaked[first:last]))
    place = float(peak)
    if first < peak < last - 1:
        left, top, right = np.log(np.maximum(peaked[peak - 1 : peak + 2], 1e-9))
        bend = left - 2 * top + right
        if bend < 0:
            place += float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
    return Mark(
        kind,
        None if onset is None else float(cell_time(onset)),
        float(cell_time(place)),
        None if offset is None else float(cell_time(offset)),
        float(likely[first:last].mean()),
    )


def _goes_on(seen: NDArray[np.bool_], cell: int) -> bool:
    return 0 <= cell < len(seen) and bool(seen[cell])


def _crossing(likely: Array, inside: int, step: int, level: float) -> float:
    """Where the probability passes the level between a cell inside and the next outside."""
    high, low = likely[inside], likely[inside + step]
    if high <= low:
        return float(inside)
    return float(inside + step * np.clip((high - level) / (high - low), 0.0, 1.0))
