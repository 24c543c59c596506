"""The training loop: it learns, repeats itself, stops, averages and keeps the best epoch."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecgpage.learn.networks import settings_for
from ecgpage.learn.settings import TrainSettings
from ecgpage.learn.training import Epoch, choose_classes, train, train_members
from ecgpage.learn.training.data import balanced_weights
from ecgpage.learn.training.figures import standing, validation_figures
from ecgpage.learn.training.log import COLUMNS
from ecgpage.learn.training.schedule import learning_rate
from ecgpage.values import WrongUse

from .shapes import SIDE, data

SMALL = settings_for(
    {"network": "trace", "height": SIDE, "width": SIDE, "depth": 2, "dropout": 0.2},
    {"batch_size": 8, "epochs": 4, "learning_rate": 0.01, "seed": 3},
)


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [2, 3])
def test_it_learns_shapes(kinds: int, tmp_path: Path) -> None:
    trained = train(data(kinds, 48), replace(SMALL, epochs=12, patience=0), tmp_path)
    assert len(trained.history) == 12
    assert trained.history[trained.best_epoch - 1].validation_auc > 0.95
    assert trained.probabilities.shape == (12, 1 if kinds == 2 else 3)
    loss, _, auc = validation_figures(trained.probabilities, trained.labels)
    best = trained.history[trained.best_epoch - 1]
    assert (loss, auc) == pytest.approx((best.validation_loss, best.validation_auc), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_one_seed_gives_one_result_and_another_another(ema: float, tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=2, ema=ema)
    one = train(data(), settings, tmp_path / "a")
    same = train(data(), settings, tmp_path / "b")
    other = train(data(), replace(settings, seed=4), tmp_path / "c")
    assert np.array_equal(one.probabilities, same.probabilities)
    assert [e.loss for e in one.history] == [e.loss for e in same.history]
    assert not np.array_equal(one.probabilities, other.probabilities)


HASHED = """
import hashlib, os, sys
os.sched_setaffinity(0, {int(core) for core in sys.argv[1].split(",")})
import numpy as np
from ecgpage.learn.networks import settings_for
from ecgpage.learn.networks.backend import seed_everything
from ecgpage.learn.training.machine import Machine
seed_everything(0)
settings = settings_for({"network": "trace"})
machine = Machine(settings, 2, (16, 16))
rng = np.random.default_rng(0)
for _ in range(3):
    pages = rng.random((32, settings.height, settings.width, 1), np.float32)
    machine.step((pages, np.arange(32) % 2), 0.001)
