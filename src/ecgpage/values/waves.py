"""Waves of an electrocardiogram and what is measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GLOBAL = "global"
"""The name that stands for all leads together, where one lead is named otherwise."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One P, QRS or T in one lead; times in seconds from the record's start, None if not found.

    ``beat`` counts the record's R peaks from 0. A wave whose three times are None is an answer
    too: it was looked for in a lead that is seen, and ``confidence`` says how sure its absence
    is. One whose peak is known and whose bound is None runs out of what is seen there.
    """

    lead: str
    wave: str
    onset_s: float | None
    peak_s: float | None
    offset_s: float | None
    confidence: float | None = None
    beat: int | None = None

    @property
    def found(self) -> bool:
        """Whether there is such a wave."""
        return self.peak_s is not None


@dataclass(frozen=True, slots=True)
class Waves:
    """All waves of a record, and the R peaks that they belong to (seconds).

    Waves stand in the order of leads, beats, then P, QRS, T. Those of the lead ``global``
    reach from the earliest onset to the latest end over the leads.
    """

    waves: tuple[Wave, ...]
    r_peaks_s: tuple[float, ...] = ()

    def of(self, lead: str, wave: str) -> tuple[Wave, ...]:
        """The waves of one kind that were found in one lead, in order of time."""
        return tuple(w for w in self.waves if w.lead == lead and w.wave == wave and w.found)

    def of_beat(self, lead: str, wave: str, beat: int) -> Wave | None:
        """The wave of one beat in one lead, the absent ones included; None if not looked for.

        Of several P waves before one QRS complex it is the last.
        """
        found = [w for w in self.waves if w.lead == lead and w.wave == wave and w.beat == beat]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity: NaN with a reason where it could not be taken.

    The value of a quantity that is told in words (a polarity) is a word.
    """

    name: str
    value: float | str
    unit: str
    lead: str | None = None
    confidence: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A finding of the rules about the heart, with its evidence and the rule's source."""

    statement: str
    code: str
    evidence: tuple[Mapping[str, Any], ...] = field(default=())
    source: str = ""
