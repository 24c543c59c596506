"""The first notebook's way of feeding and asking a network, and ours, side by side in one run.

    python benchmarks/input_pipeline.py                           on pages rendered here
    python benchmarks/input_pipeline.py --pages FOLDER            on your own JPEG pages
    python benchmarks/input_pipeline.py --python OTHER/bin/python also time its Keras backend

Five tables: (a) images a second of the input pipeline alone, (b) a whole training epoch, (c) one
training step of 32 with each Keras backend that is installed, (d) prediction from JPEG, (e) peak
memory at two numbers of pages. Everything else on the machine should be quiet.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np

HERE = Path(__file__).resolve().parent
NOTEBOOK = {"rotation_range": 15, "width_shift_range": 0.1, "height_shift_range": 0.1,
            "shear_range": 0.2}  # fmt: skip
Row = dict[str, str]


def main() -> None:
    """Measure what was asked for and print the tables."""
    arguments = _parse()
    with tempfile.TemporaryDirectory(prefix="ecgpage-benchmark-") as scratch:
        folder = Path(scratch)
        paths = _pages(folder / "pages", arguments.pages, arguments.number)
        tables: dict[str, list[Row]] = {}
        for letter in arguments.only:
            title, measure = PARTS[letter]
            tables[f"({letter}) {title}"] = measure(paths, folder, arguments)
            _print(f"({letter}) {title}", tables[f"({letter}) {title}"])
    if arguments.json:
        arguments.json.write_text(json.dumps(tables, indent=2) + "\n", encoding="utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=Path, help="folder with JPEG pages (default: renders)")
    parser.add_argument("--number", type=int, default=320, help="pages to measure on")
    parser.add_argument("--python", action="append", default=[], help="another interpreter for (c)")
    parser.add_argument("--only", default="abcde", help="which parts, for example 'ad'")
    parser.add_argument("--json", type=Path, help="also write the tables here")
    return parser.parse_args()


# --- (a) the input pipeline alone ---------------------------------------------------------------


def feeding(paths: list[Path], folder: Path, _: argparse.Namespace) -> list[Row]:
    """Images a second, with augmentation, over the first and over later epochs."""
    _warm_up(paths, folder)
    keras_rates = [_rate(_keras_batches(paths, folder), len(paths)) for _ in range(3)]
    what = _described(_settings("seed"))
    rows = [_feeding_row("Keras ImageDataGenerator", what, keras_rates)]
    for name in ("seed", "trace"):
        feed = _feed(paths, folder / f"cache-{name}", name)
        rates = [_rate(feed.epoch(number), len(paths)) for number in range(4)]
        rows.append(_feeding_row("ours", _described(_settings(name)), rates))
    base_first, base_later = float(rows[0]["first epoch"]), float(rows[0]["later epochs"])
    for row in rows:
        row["first, times"] = f"{float(row['first epoch']) / base_first:.1f}"
        row["later, times"] = f"{float(row['later epochs']) / base_later:.1f}"
    return rows


def _warm_up(paths: list[Path], folder: Path) -> None:
    """Load every library and the files into the system's cache before anything is timed."""
    for path in paths:
        path.read_bytes()
    next(iter(_keras_batches(paths, folder)))
    for name in ("seed", "trace"):
        next(iter(_feed(paths[:2], folder / f"cache-warm-{name}", name).epoch(0)))


def _described(settings: Any) -> str:
    masked = "masked, " if settings.mask else ""
    size = f"{settings.width} x {settings.height}"
    return f"{size} {settings.mode}, {masked}augmented ({settings.augmentation})"


def _feeding_row(who: str, what: str, rates: list[float]) -> Row:
    later = float(np.median(rates[1:]))
    return {"pipeline": who, "what it makes": what, "first epoch": f"{rates[0]:.0f}",
            "later epochs": f"{later:.0f}"}  # fmt: skip


def _rate(batches: Iterable[Any], pages: int) -> float:
    start = time.perf_counter()
    seen = sum(len(labels) for _, labels in batches)
    assert seen == pages, (seen, pages)
    return pages / (time.perf_counter() - start)


def _keras_generator() -> Any:
    try:
        from keras.src.legacy.preprocessing.image import ImageDataGenerator
    except ImportError:
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
    return ImageDataGenerator(rescale=1.0 / 255.0, **NOTEBOOK)


