"""Marks against marks: pairs within 150 ms, one to one, and what lies outside the marked span."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgpage import score
from ecgpage.values import Wave, Waves


def wave(peak: float, kind: str = "T", before: float = 0.08, after: float = 0.06) -> Wave:
    return Wave("II", kind, peak - before, peak, peak + after)


def marks(*waves: Wave) -> Waves:
    return Waves(tuple(waves))


TRUTH = marks(wave(1.0), wave(2.0), wave(3.0))


def test_the_same_marks_are_without_fault() -> None:
    found = score.score_waves(TRUTH, TRUTH, ["II"])["T", "offset"]
    assert (found.matched, found.missed, found.false) == (3, 0, 0)
    assert found.sensitivity == found.precision == 1.0
    assert found.mean_ms == found.sd_ms == 0.0


def test_errors_are_found_less_true() -> None:
    late = marks(wave(1.01), wave(2.02), wave(3.03))
    found = score.score_waves(TRUTH, late, ["II"])["T", "peak"]
    assert found.errors_ms == pytest.approx((10.0, 20.0, 30.0))
    assert found.mean_ms == pytest.approx(20.0)
    assert found.sd_ms == pytest.approx(10.0)


def test_a_missed_wave_and_a_false_one() -> None:
    found = score.score_waves(TRUTH, marks(wave(1.0), wave(3.0), wave(2.4)), ["II"])["T", "peak"]
    assert (found.matched, found.missed, found.false) == (2, 1, 1)


def test_what_lies_outside_the_marked_span_is_not_false() -> None:
    more = marks(wave(0.2), *TRUTH.waves, wave(4.0))
    assert score.score_waves(TRUTH, more, ["II"])["T", "peak"].false == 0


def test_two_marks_of_one_wave_are_one_too_many() -> None:
    found = score.score_waves(TRUTH, marks(*TRUTH.waves, wave(2.05)), ["II"])["T", "peak"]
    assert (found.matched, found.false) == (3, 1)


def test_farther_than_150_ms_is_another_wave() -> None:
    truth = marks(wave(1.0), wave(2.0), wave(3.0))
    found = score.score_waves(truth, marks(wave(1.0), wave(2.16), wave(3.0)), ["II"])["T", "peak"]
    assert (found.matched, found.missed, found.false) == (2, 1, 1)


def test_a_bound_that_was_left_out_is_not_counted() -> None:
    truth = marks(wave(1.0), Wave("II", "T", None, 2.0, 2.06), wave(3.0))
    found = score.score_waves(truth, TRUTH, ["II"])
    assert found["T", "offset"].matched == 3
    assert (found["T", "onset"].matched, found["T", "onset"].false) == (2, 1)


def test_absent_waves_are_no_marks() -> None:
    absent = marks(*TRUTH.waves, Wave("II", "P", None, None, None, 0.9, 1))
    found = score.score_waves(TRUTH, absent, ["II"])["P", "peak"]
    assert (found.matched, found.missed, found.false) == (0, 0, 0)
    assert math.isnan(found.sensitivity)


def test_leads_and_kinds_are_kept_apart() -> None:
    other = marks(*(Wave("V1", w.wave, w.onset_s, w.peak_s, w.offset_s) for w in TRUTH.waves))
    assert score.score_waves(TRUTH, other, ["II"])["T", "peak"].missed == 3
    as_p = marks(*(wave(w.peak_s or 0.0, "P") for w in TRUTH.waves))
    assert score.score_waves(TRUTH, as_p, ["II"])["T", "peak"].missed == 3


def test_scores_add_up() -> None:
    one = score.score_waves(TRUTH, TRUTH, ["II"])
    two = score.score_waves(TRUTH, marks(wave(1.01)), ["II"])
    total = score.add_scores([one, two])["T", "peak"]
    assert (total.matched, total.missed) == (4, 2)
    assert total.errors_ms == pytest.approx((0.0, 0.0, 0.0, 10.0))


def test_invented_p_waves_are_those_in_the_marked_span() -> None:
    truth = marks(wave(1.0, "QRS"), wave(2.0, "QRS"))
    made = marks(wave(0.5, "P"), wave(1.5, "P"), wave(1.8, "P"), wave(2.6, "P"))
    assert score.count_invented(truth, made, "II") == 2
    assert score.count_invented(marks(), made, "II") == 0


@given(
    st.lists(st.integers(0, 200), unique=True, max_size=12),
    st.lists(st.integers(0, 200), unique=True, max_size=12),
)
def test_every_mark_is_counted_once(true: list[int], made: list[int]) -> None:
    truth = marks(wave(-1.0, "QRS"), *(wave(t / 20) for t in true), wave(12.0, "QRS"))
    found = score.score_waves(truth, marks(*(wave(t / 20 + 0.01) for t in made)), ["II"])
    row = found["T", "peak"]
    assert row.matched + row.missed == len(true)
    assert row.matched + row.false == len(made)
    assert all(abs(error) <= 150.0 + 1e-6 for error in row.errors_ms)
