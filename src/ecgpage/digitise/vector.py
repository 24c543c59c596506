"""Read a page whose traces are drawn lines (PDF): no pixels are looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise import refuse
from ecgpage.digitise.layout.choose import RATE_HZ, Placed, choose_rows
from ecgpage.digitise.leads.drawn_points import samples, spacing_s
from ecgpage.digitise.leads.scale import USUAL_GAIN_MM_PER_MV, USUAL_SPEED_MM_PER_S
from ecgpage.digitise.settings import Settings
from ecgpage.digitise.tracing.pulseshape import GAINS_MM_PER_MV
from ecgpage.values import LEADS, FoundTrace, Page, Reading, Record, Stroke

Array = NDArray[np.float64]
LEAST_POINTS = 60
MM_PER_INCH = 25.4
MOST_NAMES = 9
"""Names of the twelve at their places that leave no doubt about the layout."""
OBEYED, NAMES_AGAINST = 0.6, 0.2
"""Misfit below which leads obey Einthoven's law, and how sure a layout is that names deny."""
HELD_S = 0.03
"""A stretch that ends this much too early keeps its last height up to its nominal end."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnRow:
    """The traces of one row from left to right, each as points (row, column)."""

    pieces: tuple[Array, ...]

    @property
    def middle_px(self) -> float:
        """Height of the row's baseline."""
        return float(np.median(np.concatenate([p[:, 0] for p in self.pieces])))

    @property
    def ends_px(self) -> tuple[float, float]:
        """First and last column."""
        return float(self.pieces[0][0, 1]), float(self.pieces[-1][-1, 1])


def drawn_rows(page: Page) -> tuple[DrawnRow, ...]:
    """Rows of drawn traces of a vector page, from top to bottom; empty for a picture."""
    if not page.strokes:
        return ()
    traces = [s.points_px for s in page.strokes if _is_trace(s)]
    if not traces:
        return ()
    longest = max(p[-1, 1] - p[0, 1] for p in traces)
    traces = [p for p in traces if p[-1, 1] - p[0, 1] > 0.1 * longest]
    rows: list[list[Array]] = []
    for piece in sorted(traces, key=lambda p: p[0, 1]):
        best = min(rows, key=lambda row: _distance(row, piece), default=None)
        if best is not None and np.isfinite(_distance(best, piece)):
            best.append(piece)
        else:
            rows.append([piece])
    found = [DrawnRow(tuple(row)) for row in rows]
    return tuple(sorted(found, key=lambda row: row.middle_px))


def _is_trace(stroke: Stroke) -> bool:
    """Many points, always to the right, and not level."""
    points = stroke.points_px
    if len(points) < LEAST_POINTS:
        return False
    steps = np.diff(points[:, 1])
    return bool((steps >= -1e-6).all() and steps.max() > 0 and np.ptp(points[:, 0]) > 1.0)


def _distance(row: Sequence[Array], piece: Array) -> float:
    """How far a piece lies above or below the row that it would continue; infinite if it cannot."""
    gap = piece[0, 1] - row[-1][-1, 1]
    width = piece[-1, 1] - piece[0, 1]
    if gap < -2.0 or gap > 0.5 * width:
        return np.inf
    away = abs(float(np.median(piece[:, 0])) - float(np.median(row[0][:, 0])))
    return away if away < 0.25 * width else np.inf


def grid_px_per_mm(page: Page) -> float | None:
    """Pixels a millimetre from the drawn grid: the spacing of its long lines, 1 or 5 mm."""
    rows = page.image.shape[0]
    places = []
    for stroke in page.strokes:
        p = stroke.points_px
        if len(p) <= 5 and np.ptp(p[:, 0]) > 0.3 * rows and np.ptp(p[:, 1]) < 0.5:
            places.append(float(p[:, 1].mean()))
    if len(places) < 12:
        return None
    apart = np.diff(np.sort(places))
    apart = apart[apart > 1.0]
    if apart.size < 10:
        return None
    step = float(np.median(apart))
    count = round((max(places) - min(places)) / step)
    step = (max(places) - min(places)) / count
    return step if count > 110 else step / 5.0


