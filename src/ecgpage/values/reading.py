"""How a page was digitised: what was found on it, and how sure that is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values.record import Record


@dataclass(frozen=True, slots=True, eq=False)
class FoundTrace:
    """One stretch of one lead as it was found.

    ``points_px`` (n, 2), (row, column) in pixels of the page, one a sample, NaN where unseen;
    ``start_s`` and ``end_s`` on the record's time axis; ``coverage``: share of the stretch in
    which ink was seen.
    """

    lead: str
    rhythm: bool
    start_s: float
    end_s: float
    points_px: NDArray[np.float64]
    coverage: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A digitised page.

    Attributes
    ----------
    record:
        The leads in mV.
    source:
        The page's name.
    layout:
        For example ``3x4+1``; ``rhythm`` names the leads of the strips below.
    vector:
        True where the page's drawn lines were read and not its pixels.
    px_per_mm:
        (down, across) on the rectified sheet.
    speed_mm_per_s, gain_mm_per_mv:
        As used, with their sources in ``scale_from`` ("print", "pulse", "heart", "usual", "given").
    rotation_deg, bend_mm:
        How the paper lay: turn (counter-clockwise positive) and largest bend.
    confidence, coverage:
        For each lead found.
    reasons:
        For each lead that is missing or partly missing, why.
    checks:
        Figures behind the confidence (misfit to Einthoven's law, share of strips matched ...).
    traces:
        The stretches, for overlays.
    """

    record: Record
    source: str
    layout: str
    rhythm: tuple[str, ...]
    vector: bool
    px_per_mm: tuple[float, float]
    speed_mm_per_s: float
    gain_mm_per_mv: float
    scale_from: Mapping[str, str] = field(default_factory=dict)
    rotation_deg: float = 0.0
    bend_mm: float = 0.0
    confidence: Mapping[str, float] = field(default_factory=dict)
    coverage: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, float] = field(default_factory=dict)
    traces: tuple[FoundTrace, ...] = ()

    def as_rows(self) -> dict[str, list[dict[str, Any]]]:
        """The reading as rows of tables: readings, leads; without signal and points."""
        told = self.as_dict()
        same = ("layout", "rhythm", "vector", "rate_hz")
        numbers = ("speed_mm_per_s", "gain_mm_per_mv", "rotation_deg", "bend_mm")
        names = sorted({*self.confidence, *self.coverage, *self.reasons})
        return {
            "readings": [
                {name: told[name] for name in same}
                | {name: _finite(told[name]) for name in numbers}
                | {
                    "px_per_mm_down": _finite(self.px_per_mm[0]),
                    "px_per_mm_across": _finite(self.px_per_mm[1]),
                    "scale_from": json.dumps(told["scale_from"], sort_keys=True),
                }
            ],
            "leads": [
                {
                    "lead": name,
                    "confidence": _finite(self.confidence.get(name)),
                    "coverage": _finite(self.coverage.get(name)),
                    "reason": self.reasons.get(name),
                }
                for name in names
            ],
        }

    def as_dict(self) -> dict[str, Any]:
        """Everything but the signal, as plain values for JSON; points to a tenth of a pixel."""
        return {
            "source": self.source,
            "layout": self.layout,
            "rhythm": list(self.rhythm),
            "vector": self.vector,
            "px_per_mm": {"down": self.px_per_mm[0], "across": self.px_per_mm[1]},
            "speed_mm_per_s": self.speed_mm_per_s,
            "gain_mm_per_mv": self.gain_mm_per_mv,
            "scale_from": dict(self.scale_from),
            "rotation_deg": self.rotation_deg,
            "bend_mm": self.bend_mm,
            "rate_hz": self.record.rate_hz,
            "confidence": dict(self.confidence),
            "coverage": dict(self.coverage),
            "reasons": dict(self.reasons),
            "checks": dict(self.checks),
            "traces": [
                {
                    "lead": trace.lead,
                    "rhythm": trace.rhythm,
                    "start_s": trace.start_s,
                    "end_s": trace.end_s,
                    "coverage": trace.coverage,
                    "confidence": trace.confidence,
                    "points_px": [
                        [round(float(row), 1), round(float(column), 1)]
                        for row, column in trace.points_px
                        if row == row and column == column
                    ],
                }
                for trace in self.traces
            ],
        }


def _finite(value: float | None) -> float | None:
    """A number for JSON and tables: None where there is none."""
    return float(value) if value is not None and math.isfinite(value) else None
