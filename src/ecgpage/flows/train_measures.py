"""From a data set to a model folder whose model sees measurements in place of pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

import ecgpage
from ecgpage import learn, measure, store, work
from ecgpage.flows.measure_page import page_vector, register_vectors
from ecgpage.flows.pages import open_page
from ecgpage.flows.train_parts import (
    Trained,
    TrainRequest,
    judge_probabilities,
    split_with_contents,
)
from ecgpage.values import Dataset, Item, Progress, Refusal, Split


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The pages of a part that could be measured, with their numbers."""

    items: tuple[Item, ...]
    x: NDArray[np.float64]


def train_measures(
    request: TrainRequest, dataset: Dataset, split: Split, fingerprint: str, progress: Progress
) -> Trained:
    """Measure the pages of train and validation, fit, judge on validation pages, write."""
    register_vectors()
    refusals: list[Refusal] = []
    parts = {
        name: take_part(request, dataset, split, name, progress, refusals)
        for name in ("train", "validation")
    }
    classes = learn.choose_classes(
        str(item.label) for part in parts.values() for item in part.items
    )
    learn.check_parts({name: part.items for name, part in parts.items()}, classes, dataset.source)
    progress.say(f"Positive is '{classes.positive}': {classes.reason}.")
    y, truth = (
        np.array([classes.number(str(item.label)) for item in parts[name].items], dtype=np.int64)
        for name in ("train", "validation")
    )
    groups = groups_of(split, parts["train"].items)
    model = learn.fit_vectors(measure.VECTOR_NAMES, parts["train"].x, y, groups,
                              request.settings.seed)  # fmt: skip
    said = model.probabilities(parts["validation"].x)
    judged = judge_probabilities(
        said, truth, len(classes.names), groups_of(split, parts["validation"].items)
    )
    settings = request.settings
    description = store.ModelDescription(
        network=settings.network,
        settings=settings.as_dict(),
        preprocessing=learn.Vectors(measure.VECTOR_NAMES).as_dict(),
        classes=classes.names,
        positive=classes.positive,
        positive_reason=classes.reason,
        data_fingerprint=fingerprint,
        seed=settings.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=learn.versions(),
        pages={
            name: {c: sum(item.label == c for item in part.items) for c in classes.names}
            for name, part in parts.items()
        },
        ecgpage_version=ecgpage.__version__,
        **judged,
    )
    card = store.model_card(description, split.method, request.dataset.name)
    rests_on = dict(model.importances(parts["validation"].x, truth, settings.seed))
    weights = {"penalty": model.penalty, "cross_entropy_lost_when_shuffled": rests_on}
    writers: dict[str, store.Writer] = {
        "model.onnx": lambda path: learn.export_vectors(model, path),
        "importances.json": lambda path: store.write_json(path, weights),
        "split.json": lambda path: store.write_json(path, split_with_contents(split, dataset)),
        "settings.toml": lambda path: store.write_text(path, settings.as_toml()),
        "card.md": lambda path: store.write_text(path, card),
    }
    written = store.write_model(request.out, description, writers)
    store.clear_training(request.out)
    return Trained(written, learn.left_out(dataset.faults, refusals))


def take_part(
    request: TrainRequest, dataset: Dataset, split: Split, name: str, progress: Progress,
    refusals: list[Refusal],
) -> Part:  # fmt: skip
    """Measure the pages of one part; what a killed run has measured is kept."""
    items = [item for item in dataset if item.label and split.part.get(item.key) == name]
    place = store.training_place(request.out)
    place.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[float | None]] = {}
    with store.SqlLedger[list[float | None]](place / "measured.sqlite", "measure") as ledger:
        for outcome in work.run(
            vector_of_item, items, key=lambda item: item.key, name=f"measuring {name}",
            jobs=1, ledger=ledger, progress=progress, total=len(items),
            fingerprint=lambda item: f"{work.stamp(item.path)} {measure.VERSION}",
        ):  # fmt: skip
            if outcome.value is not None:
                found[outcome.key] = outcome.value
            elif outcome.refusal is not None:
                refusals.append(outcome.refusal)
    kept = tuple(item for item in items if item.key in found)
    rows = [[math.nan if v is None else v for v in found[item.key]] for item in kept]
    return Part(kept, np.array(rows, dtype=np.float64).reshape(len(kept), -1))


def vector_of_item(item: Item) -> list[float | None]:
    """The numbers of one page, as JSON can hold them."""
    return [float(v) if math.isfinite(v) else None for v in page_vector(open_page(item.path))]


def groups_of(split: Split, items: Sequence[Item]) -> list[str]:
    """The group of each page."""
    return [split.group.get(item.key, item.key) for item in items]
