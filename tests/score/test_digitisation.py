"""Both digitisation metrics: by hand, against a plain reimplementation, and their promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage import score
from ecgpage.score import challenge2024, kaggle2025
from ecgpage.values import LEADS, Record, Refusal, Refused, WrongUse

RATE_HZ = 100.0


def beats(seed: int = 0, samples: int = 400) -> np.ndarray:
    """A trace with narrow peaks and slow waves in mV, never the same beat twice."""
    generator = np.random.default_rng(seed)
    time = np.arange(samples) / RATE_HZ
    trace = 0.05 * np.sin(2 * np.pi * 0.3 * time + generator.random())
    for peak in np.arange(0.4, samples / RATE_HZ, 0.8) + generator.normal(0, 0.04, 5)[0]:
        trace += generator.uniform(0.8, 1.4) * np.exp(-(((time - peak) / 0.02) ** 2))
        trace += 0.25 * np.exp(-(((time - peak - 0.25) / 0.06) ** 2))
    return trace


def record(signal_mv: np.ndarray, name: str = "r", rate_hz: float = RATE_HZ) -> Record:
    return Record(signal_mv, rate_hz, LEADS[: len(signal_mv)], name)


def plain_align(truth: np.ndarray, estimate: np.ndarray) -> tuple[int, float]:
    """The published recipe on whole pictures in double precision."""
    from scipy.ndimage import gaussian_filter
    from scipy.signal import correlate

    low = min(np.nanmin(truth), np.nanmin(estimate))
    high = max(np.nanmax(truth), np.nanmax(estimate))
    pictures = []
    for trace in (truth, estimate):
        picture = np.zeros((256, max(len(truth), len(estimate))))
        for column, value in enumerate(trace):
            if np.isfinite(value):
                picture[round(float(255 * (value - low) / (high - low) + 1)) - 1, column] = 1
        pictures.append(gaussian_filter(picture, 0.5))
    crossed = correlate(*pictures, mode="full", method="fft")
    row, column = np.unravel_index(np.argmax(crossed), crossed.shape)
    return pictures[0].shape[1] - 1 - int(column), (255 - int(row)) / 255 * (high - low)


@given(
    st.integers(0, 10**6), st.integers(-30, 30), st.floats(-0.4, 0.4),
    st.floats(0, 0.1), st.tuples(st.integers(0, 150), st.integers(200, 400)), st.booleans(),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_alignment_is_that_of_the_published_recipe(seed, shift, offset, noise, shown, both):
    truth = np.full(400, np.nan)
    truth[slice(*shown)] = beats(seed)[slice(*shown)]
    estimate = np.roll(beats(seed), shift) + offset
    estimate += noise * np.random.default_rng(seed).normal(size=400)
    if both:
        estimate[~np.isfinite(truth)] = np.nan
    found = challenge2024.align(truth, estimate)
    samples, mv = plain_align(truth, estimate)
    assert found.samples == samples
    assert found.mv == pytest.approx(mv, abs=1e-12)


def test_an_estimate_of_another_length_is_aligned_too():
    truth, estimate = beats(3), beats(3)[20:330]
    assert challenge2024.align(truth, estimate).samples == plain_align(truth, estimate)[0] == -20


def test_challenge_snr_by_hand():
    truth = np.array([1.0, -1.0, 1.0, -1.0])
    assert challenge2024.snr_db(truth, truth * 1.1) == pytest.approx(20.0)
    # half of the samples missing: half of the dB
    assert challenge2024.snr_db(truth, np.array([1.1, -1.1, np.nan, np.nan])) == pytest.approx(10.0)
    assert challenge2024.snr_db(truth, np.array([1.1, -1.1])) == pytest.approx(10.0)
    assert challenge2024.snr_db(truth, truth) == float("inf")
    assert challenge2024.snr_db(truth, np.full(4, np.nan)) == 0.0
    assert np.isnan(challenge2024.snr_db(np.zeros(4), truth))


def test_kaggle_powers_by_hand():
    # no lag is allowed at 4 Hz (0.8 sample): signal 4, noise 4 * 0.1^2
    truth = np.array([1.0, -1.0, 1.0, -1.0])
    assert kaggle2025.lead_powers(truth, truth * 1.1, 4.0) == pytest.approx((4.0, 0.04))
    # an offset costs nothing
    assert kaggle2025.lead_powers(truth, truth + 5, 4.0) == pytest.approx((4.0, 0.0), abs=1e-20)


def test_kaggle_counts_what_a_shift_leaves_empty():
    truth = np.array([0.0, 0.0, 1.0, 2.0, 1.0, 0.0, 3.0])
    estimate = np.array([1.0, 2.0, 1.0, 0.0, 3.0, 0.0, 0.0])
    # two samples late of a truth that is 0 there: nothing lost
    assert kaggle2025.lead_powers(truth, estimate, 10.0) == pytest.approx((15.0, 0.0), abs=1e-20)
    # the same the other way: the last two samples (0 and 3) are read as 0
    signal, noise = kaggle2025.lead_powers(estimate, truth, 10.0)
    assert (signal, noise) == pytest.approx((15.0, 0.0), abs=1e-20)


def test_kaggle_ratio_is_pooled_and_capped():
    assert kaggle2025.page_ratio([(4.0, 1.0), (4.0, 0.0)]) == pytest.approx(8.0)
    assert kaggle2025.page_ratio([(4.0, 1e-9)]) == 384.0
    assert kaggle2025.page_ratio([(0.0, 1.0)]) == 0.0
    assert kaggle2025.decibels(384.0) == pytest.approx(25.8433, abs=1e-4)
    assert kaggle2025.decibels(0.0) == -384.0


def test_a_perfect_estimate():
    truth = record(np.stack([beats(1), beats(2)]))
    page = score.compare_records(truth, truth)
    assert page.challenge_snr_db == float("inf")
    assert page.kaggle_snr_db == pytest.approx(25.8433, abs=1e-4)
    assert (page.rmse_mv, page.coverage) == (0.0, 1.0)
    assert page.correlation == pytest.approx(1.0)
    assert page.as_dict()["challenge_snr_db"] is None


@pytest.mark.parametrize("samples", [-10, 10])
def test_a_tenth_of_a_second_is_forgiven_and_measured(samples):
    truth = record(np.stack([beats(1), beats(2)]))
    late = record(np.roll(truth.signal_mv, samples, axis=1))
    page = score.compare_records(truth, late)
    assert [lead.shift_s for lead in page.leads] == [samples / RATE_HZ] * 2
    assert page.challenge_snr_db > 40
    assert page.kaggle_snr_db > 17  # the empty tenth counts as 0 mV
    assert page.rmse_mv > 0.1  # as it stands, without alignment


def test_an_offset_is_forgiven_up_to_one_millivolt():
    truth = record(np.stack([beats(1)]))
    near = score.compare_records(truth, record(truth.signal_mv + 0.5))
    far = score.compare_records(truth, record(truth.signal_mv + 1.5))
    assert near.leads[0].offset_mv == pytest.approx(0.5, abs=0.01)
    assert near.challenge_snr_db > 30
    assert far.leads[0].offset_mv == 0.0
    assert far.challenge_snr_db < 0
    assert far.kaggle_snr_db == pytest.approx(25.8433, abs=1e-4)


def test_a_scaled_estimate_has_the_ratio_of_its_scale():
    truth = beats(1) - beats(1).mean()
    signal, noise = kaggle2025.lead_powers(truth, truth * 1.1, RATE_HZ)
    assert signal / noise == pytest.approx(100.0)


def test_a_missing_lead_counts_zero_and_lowers_coverage():
    truth = record(np.stack([beats(1), beats(2)]))
    noisy = truth.signal_mv + 0.02 * np.random.default_rng(0).normal(size=(2, 400))
    whole = score.compare_records(truth, record(noisy))
    only = Record(noisy[:1], RATE_HZ, ("i",), "r")
    page = score.compare_records(truth, only)
    assert page.challenge_snr_db == pytest.approx(whole.leads[0].challenge_snr_db / 2)
    assert page.coverage == 0.5
    assert page.kaggle_snr_db < whole.kaggle_snr_db
    blank = noisy.copy()
    blank[1] = np.nan
    assert score.compare_records(truth, record(blank)).as_dict() == page.as_dict()


def test_failed_pages_count_zero_in_the_means():
    truth = record(np.stack([beats(1)]))
    noisy = record(truth.signal_mv + 0.02 * np.random.default_rng(0).normal(size=(1, 400)))
    page = score.compare_records(truth, noisy)
    lost = score.failed_page("x", Refusal("x", "no estimate", "a", "b", "c", "missing"))
    total = score.summarise_pages([page, lost])
    assert (total["pages"], total["failures"]) == (2, 1)
    assert total["challenge_snr_db"] == pytest.approx(page.challenge_snr_db / 2)
    assert total["kaggle_snr_db"] == pytest.approx(page.kaggle_snr_db / 2)
    assert total["kaggle_score_db"] == pytest.approx(10 * np.log10((page.kaggle_ratio + 1) / 2))
    assert total["rmse_mv"] == page.rmse_mv
    assert total["coverage"] == 0.5


def test_rates_that_differ_and_an_empty_truth_are_refused():
    truth = record(np.stack([beats(1)]))
    with pytest.raises(Refused, match="different sampling rates"):
        score.compare_records(truth, record(truth.signal_mv, rate_hz=500.0))
    with pytest.raises(Refused, match="no sample of any lead"):
        score.compare_records(record(np.full((1, 9), np.nan)), truth)


@pytest.mark.parametrize(
    ("layout", "lead", "seconds"),
    [
        ("3x4+II", "I", (0, 2.5)), ("3x4+II", "aVF", (2.5, 5)), ("3x4+II", "V6", (7.5, 10)),
        ("3x4+II", "II", (0, 10)), ("3x4", "II", (0, 2.5)), ("6x2", "aVF", (0, 5)),
        ("6x2+V1", "V6", (5, 10)), ("6x2+v1", "V1", (0, 10)), ("12x1", "V3", (0, 10)),
    ],
)  # fmt: skip
def test_a_layout_shows_these_seconds(layout, lead, seconds):
    whole = record(np.ones((12, 1000)))
    shown = np.flatnonzero(np.isfinite(score.mask_to_layout(whole, layout).lead(lead)))
    assert (shown[0], shown[-1] + 1) == (seconds[0] * 100, seconds[1] * 100)
    assert len(shown) == (seconds[1] - seconds[0]) * 100


@pytest.mark.parametrize("layout", ["4x4", "3x4+VII", "", "3x4++"])
def test_an_unknown_layout_is_refused(layout):
    with pytest.raises(WrongUse, match="is not known"):
        score.mask_to_layout(record(np.ones((12, 10))), layout)
