"""A bound or peak of a wave as a person has set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BOUNDS: tuple[str, ...] = ("onset", "peak", "offset")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on one electrocardiogram, never changed afterwards; a later one counts.

    ``key`` is the hash of the file's content; ``time_s`` on the record's time axis, None where
    the person takes the mark back.
    """

    key: str
    lead: str
    wave: str
    bound: str
    beat: int
    time_s: float | None
    who: str
    when: datetime
