"""A model in the background: its opinions, its doubts, and what it had learned from."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ecgpage.flows.label_pages import Desk, LabelRequest, open_desk
from ecgpage.flows.label_pages_model import Opinion, judge_pages
from ecgpage.values import WrongUse
from ecgpage.web import make_settings
from ecgpage.web.app import create_app

pytest.importorskip("onnx", reason="pip install 'ecgpage[train]'")
from learn.small_model import write_small_model


def key(number: int) -> str:
    return f"page-{number:03d}.png"


def desk_of(pages: Path, tmp_path: Path, model: Path) -> Iterator[Desk]:
    desk = open_desk(LabelRequest(str(pages), str(tmp_path / "labels.sqlite"), model=model))
    yield desk
    desk.close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_small_model(tmp_path / "model")


@pytest.fixture
def desk(pages: Path, tmp_path: Path, model: Path) -> Iterator[Desk]:
    yield from desk_of(pages, tmp_path, model)


def write_split(model: Path, parts: dict[str, str]) -> None:
    rows = [{"key": name, "part": part, "group": name} for name, part in parts.items()]
    (model / "split.json").write_text(json.dumps({"pages": rows, "seed": 0, "method": "by hand"}))


def wait_for(client: TestClient) -> dict[str, Any]:
    for _ in range(600):
        state = client.get("/api/scoring").json()
        if not state["running"]:
            return state
        time.sleep(0.05)
    raise AssertionError("the model did not come to an end")


def test_the_model_looks_in_the_background_and_then_orders_the_pages(
    desk: Desk, pages: Path
) -> None:
    (pages / key(5)).write_bytes(b"no picture")
    client = TestClient(create_app(desk, make_settings()), base_url="http://127.0.0.1")
    before = client.get("/api/scoring").json()
    assert (before["model"], before["running"], before["done"]) == (True, False, 0)
    asked = {"name": "unsure", "reader": "Ada"}
    assert client.get("/api/queue", params=asked).status_code == 200
    state = wait_for(client)
    assert (state["done"], state["failed"], state["fault"]) == (6, 1, None)
    pages_of = client.get("/api/queue", params=asked).json()["pages"]
    assert len(pages_of) == 5
    shown = pages_of[0]["suggestion"]
    assert shown["by"] == "model"
    assert shown["why"].startswith("Abnormal with probability 0.")
    assert "may have been used in training" in shown["why"]
    blind = client.get("/api/queue", params={**asked, "blind": True}).json()["pages"]
    assert len(blind) == 5
    assert all(page["suggestion"] is None for page in blind)


def test_a_page_outside_training_and_validation_is_unseen(desk: Desk, model: Path) -> None:
    write_split(model, {key(0): "train", key(1): "validation", key(2): "test"})
    said = {name: one for name, one in judge_pages(desk, model) if isinstance(one, Opinion)}
    assert [said[key(n)].unseen for n in range(4)] == [False, False, True, True]


def test_each_page_goes_to_the_fold_that_has_not_seen_it(pages: Path, tmp_path: Path) -> None:
    place = tmp_path / "model.cv2"
    for fold in (0, 1):
        write_small_model(place / f"fold-{fold + 1}" / "model", shift=-1.0 - 5 * fold)
        with (place / f"fold-{fold + 1}" / "pages.csv").open("w", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["path", "label", "split"])
            for number in range(5):
                part = "test" if number % 2 == fold else "train"
                table.writerow([(pages / key(number)).resolve(), "Normal", part])
    for desk in desk_of(pages, tmp_path, place):
        said = {name: one for name, one in judge_pages(desk, place) if isinstance(one, Opinion)}
        assert [said[key(n)].unseen for n in range(6)] == [True] * 5 + [False]
        high, low = said[key(0)].probabilities[1], said[key(1)].probabilities[1]
        assert high - low > 0.1  # the folds' models differ, as their shifts do


def test_a_folder_that_is_no_model_is_said(pages: Path, tmp_path: Path) -> None:
    for desk in desk_of(pages, tmp_path, tmp_path / "nothing"):
        with pytest.raises(WrongUse):
            list(judge_pages(desk, tmp_path / "nothing"))
        client = TestClient(create_app(desk, make_settings()), base_url="http://127.0.0.1")
        client.get("/api/queue", params={"name": "unsure", "reader": "Ada"})
        assert "model" in wait_for(client)["fault"]["what"]
