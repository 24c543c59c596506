"""Marks that a person has moved: they count before all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecgpage.values import Mark, Wave, Waves

BY_HAND = 1.0
"""Confidence of a wave that a person has set."""
NEAR_S = 0.4
"""A corrected wave replaces the nearest one of its kind and lead within this time."""


def correct(waves: Waves, corrections: Sequence[Wave]) -> Waves:
    """The waves with a person's in place of those that they correct.

    A corrected wave names lead, kind and beat; its times replace the found ones, and a time
    that is None keeps what was found.
    """
    if not corrections:
        return waves
    out = list(waves.waves)
    for given in corrections:
        at = _place(out, given)
        if at is None:
            out.append(replace(given, confidence=BY_HAND))
            continue
        old = out[at]
        out[at] = replace(
            old,
            onset_s=old.onset_s if given.onset_s is None else given.onset_s,
            peak_s=old.peak_s if given.peak_s is None else given.peak_s,
            offset_s=old.offset_s if given.offset_s is None else given.offset_s,
            confidence=BY_HAND,
        )
    return Waves(tuple(out), waves.r_peaks_s)


def _place(waves: Sequence[Wave], given: Wave) -> int | None:
    same = [k for k, w in enumerate(waves) if w.lead == given.lead and w.wave == given.wave]
    if given.beat is not None:
        fitting = [k for k in same if waves[k].beat == given.beat]
        if fitting:
            return fitting[-1]
    when = next((t for t in (given.peak_s, given.onset_s, given.offset_s) if t is not None), None)
    near = [
        (abs(at - when), k)
        for k in same
        if when is not None and (at := waves[k].peak_s) is not None and abs(at - when) <= NEAR_S
    ]
    return min(near)[1] if near else None


def corrections_of(marks: Sequence[Mark]) -> tuple[Wave, ...]:
    """A person's marks as waves of which only what was set is known."""
    rows: dict[tuple[str, str, int], dict[str, float | None]] = {}
    for mark in marks:
        rows.setdefault((mark.lead, mark.wave, mark.beat), {})[mark.bound] = mark.time_s
    return tuple(
        Wave(lead, wave, row.get("onset"), row.get("peak"), row.get("offset"), BY_HAND, beat)
        for (lead, wave, beat), row in rows.items()
    )