def read_vector(page: Page, rows: Sequence[DrawnRow], settings: Settings) -> Reading:
    """The reading of a vector page."""
    density, density_from = grid_px_per_mm(page), "grid"
    if density is None:
        if page.dpi is None:
            raise refuse.no_grid(page.name, "drawn traces without a drawn grid or a page size")
        density, density_from = page.dpi / MM_PER_INCH, "page size"
    speed, speed_from = _speed(page, settings)
    gain, gain_from = _gain(page, density, settings)
    px_per_s = density * speed
    signals = [_whole_row(row, rows, px_per_s, density * gain) for row in rows]
    chosen = choose_rows(signals)
    if chosen is None:
        raise refuse.unknown_layout(page.name, f"{len(rows)} rows of drawn traces")
    first, last, placed = chosen
    return _assemble(
        page, rows[first:last], placed, density, (speed, gain),
        {"scale": density_from, "gain": gain_from, "speed": speed_from}, settings,
    )  # fmt: skip


def _speed(page: Page, settings: Settings) -> tuple[float, str]:
    """Paper speed from the page's own text."""
    if settings.speed_mm_per_s is not None:
        return settings.speed_mm_per_s, "given"
    found = re.findall(r"(?<![\d.])(25|50)(?:\.0)? ?mm/s", " ".join(t.text for t in page.texts))
    if len(set(found)) == 1:
        return float(found[0]), "print"
    return USUAL_SPEED_MM_PER_S, "usual"


def _named(page: Page, rows: Sequence[DrawnRow], placed: Placed) -> tuple[int, int]:
    """How many stretches have their lead's name as text above or below them, and another's."""
    left = min(row.ends_px[0] for row in rows)
    right = max(row.ends_px[1] for row in rows)
    middles = np.array([row.middle_px for row in rows])
    near = 0.7 * float(np.diff(middles).min()) if len(rows) > 1 else np.inf
    right_names = wrong_names = 0
    for stretch in placed.stretches:
        if stretch.strip:
            continue
        first, last = (left + share * (right - left) for share in (stretch.start, stretch.end))
        for text in page.texts:
            if text.text not in LEADS:
                continue
            top, begin, bottom, end = text.box_px
            beside = abs((top + bottom) / 2 - middles[stretch.row])
            nearest = beside == np.abs((top + bottom) / 2 - middles).min()
            if beside < near and nearest and first <= (begin + end) / 2 < last:
                right_names += text.text == stretch.lead
                wrong_names += text.text != stretch.lead
    return right_names, wrong_names


def _sure(named: tuple[int, int], misfit: float | None) -> float:
    """Probability that leads are what they are taken for; the points themselves are exact.

    By what speaks for it: names at their places, leads that obey Einthoven's law. Not fitted:
    every drawn page seen in development was right.
    """
    if named[1] > named[0]:
        return NAMES_AGAINST
    if named[0] >= MOST_NAMES:
        return 0.99
    return 0.95 if misfit is not None and misfit < OBEYED else 0.5


def _gain(page: Page, density: float, settings: Settings) -> tuple[float, str]:
    """Gain from the drawn calibration pulse: a level stroke between two upright ones."""
    if settings.gain_mm_per_mv is not None:
        return settings.gain_mm_per_mv, "given"
    heights: list[float] = []
    for stroke in page.strokes:
        p = stroke.points_px
        width = np.ptp(p[:, 1]) / density
        height = np.ptp(p[:, 0]) / density
        inner = np.abs(p[:, 0][:, None] - np.array([p[:, 0].min(), p[:, 0].max()])).min(axis=1)
        if 2 < width < 14 and 4 < height < 24 and len(p) < 60 and (inner < 0.1 * density).all():
            heights.append(float(height))
    if heights:
        middle = float(np.median(heights))
        nearest = min(GAINS_MM_PER_MV, key=lambda g: abs(np.log(middle / g)))
        if abs(np.log(middle / nearest)) < 0.2:
            return nearest, "pulse"
    return USUAL_GAIN_MM_PER_MV, "usual"


def _whole_row(row: DrawnRow, rows: Sequence[DrawnRow], px_per_s: float, px_per_mv: float) -> Array:
    left = min(r.ends_px[0] for r in rows)
    right = max(r.ends_px[1] for r in rows)
    at = np.arange(left, right, px_per_s / RATE_HZ)
    points = np.concatenate(row.pieces)
    order = np.argsort(points[:, 1], kind="stable")
    height = np.interp(at, points[order, 1], points[order, 0], left=np.nan, right=np.nan)
    return np.asarray(-(height - row.middle_px) / px_per_mv)


