"""The waves of all leads together: from the earliest onset to the latest end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgpage.measure.marks import KINDS
from ecgpage.values import Wave
from ecgpage.values.waves import GLOBAL

ASIDE = 0.1
"""The share of the leads at either end that is passed over, so that one lead's slip does not
set the bound of all: of twelve leads the second counts, of up to five the first."""
ENOUGH = 1 / 3
"""Below this share of the leads looked at a wave is absent as a whole."""


def global_waves(waves: Sequence[Wave], beats: int) -> list[Wave]:
    """One P, QRS and T for each beat, absent ones included where any lead was looked at."""
    out = []
    for beat in range(beats):
        for kind in KINDS:
            of_beat = [w for w in waves if w.beat == beat and w.wave == kind]
            found = {w.lead: w for w in of_beat if w.found}
            looked_at = len({w.lead for w in of_beat})
            if looked_at == 0:
                continue
            if len(found) < ENOUGH * looked_at:
                out.append(Wave(GLOBAL, kind, None, None, None, _absence(of_beat), beat))
                continue
            own = list(found.values())
            sure = sum(w.confidence or 0.0 for w in own) / looked_at
            out.append(
                Wave(
                    GLOBAL,
                    kind,
                    _quantile([w.onset_s for w in own], ASIDE, "lower"),
                    _quantile([w.peak_s for w in own], 0.5, "linear"),
                    _quantile([w.offset_s for w in own], 1.0 - ASIDE, "higher"),
                    round(sure, 3),
                    beat,
                )
            )
    return out


def _quantile(times: Sequence[float | None], share: float, method: str) -> float | None:
    known = [time for time in times if time is not None]
    if not known:
        return None
    return round(float(np.quantile(known, share, method=method)), 4)  # type: ignore[call-overload]


def _absence(waves: Sequence[Wave]) -> float:
    sure = [(1.0 - (w.confidence or 0.0)) if w.found else (w.confidence or 0.0) for w in waves]
    return round(float(np.mean(sure)), 3)
