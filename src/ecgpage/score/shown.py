"""What a page of a given layout shows of a ten-second record."""

from __future__ import annotations

import re

import numpy as np

from ecgpage.score.checks import refuse
from ecgpage.values import LEADS, Record

LAYOUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "3x4": (LEADS[0:3], LEADS[3:6], LEADS[6:9], LEADS[9:12]),
    "6x2": (LEADS[0:6], LEADS[6:12]),
    "12x1": (LEADS,),
}
"""The leads of each column, from left to right; columns are consecutive in time."""


def parse_layout(layout: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The columns and the rhythm leads of a layout such as ``3x4``, ``3x4+II`` or ``6x2+II+V1``."""
    base, *rhythm = re.split(r"\+", layout.strip())
    names = {lead.casefold(): lead for lead in LEADS}
    if base.lower() not in LAYOUTS or any(lead.casefold() not in names for lead in rhythm):
        raise refuse(
            f"the layout '{layout}' is not known",
            f"one of {', '.join(LAYOUTS)}, followed by any rhythm leads: 3x4+II, 3x4+II+V1+V5",
            f"'{layout}'",
            "Name rows x columns and, after each plus sign, a lead that runs the whole width.",
            "unknown-layout",
        )
    return LAYOUTS[base.lower()], tuple(names[lead.casefold()] for lead in rhythm)


def mask_to_layout(record: Record, layout: str) -> Record:
    """The record with NaN wherever a page of that layout shows nothing.

    Columns divide the record's whole time evenly (2.5 s each for four columns of 10 s); a
    rhythm lead is shown from beginning to end.
    """
    columns, rhythm = parse_layout(layout)
    samples = record.signal_mv.shape[1]
    bounds = np.round(np.linspace(0, samples, len(columns) + 1)).astype(int)
    shown = np.full(record.signal_mv.shape, np.nan)
    for row, lead in enumerate(record.leads):
        for number, leads in enumerate(columns):
            if lead in leads:
                part = slice(bounds[number], bounds[number + 1])
                shown[row, part] = record.signal_mv[row, part]
        if lead in rhythm:
            shown[row] = record.signal_mv[row]
    return Record(shown, record.rate_hz, record.leads, record.name)
