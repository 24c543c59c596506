"""``ecgpage train`` from a manifest to a model folder, on drawn pages."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from ecgpage.cli.commands.train import command
from ecgpage.learn import Preprocessing
from ecgpage.read import read_page
from ecgpage.store import read_model
from ecgpage.values import Refused

pytestmark = pytest.mark.slow


def draw_page(bumps: int, rng: np.random.Generator) -> Image.Image:
    """A page of 200 x 320 with three rows of a trace; each beat has one wave, or two;
    beats come irregularly and differ in height, so that no page is a copy of another."""
    page = np.full((200, 320, 3), 250, np.uint8)
    page[:, ::16] = page[::16, :] = (250, 200, 200)
    for row in (60, 110, 160):
        height = np.full(320, row)
        start = int(rng.integers(5, 20))
        while start < 290:
            tall = int(rng.integers(10, 26))
            height[start : start + 4] -= np.array([tall // 3, tall, tall, tall // 3])
            if bumps == 2:
                height[start + 12 : start + 20] -= np.array([4, 8, 10, 12, 12, 10, 8, 4])
            start += int(rng.integers(30, 70))
        for up in (0, 1):
            page[height + up, np.arange(320)] = rng.integers(0, 60)
    return Image.fromarray(page)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 pages of 24 patients, two each, and one file that is no picture."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(0)
    rows = []
    for number in range(48):
        bumps = 1 + number // 2 % 2
        draw_page(bumps, rng).save(folder / f"{number}.png")
        rows.append([f"{number}.png", ("Normal", "Abnormal")[bumps - 1], f"p{number // 2}"])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    with (folder / "pages.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "patient"])
        writer.writerows([*rows, ["broken.png", "Normal", "x"]])
    return folder / "pages.csv"


def run(manifest: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(
        command,
        [str(manifest), "--out", str(out), "--cache", str(manifest.parent / "cache"), "--group",
         "patient", "--height", "64", "--width", "96", "--set", "depth=3", "--epochs", "6",
         "--batch-size", "8", *more],
    )  # fmt: skip


def test_a_folder_comes_out_that_predicts(manifest: Path, tmp_path: Path) -> None:
    result = run(manifest, tmp_path / "m", "--members", "2", "--tensorboard", "--ema", "0.5")
    assert isinstance(result.exception, SystemExit | None), result.exception
    model = read_model(tmp_path / "m")
    d = model.description
    assert (d.positive, d.classes, d.members) == ("Abnormal", ("Normal", "Abnormal"), 2)
    assert {path.name for path in model.path.iterdir()} == {
        "card.md", "curves.png", "history.csv", "history-1.csv", "model.json", "model.keras",
        "model-1.keras", "model.onnx", "settings.toml", "split.json", "tensorboard",
    }  # fmt: skip
    assert not (tmp_path / "m.training").exists()
    split = json.loads(model.split.read_text())
    parts: dict[str, set[str]] = {}
    for page in split["pages"]:
        parts.setdefault(page["group"], set()).add(page["part"])
    assert all(len(of) == 1 for of in parts.values())
    page = Preprocessing(**d.preprocessing).apply(read_page(manifest.parent / "0.png"))
    out = ort.InferenceSession(model.onnx).run(None, {"page": page[None]})[0]
    assert out.shape == (1, 1)
    assert 0 <= out[0, 0] <= 1
    assert 0 < d.metrics["auc"]["low"] <= d.metrics["auc"]["value"] <= 1


def test_a_broken_page_is_named_and_the_rest_goes_on(manifest: Path, tmp_path: Path) -> None:
    result = run(manifest, tmp_path / "m", "--epochs", "1", "--test-fraction", "0")
    assert result.exit_code == 1, result.output
    assert "broken.png" in result.output
    assert (tmp_path / "m" / "model.onnx").exists()


def test_the_same_command_again_changes_nothing(manifest: Path, tmp_path: Path) -> None:
    run(manifest, tmp_path / "m", "--epochs", "1")
    before = (tmp_path / "m" / "model.json").read_bytes()
    again = run(manifest, tmp_path / "m", "--epochs", "1")
    assert "already holds" in again.output
    assert (tmp_path / "m" / "model.json").read_bytes() == before
    other = run(manifest, tmp_path / "m", "--epochs", "2")
    assert isinstance(other.exception, Refused)
    assert other.exception.exit_code == 2
    fresh = run(manifest, tmp_path / "m", "--epochs", "2", "--fresh")
    assert isinstance(fresh.exception, SystemExit | None), fresh.exception
    assert read_model(tmp_path / "m").description.settings["epochs"] == 2


def test_more_than_two_classes(manifest: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(manifest.open()))[:48]
    three = manifest.parent / "three.csv"
    with three.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        for row in rows:
            kind = "abc"[int(row["path"].split(".")[0]) // 2 % 3]
            writer.writerow({**row, "label": kind})
    result = run(three, tmp_path / "m", "--epochs", "1")
    assert result.exit_code == 0, result.output
    d = read_model(tmp_path / "m").description
    assert d.classes == ("a", "b", "c")
    assert d.threshold is None
    assert "auc_one_against_rest" in d.metrics


def test_a_leaking_split_is_refused_with_its_pages(manifest: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(manifest.open()))[:48]
    shutil.copy(manifest.parent / "5.png", manifest.parent / "twin-of-5.png")
    leaking = manifest.parent / "leaking.csv"
    with leaking.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "split"])
        writer.writeheader()
        for number, row in enumerate(rows):
            part = ("train", "train", "validation", "test")[number // 4 % 4]
            writer.writerow({**row, "split": part})
        writer.writerow({**rows[5], "path": "twin-of-5.png", "patient": "z", "split": "test"})
    result = run(leaking, tmp_path / "m", "--epochs", "1")
    assert isinstance(result.exception, Refused), result.output
    assert result.exception.exit_code == 2
    assert "5.png and twin-of-5.png" in str(result.exception)
    assert not (tmp_path / "m").exists()
    allowed = run(leaking, tmp_path / "m", "--epochs", "1", "--allow-leakage")
    assert allowed.exit_code == 0, allowed.output
    assert "Leaking, as allowed" in allowed.output
    pages = json.loads((tmp_path / "m" / "split.json").read_text())["pages"]
    content = {page["key"]: page["content"] for page in pages}
    assert content["5.png"] == content["twin-of-5.png"] != content["6.png"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--epochs", "0", "--set", "dropot=0.1"], "2 faults"),
        (["--network", "nonsense"], "no network named 'nonsense'"),
        (["--set", "depth"], "this is no setting"),
        (["--group-pattern", "a(.)"], "exclude each other"),
        (["--config", "absent.toml"], "the file does not exist"),
        (["--validation-fraction", "0.5", "--test-fraction", "0.6"], "nothing to train on"),
        (["--validation-fraction", "0"], "to validate on"),
        (["--group", "patent"], "patent"),
    ],
)
def test_wrong_use_says_what_is_wrong(
    manifest: Path, tmp_path: Path, more: list[str], message: str
) -> None:
    result = run(manifest, tmp_path / "m", *more)
    assert isinstance(result.exception, Refused), result.output
    assert result.exception.exit_code == 2
    assert message in str(result.exception)
    assert not (tmp_path / "m").exists()
