"""Work on a page strip by strip: what is between two steps stays near the processor."""

from __future__ import annotations

from collections.abc import Callable

from ecgpage.digitise.at_once import at_once

HIGH_PX = 32
"""Rows of a strip: those of a page of 2200 columns take 280 KB as float32."""


def in_strips(rows: int, work: Callable[[slice], None]) -> None:
    """Do the work on all rows, strip by strip, the lower half of them beside the upper one.

    The strips are the same however many threads there are.
    """
    strips = [slice(top, min(top + HIGH_PX, rows)) for top in range(0, rows, HIGH_PX)]
    half = (len(strips) + 1) // 2

    def each(part: list[slice]) -> None:
        for strip in part:
            work(strip)

    at_once(lambda: each(strips[:half]), lambda: each(strips[half:]))
