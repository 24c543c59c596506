"""The ink network says the same through Keras and through ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from tests.learn.test_export import shaken

from ecgpage.learn.ink_unet import InkShape, build_ink_network, export_ink_network, ink_loss

pytestmark = pytest.mark.slow
WHOLE = InkShape(2, (4, 8, 8), again=True, side=True)
PLAIN = InkShape(4, (8, 8, 4))


@pytest.mark.parametrize("shape", [WHOLE, PLAIN])
def test_keras_and_onnx_agree(tmp_path: Path, shape: InkShape) -> None:
    model = shaken(build_ink_network(32, shape))
    path = export_ink_network(model, tmp_path / "ink.onnx", shape)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    dark = np.random.default_rng(1).random((1, 32, 32, 3), dtype=np.float32)
    expected = np.asarray(model.predict_on_batch(dark))[0]
    found = session.run(None, {"darkness": dark.transpose(0, 3, 1, 2)})[0][0].transpose(1, 2, 0)
    assert expected.std() > 0.01
    assert np.abs(found - expected).max() < 1e-4


def test_onnx_takes_pictures_of_other_sizes(tmp_path: Path) -> None:
    model = shaken(build_ink_network(32, PLAIN))
    session = ort.InferenceSession(export_ink_network(model, tmp_path / "ink.onnx", PLAIN))
    found = session.run(None, {"darkness": np.zeros((1, 3, 48, 160), np.float32)})[0]
    assert found.shape == (1, 4, 48, 160)


def test_the_loss_falls_as_the_answer_comes_nearer() -> None:
    truth = np.zeros((1, 8, 8, 4), np.float32)
    truth[:, 3, :, 0] = 1.0
    answers = [np.full_like(truth, 0.3), 0.1 + 0.8 * truth, 0.01 + 0.98 * truth]
    losses = [float(ink_loss(truth, answer)) for answer in answers]
    assert losses[0] > losses[1] > losses[2] > 0
