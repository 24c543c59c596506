"""Pages that lie upside down or sideways: read as they are first, then turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecgpage.digitise.details import Details
from ecgpage.values import FoundTrace, Page, Reading, Refused

Read = Callable[[Page], tuple[Reading, Details]]
WITHOUT_NAMES = 1.0
DOUBTFUL_MISFIT = 0.6
"""A reading with fewer lead names and a worse misfit than these may be of a turned page."""
NAMED = 2.0
GOOD_MISFIT = 0.5
"""A turned page is believed with so many names, or so good a fit, and only then."""
TURNABLE = ("unknown-layout", "no-traces")


def read_any_way_up(page: Page, read: Read) -> tuple[Reading, Details]:
    """The page read as it lies, or turned by quarters where that makes sense of it."""
    first: Refused | None = None
    found: tuple[Reading, Details] | None = None
    try:
        found = read(page)
        if not doubtful(found[1]):
            return found
    except Refused as error:
        if error.refusal.code not in TURNABLE:
            raise
        first = error
    for quarters in _other_ways(page):
        try:
            reading, details = read(turned(page, quarters))
        except Refused:
            continue
        if _makes_sense(details):
            return turned_back(reading, quarters, page.image.shape), details
    if found is not None:
        return found
    assert first is not None
    raise first


def doubtful(details: Details) -> bool:
    """Whether a reading has neither names nor laws that speak for it."""
    misfit = details.placed.misfit
    return details.placed.named < WITHOUT_NAMES and (misfit is None or misfit > DOUBTFUL_MISFIT)


def _makes_sense(details: Details) -> bool:
    misfit = details.placed.misfit
    named = details.placed.named
    return named >= NAMED or (named >= 0.0 and misfit is not None and misfit < GOOD_MISFIT)


def _other_ways(page: Page) -> tuple[int, ...]:
    """Quarter turns to try: sideways first where the page stands upright."""
    rows, columns = page.image.shape[:2]
    return (1, 3, 2) if rows > 1.1 * columns else (2, 1, 3)


def turned(page: Page, quarters: int) -> Page:
    """The page turned counter-clockwise by quarters; drawn lines and words are left behind."""
    image = np.ascontiguousarray(np.rot90(page.image, quarters))
    return replace(page, image=image, strokes=(), texts=())


def turned_back(reading: Reading, quarters: int, shape: tuple[int, ...]) -> Reading:
    """The reading of a turned page with its points on the page as it was given."""
    traces = tuple(
        replace(trace, points_px=_back(trace, quarters, shape)) for trace in reading.traces
    )
    turn = (reading.rotation_deg + 90.0 * quarters + 180.0) % 360.0 - 180.0
    return replace(reading, traces=traces, rotation_deg=turn)


def _back(trace: FoundTrace, quarters: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    rows, columns = shape[:2]
    r, c = trace.points_px[:, 0], trace.points_px[:, 1]
    place = {1: (c, columns - 1 - r), 2: (rows - 1 - r, columns - 1 - c), 3: (rows - 1 - c, r)}
    return np.stack(place[quarters % 4], axis=1)