def _keras_flow(paths: list[Path], folder: Path) -> Any:
    """As in the notebook: class folders, grey, 128 x 128, batches of 32."""
    classes = folder / "classes"
    if not classes.exists():
        for number, path in enumerate(paths):
            place = classes / ("Normal", "Abnormal")[number % 2]
            place.mkdir(parents=True, exist_ok=True)
            (place / path.name).symlink_to(path)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - it prints how many files it found
        kept, sys.stdout = sys.stdout, nowhere
        try:
            return _keras_generator().flow_from_directory(
                str(classes), target_size=(128, 128), color_mode="grayscale", batch_size=32,
                class_mode="binary", seed=1,
            )  # fmt: skip
        finally:
            sys.stdout = kept


def _keras_batches(paths: list[Path], folder: Path) -> Iterator[Any]:
    flow = _keras_flow(paths, folder)
    return (flow[number] for number in range(len(flow)))


def _settings(name: str) -> Any:
    """The network's own settings, the notebook's network with the notebook's augmentation."""
    from ecgpage.learn import settings_for

    more = {"augmentation": "notebook", "mask": False} if name == "seed" else {}
    return settings_for({"network": name, **more})


def _feed(paths: list[Path], cache: Path, name: str) -> Any:
    from ecgpage.learn import PageFeed, make_augmentation, open_source, preprocessing_of
    from ecgpage.read import read_page

    settings = _settings(name)
    source = open_source(paths, read_page, preprocessing_of(settings), cache)
    labels = np.arange(len(paths), dtype=np.int64) % 2
    return PageFeed(source, labels, augmentation=make_augmentation(settings.augmentation))


# --- (b) a whole training epoch -----------------------------------------------------------------


def training(paths: list[Path], folder: Path, _: argparse.Namespace) -> list[Row]:
    """Seconds of one epoch from the second on: the notebook's stack, ours, the bare network."""
    rows = []
    for name in ("seed", "trace"):
        feed = _feed(paths, folder / f"cache-{name}", name)
        feed.source.fill()
        machine = _machine(name, len(paths))
        bare_batches = list(feed.epoch(0))
        _epoch(machine, bare_batches)
        bare, ours = [], []
        for number in range(3):
            bare.append(_epoch(machine, bare_batches))
            ours.append(_epoch(machine, feed.epoch(number + 1)))
        base = min(bare)
        rows.append(_training_row(name, "bare, batches in memory", base, base))
        rows.append(_training_row(name, "ours, from files through the cache", min(ours), base))
        if name == "seed":
            notebook = _notebook_epoch(paths, folder)
            rows.append(_training_row(name, "notebook: fit on flow_from_directory", notebook, base))
    return rows


def _training_row(name: str, what: str, seconds: float, bare: float) -> Row:
    return {"network": name, "epoch": what, "seconds": f"{seconds:.2f}",
            "against bare": f"{seconds / bare:.2f}"}  # fmt: skip


