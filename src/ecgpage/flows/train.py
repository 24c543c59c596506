"""From a data set to a model folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import ecgpage
from ecgpage import label, learn, store
from ecgpage.flows.pages import open_page
from ecgpage.flows.train_measures import train_measures
from ecgpage.flows.train_parts import (
    Trained,
    TrainRequest,
    judge_probabilities,
    split_with_contents,
)
from ecgpage.flows.train_split import split_dataset
from ecgpage.values import Dataset, Progress, Silent, Split


def train_settings(
    config: Path | None, others: Sequence[str], flags: Mapping[str, Any]
) -> learn.TrainSettings:
    """Settings of a TOML file, ``name=value`` texts and flags, the later over the earlier."""
    layers: list[Mapping[str, Any]] = [learn.parse_settings(others), flags]
    if config is not None:
        layers.insert(0, learn.read_settings(config))
    return learn.settings_for(*layers, where=str(config or "settings"))


def train(request: TrainRequest, progress: Progress | None = None) -> Trained:
    """Read, split, refuse what leaks, train, choose threshold and temperature, and write.

    Called again after a kill it goes on at the epoch at which it was.
    """
    progress = progress or Silent()
    settings = request.settings
    dataset = label.labelled(label.open_dataset(request.dataset))
    fingerprint = label.fingerprint(dataset)
    there = store.check_place(request.out, settings.as_dict(), fingerprint, fresh=request.fresh)
    if there is not None:
        return Trained(there, dataset.faults, already=True)
    if request.fresh:
        store.clear_training(request.out)
    learn.check_installed("training")
    split = split_dataset(
        dataset, settings, fingerprint, progress,
        allow_leakage=request.allow_leakage, cache=request.cache,
    )  # fmt: skip
    if learn.family_of(settings.network) == "measurements":
        return train_measures(request, dataset, split, fingerprint, progress)
    prepared = learn.prepare(
        dataset, split, settings, open_page,
        fingerprint=fingerprint, cache=request.cache, progress=progress,
    )  # fmt: skip
    progress.say(f"Positive is '{prepared.classes.positive}': {prepared.classes.reason}.")
    members = learn.train_members(
        prepared.feeds, settings, store.training_place(request.out), progress,
        tensorboard=request.tensorboard,
    )  # fmt: skip
    judged = judge(members, prepared, split)
    description = describe(request, prepared, fingerprint, judged)
    model = write(request, description, members, split, dataset)
    store.clear_training(request.out)
    return Trained(model, learn.left_out(dataset.faults, prepared.refusals))


def judge(
    members: tuple[learn.TrainedModel, ...], prepared: learn.Prepared, split: Split
) -> dict[str, Any]:
    """Temperature, threshold and figures, all from validation pages."""
    groups = [split.group.get(item.key, item.key) for item in prepared.items["validation"]]
    return judge_probabilities(
        learn.mean_probabilities(members), members[0].labels, len(prepared.classes.names), groups
    )


def describe(
    request: TrainRequest,
    prepared: learn.Prepared,
    fingerprint: str,
    judged: Mapping[str, Any],
) -> store.ModelDescription:
    """All that ``model.json`` says."""
    settings = request.settings
    return store.ModelDescription(
        network=settings.network,
        settings=settings.as_dict(),
        preprocessing=prepared.preprocessing.as_dict(),
        classes=prepared.classes.names,
        positive=prepared.classes.positive,
        positive_reason=prepared.classes.reason,
        data_fingerprint=fingerprint,
        seed=settings.seed,
        members=settings.members,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=learn.versions(),
        pages=prepared.counts,
        ecgpage_version=ecgpage.__version__,
        **judged,
    )


def write(
    request: TrainRequest,
    description: store.ModelDescription,
    members: tuple[learn.TrainedModel, ...],
    split: Split,
    dataset: Dataset,
) -> store.ModelFolder:
    """Write every file of the model folder."""
    from ecgpage import report

    histories = [[asdict(epoch) for epoch in one.history] for one in members]
    best = [one.best_epoch for one in members]
    card = store.model_card(description, split.method, request.dataset.name)
    writers: dict[str, store.Writer] = {
        "model.onnx": lambda path: learn.export_onnx([one.model for one in members], path),
        "curves.png": lambda path: report.draw_curves(histories, best, path, request.out.name),
        "split.json": lambda path: store.write_json(path, split_with_contents(split, dataset)),
        "settings.toml": lambda path: store.write_text(path, request.settings.as_toml()),
        "card.md": lambda path: store.write_text(path, card),
    }
    for number, one in enumerate(members):
        mark = f"-{number}" if number else ""
        writers[f"model{mark}.keras"] = partial(learn.save_keras, one)
        writers[f"history{mark}.csv"] = partial(learn.write_history, one.history)
    if request.tensorboard:
        place = store.training_place(request.out)
        writers["tensorboard"] = lambda path: store.copy_tensorboard(place, path)
    return store.write_model(request.out, description, writers)
