"""The simulated hearts obey physics and say truly what they are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgpage.render import KINDS, demo_pages, simulate, simulate_dataset, true_waves
from ecgpage.values import LEADS, Record, WrongUse

ALL_KINDS = st.sampled_from(sorted(KINDS))


@settings(max_examples=40, deadline=None)
@given(kind=ALL_KINDS, seed=st.integers(0, 10_000))
def test_limb_leads_obey_einthoven_and_goldberger(kind: str, seed: int) -> None:
    record = simulate(kind, seed)
    one, two = record.lead("I"), record.lead("II")
    assert np.allclose(record.lead("III"), two - one)
    assert np.allclose(record.lead("aVR"), -(one + two) / 2)
    assert np.allclose(record.lead("aVL"), one - two / 2)
    assert np.allclose(record.lead("aVF"), two - one / 2)


@settings(max_examples=40, deadline=None)
@given(kind=ALL_KINDS, seed=st.integers(0, 10_000))
def test_waves_are_in_order_and_in_the_record(kind: str, seed: int) -> None:
    record = simulate(kind, seed)
    waves = true_waves(record)
    assert len(waves.r_peaks_s) >= 4
    assert np.all(np.diff(waves.r_peaks_s) > 0.25)
    for wave in waves.waves:
        assert wave.onset_s is not None
        assert wave.peak_s is not None
        assert wave.offset_s is not None
        assert 0 <= wave.onset_s < wave.peak_s < wave.offset_s < record.duration_s
    complexes = waves.of("all", "QRS")
    for before, after in itertools.pairwise(complexes):
        assert before.offset_s < after.onset_s  # type: ignore[operator]
    for wave in waves.of("all", "P"):
        assert any(0 < (q.onset_s - wave.onset_s) < 0.4 for q in complexes) or (  # type: ignore[operator]
            wave.onset_s > record.duration_s - 0.6  # type: ignore[operator]
        )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_size_is_that_of_a_heart(kind: str) -> None:
    for seed in range(3):
        record = simulate(kind, seed)
        assert record.signal_mv.shape == (12, 5000)
        assert record.leads == LEADS
        assert 0.15 < np.abs(record.signal_mv).max() < 5.5
        assert record.notes["label"] == KINDS[kind].label
        assert record.notes["kind"] == kind


def test_the_same_seed_gives_the_same_record() -> None:
    first, again, other = (simulate("rbbb", seed) for seed in (4, 4, 5))
    assert np.array_equal(first.signal_mv, again.signal_mv)
    assert first.notes == again.notes
    assert not np.array_equal(first.signal_mv, other.signal_mv)


def rr_spread(record: Record) -> float:
    rr = np.diff(true_waves(record).r_peaks_s)
    return float(rr.std() / rr.mean())


def test_fibrillation_is_irregular_and_has_no_p_waves() -> None:
    records = [simulate("atrial-fibrillation", seed) for seed in range(12)]
    assert np.median([rr_spread(record) for record in records]) > 0.12
    assert all(not true_waves(record).of("all", "P") for record in records)
    calm = [rr_spread(simulate("normal", seed)) for seed in range(12)]
    assert max(calm) < 0.06


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("sinus-bradycardia", 36, 60), ("sinus-tachycardia", 98, 145), ("normal", 55, 105)],
)
def test_rate_is_as_named(kind: str, low: float, high: float) -> None:
    for seed in range(8):
        peaks = true_waves(simulate(kind, seed)).r_peaks_s
        assert low < 60 / np.mean(np.diff(peaks)) < high


def beat_at(record: Record, lead: str, after_s: float, width_s: float) -> np.ndarray:
    """Median over beats of a stretch that starts ``after_s`` after R, less the PR level."""
    stretches = []
    for peak in true_waves(record).r_peaks_s[1:-1]:
        first = round((peak + after_s) * record.rate_hz)
        level_at = round((peak - 0.07) * record.rate_hz)
        size = round(width_s * record.rate_hz)
        level = np.median(record.lead(lead)[level_at - 4 : level_at + 5])
        stretches.append(record.lead(lead)[first : first + size] - level)
    return np.median(stretches, axis=0)


def median_of(kind: str, lead: str, after_s: float, width_s: float, how: str = "mean") -> float:
    values = [
        getattr(beat_at(simulate(kind, seed), lead, after_s, width_s), how)() for seed in range(9)
    ]
    return float(np.median(values))


def test_morphologies_show_where_they_must() -> None:
    assert median_of("normal", "V1", -0.05, 0.1, "min") < -0.4
    assert median_of("normal", "V5", -0.05, 0.1, "max") > 0.7
    assert median_of("normal", "V3", 0.15, 0.2, "max") > 0.2
    assert median_of("st-elevation-anterior", "V3", 0.09, 0.03) > 0.12
    assert median_of("st-elevation-inferior", "III", 0.09, 0.03) > 0.1
    assert median_of("st-elevation-inferior", "aVL", 0.09, 0.03) < -0.05
    assert median_of("st-depression", "V5", 0.09, 0.03) < -0.06
    assert median_of("t-inversion-inferior", "III", 0.2, 0.15, "min") < -0.1
    assert median_of("t-inversion-lateral", "V6", 0.2, 0.15, "min") < -0.05
    assert median_of("lbbb", "V1", -0.06, 0.14, "min") < -0.8
    assert median_of("rbbb", "V1", 0.03, 0.07, "max") > 0.25
    assert abs(median_of("t-flat", "V5", 0.2, 0.15, "max")) < 0.15
    assert median_of("low-voltage", "II", -0.05, 0.1, "max") < 0.5


def test_named_intervals_are_kept() -> None:
    for kind, low, high in (("av-block-1", 0.2, 0.33), ("normal", 0.11, 0.2)):
        waves = true_waves(simulate(kind, 6))
        p_wave = waves.of("all", "P")[1]
        qrs = next(q for q in waves.of("all", "QRS") if q.onset_s > p_wave.onset_s)  # type: ignore[operator]
        assert low < qrs.onset_s - p_wave.onset_s < high  # type: ignore[operator]
    wide = true_waves(simulate("lbbb", 6)).of("all", "QRS")[2]
    assert wide.offset_s - wide.onset_s > 0.12  # type: ignore[operator]


def test_a_data_set_mixes_labels_and_repeats_by_seed() -> None:
    records = list(simulate_dataset(40, 3))
    again = list(simulate_dataset(40, 3))
    assert [record.notes["kind"] for record in records] == [r.notes["kind"] for r in again]
    share = np.mean([record.notes["label"] == "Abnormal" for record in records])
    assert 0.25 < share < 0.75
    assert len({record.notes["kind"] for record in records}) > 8


def test_demo_pages_hide_the_label_in_everything_but_the_trace() -> None:
    pages = list(demo_pages(12, 5))
    assert {label for _, label in pages} == {"Normal", "Abnormal"}
    for page, label in pages:
        assert label.lower() not in page.page.source.lower()
        printed = " ".join(text for text, _ in page.truth.texts).lower()
        assert "normal" not in printed
        assert page.page.image.shape[1] == pytest.approx(1100, abs=60)


def test_looks_of_demo_pages_do_not_depend_on_the_records() -> None:
    first = [page.truth.style["name"] for page, _ in demo_pages(6, 8)]
    assert first == [page.truth.style["name"] for page, _ in demo_pages(6, 8)]
    assert len(set(first)) > 1


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(WrongUse, match="no-such-kind") as caught:
        simulate("no-such-kind", 1)
    assert caught.value.refusal.code == "unknown-kind"


def test_waves_of_other_records_are_not_invented() -> None:
    with pytest.raises(WrongUse, match="not known"):
        true_waves(Record(np.zeros((12, 10)), 500.0))