print(hashlib.sha256(b"".join(w.tobytes() for w in machine.model.get_weights())).hexdigest())
"""
"""Steps on whole pages: on smaller ones TensorFlow does not share the work between threads."""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
def test_weights_are_the_same_bit_by_bit_on_one_core_and_on_two() -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TF_NUM_")}
    found = [
        subprocess.run(
            [sys.executable, "-c", HASHED, ",".join(map(str, some))],
            env=plain, check=True, capture_output=True, text=True,
        ).stdout
        for some in (cores[:1], cores, cores)
    ]  # fmt: skip
    assert len(found[0].strip()) == 64
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_stopped_and_called_again_it_ends_as_if_never_stopped(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    seen: set[int] = set()

    def stop(epoch: Epoch) -> None:
        if epoch.epoch not in seen:
            seen.add(epoch.epoch)
            raise Stop

    settings = replace(SMALL, epochs=3, ema=0.5)
    whole = train(data(), settings, tmp_path / "whole")
    for _ in range(2):
        with pytest.raises(Stop):
            train(data(), settings, tmp_path / "parts", after_epoch=stop)
    assert seen == {1, 2}
    parts = train(data(), settings, tmp_path / "parts")
    assert np.array_equal(whole.probabilities, parts.probabilities)
    assert [e.validation_loss for e in whole.history] == [e.validation_loss for e in parts.history]


@pytest.mark.slow
def test_the_training_loss_is_the_mean_over_all_pages(tmp_path: Path) -> None:
    settings = replace(SMALL, learning_rate=1e-30, dropout=0.0, batch_norm=False, epochs=1)
    feeds = data(number=20)
    assert [len(y) for _, y in feeds.training.epoch(0)] == [8, 8, 4]
    trained = train(feeds, replace(settings, class_weights="none"), tmp_path)
    pages, labels = (np.concatenate(part) for part in zip(*feeds.training.epoch(0), strict=True))
    outputs = np.asarray(trained.model.predict_on_batch(pages))
    loss, accuracy, _ = validation_figures(outputs, labels)
    assert trained.history[0].loss == pytest.approx(loss, abs=1e-5)
    assert trained.history[0].accuracy == pytest.approx(accuracy)


@pytest.mark.slow
def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    train(data(), replace(SMALL, epochs=1), tmp_path)
    with pytest.raises(WrongUse, match=r"a change in dropout, epochs.*--fresh"):
        train(data(), replace(SMALL, epochs=2, dropout=0.3), tmp_path)
    with pytest.raises(WrongUse, match="a change in data"):
        train(data(number=16), replace(SMALL, epochs=1), tmp_path)


@pytest.mark.slow
def test_a_damaged_state_says_so(tmp_path: Path) -> None:
    train(data(), replace(SMALL, epochs=1), tmp_path)
    state = tmp_path / "state.npz"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(WrongUse, match="cannot be read"):
        train(data(), replace(SMALL, epochs=1), tmp_path)


@pytest.mark.slow
def test_it_stops_early_and_logs_each_epoch(tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=40, patience=2, learning_rate=1e-7, monitor="loss")
    trained = train(data(), settings, tmp_path, tensorboard=True)
    assert len(trained.history) == trained.best_epoch + 2 or len(trained.history) == 40
    with (tmp_path / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["epoch"]) for row in rows] == list(range(1, len(trained.history) + 1))
    events = tmp_path / "tensorboard" / "events.out.tfevents.ecgpage"
    assert events.read_bytes().count(b"validation_auc") == len(rows)
    assert len(list(tmp_path.glob("best-*.npz"))) == 1
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
def test_members_differ_and_are_each_resumable(tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=1, members=2)
    seeds: list[int] = []

    def feeds(seed: int) -> object:
        seeds.append(seed)
        return data()

    first = train_members(feeds, settings, tmp_path)  # type: ignore[arg-type]
    assert seeds == [3, 4]
    assert not np.array_equal(first[0].probabilities, first[1].probabilities)
    again = train_members(feeds, settings, tmp_path)  # type: ignore[arg-type]
    for one, other in zip(first, again, strict=True):
        assert one.history == other.history
        assert np.array_equal(one.probabilities, other.probabilities)


def test_learning_rate_rises_and_falls() -> None:
    settings = TrainSettings(epochs=10, warmup_epochs=2, learning_rate=0.1)
    rates = [learning_rate(settings, step, 5) for step in range(50)]
    assert rates[0] < rates[5] < rates[10] == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 <= rates[-1] < 0.001
    constant = replace(settings, schedule="constant", warmup_epochs=0)
    assert {learning_rate(constant, step, 5) for step in range(50)} == {0.1}


def test_balanced_weights_make_classes_weigh_the_same() -> None:
    counts = (109, 267)
    weights = balanced_weights(counts)
    assert weights[0] * 109 == pytest.approx(weights[1] * 267)
    assert float(weights @ np.array(counts)) == pytest.approx(sum(counts))


def test_area_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    outputs = np.round(rng.random((60, 1)), 1).astype(np.float32)
    assert validation_figures(outputs, labels)[2] == pytest.approx(
        roc_auc_score(labels, outputs[:, 0])
    )
    wide = rng.dirichlet(np.ones(3), 60).astype(np.float32)
    labels = rng.integers(0, 3, 60)
    assert validation_figures(wide, labels)[2] == pytest.approx(
        roc_auc_score(labels, wide, multi_class="ovr")
    )


def test_without_an_area_the_loss_decides() -> None:
    assert standing(TrainSettings(), 0.5, float("nan")) > standing(
        TrainSettings(), 0.6, float("nan")
    )
    assert standing(TrainSettings(), 0.9, 0.99) > standing(TrainSettings(), 0.1, 0.98)
    assert standing(TrainSettings(), 0.1, 0.99) > standing(TrainSettings(), 0.2, 0.99)


@pytest.mark.parametrize(
    ("labels", "names", "positive"),
    [
        (["Normal"] * 2 + ["Abnormal"] * 5, ("Normal", "Abnormal"), "Abnormal"),
        (["0", "1", "1"], ("0", "1"), "1"),
        (["healthy", "AF"], ("healthy", "AF"), "AF"),
        (["a", "b", "b"], ("b", "a"), "a"),
        (["a", "b"], ("a", "b"), "b"),
        (["z", "normal", "b"], ("b", "normal", "z"), "z"),
    ],
)
def test_the_positive_class(labels: list[str], names: tuple[str, ...], positive: str) -> None:
    classes = choose_classes(labels)
    assert (classes.names, classes.positive) == (names, positive)
    assert classes.reason


@pytest.mark.parametrize("labels", [[], ["Normal", "Normal"]])
def test_one_class_cannot_be_told_apart(labels: list[str]) -> None:
    with pytest.raises(WrongUse, match="at least two classes"):
        choose_classes(labels)
