"""From pages to a table of predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ecgpage import label, learn, read, store, work
from ecgpage.flows.measure_page import register_vectors
from ecgpage.flows.pages import open_page, pages_of, stamp_of
from ecgpage.values import Item, Page, Progress, Refusal, Silent

TABLES = (".csv", ".tsv", ".txt")
"""Endings of a manifest."""


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Which model, which pages, and where the answers go.

    ``paths`` are files, folders and patterns, or one manifest. ``jobs`` 0 takes all cores.
    ``fresh`` forgets what a killed run had done.
    """

    model: Path
    paths: tuple[str, ...]
    csv: Path | None = None
    jsonl: Path | None = None
    jobs: int = 0
    fresh: bool = False
    means: work.Means | None = None


@dataclass(frozen=True, slots=True)
class OpenEnough:
    """Opens the pages of a file as training did: a large JPEG decoded smaller (``at_least``)."""

    at_least: tuple[int, int]

    def __call__(self, path: str, *, on_refused: Callable[[Refusal], None]) -> Iterator[Page]:
        """Yield the pages and tell of those that cannot be read."""
        register_vectors()
        if is_jpeg(path):
            yield open_page(path, at_least=self.at_least)
        else:
            yield from pages_of(path, on_refused=on_refused)


def is_jpeg(path: str) -> bool:
    """Whether a file begins as a JPEG does; one that cannot be opened is left to the reader."""
    return read.starts_with(path, b"\xff\xd8\xff")


@dataclass(slots=True)
class Predicted:
    """How many pages got which label, how many failed, and why the first ones did."""

    labels: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    examples: list[str] = field(default_factory=list)


def predict(request: PredictRequest, progress: Progress | None = None) -> Predicted:
    """Predict every page, in order; called again after a kill it goes on where it was.

    What is done stands in a ledger beside the result until the result is complete.
    """
    progress = progress or Silent()
    predictor = learn.Predictor.load(store.read_model(request.model).path)
    model = predictor.fingerprint()
    items, faults, total = find(request.paths)
    book = ledger_of(request)
    if request.fresh:
        forget(book)
    told = Predicted()
    function = learn.FilePredictor(predictor, OpenEnough(predictor.preprocessing.enough))
    with (
        store.SqlLedger(book, "predict", learn.encode_rows, learn.decode_rows) as ledger,
        learn.RowWriter(predictor.classes, request.csv, request.jsonl) as writer,
    ):
        for outcome in work.run(
            function, items, key=lambda item: item.key, name="predicting", jobs=request.jobs,
            means=request.means, ledger=ledger, progress=progress, total=total,
            fingerprint=lambda item: f"{model} {stamp_of(item.path)}",
        ):  # fmt: skip
            for row in learn.rows_of(outcome):
                writer.write(tell(told, row))
        for fault in faults:
            writer.write(tell(told, learn.row_of_refusal(fault.where, fault)))
    forget(book)
    return told


def find(paths: tuple[str, ...]) -> tuple[Iterator[Item], tuple[Refusal, ...], int]:
    """The items behind the paths, what a manifest had wrong, and how many items there are."""
    if len(paths) == 1 and Path(paths[0]).suffix.lower() in TABLES:
        dataset = label.open_dataset(paths[0], label_column=None)
        faults = tuple(fault for fault in dataset.faults if fault.code != "absent-file")
        return iter(dataset.items), faults, len(dataset)
    total = sum(1 for _ in read.find_entries(paths))
    return (Item(found.place, found.place) for found in read.find_entries(paths)), (), total


def tell(told: Predicted, row: learn.Row) -> learn.Row:
    """Count a row."""
    if row.error:
        told.failed += 1
        told.examples += [row.error] if len(told.examples) < 20 else []
    else:
        told.labels[row.label] += 1
    return row


def ledger_of(request: PredictRequest) -> Path:
    """Where what is done stands until all is done."""
    place = request.csv or request.jsonl
    assert place is not None
    return place.with_name(f"{place.name}.unfinished.sqlite")


def forget(book: Path) -> None:
    """Remove a ledger."""
    for ending in ("", "-wal", "-shm", "-journal"):
        book.with_name(book.name + ending).unlink(missing_ok=True)
