"""What a record that was read off a page cannot tell."""

from __future__ import annotations

import numpy as np

from ecgpage.values import Record

WHOLE = 0.9
"""A lead seen for this share of the record is seen whole."""
SHORT_S = 4.0
"""A lead seen for less than this shows few beats."""


def cannot_tell(record: Record) -> tuple[str, ...]:
    """Sentences on what is missing; none for a record that is seen whole."""
    seen = np.isfinite(record.signal_mv)
    share = dict(zip(record.leads, seen.mean(axis=1), strict=True))
    whole = [lead for lead, part in share.items() if part >= WHOLE]
    missing = [lead for lead, part in share.items() if part == 0]
    short = [lead for lead, part in share.items() if 0 < part * record.duration_s < SHORT_S]
    told = []
    if missing:
        why = "; ".join(f"{lead}: {record.reasons.get(lead, 'not seen')}" for lead in missing)
        told.append(f"Nothing is known of {', '.join(missing)} ({why}).")
    if short and len(whole) < len(record.leads):
        few = min(share[lead] for lead in short) * record.duration_s
        told.append(
            f"{', '.join(short)} are seen for {few:.1f} s each: two to five beats stand behind "
            "their amplitudes, and an extrasystole elsewhere is not seen in them."
        )
        if whole:
            told.append(
                f"Rate, rhythm and P waves over the whole time come from {', '.join(whole)}; "
                "other leads are laid under its beats."
            )
        else:
            told.append(
                "No lead is seen throughout: regularity is judged across leads that follow "
                "each other."
            )
    return tuple(told)
