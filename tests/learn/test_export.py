"""ONNX Runtime gives what Keras gives, for every network and every layer with a rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from ecgpage.learn.export import export_onnx
from ecgpage.learn.networks import build_network, list_networks, load_keras, settings_for
from ecgpage.values import WrongUse

pytestmark = pytest.mark.slow


def shaken(model: Any, seed: int = 0) -> Any:
    """The model with every weight moved away from its first value, variances kept positive."""
    rng = np.random.default_rng(seed)
    weights = []
    for weight, variable in zip(model.get_weights(), model.weights, strict=True):
        moved = weight + 0.1 * rng.standard_normal(weight.shape).astype(np.float32)
        weights.append(np.abs(moved) + 0.1 if "variance" in variable.path else moved)
    model.set_weights(weights)
    return model


def run(path: Path, pages: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [x.name for x in session.get_inputs()] == ["page"]
    assert [x.name for x in session.get_outputs()] == ["probabilities"]
    return session.run(None, {"page": pages})[0]


def page_batch(model: Any, number: int) -> np.ndarray:
    shape = (number, *model.input_shape[1:])
    return np.random.default_rng(1).random(shape, dtype=np.float32)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", [network.name for network in list_networks() if network.build])
def test_networks_agree(name: str, classes: int, tmp_path: Path) -> None:
    settings = settings_for({"network": name}, {"height": 101, "width": 67, "width_factor": 0.25})
    model = shaken(build_network(settings, classes))
    path = export_onnx(model, tmp_path / "m.onnx")
    for number in (1, 5):
        pages = page_batch(model, number)
        expected = np.asarray(model.predict_on_batch(pages))
        assert np.abs(run(path, pages) - expected).max() < 1e-5
        assert expected.std() > 0 or number == 1


def test_several_networks_are_averaged(tmp_path: Path) -> None:
    settings = settings_for({"network": "trace"}, {"height": 40, "width": 40, "depth": 2})
    models = [shaken(build_network(settings, 2), seed) for seed in range(3)]
    pages = page_batch(models[0], 4)
    mean = np.mean([np.asarray(m.predict_on_batch(pages)) for m in models], axis=0)
    assert np.abs(run(export_onnx(models, tmp_path / "m.onnx"), pages) - mean).max() < 1e-5


def test_every_rule_agrees(tmp_path: Path) -> None:
    keras = load_keras()
    layers = keras.layers
    page = keras.Input((37, 50, 1), name="page")
    x = layers.Conv2D(8, (5, 3), strides=2, padding="same", activation="silu")(page)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    y = layers.Conv2D(8, 1, activation="elu")(layers.SpatialDropout2D(0.2)(y))
    x = layers.Add()([x, y])
    x = layers.SeparableConv2D(12, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(scale=False)(x)
    x = layers.Activation("tanh")(layers.GaussianNoise(0.1)(x))
    x = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.Conv2D(12, 3, groups=3, dilation_rate=2, padding="same", activation="relu")(x)
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Reshape((1, 1, 12))(layers.Dense(12, activation="sigmoid")(gate))
    x = layers.Multiply()([x, gate])
    flat = layers.Concatenate()(
        [layers.GlobalMaxPooling2D()(x), layers.Flatten()(layers.MaxPooling2D(2)(x))]
    )
    flat = layers.ReLU()(layers.BatchNormalization()(layers.Dense(9)(flat)))
    model = shaken(keras.Model(page, layers.Dense(4, activation="softmax")(flat)))
    pages = page_batch(model, 3)
    expected = np.asarray(model.predict_on_batch(pages))
    assert np.abs(run(export_onnx(model, tmp_path / "m.onnx"), pages) - expected).max() < 1e-5


def test_a_layer_without_a_rule_is_refused(tmp_path: Path) -> None:
    keras = load_keras()
    page = keras.Input((8, 8, 1))
    model = keras.Model(page, keras.layers.UnitNormalization()(page))
    with pytest.raises(WrongUse, match="a layer of kind UnitNormalization"):
        export_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_bounded_relu_is_refused(tmp_path: Path) -> None:
    keras = load_keras()
    page = keras.Input((8, 8, 1))
    model = keras.Model(page, keras.layers.Flatten()(keras.layers.ReLU(max_value=6)(page)))
    with pytest.raises(WrongUse, match="a relu with a bound"):
        export_onnx(model, tmp_path / "m.onnx")
