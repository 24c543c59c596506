"""``--network measures``: trained, evaluated and asked like any network, on measured waves."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ecgpage import learn, render, store
from ecgpage.flows.evaluate import EvaluateRequest, evaluate
from ecgpage.flows.predict import PredictRequest, predict
from ecgpage.flows.train import train, train_settings
from ecgpage.flows.train_parts import TrainRequest
from ecgpage.values import Refused

NAMES = ("a", "b", "c")


def vectors(seed: int, n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    x = rng.normal(0, 1, (n, 3))
    x[:, 0] += 2 * y
    x[rng.random((n, 3)) < 0.1] = np.nan
    return x, y.astype(np.int64)


def test_the_graph_says_what_the_model_says(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="pip install 'ecgpage[train]'")
    import onnxruntime

    x, y = vectors(0)
    model = learn.fit_vectors(NAMES, x, y, [str(k) for k in range(len(y))], 0)
    learn.export_vectors(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    given = x.astype(np.float32)[:, :, None, None]
    said = session.run(None, {"page": given})[0]
    assert said == pytest.approx(model.probabilities(x), abs=1e-5)
    fresh, truth = vectors(1)
    assert model.importances(fresh, truth, 0)[0][0] == "a"
    right = (model.probabilities(fresh)[:, 0] > 0.5) == truth
    assert right.mean() > 0.75


def test_a_missing_number_counts_as_the_mean() -> None:
    x, y = vectors(0)
    model = learn.fit_vectors(NAMES, x, y, [str(k) for k in range(len(y))], 0)
    nothing = model.probabilities(np.full((1, 3), np.nan))
    assert nothing == pytest.approx(model.probabilities(model.mean[None]))


def test_measurements_of_another_version_are_refused() -> None:
    from ecgpage.flows.measure_page import register_vectors

    register_vectors()
    page = next(iter(render.demo_pages(1, 0)))[0].page
    with pytest.raises(Refused, match="no such thing"):
        learn.Vectors(("no such thing",)).take(page)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measures")
    rows = [["path", "label", "record", "split"]]
    for number, (page, label) in enumerate(render.demo_pages(24, 5)):
        name = f"{number:02d}.png"
        cv2.imwrite(str(folder / name), page.page.image[..., ::-1])
        rows.append(
            [name, label, str(number), ("train", "train", "validation", "test")[number % 4]]
        )
    with (folder / "pages.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return folder


@pytest.mark.slow
def test_a_model_on_measurements_is_trained_evaluated_and_asked(pages: Path) -> None:
    pytest.importorskip("onnx", reason="pip install 'ecgpage[train]'")
    settings = train_settings(None, (), {"network": "measures", "group": "record"})
    request = TrainRequest(pages / "pages.csv", pages / "model", settings)
    trained = train(request)
    described = store.read_model(trained.model.path).description
    assert described.network == "measures"
    assert described.preprocessing["mode"] == "measurements"
    told = json.loads((pages / "model" / "importances.json").read_text())
    assert set(told["cross_entropy_lost_when_shuffled"]) == set(described.preprocessing["names"])
    assert train(request).already
    found = evaluate(
        EvaluateRequest(pages / "model", pages / "pages.csv", json=pages / "report.json",
                        html=pages / "report.html", skip_seed=True, resamples=50, jobs=1)
    ).found  # fmt: skip
    assert found["model"]["network"] == "measures"
    assert {"majority class", "T-band rule"} <= set(found["baselines"])
    (pages / "blank.png").write_bytes(cv2.imencode(".png", np.full((300, 400), 255, np.uint8))[1])
    told = predict(
        PredictRequest(pages / "model", (str(pages / "03.png"), str(pages / "blank.png")),
                       pages / "said.csv", jobs=1)
    )  # fmt: skip
    assert sum(told.labels.values()) == 1
    assert told.failed == 1
    rows = list(csv.DictReader((pages / "said.csv").open()))
    assert 0 <= float(rows[0]["probability"]) <= 1
    assert rows[1]["error"]


@pytest.mark.slow
def test_it_stands_beside_another_network(pages: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras", reason="pip install 'ecgpage[train]'")
    settings = train_settings(None, (), {"network": "seed", "group": "record", "epochs": 1})
    train(TrainRequest(pages / "pages.csv", pages / "pixels", settings))
    given = EvaluateRequest(pages / "pixels", pages / "pages.csv", json=tmp_path / "report.json",
                            measures=True, resamples=50, jobs=1)  # fmt: skip
    found = evaluate(given).found
    beside = found["baselines"]["model on measurements"]
    assert 0 <= beside["figures"]["auc"]["value"] <= 1
    assert (pages / "pixels.measures" / "model.onnx").is_file()
    asked_no_more = evaluate(replace(given, measures=False)).found
    assert asked_no_more["baselines"]["model on measurements"]["figures"] == beside["figures"]