def _assemble(
    page: Page,
    rows: Sequence[DrawnRow],
    placed: Placed,
    density: float,
    scale: tuple[float, float],
    scale_from: dict[str, str],
    settings: Settings,
) -> Reading:
    count = round(settings.duration_s * settings.rate_hz)
    out = np.full((len(LEADS), count), np.nan)
    named = _named(page, rows, placed)
    sure = _sure(named, placed.misfit)
    late_s = _lost_start_s(rows, density * scale[0], settings)
    traces = []
    for stretch in sorted(placed.stretches, key=lambda s: not s.strip):
        points, start_s = _points_of(rows[stretch.row], stretch.start, stretch.end, settings)
        seconds = (points[:, 1] - points[0, 1]) / (density * scale[0]) + late_s
        first = round(start_s * settings.rate_hz)
        length = int(np.floor(seconds[-1] * settings.rate_hz)) + 1
        nominal = round((stretch.end - stretch.start) * count)
        if 0 < nominal - length <= HELD_S * settings.rate_hz:
            length = nominal
        last = min(count, first + length)
        keep = np.concatenate([[True], np.diff(seconds) > 1e-9])
        height = samples(seconds[keep], points[keep, 0], last - first, settings.rate_hz)
        signal = -(height - rows[stretch.row].middle_px) / (density * scale[1])
        target = out[LEADS.index(stretch.lead), first:last]
        target[np.isnan(target)] = signal[np.isnan(target)]
        traces.append(
            FoundTrace(
                stretch.lead, stretch.strip, start_s, start_s + len(signal) / settings.rate_hz,
                points, 1.0, sure,
            )
        )  # fmt: skip
    checks = {"names": float(named[0] - named[1])}
    if placed.misfit is not None:
        checks["einthoven_misfit"] = placed.misfit
    return _reading(page, out, placed, density, scale, scale_from, tuple(traces), checks, settings)


def _lost_start_s(rows: Sequence[DrawnRow], px_per_s: float, settings: Settings) -> float:
    """Seconds by which the first drawn point lies behind the row's start.

    Programs that draw segments from each point to the next may begin at the second point: the
    reports of the open ECG Toolkit do. They give themselves away by a row that is one point
    short of its duration.
    """
    longest = max((piece for row in rows for piece in row.pieces), key=len)
    step = spacing_s((longest[:, 1] - longest[0, 1]) / px_per_s)
    if step is None:
        return 0.0
    pieces = max(1, round(settings.duration_s / (len(longest) * step)))
    missing = settings.duration_s / pieces / step - len(longest)
    return step if 0.4 < missing < 1.6 else 0.0


def _points_of(row: DrawnRow, start: float, end: float, settings: Settings) -> tuple[Array, float]:
    """The points of a stretch, a whole drawn piece where the row is drawn in pieces."""
    begin = start * settings.duration_s
    pieces = round(1.0 / (end - start))
    if len(row.pieces) == pieces:
        return row.pieces[round(start * pieces)], begin
    points = np.concatenate(row.pieces)
    left, right = row.ends_px
    a, b = left + start * (right - left), left + end * (right - left)
    return points[(points[:, 1] >= a - 1e-6) & (points[:, 1] <= b + 1e-6)], begin


def _reading(
    page: Page,
    signal_mv: Array,
    placed: Placed,
    density: float,
    scale: tuple[float, float],
    scale_from: dict[str, str],
    traces: tuple[FoundTrace, ...],
    checks: dict[str, float],
    settings: Settings,
) -> Reading:
    confidence = {
        lead: max((t.confidence for t in traces if t.lead == lead), default=0.0) for lead in LEADS
    }
    coverage = {lead: float(np.isfinite(signal_mv[i]).mean()) for i, lead in enumerate(LEADS)}
    reasons = {
        lead: "not on the page" if share == 0 else f"the page shows {share:.0%} of the time axis"
        for lead, share in coverage.items()
        if share < 0.995
    }
    record = Record(
        signal_mv=signal_mv, rate_hz=settings.rate_hz, reasons=reasons, confidence=confidence,
        name=page.name.rsplit("/", 1)[-1].rsplit(".", 1)[0],
    )  # fmt: skip
    return Reading(
        record=record, source=page.name, layout=placed.layout.name,
        rhythm=tuple(name for name, _ in placed.strips), vector=True,
        px_per_mm=(density, density), speed_mm_per_s=scale[0], gain_mm_per_mv=scale[1],
        scale_from=scale_from, confidence=confidence, coverage=coverage, reasons=reasons,
        checks=checks,
        traces=traces,
    )  # fmt: skip
