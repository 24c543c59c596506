"""Model folders: a round trip, nothing half-written, and each fault by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecgpage.store import (
    ModelDescription,
    check_place,
    model_card,
    read_model,
    write_model,
    write_text,
)
from ecgpage.values import WrongUse

DESCRIPTION = ModelDescription(
    network="seed",
    settings={"epochs": 3, "learning_rate": 0.001, "group": None, "height": 8, "width": 9},
    preprocessing={"height": 8, "width": 9},
    classes=("Normal", "Abnormal"),
    positive="Abnormal",
    positive_reason="its name says that the finding is there",
    threshold=0.4,
    threshold_rule="Youden",
    temperature=1.25,
    data_fingerprint="ab" * 32,
    seed=7,
    created="2026-01-02T03:04:05+00:00",
    versions={"python": "3.12"},
    metrics={"auc": {"value": 0.9, "low": 0.8, "high": None}, "accuracy": 0.75},
    pages={"train": {"Normal": 3, "Abnormal": 5}},
    ecgpage_version="0",
)
WRITERS = {"model.onnx": lambda path: write_text(path, "graph")}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_model(tmp_path / "a" / "m", DESCRIPTION, WRITERS)
    model = read_model(tmp_path / "a" / "m")
    assert model.description == DESCRIPTION
    assert model.onnx.read_text() == "graph"
    assert model.keras == ()


def test_nan_is_written_as_null(tmp_path: Path) -> None:
    metrics = {"auc": {"value": float("nan"), "low": float("inf")}}
    write_model(tmp_path / "m", replace(DESCRIPTION, metrics=metrics), WRITERS)
    text = (tmp_path / "m" / "model.json").read_text()
    assert json.loads(text)["metrics"]["auc"] == {"value": None, "low": None}


def test_a_failing_writer_leaves_the_old_model_and_no_rest(tmp_path: Path) -> None:
    write_model(tmp_path / "m", DESCRIPTION, WRITERS)

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_model(tmp_path / "m", replace(DESCRIPTION, seed=8), {"model.onnx": fail})
    assert read_model(tmp_path / "m").description.seed == 7
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_new_model_takes_the_place_whole(tmp_path: Path) -> None:
    more = {**WRITERS, "old.txt": lambda path: write_text(path, "old")}
    write_model(tmp_path / "m", DESCRIPTION, more)
    write_model(tmp_path / "m", replace(DESCRIPTION, seed=8), WRITERS)
    assert read_model(tmp_path / "m").description.seed == 8
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["model.json", "model.onnx"]


def damage(folder: Path, **changes: object) -> None:
    path = folder / "model.json"
    given = json.loads(path.read_text())
    given |= changes
    path.write_text(json.dumps({k: v for k, v in given.items() if v != "gone"}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: (m / "model.json").unlink(), "this is not a model folder"),
        (lambda m: (m / "model.json").write_text("{"), "description is damaged"),
        (lambda m: damage(m, format_version="gone"), "description is damaged"),
        (lambda m: damage(m, format_version=99), "newer version"),
        (lambda m: damage(m, classes="gone"), "description is incomplete"),
        (lambda m: damage(m, network="gone"), "description is incomplete"),
        (lambda m: (m / "model.onnx").unlink(), "graph is missing"),
    ],
)
def test_each_fault_has_its_message(spoil: object, message: str, tmp_path: Path) -> None:
    write_model(tmp_path / "m", DESCRIPTION, WRITERS)
    spoil(tmp_path / "m")  # type: ignore[operator]
    with pytest.raises(WrongUse, match=message):
        read_model(tmp_path / "m")


def test_a_place_is_free_taken_or_already_right(tmp_path: Path) -> None:
    place = tmp_path / "m"
    settings, data = DESCRIPTION.settings, DESCRIPTION.data_fingerprint
    assert check_place(place, settings, data, fresh=False) is None
    place.mkdir()
    assert check_place(place, settings, data, fresh=False) is None
    (place / "diary.txt").write_text("mine")
    with pytest.raises(WrongUse, match="something that is no model"):
        check_place(place, settings, data, fresh=True)
    (place / "diary.txt").unlink()
    write_model(place, DESCRIPTION, WRITERS)
    there = check_place(place, settings, data, fresh=False)
    assert there is not None
    assert there.description == DESCRIPTION
    assert check_place(place, settings, data, fresh=True) is None
    with pytest.raises(WrongUse, match="other settings"):
        check_place(place, {**settings, "epochs": 4}, data, fresh=False)
    with pytest.raises(WrongUse, match="other data"):
        check_place(place, settings, "cd" * 32, fresh=False)


def test_the_card_is_honest() -> None:
    card = model_card(DESCRIPTION, "grouped by column 'patient'", "pages.csv")
    for part in (
        "Not for clinical use", "flatter the model", "| train | 3 | 5 |", "0.400", "1.250",
        "grouped by column 'patient'", "| auc | 0.900 |", "| accuracy | 0.750 |",
    ):  # fmt: skip
        assert part in card
