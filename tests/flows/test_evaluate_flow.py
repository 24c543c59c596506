"""``ecgpage evaluate`` on drawn pages: which pages, beside what, refused when, written where."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from tests.learn.small_model import write_small_model

from ecgpage.cli.commands.evaluate import command
from ecgpage.values import Refused


def draw_page(ink: int, number: int) -> Image.Image:
    """A page of 120 x 200 whose trace is ``ink`` pixels thick; no two are the same."""
    rng = np.random.default_rng(number)
    page = np.full((120, 200, 3), 250, np.uint8)
    for row in (30, 60, 90):
        line = row + np.cumsum(rng.integers(-2, 3, 200))
        for up in range(ink):
            page[np.clip(line + up, 0, 119), np.arange(200)] = 20
    return Image.fromarray(page)


def write_pages(folder: Path, parts: dict[str, int], copies: int = 0) -> Path:
    """Pages of each part, two a patient, thick for Abnormal; a column ``split`` where parts."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    rows, number = [], 0
    for part, count in parts.items():
        for _ in range(count):
            abnormal = number // 2 % 2
            draw_page(1 + abnormal + int(rng.integers(0, 2)), number).save(folder / f"{number}.png")
            label = ("Normal", "Abnormal")[abnormal]
            rate = 60 + 20 * abnormal + int(rng.integers(0, 25))
            rows.append([f"{number}.png", label, part, f"p{number // 2}", "FM"[number % 2], rate])
            number += 1
    for copy in range(copies):
        (folder / f"copy{copy}.png").write_bytes((folder / f"{copy}.png").read_bytes())
        rows.append([f"copy{copy}.png", rows[copy][1], "test", f"c{copy}", "F", 70])
    with (folder / "pages.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["path", "label", "split", "patient", "sex", "rate"])
        table.writerows(rows)
    return folder / "pages.csv"


@pytest.fixture
def model(tmp_path):
    return write_small_model(tmp_path / "model", gain=30, shift=-4.8, temperature=2.0)


def run(*arguments) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--jobs", "1", "--resamples", "200"])


def trained_on(model: Path, parts: dict[str, str]) -> None:
    pages = [{"key": key, "part": part, "group": key} for key, part in parts.items()]
    split = {"method": "by hand", "seed": 0, "settings": {}, "pages": pages}
    (model / "split.json").write_text(json.dumps(split))


def test_the_test_part_is_judged_beside_baselines_of_the_training_part(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"train": 40, "validation": 4, "test": 36})
    out = tmp_path / "report"
    result = run(
        model, pages, "--json", out / "r.json", "--html", out / "r.html", "--png", out / "png",
        "--group", "patient", "--subgroup", "sex", "--baseline-column", "rate", "--worst", "2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads((out / "r.json").read_text())
    assert found["data"]["n"] == 36
    assert found["data"]["groups"] == 18
    assert found["data"]["pages"] == "the test part of the data set's column split"
    assert [page["path"] for page in found["pages"]] == [f"{k}.png" for k in range(44, 80)]
    assert set(found["pages"][0]) == {"path", "label", "probability", "predicted"}
    assert found["figures"]["auc"]["low"] < found["figures"]["auc"]["value"]
    assert found["figures"]["auc"]["value"] > 0.7
    bases = found["baselines"]
    assert set(bases) == {
        "majority class", "T-band rule", "column rate", "seed network", "model on measurements"
    }  # fmt: skip
    assert "--measures" in bases["model on measurements"]["note"]
    assert bases["majority class"]["figures"]["auc"]["value"] == 0.5
    assert bases["column rate"]["figures"]["auc"]["value"] > 0.8
    assert "fitted on the training pages" in bases["T-band rule"]["note"]
    assert bases["seed network"]["figures"] is None
    assert {row["value"] for row in found["subgroups"]["sex"]} == {"F", "M"}
    assert np.array(found["confusion"]["rows"]).sum() == 36
    assert "Not for clinical use" in (out / "r.html").read_text()
    assert (out / "png" / "roc.png").exists()


def test_pages_the_model_put_aside_are_judged_where_the_data_set_has_no_split(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"": 40})
    trained_on(model, {f"{k}.png": ("train", "test")[k >= 20] for k in range(40)})
    result = run(model, pages, "--json", tmp_path / "r.json")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["data"]["n"] == 20
    assert "put aside before training" in found["data"]["pages"]


def test_pages_of_another_source_are_all_judged_and_say_what_is_missing(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"": 40})
    result = run(model, pages, "--json", tmp_path / "r.json", "--group", "patient")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["data"]["n"] == 40
    assert found["baselines"]["majority class"]["figures"] is None
    assert "out of fold" in found["baselines"]["T-band rule"]["note"]
    assert "not the data set of the training" in found["baselines"]["seed network"]["note"]


def test_trained_pages_are_refused_unless_allowed_and_then_said(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"": 24})
    trained_on(model, {f"{k}.png": "train" for k in range(6)})
    refused = run(model, pages, "--part", "all", "--json", tmp_path / "r.json")
    assert isinstance(refused.exception, Refused)
    assert refused.exception.refusal.code == "seen-in-training"
    assert refused.exception.exit_code == 2
    assert "0.png, 1.png" in refused.exception.refusal.received
    assert not (tmp_path / "r.json").exists()
    allowed = run(model, pages, "--part", "all", "--json", tmp_path / "r.json", "--allow-leakage")
    assert allowed.exit_code == 0, allowed.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert len(found["data"]["seen_in_training"]) == 6
    unseen = run(model, pages, "--json", tmp_path / "u.json", "--skip-seed")
    assert unseen.exit_code == 0, unseen.output
    assert json.loads((tmp_path / "u.json").read_text())["data"]["n"] == 18


