"""QRS complexes under the strokes between columns."""

from __future__ import annotations

import numpy as np
import pytest

from ecgpage.digitise.layout.choose import Stretch
from ecgpage.digitise.leads.assemble import Piece
from ecgpage.digitise.leads.under_strokes import fill_under_strokes

RATE_HZ = 500.0
LENGTH = 1250
HEIGHTS_MV = (1.0, 1.4, 0.7)
PX_PER_MV = 80.0


def beats(at: list[int], height: float, length: int = LENGTH) -> np.ndarray:
    """A lead with QRS complexes (R, S) and T waves at given samples, in mV."""
    n = np.arange(length)
    out = np.zeros(length)
    for beat in at:
        out += height * np.exp(-(((n - beat) / 6.0) ** 2))
        out -= 0.5 * height * np.exp(-(((n - beat - 14) / 6.0) ** 2))
        out += 0.25 * height * np.exp(-(((n - beat - 130) / 30.0) ** 2))
    return out


def piece(row: int, mv: np.ndarray, first: int = 0, strip: bool = False) -> Piece:
    stretch = Stretch("II" if strip else ("I", "II", "III")[row], row, 0.0, 1.0, strip, 0.0)
    columns = 100.0 + first + np.arange(len(mv), dtype=float)
    return Piece(stretch, first, mv, columns, 300.0 - mv * PX_PER_MV, 1.0)


def held(mv: np.ndarray, hidden: slice) -> np.ndarray:
    """What is read where a stroke hides the end: the last height before it."""
    out = mv.copy()
    out[hidden] = mv[hidden.start - 1] if hidden.stop == len(mv) else mv[hidden.stop]
    return out


def covered(hidden: slice, rows: int = 3) -> np.ndarray:
    out = np.zeros((rows, 1600), bool)
    out[:, 100 + hidden.start + 1 : 100 + hidden.stop - 1] = True
    return out


@pytest.mark.parametrize(("hidden", "last"), [
    (slice(LENGTH - 24, LENGTH), 1233),  # R and S wave at the end
    (slice(LENGTH - 24, LENGTH), 1222),  # the end of the S wave
    (slice(0, 24), 6),  # a beat at the start
])  # fmt: skip
def test_what_a_stroke_hides_of_a_qrs_complex_is_as_in_the_other_beats(
    hidden: slice, last: int
) -> None:
    at = [250, 600, 950, last] if last > 950 else [last, 350, 700, 1050]
    truth = [beats(at, height) for height in HEIGHTS_MV]
    read = [piece(row, held(mv, hidden)) for row, mv in enumerate(truth)]
    before = max(np.abs(p.signal_mv - mv).max() for p, mv in zip(read, truth, strict=True))
    assert before > 0.3

    found = fill_under_strokes(read, covered(hidden), RATE_HZ)

    for new, mv in zip(found, truth, strict=True):
        assert np.abs(new.signal_mv - mv).max() < 0.08
        assert np.allclose(new.rows_px, 300.0 - new.signal_mv * PX_PER_MV)
        assert 0 < new.filled <= hidden.stop - hidden.start + 2


def test_nothing_is_filled_in_where_no_beat_is() -> None:
    hidden = slice(LENGTH - 24, LENGTH)
    read = [piece(row, beats([150, 500, 850], height)) for row, height in enumerate(HEIGHTS_MV)]
    found = fill_under_strokes(read, covered(hidden), RATE_HZ)
    assert all(new is old for new, old in zip(found, read, strict=True))


def test_a_beat_of_another_kind_is_left_as_it_was_read() -> None:
    hidden = slice(LENGTH - 24, LENGTH)
    n = np.arange(LENGTH)
    broad = 0.9 * np.exp(-(((n - 1205) / 22.0) ** 2)) - 0.8 * np.exp(-(((n - 1245) / 20.0) ** 2))
    read = [
        piece(row, held(beats([250, 600, 900], height) + height * broad, hidden))
        for row, height in enumerate(HEIGHTS_MV)
    ]
    found = fill_under_strokes(read, covered(hidden), RATE_HZ)
    assert all(new is old for new, old in zip(found, read, strict=True))


def test_a_strip_says_when_the_hidden_beat_is() -> None:
    """All of the complex is hidden, and the leads are level beside the stroke."""
    hidden = slice(LENGTH - 34, LENGTH)
    at = [250, 600, 950, LENGTH - 14]
    truth = [beats(at, height) for height in HEIGHTS_MV]
    read = [piece(row, held(mv, hidden)) for row, mv in enumerate(truth)]
    alone = fill_under_strokes(read, covered(hidden, 4), RATE_HZ)
    assert all(new is old for new, old in zip(alone, read, strict=True))

    strip = piece(3, beats([*at, 1650], 1.2, 1900), strip=True)
    rows = covered(hidden, 4)
    rows[3] = False
    found = fill_under_strokes([*read, strip], rows, RATE_HZ)

    for new, mv in zip(found[:3], truth, strict=True):
        assert np.abs(new.signal_mv - mv).max() < 0.08
    assert found[3] is strip


def test_without_strokes_nothing_is_done() -> None:
    read = [piece(0, beats([200, 600, 1000], 1.0))]
    assert fill_under_strokes(read, None, RATE_HZ)[0] is read[0]
    assert fill_under_strokes(read, np.zeros((1, 1600), bool), RATE_HZ)[0] is read[0]
