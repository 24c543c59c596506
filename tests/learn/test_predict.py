"""Prediction through ONNX Runtime: what a model folder says is what is done."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ecgpage.learn import Predictor, Preprocessing
from ecgpage.learn.predict import scale
from ecgpage.values import Page, WrongUse

from .drawn import drawn_page
from .small_model import write_small_model


def logistic(z: float) -> float:
    return 1.0 / (1.0 + np.exp(-z))


def mean_ink(page: Page) -> float:
    return float(Preprocessing(height=32, width=64).apply(page).mean())


def blank_page() -> Page:
    return Page(np.full((300, 400, 3), 255, np.uint8), source="blank.png")


def test_two_classes(tmp_path: Path) -> None:
    predictor = Predictor.load(write_small_model(tmp_path / "model"))
    full, blank = predictor.predict([drawn_page(), blank_page()])
    assert full.probability == pytest.approx(logistic(40 * mean_ink(drawn_page()) - 2), abs=1e-5)
    assert blank.probability == pytest.approx(logistic(-2.0), abs=1e-5)
    assert (full.name, full.label) == ("drawn.png", "Abnormal")
    assert (blank.name, blank.label) == ("blank.png", "Normal")
    assert sum(full.probabilities) == pytest.approx(1.0)
    assert full.probabilities[1] == full.probability


def test_temperature_divides_the_logit(tmp_path: Path) -> None:
    predictor = Predictor.load(write_small_model(tmp_path / "model", temperature=2.5))
    assert predictor.predict([blank_page()])[0].probability == pytest.approx(logistic(-2.0 / 2.5))


@pytest.mark.parametrize(("threshold", "label"), [(0.11, "Abnormal"), (0.12, "Normal")])
def test_the_stored_threshold_decides(tmp_path: Path, threshold: float, label: str) -> None:
    """A blank page has the probability logistic(-2) = 0.119."""
    predictor = Predictor.load(write_small_model(tmp_path / "model", threshold=threshold))
    assert predictor.predict([blank_page()])[0].label == label


def test_more_than_two_classes(tmp_path: Path) -> None:
    folder = write_small_model(
        tmp_path / "model", classes=("A", "B", "C"), temperature=2.0, threshold=None
    )
    said = Predictor.load(folder).predict([blank_page()])[0]
    expected = np.exp(np.array([-2.0, -4.0, -6.0]) / 2.0)
    assert said.probabilities == pytest.approx(expected / expected.sum(), abs=1e-5)
    assert said.label == "A"
    assert said.probability == said.probabilities[2]


def test_scaling_keeps_order_and_sum() -> None:
    rng = np.random.default_rng(1)
    given = rng.dirichlet(np.ones(4), 30)
    for temperature in (0.5, 1.0, 3.0):
        scaled = scale(given, temperature)
        assert np.allclose(scaled.sum(axis=1), 1.0)
        assert np.array_equal(scaled.argsort(axis=1), given.argsort(axis=1))
    assert np.allclose(scale(given, 1.0), given, atol=1e-6)
    assert np.isfinite(scale(np.array([[0.0, 1.0]]), 0.1)).all()


def test_it_travels_to_another_process(tmp_path: Path) -> None:
    predictor = Predictor.load(write_small_model(tmp_path / "model"))
    before = predictor.predict([drawn_page()])
    again = pickle.loads(pickle.dumps(predictor))
    assert again.predict([drawn_page()]) == before
    assert again.fingerprint() == predictor.fingerprint()


def test_whatever_decides_a_prediction_is_in_the_fingerprint(tmp_path: Path) -> None:
    settings: list[dict[str, object]] = [
        {}, {"threshold": 0.4}, {"temperature": 1.1}, {"gain": 39.0},
        {"preprocessing": Preprocessing(height=32, width=64, mode="grey")},
    ]  # fmt: skip
    seen = [
        Predictor.load(write_small_model(tmp_path / str(k), **given)).fingerprint()  # type: ignore[arg-type]
        for k, given in enumerate(settings)
    ]
    assert len(set(seen)) == len(settings)


def test_no_pages_give_no_predictions(tmp_path: Path) -> None:
    assert Predictor.load(write_small_model(tmp_path / "model")).predict([]) == ()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("none", "FileNotFoundError"),
        ("text", "JSONDecodeError"),
        ("key", "KeyError: 'positive'"),
        ("graph", "while opening model.onnx"),
        ("shape", r"to 1 numbers, for page \[16, 64, 1\]"),
        ("classes", "to 1 numbers, for page .* and 3 classes"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(tmp_path: Path, fault: str, said: str) -> None:
    folder = write_small_model(tmp_path / "model")
    described = json.loads((folder / "model.json").read_text())
    if fault == "none":
        folder = tmp_path / "absent"
    elif fault == "text":
        (folder / "model.json").write_text("{")
    elif fault == "key":
        (folder / "model.json").write_text(
            json.dumps({k: v for k, v in described.items() if k != "positive"})
        )
    elif fault == "graph":
        (folder / "model.onnx").write_bytes(b"not a graph")
    elif fault == "shape":
        described["preprocessing"]["height"] = 16
        (folder / "model.json").write_text(json.dumps(described))
    else:
        described["classes"] = ["A", "B", "C"]
        (folder / "model.json").write_text(json.dumps(described))
    with pytest.raises(WrongUse, match="cannot be used for prediction") as caught:
        Predictor.load(folder).predict([blank_page()])
    assert caught.match(said)


@pytest.mark.slow
def test_prediction_needs_no_training_package() -> None:
    """Importing the room and the flow brings neither Keras nor a backend nor Optuna."""
    code = (
        "import sys, ecgpage.learn, ecgpage.flows.predict, ecgpage.cli.commands.predict\n"
        "bad = {'keras', 'tensorflow', 'torch', 'jax', 'optuna'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
