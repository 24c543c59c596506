"""How well waves were marked, against marks of cardiologists.

Each of onset, peak and end is matched for itself: one mark to one true mark of the same kind
in the same lead, the nearest pairs first, not farther apart than 150 ms. A mark that is left
over is false where the peak of its wave lies inside the span that was marked; outside it nobody
looked (in LUDB the first and the last beat).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ecgpage.values import Wave, Waves

WITHIN_S = 0.15
"""Farthest distance of two marks of the same wave (EN 60601-2-51 and AAMI EC57 take the same)."""
POINTS = ("onset", "peak", "offset")
KINDS = ("P", "QRS", "T")


@dataclass(frozen=True, slots=True)
class PointScore:
    """One kind of point, e.g. the ends of T, in however many leads.

    ``errors_ms`` are found less true, of the pairs.
    """

    matched: int = 0
    missed: int = 0
    false: int = 0
    errors_ms: tuple[float, ...] = field(default=(), repr=False)

    @property
    def sensitivity(self) -> float:
        """Share of the true marks that were found; NaN where there are none."""
        total = self.matched + self.missed
        return self.matched / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Share of the marks made that are true (PPV); NaN where none was made."""
        total = self.matched + self.false
        return self.matched / total if total else float("nan")

    @property
    def mean_ms(self) -> float:
        """Mean error: positive is late."""
        return float(np.mean(self.errors_ms)) if self.errors_ms else float("nan")

    @property
    def sd_ms(self) -> float:
        """Standard deviation of the errors."""
        return float(np.std(self.errors_ms, ddof=1)) if len(self.errors_ms) > 1 else float("nan")

    def __add__(self, other: PointScore) -> PointScore:
        return PointScore(
            self.matched + other.matched,
            self.missed + other.missed,
            self.false + other.false,
            self.errors_ms + other.errors_ms,
        )


DelineationScore = Mapping[tuple[str, str], PointScore]
"""By kind of wave and kind of point, e.g. ``("T", "offset")``."""


def score_waves(truth: Waves, found: Waves, leads: Sequence[str]) -> DelineationScore:
    """Score the marks of one record in some of its leads."""
    total = {(kind, point): PointScore() for kind in KINDS for point in POINTS}
    for lead in leads:
        span = marked_span(truth, lead)
        if span is None:
            continue
        for kind in KINDS:
            true, made = truth.of(lead, kind), found.of(lead, kind)
            for point in POINTS:
                total[kind, point] += _score_point(true, made, point, span)
    return total


def add_scores(scores: Iterable[DelineationScore]) -> DelineationScore:
    """The scores of several records as one."""
    total = {(kind, point): PointScore() for kind in KINDS for point in POINTS}
    for score in scores:
        for key, value in score.items():
            total[key] += value
    return total


def marked_span(truth: Waves, lead: str) -> tuple[float, float] | None:
    """From the first to the last mark of a lead, in seconds; None where there are none."""
    times = [
        time
        for wave in truth.waves
        if wave.lead == lead
        for time in (wave.onset_s, wave.peak_s, wave.offset_s)
        if time is not None
    ]
    return (min(times), max(times)) if times else None


def count_invented(truth: Waves, found: Waves, lead: str, kind: str = "P") -> int:
    """Waves of one kind made inside a lead's marked span where the truth has none in it."""
    span = marked_span(truth, lead)
    if span is None:
        return 0
    return _score_point(truth.of(lead, kind), found.of(lead, kind), "peak", span).false


def _score_point(
    true: Sequence[Wave], made: Sequence[Wave], point: str, span: tuple[float, float]
) -> PointScore:
    wanted = [time for wave in true if (time := _time(wave, point)) is not None]
    given = [(time, wave) for wave in made if (time := _time(wave, point)) is not None]
    pairs = _match(wanted, [time for time, _ in given])
    used = {j for _, j in pairs}
    false = sum(
        1
        for j, (_, wave) in enumerate(given)
        if j not in used and wave.peak_s is not None and span[0] <= wave.peak_s <= span[1]
    )
    errors = tuple(1000.0 * (given[j][0] - wanted[i]) for i, j in pairs)
    return PointScore(len(pairs), len(wanted) - len(pairs), false, errors)


def _time(wave: Wave, point: str) -> float | None:
    time: float | None = getattr(wave, f"{point}_s")
    return time


def _match(wanted: Sequence[float], given: Sequence[float]) -> list[tuple[int, int]]:
    """Pairs of indices, nearest first, each index at most once."""
    near = sorted(
        (abs(a - b), i, j)
        for i, a in enumerate(wanted)
        for j, b in enumerate(given)
        if abs(a - b) <= WITHIN_S
    )
    rows: set[int] = set()
    columns: set[int] = set()
    pairs = []
    for _, i, j in near:
        if i not in rows and j not in columns:
            rows.add(i)
            columns.add(j)
            pairs.append((i, j))
    return pairs
