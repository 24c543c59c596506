"""Labels read from JSON and from Label Studio's export."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecgpage.label import labels_as_json, open_dataset, read_labels, tasks_of
from ecgpage.values import Dataset, Item, Judgement, WrongUse

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


def save(path: Path, values: object) -> Path:
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def choice(label: str, **more: object) -> dict[str, object]:
    region = {"type": "choices", "from_name": "class", "value": {"choices": [label]}}
    return {"result": [region], "created_at": "2024-03-01T12:00:00.5Z", **more}


def test_json_list_is_a_manifest(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b.png")
    rows = [{"path": "a.png", "label": "N", "age": 61}, {"path": "b.png", "label": None}]
    dataset = open_dataset(save(tmp_path / "l.json", rows))
    assert [(i.key, i.label, i.columns) for i in dataset] == [
        ("a.png", "N", {"age": "61"}), ("b.png", None, {}),
    ]  # fmt: skip
    lines = tmp_path / "l.jsonl"
    lines.write_text("\n".join(json.dumps(row) for row in rows))
    assert open_dataset(lines).items == dataset.items


def test_labels_of_folder_and_csv_say_where_they_are_from(tmp_path: Path) -> None:
    touch(tmp_path, "N/a.png", "A/b.png")
    found = read_labels(tmp_path)
    assert {(j.key, j.label, j.source, j.who) for j in found.undated} == {
        ("N/a.png", "N", "folder", str(tmp_path)),
        ("A/b.png", "A", "folder", str(tmp_path)),
    }
    (tmp_path / "ada.csv").write_text("path,label\nN/a.png,X\nA/b.png,\n")
    (judgement,) = read_labels(tmp_path / "ada.csv", who="Ada", kind="person").undated
    assert (judgement.label, judgement.source, judgement.who) == ("X", "person", "Ada")


def test_label_studio_export_is_understood(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    touch(pages, "N/a.png", "b.png", "deep/c.png", "d.png")
    tasks = [
        {"id": 7, "data": {"image": "/data/local-files/?d=ecg/N/a.png", "sex": "F"},
         "annotations": [choice("Normal", completed_by={"id": 1, "email": "ada@h"}),
                         choice("Abnormal", completed_by=2, ground_truth=True),
                         choice("no", was_cancelled=True)]},
        {"id": 8, "data": {"image": "/data/upload/3/0a1b2c3d-c.png"},
         "predictions": [choice("Normal", model_version="net 1", score=0.25)]},
        {"id": 9, "data": {"image": "s3://bucket/some/b.png"},
         "annotations": [{"result": [], "completed_by": 1}]},
        {"id": 10, "data": {"image": "https://h/gone%20away.png"}, "annotations": []},
    ]  # fmt: skip
    found = read_labels(save(tmp_path / "ls.json", tasks), root=pages)
    assert [i.key for i in found.dataset] == ["N/a.png", "deep/c.png", "b.png", "gone away.png"]
    assert found.dataset.items[0].columns == {"sex": "F"}
    when = NOON + timedelta(seconds=0.5)
    assert list(found.dated) == [
        Judgement("N/a.png", "Normal", "ada@h", "person", when),
        Judgement("N/a.png", "Abnormal", "annotator 2", "person", when, tags=("ground-truth",)),
        Judgement("deep/c.png", "Normal", "net 1", "model", when, score=0.25),
    ]
    assert [f.code for f in found.dataset.faults] == ["not-one-choice", "absent-file"]


def test_what_was_labelled_in_label_studio_comes_back_with_what_was_sent(tmp_path: Path) -> None:
    touch(tmp_path, "p/a.png")
    item = Item("a.png", str(tmp_path / "p/a.png"), "N", {"sex": "F"})
    sent = [
        Judgement("a.png", "A", "Ada", "person", NOON, blind=True, tags=("x",)),
        Judgement("a.png", "N", "Ada", "person", NOON + timedelta(1), note="again"),
        Judgement("a.png", "N", "t-band", "rule", NOON, score=0.5),
    ]
    dataset = Dataset((item,), str(tmp_path), "x")
    tasks = tasks_of(dataset, sent, tmp_path)
    assert tasks[0]["data"]["image"] == "/data/local-files/?d=p/a.png"
    back = read_labels(save(tmp_path / "ls.json", tasks))
    assert (list(back.dated), back.dataset.items) == (sent, (item,))
    tasks[0]["annotations"][0]["result"][0]["value"]["choices"] = ["A"]
    changed = read_labels(save(tmp_path / "ls.json", tasks))
    assert list(changed.dated)[:3] == sent
    assert [(j.label, j.who) for j in changed.dated[3:]] == [("A", "annotator")]


def test_own_json_comes_back(tmp_path: Path) -> None:
    item = Item("k", str(tmp_path / "p" / "a.png"), "N", {"sex": "F", "path": "x"})
    said = [
        Judgement("k", None, "Ada", "person", NOON, blind=False, score=1.5, note="n", tags=("t",))
    ]
    values = labels_as_json(Dataset((item,), "", ""), said, tmp_path)
    back = read_labels(save(tmp_path / "l.json", values))
    assert (back.dataset.items, list(back.dated)) == ((item,), said)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "broken-json"),
        ("3", "broken-labels"),
        ("[1]", "broken-labels"),
        ("[]", "missing-column"),
        ('[{"file": "a"}]', "missing-column"),
        ('{"format": "ecgpage labels", "version": 99}', "newer-labels"),
        ('{"format": "ecgpage labels", "version": 1}', "broken-labels"),
        ('[{"data": {"text": "no picture"}}]', "broken-labels"),
    ],
)
def test_broken_json_says_how(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "l.json").write_text(text)
    with pytest.raises(WrongUse) as caught:
        read_labels(tmp_path / "l.json")
    assert caught.value.refusal.code == code
