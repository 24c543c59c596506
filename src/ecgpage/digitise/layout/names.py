"""How well printed lead names fit a layout that is laid over the page's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ecgpage.digitise.layout.layouts import Layout
from ecgpage.digitise.words.printed import Word
from ecgpage.values import LEADS

DOWN_MM = 4.0
ACROSS_MM = 7.0
"""Names stand at the same place beside their traces, within these."""
ABOVE_MM = (-26.0, 14.0)
"""From its row's baseline a name lies this far up or down at most."""
BEFORE_MM = (-24.0, 26.0)
"""From the start of its stretch a name lies this far left or right at most."""
SURE_NAME = 0.5


@dataclass(frozen=True, slots=True)
class Name:
    """A lead's name as it was printed: where, in mm on the sheet, and how surely it was read.

    ``others``: the leads that it may be as well, with their scores.
    """

    lead: str
    score: float
    down_mm: float
    across_mm: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """Names at their places (sum of scores), names elsewhere, and where names stand.

    ``offset_mm``: (down, across) from baseline and start of the stretch; ``strips``: for each
    rhythm strip the leads that are printed beside it, with their scores.
    """

    right: float
    wrong: float
    offset_mm: tuple[float, float]
    strips: tuple[dict[str, float], ...]


def lead_names(words: Sequence[Word], px_per_mm: tuple[float, float]) -> tuple[Name, ...]:
    """The words that are lead names, in mm."""
    return tuple(
        Name(
            w.text, w.score, w.row_px / px_per_mm[0], w.column_px / px_per_mm[1],
            tuple(zip(LEADS, w.leads, strict=False)),
        )
        for w in words
        if w.text in LEADS
    )  # fmt: skip


def fit_names(
    layout: Layout,
    names: Sequence[Name],
    baselines_mm: Sequence[float],
    ends_mm: tuple[float, float],
) -> Fit | None:
    """How the names fit, None where there are none to speak of."""
    width = (ends_mm[1] - ends_mm[0]) / layout.columns
    places = {
        lead: (baselines_mm[r], ends_mm[0] + c * width)
        for r, row in enumerate(layout.cells)
        for c, lead in enumerate(row)
    }
    offsets, scores, leads = [], [], []
    strange: dict[str, float] = {}
    for name in names:
        if name.lead not in places and name.score >= SURE_NAME:
            strange[name.lead] = max(name.score, strange.get(name.lead, 0.0))
        if name.lead in places:
            down, across = places[name.lead]
            offsets.append((name.down_mm - down, name.across_mm - across))
            scores.append(name.score)
            leads.append(name.lead)
    if not offsets:
        return None
    away = np.array(offsets)
    near = (
        (ABOVE_MM[0] <= away[:, 0]) & (away[:, 0] <= ABOVE_MM[1])
        & (BEFORE_MM[0] <= away[:, 1]) & (away[:, 1] <= BEFORE_MM[1])
    )  # fmt: skip
    best: tuple[float, np.ndarray] | None = None
    for i in np.flatnonzero(near):
        together = near & (np.abs(away - away[i]) <= (DOWN_MM, ACROSS_MM)).all(axis=1)
        value = sum(_best_scores(together, leads, scores).values())
        if best is None or value > best[0]:
            best = (value, together)
    if best is None:
        others = sum(_best_scores(None, leads, scores).values()) + sum(strange.values())
        return Fit(0.0, others, (0.0, 0.0), ())
    right, together = best
    offset = np.median(away[together], axis=0)
    at_place = set(_best_scores(together, leads, scores))
    wrong = sum(strange.values()) + sum(
        score for lead, score in _best_scores(None, leads, scores).items() if lead not in at_place
    )
    strips = tuple(
        _beside(names, baselines_mm[len(layout.cells) + s] + offset[0], ends_mm[0] + offset[1])
        for s in range(layout.strips)
    )
    return Fit(right, wrong, (float(offset[0]), float(offset[1])), strips)


def _best_scores(
    pick: np.ndarray | None, leads: Sequence[str], scores: Sequence[float]
) -> dict[str, float]:
    out: dict[str, float] = {}
    for i, (lead, score) in enumerate(zip(leads, scores, strict=True)):
        if (pick is None and score >= SURE_NAME) or (pick is not None and pick[i]):
            out[lead] = max(score, out.get(lead, 0.0))
    return out


def _beside(names: Sequence[Name], down_mm: float, across_mm: float) -> dict[str, float]:
    out: dict[str, float] = {}
    for name in names:
        if abs(name.down_mm - down_mm) <= DOWN_MM and abs(name.across_mm - across_mm) <= ACROSS_MM:
            for lead, score in ((name.lead, name.score), *name.others):
                out[lead] = max(score, out.get(lead, 0.0))
    return out
