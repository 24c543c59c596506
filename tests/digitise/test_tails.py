"""Pages that end within a QRS complex, each row in a short level piece far from its baseline."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ecgpage.digitise.tracing.follow import Path
from ecgpage.digitise.tracing.tails import find_tails, hand_out_tails, without_held

MM = (8.0, 8.0)
LEVELS = (100, 240, 380)
END = 399.0


def page(ends: tuple[int, int, int]) -> np.ndarray:
    """Three rows whose complexes begin at column 365 and end at heights that are then held."""
    cover = np.zeros((600, 420), np.float32)
    for k, (level, end) in enumerate(zip(LEVELS, ends, strict=True)):
        x = 365 + 4 * k
        points = [[0, level], [x, level], [x + 6, end], [400, end]]
        cv2.polylines(cover, [np.array(points)[:, None]], False, 1.0, 3)
    return cover


def path(level: int, tail: int | None) -> Path:
    """A path that runs level and then, if it does, along a last piece."""
    top = np.full(420, -1, np.int32)
    top[:365] = level - 1
    if tail is not None:
        top[365:380] = min(level, tail) - 1
        top[380:401] = tail - 1
    bottom = np.where(top >= 0, top + 2, -1).astype(np.int32)
    if tail is not None:
        bottom[365:380] = max(level, tail) + 1
    return Path(top, bottom)


def heights(paths: list[Path]) -> list[int]:
    return [int(p.top[395]) + 1 if p.top[395] >= 0 else -1 for p in paths]


def test_last_pieces_are_found() -> None:
    found = find_tails(page((230, 370, 510)), 396, MM, 3.0)
    assert [round(t.middle) for t in found] == [230, 370, 510]
    assert all(abs(t.first - 378) <= 6 for t in found)


@pytest.mark.parametrize("ends", [(230, 370, 510), (300, 250, 390)])
def test_each_row_gets_its_own_last_piece(ends: tuple[int, int, int]) -> None:
    cover = page(ends)
    if ends[0] == 230:  # each piece lies beside the next row, which has taken it
        paths = [path(100, None), path(240, 230), path(380, 370)]
    else:  # the first row's piece lies beyond the second row's, and nobody has it
        paths = [path(100, None), path(240, 250), path(380, 390)]
    found = heights(hand_out_tails(paths, cover, MM, 3.0, END))
    assert np.abs(np.subtract(found, ends)).max() <= 1


def test_rows_with_their_own_pieces_stay() -> None:
    cover = page((110, 250, 390))
    paths = [path(100, 110), path(240, 250), path(380, 390)]
    assert hand_out_tails(paths, cover, MM, 3.0, END) == paths


def test_a_row_that_ends_early_stays_where_no_piece_is_left() -> None:
    cover = page((110, 250, 390))
    cover[90:120, 360:] = 0.0
    paths = [path(100, None), path(240, 250), path(380, 390)]
    assert hand_out_tails(paths, cover, MM, 3.0, END) == paths


def test_pieces_that_two_rows_have_exchanged_go_where_the_rows_are_expected() -> None:
    cover = page((300, 250, 390))
    paths = [path(100, 250), path(240, 300), path(380, 390)]
    expected = np.full((2, 3, 420), np.nan)
    for k, end in enumerate((300, 250, 390)):
        expected[:, k, 370:] = [[end - 10.0], [end + 10.0]]
    assert heights(hand_out_tails(paths, cover, MM, 3.0, END)) == heights(paths)
    found = heights(hand_out_tails(paths, cover, MM, 3.0, END, expected))
    assert np.abs(np.subtract(found, (300, 250, 390))).max() <= 1


def test_nothing_is_expected_where_rows_hold_their_last_value() -> None:
    expected = np.full((2, 3, 420), 100.0)
    told = without_held(expected, page((230, 370, 510)), MM, 3.0, END)
    assert np.isfinite(told[0, 0]).sum() == pytest.approx(370, abs=6)
    straight = without_held(expected, page((100, 240, 380)), MM, 3.0, END)
    assert np.isfinite(straight).all()
