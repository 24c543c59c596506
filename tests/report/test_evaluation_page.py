"""The evaluation page: self-contained, escaped, honest in its sentence; its plots as files."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from ecgpage import report
from ecgpage.report import evaluation_words as words
from ecgpage.report.evaluation import explained


def figure(value, low=None, high=None):
    return {"value": value, "low": low, "high": high}


def figures(auc=0.9):
    names = (
        "auc", "pr_auc", "accuracy", "balanced_accuracy", "sensitivity", "specificity", "f1",
        "sensitivity_at_90_specificity", "specificity_at_90_sensitivity", "brier", "ece",
    )  # fmt: skip
    return {name: figure(auc, auc - 0.05, auc + 0.05) for name in names}


def baseline(auc, low, high, note="a note"):
    return {
        "note": note,
        "figures": figures(auc),
        "model_minus_baseline": {"auc": figure(0.9 - auc, low, high)},
    }


@pytest.fixture
def found():
    line = {"x": [0, 0.2, 1], "y": [0, 0.9, 1], "grid": [0, 0.5, 1], "low": [0, 0.8, 1],
            "high": [0.1, 1, 1]}  # fmt: skip
    bins = [{"low": 0.0, "high": 0.1, "count": 3, "mean_probability": 0.05, "observed": 0.0}]
    return {
        "version": "0",
        "created": "2026-01-02T03:04:05",
        "model": {
            "name": "<b>model</b>", "network": "trace", "classes": ["Normal", "Abnormal"],
            "positive": "Abnormal", "threshold_rule": "Youden", "seed": 0, "members": 1,
            "created": "2026-01-01", "temperature": [1.5], "trained_on": "ab" * 32,
        },
        "data": {
            "name": "pages.csv", "fingerprint": "cd" * 32, "n": 4, "groups": 3,
            "grouped_by": "column patient", "by_class": {"Abnormal": 3, "Normal": 1},
            "pages": "the test part", "seen_in_training": [], "unreadable": [],
        },
        "settings": {"seed": 0, "resamples": 10, "interval": "95 %", "part": None,
                     "cross_validate": None},
        "figures": figures(),
        "figures_before_temperature": {"ece": figure(0.2, 0.1, 0.3), "brier": figure(0.2)},
        "confusion": {"labels": ["Normal", "Abnormal"], "rows": [[1, 0], [1, 2]]},
        "classification_report": [
            {"class": "Normal", "precision": None, "recall": 1.0, "f1": 0.5, "pages": 1}
        ],
        "threshold": 0.4,
        "baselines": {
            "T-band rule": baseline(0.7, 0.1, 0.3),
            "seed network": {"note": "left out", "figures": None, "model_minus_baseline": None},
        },
        "subgroups": {
            "sex": [{"value": "F", "pages": 4, "groups": 3, "by_class": [1, 3],
                     "figures": figures(0.8)}]
        },
        "calibration": {"bins": "10 of equal width", "before": bins, "after": bins},
        "curves": {"Abnormal": {"roc": line, "pr": line}},
        "pages": [
            {"path": f"{k}.png", "label": ("Abnormal", "Normal")[k == 3], "probability": 0.2 * k,
             "predicted": "Abnormal"} for k in range(4)
        ],
    }  # fmt: skip


@pytest.fixture
def mistake():
    generator = np.random.default_rng(0)
    return report.Mistake(
        "a&b/<3>.png", "Normal", "Abnormal", 0.97,
        generator.integers(0, 255, (300, 1500, 3)).astype(np.uint8),
        np.ones((40, 60), np.float32),
        np.pad(np.ones((1, 1)), ((2, 7), (4, 11))),
    )  # fmt: skip


def test_page_is_self_contained_and_escaped(found, mistake):
    page = report.evaluation_page(found, [mistake])
    assert "<b>model</b>" not in page
    assert "&lt;b&gt;model&lt;/b&gt;" in page
    assert "a&amp;b/&lt;3&gt;.png" in page
    sources = re.findall(r'(?:src|href)="([^"]{1,40})', page)
    assert sources
    assert all(source.startswith(("data:image/", "#")) for source in sources)
    assert not re.search(r"url\(\s*['\"]?http|@import|<script", page)
    assert "Not for clinical use" in page
    assert page.count("<svg") == 5


def test_ids_of_the_plots_do_not_collide(found):
    page = report.evaluation_page(found)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r'href="#([^"]+)"', page))
    assert used <= set(ids)


def test_plots_follow_the_colours_of_the_page(found):
    page = report.evaluation_page(found)
    drawn = page[page.index("<svg") :]
    for colour in ("#1b2430", "#d5dae1", "#0b6e99", "#c2571b"):
        assert colour not in drawn
    assert "var(--model)" in drawn


@pytest.mark.parametrize(
    ("low", "high", "says", "bad"),
    [
        (0.1, 0.3, "better than the best of its baselines, the T-band rule", False),
        (-0.1, 0.3, "which these pages cannot tell from the T-band rule", True),
        (-0.3, -0.1, "worse than the T-band rule", True),
    ],
)
def test_verdict_compares_with_the_strongest_baseline(found, low, high, says, bad):
    found["baselines"]["T-band rule"] = baseline(0.7, low, high)
    found["baselines"]["majority class"] = baseline(0.5, 0.3, 0.4)
    assert says in words.verdict(found)
    assert words.is_bad(found) is bad
    assert ('class="verdict bad"' in report.evaluation_page(found)) is bad


def test_verdict_warns_of_pages_seen_in_training(found):
    found["data"]["seen_in_training"] = ["1.png", "2.png"]
    sentence = words.verdict(found)
    assert sentence.startswith("2 of these 4 pages were seen in training")
    assert "The figures below do not hold for new pages" in report.evaluation_page(found)


def test_a_figure_that_cannot_be_taken_is_a_dash(found):
    found["figures"]["auc"] = figure(None)
    found["curves"] = {}
    assert "cannot be judged" in words.verdict(found)
    page = report.evaluation_page(found)
    assert "cannot be taken here" in page
    assert "nan" not in page.lower().replace("finance", "")


def test_many_classes_and_folds(found):
    found["model"]["classes"] = ["A", "B", "C"]
    found["model"]["positive"] = "A"
    found["threshold"] = None
    found["confusion"] = {"labels": ["A", "B", "C"], "rows": [[1, 0, 0], [0, 1, 0], [1, 0, 1]]}
    found["curves"] = dict.fromkeys("ABC", found["curves"]["Abnormal"])
    found["folds"] = {
        "each": [{"fold": 1, "pages": 4, "auc": 0.9, "balanced_accuracy": 0.8, "accuracy": None}],
        "mean": {
            name: {"mean": 0.9, "standard_deviation": None}
            for name in ("auc", "balanced_accuracy", "accuracy")
        },
    }
    page = report.evaluation_page(found)
    assert "A against the rest" in page
    assert "Fold by fold" in page
    assert "tells the classes apart" in page


def test_every_plot_and_mistake_becomes_a_png(found, mistake, tmp_path):
    from PIL import Image

    paths = report.draw_evaluation(found, [mistake], tmp_path / "png")
    assert {path.name for path in paths} == {
        "baselines.png", "roc.png", "precision_recall.png", "calibration.png",
        "probabilities.png", "confusion.png", "mistake-01.png",
    }  # fmt: skip
    for path in paths:
        with Image.open(path) as image:
            assert min(image.size) > 200
    assert not list(tmp_path.rglob("*.part"))


def test_the_patch_that_spoke_for_the_mistake_is_orange(mistake):
    picture = explained(mistake).astype(int)
    rows, columns = picture.shape[:2]
    there = picture[int(2.5 * rows / 10), int(4.5 * columns / 16)]
    assert there[0] > there[2] + 60
    assert (picture[-5, -5] > 240).all()


def test_the_page_needs_nothing_but_plain_values(found):
    again = json.loads(json.dumps(found, allow_nan=False))
    assert report.evaluation_page(again) == report.evaluation_page(found)
