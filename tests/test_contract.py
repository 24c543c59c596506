"""The contract with scripts outside: the installed program, its files and its exit codes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from ecgpage import render

PAGES = 60
WIDTH_PX = 640


@dataclass(frozen=True)
class Done:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


def ecgpage(*arguments: object, cwd: Path) -> Done:
    """Run the installed program."""
    command = [sys.executable, "-m", "ecgpage", *map(str, arguments)]
    env = os.environ | {"OMP_NUM_THREADS": "1", "ECGPAGE_CACHE": str(cwd / "cache")}
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=env, timeout=500, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Done(ended.returncode, ended.stdout, ended.stderr)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated pages, as a manifest and as class folders, and one broken file."""
    folder = tmp_path_factory.mktemp("contract")
    rows = []
    for page, label in render.demo_pages(PAGES, 5):
        name = page.truth.record.name
        height = round(page.page.image.shape[0] * WIDTH_PX / page.page.image.shape[1])
        small = cv2.resize(page.page.image, (WIDTH_PX, height), interpolation=cv2.INTER_AREA)
        there = folder / "pages" / f"{name}.jpg"
        for path in (there, folder / "classes" / label / f"{name}.jpg"):
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), small[..., ::-1])
        template = str(page.truth.style.get("name", ""))
        rows.append([f"pages/{name}.jpg", label, name, template])
    with (folder / "pages.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([["path", "label", "record", "template"], *rows])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    return folder


@pytest.fixture(scope="module")
def model(place: Path) -> Path:
    done = ecgpage(
        "train", "pages.csv", "--out", "model", "--network", "trace", "--epochs", 3,
        "--group", "record", "--seed", 1, cwd=place,
    )  # fmt: skip
    assert done.code == 0, done.err
    return place / "model"


@pytest.mark.slow
def test_audit_writes_json(place: Path) -> None:
    done = ecgpage("audit", "pages.csv", "--json", "audit.json", cwd=place)
    assert done.code == 0, done.err
    found = json.loads((place / "audit.json").read_text())
    assert found["pages"] == PAGES
    assert {"check", "severity", "keys", "statement"} <= set(found["findings"][0])
    assert not [f for f in found["findings"] if f["evidence"].get("crashed")]


@pytest.mark.slow
def test_a_model_is_trained_and_evaluated(place: Path, model: Path) -> None:
    described = json.loads((model / "model.json").read_text())
    assert described["classes"] == ["Normal", "Abnormal"]
    assert (described["positive"], described["seed"]) == ("Abnormal", 1)
    assert (model / "model.onnx").is_file()
    assert (model / "card.md").read_text()
    done = ecgpage(
        "evaluate", "model", "pages.csv", "--json", "report.json", "--html", "report.html",
        "--subgroup", "template", "--resamples", 200, cwd=place,
    )  # fmt: skip
    assert done.code == 0, done.err
    report = json.loads((place / "report.json").read_text())
    test = {page["key"] for page in json.loads((model / "split.json").read_text())["pages"]
            if page["part"] == "test"}  # fmt: skip
    assert report["data"]["n"] == len(test) > 0
    assert 0 <= report["figures"]["auc"]["low"] <= report["figures"]["auc"]["high"] <= 1
    assert {"majority class", "T-band rule", "seed network"} <= set(report["baselines"])
    values = {group["value"] for group in report["subgroups"]["template"]}
    assert values <= {row["template"] for row in rows_of(place / "pages.csv")}
    assert "By template" in done.out
    assert "<html" in (place / "report.html").read_text()


@pytest.mark.slow
def test_predict_goes_on_past_a_broken_file(place: Path, model: Path) -> None:
    good = sorted((place / "pages").glob("*.jpg"))[:3]
    paths = [good[0], place / "broken.png", *good[1:]]
    done = ecgpage("predict", "model", *paths, "--csv", "some.csv", cwd=place)
    assert done.code == 1
    assert "broken.png" in done.err
    rows = rows_of(place / "some.csv")
    assert list(rows[0]) == ["path", "label", "probability", "error"]
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    assert [bool(row["error"]) for row in rows] == [False, True, False, False]
    assert "the picture ends early" in rows[1]["error"]
    for row in rows[:1] + rows[2:]:
        assert row["label"] in ("Normal", "Abnormal")
        assert 0 <= float(row["probability"]) <= 1


@pytest.mark.slow
def test_a_manifest_and_class_folders_predict_alike(place: Path, model: Path) -> None:
    said: list[dict[str, str]] = []
    for given in ("pages.csv", "classes"):
        done = ecgpage("predict", "model", given, "--csv", f"{given}.out.csv", cwd=place)
        assert done.code == 0, done.err
        rows = rows_of(place / f"{given}.out.csv")
        assert len(rows) == PAGES
        assert not any(row["error"] for row in rows)
        said.append({Path(row["path"]).name: row["probability"] for row in rows})
    assert said[0] == said[1]
    order = [row["path"] for row in rows_of(place / "pages.csv.out.csv")]
    assert order == [row["path"] for row in rows_of(place / "pages.csv")]


@pytest.mark.slow
def test_train_takes_class_folders_and_obeys_a_split(place: Path) -> None:
    rows = rows_of(place / "pages.csv")
    with (place / "split.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "split"])
        writer.writeheader()
        for number, row in enumerate(rows):
            part = ("train", "train", "validation", "test")[number // 3 % 4]
            writer.writerow({**row, "split": part})
    few = ("--epochs", 1, "--network", "seed", "--seed", 1)
    given = ecgpage("train", "split.csv", "--out", "given", *few, cwd=place)
    assert given.code == 0, given.err
    pages = json.loads((place / "given" / "split.json").read_text())["pages"]
    wanted = {row["path"]: row["split"] for row in rows_of(place / "split.csv")}
    assert {page["key"]: page["part"] for page in pages} == wanted
    folders = ecgpage("train", "classes", "--out", "of-folders", *few, cwd=place)
    assert folders.code == 0, folders.err
    assert (place / "of-folders" / "model.onnx").is_file()


WRONG = {
    "absent data set": (["train", "nowhere.csv", "--out", "m"], "nothing of that name"),
    "absent data set to audit": (["audit", "nowhere", "--json", "a.json"], "nothing of that name"),
    "absent column": (["train", "pages.csv", "--out", "m", "--group", "recrod"], "'record'"),
    "unknown network": (["train", "pages.csv", "--out", "m", "--network", "trase"], "'trace'"),
    "unknown setting": (["train", "pages.csv", "--out", "m", "--set", "dropot=0.1"], "'dropout'"),
    "no model": (["predict", "pages", "broken.png", "--csv", "p.csv"], "model"),
    "no model to evaluate": (["evaluate", "pages", "pages.csv", "--json", "r.json"], "model"),
    "absent path": (["predict", "{model}", "gone.png", "--csv", "p.csv"], "gone.png"),
    "absent subgroup": (["evaluate", "{model}", "pages.csv", "--json", "r.json", "--skip-seed",
                         "--subgroup", "tempalte"], "'template'"),
    "unknown option": (["audit", "pages.csv", "--jsn", "a.json"], "--json"),
    "unknown command": (["adit", "pages.csv"], "'audit'"),
    "no output": (["predict", "{model}", "broken.png"], "--csv"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_told_with_code_2(
    place: Path, request: pytest.FixtureRequest, case: str
) -> None:
    arguments, said = WRONG[case]
    if "{model}" in arguments:
        request.getfixturevalue("model")
        arguments = ["model" if argument == "{model}" else argument for argument in arguments]
    done = ecgpage(*arguments, cwd=place)
    assert done.code == 2, (done.out, done.err)
    assert said in done.err
    assert len(done.err.strip().splitlines()) < 12
    assert not any((place / name).exists() for name in ("m", "a.json", "p.csv", "r.json"))


@pytest.mark.slow
def test_a_copy_in_two_parts_is_refused(place: Path) -> None:
    first = rows_of(place / "pages.csv")[0]["path"]
    shutil.copy(place / first, place / "pages" / "copy.jpg")
    lines = [f"{row['path']},{row['label']},{'train' if n % 3 else 'validation'}"
             for n, row in enumerate(rows_of(place / "pages.csv"))]  # fmt: skip
    text = "\n".join(["path,label,split", *lines, "pages/copy.jpg,Normal,train"])
    (place / "leaking.csv").write_text(text + "\n")
    done = ecgpage("train", "leaking.csv", "--out", "leaky", "--network", "seed", cwd=place)
    assert done.code == 2, done.err
    assert first in done.err
    assert "copy.jpg" in done.err
    assert not (place / "leaky").exists()
    (place / "pages" / "copy.jpg").unlink()
