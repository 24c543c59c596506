"""Many files into a table: one row a page, in order, also after a kill."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from ecgpage import learn
from ecgpage.cli.commands.predict import command
from ecgpage.flows.predict import OpenEnough, PredictRequest, predict
from ecgpage.read import read_page
from ecgpage.values import Item

from .drawn import drawn_page
from .small_model import write_small_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_small_model(tmp_path / "model")


def write_pages(folder: Path, number: int) -> list[Path]:
    """Small pages of different brightness, so that no two have the same probability."""
    folder.mkdir(exist_ok=True)
    small = cv2.resize(drawn_page().image, (200, 140), interpolation=cv2.INTER_AREA)
    paths = []
    for k in range(number):
        page = small.copy()
        page[5 : 6 + k % 120, 5:190] = 0
        paths.append(folder / f"{k:04d}.png")
        cv2.imwrite(str(paths[-1]), page)
    return paths


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_folder_with_a_bad_file(tmp_path: Path, model: Path) -> None:
    paths = write_pages(tmp_path / "pages", 4)
    paths[2].write_bytes(b"this is no picture")
    out, lines = tmp_path / "out" / "p.csv", tmp_path / "p.jsonl"
    done = run(model, tmp_path / "pages", "--csv", out, "--jsonl", lines, "--jobs", 1)
    assert done.exit_code == 1, done.output
    rows = rows_of(out)
    assert list(rows[0]) == ["path", "label", "probability", "error"]
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    assert [bool(row["error"]) for row in rows] == [False, False, True, False]
    assert rows[2]["label"] == rows[2]["probability"] == ""
    assert "\n" not in rows[2]["error"]
    told = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [line["path"] for line in told] == [row["path"] for row in rows]
    assert told[0]["probability"] == pytest.approx(float(rows[0]["probability"]), abs=1e-7)
    assert told[2]["label"] is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out", "p.jsonl", "pages"]
    assert [path.name for path in out.parent.iterdir()] == ["p.csv"]


def test_a_manifest_keeps_its_own_names_and_order(tmp_path: Path, model: Path) -> None:
    write_pages(tmp_path / "pages", 3)
    manifest = tmp_path / "pages.csv"
    manifest.write_text("path,label\npages/0002.png,Normal\npages/0000.png,\npages/nine.png,\n")
    done = run(model, manifest, "--csv", tmp_path / "p.csv", "--jobs", 1)
    assert done.exit_code == 1
    rows = rows_of(tmp_path / "p.csv")
    assert [row["path"] for row in rows] == ["pages/0002.png", "pages/0000.png", "pages/nine.png"]
    assert [bool(row["error"]) for row in rows] == [False, False, True]


def test_a_row_for_each_page_of_a_file(tmp_path: Path, model: Path) -> None:
    pages = [Image.fromarray(drawn_page(seed=seed).image) for seed in range(3)]
    pages[0].save(tmp_path / "three.tiff", save_all=True, append_images=pages[1:])
    done = run(model, tmp_path / "three.tiff", "--csv", tmp_path / "p.csv", "--jobs", 1)
    assert done.exit_code == 0, done.output
    name = str(tmp_path / "three.tiff")
    expected = [name, f"{name}#2", f"{name}#3"]
    assert [row["path"] for row in rows_of(tmp_path / "p.csv")] == expected


def test_one_column_for_each_of_more_than_two_classes(tmp_path: Path) -> None:
    classes = ("Normal", "Infarct", "Block, left")
    model = write_small_model(tmp_path / "model", classes=classes, threshold=None)
    write_pages(tmp_path / "pages", 2)
    assert run(model, tmp_path / "pages", "--csv", tmp_path / "p.csv", "--jobs", 1).exit_code == 0
    row = rows_of(tmp_path / "p.csv")[0]
    assert list(row)[4:] == [f"probability_{name}" for name in classes]
    assert sum(float(row[f"probability_{name}"]) for name in classes) == pytest.approx(1.0)
    assert row["probability"] == row["probability_Block, left"]


@pytest.mark.slow
def test_processes_give_what_one_process_gives(tmp_path: Path, model: Path) -> None:
    write_pages(tmp_path / "pages", 30)
    for jobs in (1, 3):
        out = tmp_path / f"{jobs}.csv"
        assert run(model, tmp_path / "pages", "--csv", out, "--jobs", jobs).exit_code == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "3.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{model}", "{pages}"], "say where the result goes"),
        (["{model}", "--csv", "p.csv"], "Missing argument"),
        (["{model}", "{pages}", "--csv", "p.csv", "--jobs", "-1"], "not in the range"),
    ],
)
def test_wrong_use(tmp_path: Path, model: Path, arguments: list[str], said: str) -> None:
    write_pages(tmp_path / "pages", 1)
    places = {"model": model, "pages": tmp_path / "pages"}
    done = run(*(argument.format(**places) for argument in arguments))
    assert done.exit_code == 2
    assert said in done.output


def test_a_wrong_model_or_path_writes_nothing(tmp_path: Path, model: Path) -> None:
    write_pages(tmp_path / "pages", 1)
    for arguments in [(tmp_path, tmp_path / "pages"), (model, tmp_path / "nowhere")]:
        done = run(*arguments, "--csv", tmp_path / "p.csv")
        assert getattr(done.exception, "exit_code", None) == 2
        assert not list(tmp_path.glob("p.csv*"))


@pytest.mark.slow
def test_killed_it_goes_on_where_it_was(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real SIGKILL: nothing is lost, nothing doubled, and what was done is not done again."""
    paths = write_pages(tmp_path / "pages", 500)
    out = tmp_path / "p.csv"
    program = [sys.executable, "-m", "ecgpage", "predict", str(model), str(tmp_path / "pages")]
    running = subprocess.Popen(
        [*program, "--csv", str(out), "--jobs", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    book = tmp_path / "p.csv.unfinished.sqlite"
    deadline = time.monotonic() + 60
    while done_in(book) < 20 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    done = done_in(book)
    assert 20 <= done < len(paths)
    assert not out.exists()
    asked: list[str] = []
    predictor_call = learn.FilePredictor.__call__

    def counted(self: learn.FilePredictor, item: Item) -> list[learn.Row]:
        asked.append(item.key)
        return predictor_call(self, item)

    monkeypatch.setattr(learn.FilePredictor, "__call__", counted)
    predicted = predict(PredictRequest(model, (str(tmp_path / "pages"),), out, jobs=1))
    assert len(asked) == len(paths) - done
    assert predicted.failed == 0
    rows = rows_of(out)
    assert [row["path"] for row in rows] == [str(path) for path in paths]
    assert not list(tmp_path.glob("p.csv.*"))
    some = [rows[k] for k in (0, done - 1, done, len(rows) - 1)]
    said = learn.Predictor.load(model).predict([read_page(row["path"]) for row in some])
    assert [float(row["probability"]) for row in some] == pytest.approx(
        [one.probability for one in said], abs=1e-7
    )


def done_in(book: Path) -> int:
    """Rows in the ledger of a running prediction."""
    try:
        with sqlite3.connect(f"file:{book}?mode=ro", uri=True) as connection:
            return int(connection.execute("select count(*) from ledger_outcomes").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_what_another_model_had_done_is_done_again(tmp_path: Path, model: Path) -> None:
    """A result left unfinished by one model is not mixed into that of another."""
    write_pages(tmp_path / "pages", 3)
    request = PredictRequest(model, (str(tmp_path / "pages"),), tmp_path / "p.csv", jobs=1)
    book = tmp_path / "p.csv.unfinished.sqlite"
    from ecgpage.store.ledger import SqlLedger
    from ecgpage.values import Outcome

    wrong = learn.Row("x", "Normal", 0.5, "", (0.5, 0.5))
    with SqlLedger(book, "predict", learn.encode_rows, learn.decode_rows) as ledger:
        for k in range(3):
            key = str(tmp_path / "pages" / f"{k:04d}.png")
            ledger.write(Outcome(key, [wrong]), "another model")
    predict(request)
    assert "x" not in {row["path"] for row in rows_of(tmp_path / "p.csv")}


@pytest.mark.parametrize("mode", ["grey", "ink"])
@pytest.mark.parametrize("name", ["large.jpg", "large.png"])
def test_training_and_prediction_decode_alike(tmp_path: Path, name: str, mode: str) -> None:
    """A large JPEG is decoded at half its size, in the training's source and in prediction."""
    preprocessing = learn.Preprocessing(height=64, width=96, mode=mode, mask=mode == "ink")
    large = cv2.resize(drawn_page().image, (2600, 1820), interpolation=cv2.INTER_CUBIC)
    path = str(tmp_path / name)
    cv2.imwrite(path, large)
    seen = learn.open_source([path], read_page, preprocessing, tmp_path / "cache").reduced(0)
    page = next(iter(OpenEnough(preprocessing.enough)(path, on_refused=print)))
    assert (page.image.shape[1] < 2600) == name.endswith("jpg")
    assert np.array_equal(preprocessing.reduce(page), seen)


def test_a_recorded_waveform_is_told_apart_from_a_page(model: Path) -> None:
    from ecgpage.values import Record, Refused

    def reader(path: str, *, on_refused: object) -> list[Record]:
        return [Record(np.zeros((12, 10)), 500.0)]

    function = learn.FilePredictor(learn.Predictor.load(model), reader)
    with pytest.raises(Refused, match="recorded waveform"):
        function(Item("a.dcm", "/somewhere/a.dcm"))
