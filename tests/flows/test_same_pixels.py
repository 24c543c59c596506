"""What training, evaluation and prediction see of a page is the same, bit for bit."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ecgpage import learn
from ecgpage.flows import evaluate_pages, predict
from ecgpage.flows.pages import open_page
from ecgpage.label import fingerprint, open_dataset
from ecgpage.label.fingerprint import content_hash
from ecgpage.values import Item, Page
from learn.drawn import drawn_page
from learn.small_model import write_small_model
from read import making

Picture = NDArray[np.float32]


def seen_by(
    monkeypatch: pytest.MonkeyPatch, preprocessing: learn.Preprocessing
) -> tuple[learn.Predictor, list[Picture]]:
    """A predictor that keeps what it is shown."""
    shown: list[Picture] = []

    def keep(self: learn.Predictor, arrays: Picture) -> NDArray[np.float64]:
        shown.extend(arrays)
        return np.full((len(arrays), 2), 0.5)

    monkeypatch.setattr(learn.Predictor, "probabilities", keep)
    return learn.Predictor("none.onnx", preprocessing, ("a", "b"), "b"), shown


@pytest.mark.parametrize("mode", ["grey", "rows"])
@pytest.mark.parametrize("name", ["large.jpg", "large.png", "ecg.dcm", "scan.pdf#2"])
def test_every_way_sees_the_same_array(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    preprocessing = learn.Preprocessing(height=64, width=96, mode=mode, mask=mode == "rows")
    path = write(tmp_path, name)
    source = learn.open_source([path], open_page, preprocessing, tmp_path / "cache")
    trained = preprocessing.finish(source.reduced(0))
    predictor, shown = seen_by(monkeypatch, preprocessing)
    evaluate_pages.Look((predictor,))(Item(name, path))
    opener = predict.OpenEnough(preprocessing.enough)
    rows = learn.FilePredictor(predictor, opener)(Item(name, path))
    assert [row.path for row in rows] == [name]
    assert len(shown) == 2
    assert all(np.array_equal(one, trained) for one in shown)
    whole = open_page(path)
    smaller = next(iter(opener(path, on_refused=print)))
    assert (smaller.image.shape[1] < whole.image.shape[1]) == name.endswith("jpg")


def write(folder: Path, name: str) -> str:
    """A page of 2600 columns, a recorded waveform, or a PDF of two pages."""
    path = folder / name
    if name.startswith("large"):
        large = cv2.resize(drawn_page().image, (2600, 1820), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(path), large)
    elif name.endswith("dcm"):
        rng = np.random.default_rng(0)
        samples = rng.integers(-900, 900, (2500, 12)).cumsum(0).astype(np.int16) // 40
        channels = [making.channel(code) for code in making.MDC_CODES]
        group = making.waveform_group(samples, channels, 500.0)
        path.write_bytes(making.packed(making.dicom_ecg(group)))
    else:
        contents = [b"0 10 m 200 10 l S", b"0 50 m 90 80 l 200 50 l S"]
        (folder / "scan.pdf").write_bytes(making.pdf(contents))
    return str(path)


def test_pages_of_one_file_are_kept_apart(tmp_path: Path) -> None:
    """In the cache, in the data set's hashes and in a manifest's predictions."""
    write(tmp_path, "scan.pdf#2")
    manifest = tmp_path / "pages.csv"
    manifest.write_text("path,label\nscan.pdf,Normal\nscan.pdf#2,Abnormal\n")
    dataset = open_dataset(manifest)
    assert not dataset.faults
    assert len({content_hash(item.path) for item in dataset}) == 2
    assert content_hash(tmp_path / "scan.pdf#1") == content_hash(tmp_path / "scan.pdf")
    assert len(fingerprint(dataset)) == 64
    preprocessing = learn.Preprocessing(height=64, width=96, mode="grey", mask=False)
    paths = [item.path for item in dataset]
    for _ in ("read", "from the cache"):
        source = learn.open_source(paths, open_page, preprocessing, tmp_path / "cache")
        assert not np.array_equal(source.reduced(0), source.reduced(1))
    model = write_small_model(tmp_path / "model")
    request = predict.PredictRequest(model, (str(manifest),), tmp_path / "p.csv", jobs=1)
    assert predict.predict(request).failed == 0
    with (tmp_path / "p.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["path"] for row in rows] == ["scan.pdf", "scan.pdf#2", "scan.pdf#2"]


def test_a_waveform_is_a_page_to_every_command(tmp_path: Path) -> None:
    page = open_page(write(tmp_path, "ecg.dcm"))
    assert isinstance(page, Page)
    assert page.format == "DICOM"
    assert page.image.shape[1] > 1000
