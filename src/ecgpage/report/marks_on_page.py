"""Where the waves' marks lie on the page, for a page on which they can be moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ecgpage.values import Mark, Waves


class Drawn(Protocol):
    """A stretch of a lead on a page: one point a sample from ``start_s`` to ``end_s``."""

    @property
    def lead(self) -> str: ...
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...
    @property
    def points_px(self) -> NDArray[np.float64]: ...


SHOWN = (("P", "onset"), ("P", "offset"), ("QRS", "onset"), ("QRS", "offset"), ("T", "peak"),
         ("T", "offset"))  # fmt: skip
"""The marks that are shown; T onsets and other peaks are left out so that a hand has room."""
FEWEST = 8
"""Stretches of fewer points carry no marks."""


def marks_on_page(
    traces: Sequence[Drawn], waves: Waves, by_hand: Sequence[Mark]
) -> dict[str, list[dict[str, Any]]]:
    """Traces and marks in pixels of the page, as plain values.

    A mark knows its lead, wave, bound, beat and time, where it lies, and whether a person has
    set it; a trace knows which time its ends are, so that pixels can be read as time.
    """
    hand = {(m.lead, m.wave, m.bound, m.beat) for m in by_hand}
    shown: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for trace in traces:
        points = np.asarray(trace.points_px, dtype=np.float64)
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        if known.size < FEWEST:
            continue
        times = np.linspace(trace.start_s, trace.end_s, len(points), endpoint=False)
        lines.append(
            {
                "lead": trace.lead,
                "start_s": float(times[known[0]]),
                "end_s": float(times[known[-1]]),
                "left_px": float(points[known[0], 1]),
                "right_px": float(points[known[-1], 1]),
                "points_px": [[round(float(r), 1), round(float(c), 1)]
                              for r, c in points[known]],
            }
        )  # fmt: skip
        for wave in waves.waves:
            if wave.lead != trace.lead or wave.beat is None or not wave.found:
                continue
            for kind, bound in SHOWN:
                at = getattr(wave, f"{bound}_s")
                if wave.wave != kind or at is None or not times[known[0]] <= at <= times[known[-1]]:
                    continue
                row = float(np.interp(at, times[known], points[known, 0]))
                column = float(np.interp(at, times[known], points[known, 1]))
                shown.append(
                    {
                        "lead": wave.lead, "wave": kind, "bound": bound, "beat": wave.beat,
                        "time_s": round(float(at), 4), "row_px": round(row, 1),
                        "column_px": round(column, 1), "trace": len(lines) - 1,
                        "by_hand": (wave.lead, kind, bound, wave.beat) in hand,
                    }
                )  # fmt: skip
    return {"traces": lines, "marks": shown}


def summary(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The few numbers that stand beside the page while marks are moved."""
    wanted = ("heart_rate_bpm", "pr_ms", "qrs_ms", "qt_ms", "qtc_fridericia_ms", "qrs_axis_deg")
    return [
        {"name": one["name"], "value": one["value"], "unit": one["unit"]}
        for name in wanted
        for one in values["measurements"]
        if one["name"] == name and one["lead"] is None
    ]
