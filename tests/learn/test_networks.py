"""Networks: the notebook's is the notebook's, and costs are counted right."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ecgpage.learn.networks import (
    build_network,
    count_multiply_adds,
    list_networks,
    load_keras,
    settings_for,
)

pytestmark = pytest.mark.slow
SMALL = {"height": 64, "width": 64, "depth": 2, "width_factor": 0.25}


def test_seed_is_the_notebooks_network() -> None:
    model = build_network(settings_for({"network": "seed"}), 2)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Conv2D", "MaxPooling2D"] * 3 + ["Flatten", "Dense", "Dropout", "Dense"]
    assert [model.layers[i].filters for i in (0, 2, 4)] == [32, 64, 128]
    assert model.input_shape == (None, 128, 128, 1)
    # 3x3 kernels with bias; 128 -> 126 -> 63 -> 61 -> 30 -> 28 -> 14; dense 14*14*128 -> 128 -> 1
    convolutions = (9 * 1 + 1) * 32 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 128
    assert model.count_params() == convolutions + (14 * 14 * 128 + 1) * 128 + 129


def test_multiply_adds_of_seed() -> None:
    model = build_network(settings_for({"network": "seed"}), 2)
    by_hand = 126 * 126 * 32 * 9 + 61 * 61 * 64 * 9 * 32 + 28 * 28 * 128 * 9 * 64
    assert count_multiply_adds(model) == by_hand + 14 * 14 * 128 * 128 + 128


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", [network.name for network in list_networks() if network.build])
def test_outputs_are_probabilities(name: str, classes: int) -> None:
    model = build_network(settings_for({"network": name}, SMALL), classes)
    out = np.asarray(model.predict_on_batch(np.zeros((3, 64, 64, 1), np.float32)))
    assert out.shape == (3, 1 if classes == 2 else classes)
    assert (out >= 0).all()
    assert (out <= 1).all()
    if classes > 2:
        assert np.allclose(out.sum(axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("name", [network.name for network in list_networks() if network.build])
def test_batch_normalisation_can_be_switched(name: str, batch_norm: bool) -> None:
    model = build_network(settings_for({"network": name}, SMALL, {"batch_norm": batch_norm}), 2)
    assert batch_norm == any(type(x).__name__ == "BatchNormalization" for x in model.layers)


def test_a_missing_keras_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from ecgpage.values import WrongUse

    def fail(name: str) -> None:
        raise ImportError("no", name="tensorflow")

    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(WrongUse, match=r"pip install 'ecgpage\[train\]'"):
        load_keras()
