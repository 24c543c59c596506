"""The delineating network: samples follow the marks; ONNX Runtime gives what Keras gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from ecgpage.learn import waves
from ecgpage.learn.waves.augment import disturb, hide

SMALL = waves.WaveSettings(filters=(4, 6, 8), leads=3, window_s=2.048, batch=2, steps=4)


def marked(no_p: bool = False) -> waves.Truth:
    """Three leads of 8 s, each with a P, QRS, T a second, and nothing but zeros as signal."""
    begin = np.arange(8)[:, None]
    kinds = tuple(
        begin + np.array([[a, b, c]])
        for a, b, c in ((0.1, 0.15, 0.2), (0.3, 0.34, 0.4), (0.5, 0.6, 0.7))
    )
    lead = waves.TruthLead(kinds)
    signal = np.zeros((3, 4000))
    return waves.Truth(signal, 500.0, (lead,) * 3, (0.1,) * 3, (7.7,) * 3, no_p)


def as_input(signal: np.ndarray) -> np.ndarray:
    seen = np.isfinite(signal)
    return np.stack([np.where(seen, signal, 0.0), seen], axis=-1)


def sample(truth: waves.Truth, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return waves.draw_sample(truth, SMALL, np.random.default_rng(seed), as_input)


@pytest.mark.parametrize("seed", range(10))
def test_targets_are_shares_and_follow_the_stretched_marks(seed: int) -> None:
    x, y = sample(marked(), seed)
    assert x.shape == (3, 512, 2)
    assert y.shape == (3, 256, 9)
    assert y[..., :4].sum(axis=-1) == pytest.approx(1.0)
    counted = y[0][y[0, :, 7] > 0] if y[0, :, 7].any() else y[0]
    # P lasts 0.1 s, QRS 0.1 s and T 0.2 s of each second, however time is stretched
    if len(counted) > 200:
        assert counted[:, 3].mean() == pytest.approx(0.2, abs=0.09)
        assert counted[:, 1].mean() == pytest.approx(0.1, abs=0.07)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_not_seen_does_not_count(seed: int) -> None:
    x, y = sample(marked(), seed)
    seen = x[..., 1].reshape(3, 256, 2).all(axis=-1)
    assert not y[..., 7][~seen].any()


@pytest.mark.parametrize("seed", range(6))
def test_peaks_lie_inside_their_waves(seed: int) -> None:
    _, y = sample(marked(), seed)
    for kind in range(3):
        tops = y[..., 4 + kind] > 0.99
        assert (y[..., 1 + kind][tops] > 0.5).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_record_with_loose_bounds_teaches_only_what_is_sure(seed: int) -> None:
    _, y = sample(replace(marked(), loose_s=0.03), seed)
    counted = y[..., 7] > 0
    assert set(np.unique(y[..., :4][counted].round(6))) <= {0.0, 1.0}
    assert not y[..., 8].any()


@pytest.mark.parametrize("seed", range(6))
def test_a_record_without_p_teaches_nothing_about_qrs_and_t(seed: int) -> None:
    truth = marked(no_p=True)
    kinds = (np.zeros((0, 3)), *truth.leads[0].marks[1:])
    _, y = sample(replace(truth, leads=(waves.TruthLead(kinds),) * 3), seed)
    counted = y[..., 7] > 0
    assert y[..., 0][counted] == pytest.approx(1.0)


def test_disturbing_keeps_what_is_not_seen_and_the_shape() -> None:
    rng = np.random.default_rng(0)
    signal = np.sin(np.arange(1500) / 20.0)[None].repeat(4, axis=0)
    for _ in range(20):
        assert disturb(signal, rng).shape == signal.shape
        assert np.isfinite(disturb(signal, rng)).all()


def test_hiding_leaves_stretches_of_two_and_a_half_seconds() -> None:
    rng = np.random.default_rng(0)
    shown = [(~hide((6, 1500), rng)).sum(axis=1) for _ in range(200)]
    counts = set(np.concatenate(shown).tolist())
    assert {0, 625, 1500} <= counts


@pytest.mark.slow
def test_onnx_runtime_gives_what_keras_gives(tmp_path: Path) -> None:
    model = waves.build(SMALL)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        moved = np.array(variable.value) + 0.1 * rng.standard_normal(variable.shape)
        variable.assign(np.abs(moved) + 0.1 if "variance" in variable.path else moved)
    path = waves.export_delineator(model, tmp_path / "d.onnx")
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    for shape in ((1, 3, 256), (2, 12, 512)):
        x = np.stack([rng.normal(size=shape), rng.random(shape) < 0.8], axis=-1)
        x = x.astype(np.float32)
        ours = session.run(None, {"leads": x})[0]
        theirs = np.asarray(model.predict_on_batch(x))
        assert ours.shape == (*shape[:2], shape[2] // 2, 7)
        assert np.abs(ours - theirs).max() < 1e-4
        assert theirs.std() > 0


@pytest.mark.slow
def test_training_is_repeatable() -> None:
    def run() -> list[Any]:
        records = [marked(), marked()]
        return waves.train(records, SMALL, as_input, others=[marked(no_p=True)]).get_weights()

    for one, two in zip(run(), run(), strict=True):
        assert np.array_equal(one, two)
