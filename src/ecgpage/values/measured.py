"""Everything that was measured on one electrocardiogram."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.values.record import Record
from ecgpage.values.waves import Measurement, Statement, Waves

VERDICTS: tuple[str, ...] = ("Normal", "Abnormal", "Undetermined")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all measurements say together.

    ``score`` and ``t_wave_score`` rise from 0 to 1 with abnormality and are NaN where there
    was nothing to judge; ``rules_score`` and ``rules_t_wave_score`` come from the rules alone.
    ``reasons`` are sentences.
    """

    label: str
    score: float
    t_wave_score: float
    rules_score: float
    rules_t_wave_score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MedianBeats:
    """One median beat a lead, on a time axis whose zero is the R peak.

    Attributes
    ----------
    signal_mv:
        ndarray, shape (lead, time); NaN where too few beats were seen. The level just before
        the QRS is zero.
    rate_hz, start_s:
        Sampling, and the time of the first sample relative to the R peak.
    leads:
        Names, one for each row.
    counts:
        Beats behind each lead.
    noise_mv:
        For each lead, the fast noise of a single beat (standard deviation).
    r_s:
        Times of all R peaks; ``kept`` marks those whose beats have the commonest shape.
    bounds_s:
        ``p_on``, ``p_off``, ``qrs_on``, ``qrs_off``, ``t_peak``, ``t_off`` over all leads,
        relative to the R peak; NaN where not found.
    lags_s:
        By rhythm strip of a page: how much later than the columns each of its beats stands.
    """

    signal_mv: NDArray[np.float64]
    rate_hz: float
    start_s: float
    leads: tuple[str, ...]
    counts: tuple[int, ...]
    noise_mv: tuple[float, ...]
    r_s: NDArray[np.float64]
    kept: NDArray[np.bool_]
    bounds_s: Mapping[str, float] = field(default_factory=dict)
    lags_s: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def index(self, time_s: float) -> int:
        """The sample nearest to a time relative to the R peak."""
        return round((time_s - self.start_s) * self.rate_hz)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A record with its waves, measurements, findings and verdict."""

    record: Record
    waves: Waves
    beats: MedianBeats
    measurements: tuple[Measurement, ...]
    findings: tuple[Statement, ...]
    verdict: Verdict

    def get(self, name: str, lead: str | None = None) -> Measurement:
        """One measurement.

        Raises
        ------
        KeyError
            Where there is none of that name and lead.
        """
        for one in self.measurements:
            if one.name == name and one.lead == lead:
                return one
        raise KeyError((name, lead))

    def as_rows(self) -> dict[str, list[dict[str, Any]]]:
        """The measured record as rows of tables: verdicts, measurements, findings, waves."""
        told = self.as_dict("")
        return {
            "verdicts": [told["verdict"] | {"fs_hz": told["fs_hz"]}],
            "measurements": [_split_value(one) for one in told["measurements"]],
            "findings": [
                {
                    "statement": one["statement"],
                    "evidence": json.dumps(one["evidence"], ensure_ascii=False),
                }
                for one in told["findings"]
            ],
            "waves": told["waves"],
        }

    def as_dict(self, source: str) -> dict[str, Any]:
        """The measured record as one JSON object."""
        return {
            "source": source,
            "fs_hz": self.record.rate_hz,
            "waves": [
                {
                    "lead": wave.lead,
                    "wave": wave.wave,
                    "onset_s": rounded(wave.onset_s, 4),
                    "peak_s": rounded(wave.peak_s, 4),
                    "offset_s": rounded(wave.offset_s, 4),
                }
                for wave in self.waves.waves
            ],
            "measurements": [
                {
                    "name": one.name,
                    "lead": one.lead,
                    "value": one.value if isinstance(one.value, str) else rounded(one.value, 5),
                    "unit": one.unit,
                    "confidence": rounded(one.confidence, 3),
                    "reason": one.reason,
                }
                for one in self.measurements
            ],
            "findings": [
                {"statement": one.statement, "evidence": [dict(e) for e in one.evidence]}
                for one in self.findings
            ],
            "verdict": {
                "label": self.verdict.label,
                "score": rounded(self.verdict.score, 5),
                "t_wave_score": rounded(self.verdict.t_wave_score, 5),
            },
        }


def _split_value(one: dict[str, Any]) -> dict[str, Any]:
    """A measurement whose value is a word has it in a column of its own."""
    value = one["value"]
    word = isinstance(value, str)
    return one | {"value": None if word else value, "word": value if word else None}


def rounded(value: float | None, digits: int) -> float | None:
    """A number for JSON: None where there is none."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits)