def test_trained_pages_are_known_by_content_under_another_name(model, tmp_path):
    from ecgpage.label.fingerprint import content_hash

    pages = write_pages(tmp_path / "data", {"": 24})
    known = [
        {"key": f"old/{k}.png", "part": "train", "group": str(k),
         "content": content_hash(pages.parent / f"{k}.png")} for k in range(3)
    ]  # fmt: skip
    split = {"method": "by hand", "seed": 0, "settings": {}, "pages": known}
    (model / "split.json").write_text(json.dumps(split))
    refused = run(model, pages, "--part", "all")
    assert refused.exception.refusal.code == "seen-in-training"
    assert refused.exception.refusal.received == "0.png, 1.png, 2.png"


def test_a_copy_of_a_training_page_in_the_test_part_is_refused(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"train": 20, "test": 20}, copies=2)
    refused = run(model, pages)
    assert refused.exception.refusal.code == "leaking-test-part"
    assert "copy0.png" in refused.exception.refusal.received
    assert run(model, pages, "--allow-leakage").exit_code == 0


def test_a_group_on_both_sides_is_refused(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"train": 21, "test": 19})
    refused = run(model, pages, "--group", "patient")
    assert refused.exception.refusal.code == "leaking-test-part"
    assert "the group of 1" in refused.exception.refusal.what


def test_a_broken_page_is_left_out_and_named(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"train": 20, "test": 20})
    (pages.parent / "30.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    result = run(model, pages, "--json", tmp_path / "r.json")
    assert result.exit_code == 1
    assert "30.png" in result.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["data"]["n"] == 19
    assert len(found["data"]["unreadable"]) == 1


def test_many_classes(tmp_path):
    model = write_small_model(tmp_path / "model", classes=("A", "B", "C"), threshold=None)
    pages = write_pages(tmp_path / "data", {"": 24})
    text = pages.read_text()
    for number in range(24):
        for old in ("Normal", "Abnormal"):
            text = text.replace(f"\n{number}.png,{old},", f"\n{number}.png,{'ABC'[number % 3]},")
    pages.write_text(text)
    result = run(model, pages, "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["threshold"] is None
    assert len(found["confusion"]["rows"]) == 3
    assert len(found["pages"][0]["probabilities"]) == 3


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--subgroup", "sx"], "unknown-column"),
        (["--part", "test"], "no-test-part"),
    ],
)
def test_wrong_requests_are_named(model, tmp_path, more, code):
    pages = write_pages(tmp_path / "data", {"": 8})
    result = run(model, pages, *more)
    assert result.exception.refusal.code == code
    assert result.exception.exit_code == 2


def test_a_label_the_model_does_not_know_is_refused(model, tmp_path):
    pages = write_pages(tmp_path / "data", {"": 8})
    pages.write_text(pages.read_text().replace("Abnormal", "Weird"))
    result = run(model, pages)
    assert result.exception.refusal.code == "unknown-label"


@pytest.mark.slow
def test_cross_validation_judges_every_page_once_and_resumes(tmp_path):
    pytest.importorskip("keras")
    pages = write_pages(tmp_path / "data", {"": 48})
    text = pages.read_text().replace("split", "unused")
    pages.write_text(text)
    arguments = (
        tmp_path / "new", pages, "--cross-validate", "2", "--network", "seed", "--epochs", "1",
        "--group", "patient", "--json", tmp_path / "cv.json", "--cache", tmp_path / "cache",
        "--html", tmp_path / "cv.html", "--worst", "1",
    )  # fmt: skip
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "cv.json").read_text())
    assert sorted(page["path"] for page in found["pages"]) == sorted(f"{k}.png" for k in range(48))
    assert [row["pages"] for row in found["folds"]["each"]] == [24, 24]
    assert len(found["threshold"]) in (1, 2)
    by_page = {page["path"]: page["fold"] for page in found["pages"]}
    assert all(by_page[f"{k}.png"] == by_page[f"{k + 1}.png"] for k in range(0, 48, 2))
    written = (tmp_path / "new.cv2" / "fold-1" / "model" / "model.onnx").stat().st_mtime_ns
    assert run(*arguments).exit_code == 0
    again = json.loads((tmp_path / "cv.json").read_text())
    assert again["figures"] == found["figures"]
    model = tmp_path / "new.cv2" / "fold-1" / "model" / "model.onnx"
    assert model.stat().st_mtime_ns == written


@pytest.mark.slow
def test_the_seed_network_is_trained_on_the_same_pages_and_kept(tmp_path):
    pytest.importorskip("keras")
    from ecgpage.cli.commands.train import command as train

    pages = write_pages(tmp_path / "data", {"": 60})
    pages.write_text(pages.read_text().replace("split", "unused"))
    cache = ["--cache", str(tmp_path / "cache")]
    trained = CliRunner().invoke(
        train,
        [str(pages), "--out", str(tmp_path / "model"), "--network", "trace", "--height", "64",
         "--width", "96", "--epochs", "1", "--group", "patient", *cache],
    )  # fmt: skip
    assert trained.exit_code == 0, trained.output
    result = run(tmp_path / "model", pages, "--json", tmp_path / "r.json", *cache)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "r.json").read_text())
    beside = found["baselines"]["seed network"]
    assert beside["note"] == "trained on the same pages"
    assert beside["figures"]["auc"]["value"] is not None
    ours, theirs = (
        json.loads((tmp_path / name / "split.json").read_text())["pages"]
        for name in ("model", "model.seed")
    )
    assert ours == theirs
    test = {page["key"] for page in ours if page["part"] == "test"}
    assert {page["path"] for page in found["pages"]} == test
    refused = run(tmp_path / "model", pages, "--part", "all")
    assert refused.exception.refusal.code == "seen-in-training"
