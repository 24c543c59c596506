"""The whole evaluation as plain values; pooling; occlusion; the choice of pages."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ecgpage import score
from ecgpage.values import Dataset, Item, Split, WrongUse

TWO = ("Normal", "Abnormal")


def predictions(seed: int, y: np.ndarray, skill: float, threshold=0.5, name="m"):
    z = np.random.default_rng(seed).normal(size=len(y)) + skill * (y == 1) - skill / 2
    p = 1 / (1 + np.exp(-z))
    return score.Predictions(name, TWO, 1, np.stack([1 - p, p], axis=1), threshold)


def make_task(folds=None, threshold=0.5):
    y = np.random.default_rng(0).integers(0, 2, 120)
    model = predictions(1, y, 2.0, threshold)
    return score.Task(
        keys=[f"{k}.png" for k in range(120)],
        labels=[TWO[k] for k in y],
        y=y,
        groups=[str(k // 2) for k in range(120)],
        model=model,
        uncalibrated=score.apply_temperature(model.probability, 0.2),
        baselines=[
            score.majority_baseline(y, 120, TWO, 1),
            predictions(2, y, 1.0, name="weak"),
            score.Missing("gone", "not at hand"),
        ],
        columns={"sex": ["F", "M"] * 60},
        folds=folds,
    )


def test_everything_is_json_and_agrees_with_its_parts():
    task = make_task()
    found = json.loads(json.dumps(score.evaluate(task, 200), allow_nan=False))
    table = np.array(found["confusion"]["rows"])
    assert found["figures"]["accuracy"]["value"] == pytest.approx(np.trace(table) / 120)
    assert found["figures"]["sensitivity"]["value"] == pytest.approx(table[1, 1] / table[1].sum())
    called = [page["predicted"] for page in found["pages"]]
    assert called.count("Abnormal") == table[:, 1].sum()
    assert all(
        (page["probability"] >= found["threshold"]) == (page["predicted"] == "Abnormal")
        for page in found["pages"]
    )
    less = found["baselines"]["weak"]["model_minus_baseline"]["auc"]
    assert less["value"] == pytest.approx(
        found["figures"]["auc"]["value"] - found["baselines"]["weak"]["figures"]["auc"]["value"]
    )
    assert less["low"] > 0
    assert found["baselines"]["gone"] == {
        "note": "not at hand", "figures": None, "model_minus_baseline": None
    }  # fmt: skip
    before, after = found["figures_before_temperature"]["ece"], found["figures"]["ece"]
    assert before["value"] == pytest.approx(score.ece(task.y, task.uncalibrated[:, 1]))
    assert after["value"] == pytest.approx(score.ece(task.y, task.model.score))
    assert sum(row["count"] for row in found["calibration"]["after"]) == 120
    assert score.evaluate(task, 200) == score.evaluate(task, 200)


def test_folds_keep_their_thresholds():
    folds = np.arange(120) % 2
    threshold = np.where(folds == 0, 0.3, 0.7)
    found = score.evaluate(make_task(folds, threshold), 50)
    assert found["threshold"] == [0.3, 0.7]
    assert [row["pages"] for row in found["folds"]["each"]] == [60, 60]
    aucs = [row["auc"] for row in found["folds"]["each"]]
    assert found["folds"]["mean"]["auc"]["mean"] == pytest.approx(np.mean(aucs))
    right = sum(page["label"] == page["predicted"] for page in found["pages"])
    mean = found["folds"]["mean"]["accuracy"]["mean"]
    assert mean == pytest.approx(right / 120)


def test_pooling_puts_every_page_in_its_place():
    y = np.array([0, 1, 1, 0, 1])
    whole = predictions(0, y, 1.0)
    parts = []
    for places, threshold in ((np.array([3, 0]), 0.2), (np.array([1, 4, 2]), 0.6)):
        part = score.Predictions("m", TWO, 1, whole.probability[places], threshold)
        parts.append((places, part))
    pooled = score.pool(parts, 5)
    assert np.array_equal(pooled.probability, whole.probability)
    assert np.array_equal(pooled.threshold, [0.2, 0.6, 0.6, 0.2, 0.6])


def test_occlusion_finds_the_patch_that_decides():
    def network(pages):
        ink = pages[:, 40:52, 100:112, 0].mean(axis=(1, 2))
        p = 1 / (1 + np.exp(-(8 * ink - 2)))
        return np.stack([1 - p, p], axis=1)

    page = np.zeros((100, 160, 1), np.float32)
    page[40:52, 100:112] = 1
    page[70:90, 10:30] = 1
    found = score.occlusion_map(network, page, 1)
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (row, column) in {(4, 10), (4, 11), (5, 10), (5, 11)}
    assert found.max() == pytest.approx(8.0, abs=0.1)
    assert np.abs(found[7:, :4]).max() < 1e-3
    assert score.occlusion_map(network, page, 0).min() == pytest.approx(-8.0, abs=0.1)


def test_worst_mistakes_come_first():
    y = np.array([0, 1, 1, 0])
    p = np.array([[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.4, 0.6]])
    assert score.worst_mistakes(y, p.argmax(axis=1), p, 5).tolist() == [0, 1, 3]
    assert score.worst_mistakes(y, p.argmax(axis=1), p, 1).tolist() == [0]


def dataset(labels="NANA"):
    names = {"N": "Normal", "A": "Abnormal", "-": None}
    items = tuple(Item(f"{k}.png", f"/x/{k}.png", names[c]) for k, c in enumerate(labels))
    return Dataset(items, "/x", "pages.csv")


def test_the_data_sets_own_split_comes_before_the_models():
    by_model = {"0.png": "test", "1.png": "test"}
    given = {"0.png": "train", "1.png": "validation", "2.png": "test", "3.png": "train"}
    chosen = score.choose_pages(dataset(), by_model, given)
    assert [item.key for item in chosen.test] == ["2.png"]
    assert [item.key for item in chosen.train] == ["0.png", "3.png"]
    assert [item.key for item in chosen.learned] == ["0.png", "1.png", "3.png"]
    of_model = score.choose_pages(dataset(), by_model, None)
    assert [item.key for item in of_model.test] == ["0.png", "1.png"]


def test_a_test_part_that_the_model_learned_from_is_refused():
    given = {"0.png": "train", "1.png": "test", "2.png": "test", "3.png": "train"}
    with pytest.raises(WrongUse, match=r"learned from 1 of the 2 pages"):
        score.choose_pages(dataset(), {"1.png": "validation"}, given)
    allowed = score.choose_pages(dataset(), {"1.png": "validation"}, given, allow_leakage=True)
    assert allowed.seen == ("1.png",)


def test_unlabelled_pages_are_never_judged():
    assert [item.key for item in score.choose_pages(dataset("N-A-"), {}, None).test] == [
        "0.png", "2.png",
    ]  # fmt: skip
    with pytest.raises(WrongUse, match="no labelled page is left"):
        score.choose_pages(dataset("--"), {}, None)


def test_hashes_count_before_names():
    split = Split({"0.png": "train", "1.png": "test"}, {}, 0, "by hand")
    by_name = score.parts_by_model(dataset(), split, {}, {})
    assert by_name == {"0.png": "train", "1.png": "test"}
    contents = {"0.png": "aa", "1.png": "bb", "2.png": "cc", "3.png": "dd"}
    by_hash = score.parts_by_model(dataset(), split, contents, {"cc": "train"})
    assert by_hash == {"2.png": "train"}
