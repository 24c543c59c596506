"""Rows that ride on one line while another lies bare."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.tracing import follow
from ecgpage.digitise.tracing.follow import follow_rows
from ecgpage.digitise.tracing.rows import Row
from ecgpage.digitise.tracing.runs import find_runs

PX_PER_MM = (6.0, 6.0)
COLUMNS = 600
PEN = 3


def ink(*lines: tuple[int, int, int]) -> np.ndarray:
    """Cover of level lines, each (height, first column, last column)."""
    cover = np.zeros((240, COLUMNS), np.float32)
    for height, first, last in lines:
        cover[height : height + PEN, first : last + 1] = 1.0
    return cover


def heights(cover: np.ndarray, baselines: tuple[int, ...], column: int) -> list[int]:
    rows = [Row(base + 1.0, 0.0, COLUMNS - 1.0, 1.0, True) for base in baselines]
    paths = follow_rows(find_runs(cover, PX_PER_MM[0]), rows, COLUMNS, PX_PER_MM)
    return [int(path.top[column]) for path in paths]


def drifted() -> np.ndarray:
    """Two traces that leave an upright stroke lower than they entered it, in columns 300 to 499.

    The second's line lies further from its baseline than the first's.
    """
    cover = ink(
        (60, 0, 599), (90, 0, 299), (120, 0, 299), (110, 302, 499), (140, 302, 499),
        (90, 502, 599), (120, 502, 599),
    )  # fmt: skip
    cover[90:143, 299:302] = cover[90:143, 499:502] = 1.0
    return cover


def test_of_two_rows_on_one_line_the_one_with_a_line_of_its_own_leaves() -> None:
    cover = drifted()
    assert heights(cover, (60, 90, 120), 200) == [60, 90, 120]
    assert heights(cover, (60, 90, 120), 400) == [60, 110, 140]
    assert heights(cover, (60, 90, 120), 550) == [60, 90, 120]


def test_rows_that_know_nothing_of_each_other_ride_on_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        follow, "settle_owners", lambda steps, skip_px, picked, spent, *sizes: (picked, spent)
    )
    assert heights(drifted(), (60, 90, 120), 400) == [60, 110, 110]


def test_traces_that_run_over_each_other_share_their_line() -> None:
    cover = ink((60, 0, 599), (90, 0, 299), (90, 400, 599), (120, 0, 599))
    cover[90:123, 297:300] = cover[90:123, 400:403] = 1.0
    assert heights(cover, (60, 90, 120), 350) == [60, 120, 120]
    assert heights(cover, (60, 90, 120), 500) == [60, 90, 120]