def _machine(name: str, pages: int) -> Any:
    from ecgpage.learn.training.machine import Machine

    return Machine(_settings(name), 2, (pages // 2, pages - pages // 2))


def _epoch(machine: Any, batches: Iterable[Any]) -> float:
    start = time.perf_counter()
    for batch in batches:
        machine.step(batch, 1e-4)
    return time.perf_counter() - start


def _notebook_epoch(paths: list[Path], folder: Path) -> float:
    """The same network, fitted as the notebook does it; the first epoch also compiles."""
    model, flow = _machine("seed", len(paths)).model, _keras_flow(paths, folder)
    model.fit(flow, epochs=1, verbose=0)
    start = time.perf_counter()
    model.fit(flow, epochs=1, verbose=0)
    return time.perf_counter() - start


# --- (c) one step with each backend -------------------------------------------------------------


def backends(_: list[Path], __: Path, arguments: argparse.Namespace) -> list[Row]:
    """Seconds for one step of 32 pages of the notebook's network, each in its own process."""
    rows = []
    for python in [sys.executable, *arguments.python]:
        for backend in ("tensorflow", "torch", "jax"):
            environment = {**os.environ, "KERAS_BACKEND": backend}
            done = subprocess.run(
                [python, str(HERE / "one_step.py")], env=environment, capture_output=True, text=True
            )
            if done.returncode == 0:
                rows.append({"backend": backend, "python": python, **json.loads(done.stdout)})
    return rows


# --- (d) prediction -----------------------------------------------------------------------------


def predicting(paths: list[Path], folder: Path, _: argparse.Namespace) -> list[Row]:
    """Pages a second from JPEG to probability with the trace network."""
    from ecgpage.flows.predict import PredictRequest, predict
    from ecgpage.learn import Predictor

    model, keras_model = _write_model(folder / "model", len(paths))
    predictor = Predictor.load(model)
    names = tuple(str(path) for path in paths)
    _timed(lambda: predict(PredictRequest(model, names[:8], folder / "warm.csv", jobs=1)))
    rows = []
    for what, work in {
        "ONNX Runtime, one process": lambda: predict(
            PredictRequest(model, names, folder / "1.csv", jobs=1)
        ),
        "ONNX Runtime, all cores (with starting them)": lambda: predict(
            PredictRequest(model, names, folder / "2.csv", jobs=0)
        ),
        "Keras, batches of 32, all cores": lambda: _ask_keras(keras_model, predictor, paths),
    }.items():
        seconds = _timed(work)
        rows.append({"prediction": what, "pages a second": f"{len(paths) / seconds:.1f}"})
    return rows


def _write_model(folder: Path, pages: int) -> tuple[Path, Any]:
    """An untrained trace network as a model folder: prediction costs the same."""
    from ecgpage.learn import export_onnx, preprocessing_of

    settings, keras_model = _settings("trace"), _machine("trace", pages).model
    folder.mkdir(exist_ok=True)
    export_onnx(keras_model, folder / "model.onnx")
    described = {
        "format_version": 1, "network": "trace", "settings": settings.as_dict(), "seed": 0,
        "preprocessing": preprocessing_of(settings).as_dict(), "threshold": 0.5,
        "classes": ["Normal", "Abnormal"], "positive": "Abnormal", "temperature": 1.0,
        "data_fingerprint": "none",
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return folder, keras_model


def _ask_keras(model: Any, predictor: Any, paths: list[Path]) -> None:
    from ecgpage.read import read_page

    for start in range(0, len(paths), 32):
        pages = [predictor.preprocessing.apply(read_page(path)) for path in paths[start:][:32]]
        model.predict_on_batch(np.stack(pages))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- (e) memory ---------------------------------------------------------------------------------


def memory(paths: list[Path], folder: Path, _: argparse.Namespace) -> list[Row]:
    """Highest resident memory of feeding and of predicting, for few pages and for many."""
    model, _keras_model = _write_model(folder / "model", len(paths))
    rows = []
    for number in (len(paths), 5 * len(paths)):
        many = folder / f"many-{number}"
        many.mkdir()
        for k in range(number):
            (many / f"{k:06d}.jpg").symlink_to(paths[k % len(paths)])
        for what in ("feed", "predict"):
            done = subprocess.run(
                [sys.executable, str(HERE / "peak_memory.py"), what, str(many), str(model),
                 str(folder / f"cache-memory-{number}")],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            rows.append({"work": what, "pages": str(number), "peak MiB": done.stdout.strip()})
    return rows


# --- pages, and printing ------------------------------------------------------------------------


def _pages(folder: Path, given: Path | None, number: int) -> list[Path]:
    """JPEG pages: those of a folder, or renders of the size of the notebook's (996 x 707)."""
    if given is not None:
        found = sorted(p for p in given.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        return [path.resolve() for path in found[:number]]
    import cv2

    from ecgpage.render import demo_pages

    folder.mkdir()
    paths = []
    for k, (rendered, _) in enumerate(demo_pages(number, 1)):
        small = cv2.resize(rendered.page.image, (996, 707), interpolation=cv2.INTER_AREA)
        paths.append(folder / f"{k:05d}.jpg")
        cv2.imwrite(str(paths[-1]), small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    return paths


def _print(title: str, rows: list[Row]) -> None:
    print(f"\n{title}")
    names = list(rows[0]) if rows else []
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in names}
    for row in [dict(zip(names, names, strict=True)), *rows]:
        print("  " + "  ".join(f"{row[name]!s:<{widths[name]}}" for name in names), flush=True)


PARTS: dict[str, tuple[str, Callable[..., list[Row]]]] = {
    "a": ("input pipeline alone, images a second", feeding),
    "b": ("one training epoch", training),
    "c": ("one training step of 32, the notebook's network", backends),
    "d": ("prediction from JPEG", predicting),
    "e": ("peak memory", memory),
}

if __name__ == "__main__":
    main()
