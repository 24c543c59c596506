"""Which model is judged on which pages: once, or fold after fold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecgpage import audit, label, learn, score, store
from ecgpage.flows.evaluate_leaks import find_copies, leaked_pages
from ecgpage.flows.train import train, train_settings
from ecgpage.flows.train_parts import TrainRequest
from ecgpage.label.fingerprint import content_hash
from ecgpage.store.models import DESCRIPTION
from ecgpage.values import Dataset, Item, Progress, Refused, Split

SEED = "seed network"
MEASURES = "model on measurements"
MEASURES_NETWORK = "measures"
NOT_ASKED = "not asked for: --measures trains it (about a second a page)"
KEPT = ("group", "group_pattern", "random_split", "validation_fraction", "test_fraction", "seed")
"""Settings of the model that decide which pages are trained on."""


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """Which model, on which pages, beside what, and where the report goes.

    ``part`` is ``test``, ``all`` or None (the test part where there is one). With
    ``cross_validate`` K the settings of ``model`` (or ``config``, ``others`` and ``flags``,
    where there is no model) are trained K times beside it. ``jobs`` 0 takes all cores.
    """

    model: Path
    dataset: Path
    json: Path | None = None
    html: Path | None = None
    png: Path | None = None
    subgroups: tuple[str, ...] = ()
    group: str | None = None
    group_pattern: str | None = None
    baseline_columns: tuple[str, ...] = ()
    part: str | None = None
    cross_validate: int | None = None
    flags: Mapping[str, Any] = field(default_factory=dict)
    skip_seed: bool = False
    measures: bool = False
    allow_leakage: bool = False
    worst: int = 8
    resamples: int = 2000
    seed: int = 0
    jobs: int = 0
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One model, the pages that it is judged on, and those that baselines may be fitted on."""

    model: store.ModelFolder
    test: tuple[Item, ...]
    train: tuple[Item, ...]
    seed_network: store.ModelFolder | score.Missing | None
    measures: store.ModelFolder | score.Missing | None = None


@dataclass(frozen=True, slots=True)
class Rounds:
    """All rounds, the group of each page, and in words how pages and groups were found."""

    rounds: tuple[Round, ...]
    groups: Mapping[str, str]
    how: str
    grouped_by: str
    seen: tuple[str, ...] = ()


def one_round(request: EvaluateRequest, dataset: Dataset, progress: Progress) -> Rounds:
    """The model as it is, on the pages that it has not learned from."""
    model = store.read_model(request.model)
    split, contents = read_split(model)
    here = {item.key: content_hash(item.path) for item in dataset} if contents else {}
    chosen = score.choose_pages(
        dataset,
        score.parts_by_model(dataset, split, here, contents),
        audit.given_parts(dataset),
        part=request.part,
        allow_leakage=request.allow_leakage,
    )
    groups, grouped_by = find_groups(request, dataset, model.description.settings, split)
    leaked: tuple[str, ...] = ()
    if not checked_at_training(model, dataset):
        allow = request.allow_leakage
        leaked = leaked_pages(dataset, chosen, groups, progress, allow_leakage=allow)
    seen = tuple(dict.fromkeys((*chosen.seen, *leaked)))
    beside = seed_beside(request, model, dataset, progress)
    on_waves = measures_beside(request, model, dataset, progress)
    rounds = (Round(model, chosen.test, chosen.train, beside, on_waves),)
    return Rounds(rounds, groups, chosen.how, grouped_by, seen)


def checked_at_training(model: store.ModelFolder, dataset: Dataset) -> bool:
    """Whether training itself split this very data set, keeping copies and groups together."""
    described = model.description
    own_split = audit.given_parts(dataset) is None and not described.settings.get("random_split")
    return own_split and label.fingerprint(dataset) == described.data_fingerprint


def fold_rounds(request: EvaluateRequest, dataset: Dataset, progress: Progress) -> Rounds:
    """Train on K folds and judge each on the pages it has not seen; goes on after a kill."""
    assert request.cross_validate is not None
    settings = fold_settings(request)
    group = group_by(request, settings.as_dict(), audit.GroupBy.near_duplicates())
    twins = None if settings.random_split else find_copies(dataset, progress, request.cache)
    splits = audit.fold_splits(
        dataset, request.cross_validate, group=group, seed=request.seed, twins=twins
    )  # fmt: skip
    place = request.model.with_name(f"{request.model.name}.cv{request.cross_validate}")
    rounds = []
    for number, split in enumerate(splits, start=1):
        progress.say(f"Fold {number} of {len(splits)}")
        fold = place / f"fold-{number}"
        manifest = fold / "pages.csv"
        fold.mkdir(parents=True, exist_ok=True)
        store.write_text(manifest, manifest_text(dataset, split))
        model = train_in(request, manifest, fold / "model", settings, progress)
        beside = seed_of_fold(request, manifest, fold / "seed", settings, progress)
        items = {item.key: item for item in dataset}
        test, learned = (
            tuple(items[key] for key in split.keys(part)) for part in ("test", "train")
        )
        on_waves = measures_of_fold(request, manifest, fold / "measures", settings, progress)
        rounds.append(Round(model, test, learned, beside, on_waves))
    how = f"{len(splits)} folds: each page judged by the model that has not seen its group"
    return Rounds(tuple(rounds), splits[0].group, how, splits[0].method)


def fold_settings(request: EvaluateRequest) -> learn.TrainSettings:
    """The settings to cross-validate: the flags over the model's own."""
    own: Mapping[str, Any] = {}
    if (request.model / DESCRIPTION).exists():
        own = store.read_model(request.model).description.settings
    given = {**own, **request.flags}
    return train_settings(None, (), given)


def train_in(
    request: EvaluateRequest,
    manifest: Path,
    out: Path,
    settings: learn.TrainSettings,
    progress: Progress,
) -> store.ModelFolder:
    """Train one fold's network, or take it where it is already there."""
    return train(
        TrainRequest(
            manifest, out, settings, allow_leakage=request.allow_leakage, cache=request.cache
        ),
        progress,
    ).model


def seed_of_fold(
    request: EvaluateRequest,
    manifest: Path,
    out: Path,
    settings: learn.TrainSettings,
    progress: Progress,
) -> store.ModelFolder | score.Missing | None:
    """The seed network of one fold, unless it is the one being judged or left out."""
    if settings.network == "seed":
        return None
    if request.skip_seed:
        return score.Missing(SEED, "left out with --skip-seed")
    return train_in(request, manifest, out, seed_settings(settings.as_dict()), progress)


def measures_of_fold(
    request: EvaluateRequest,
    manifest: Path,
    out: Path,
    settings: learn.TrainSettings,
    progress: Progress,
) -> store.ModelFolder | score.Missing | None:
    """The model on measurements of one fold, where it is asked for."""
    if settings.network == MEASURES_NETWORK:
        return None
    if not request.measures:
        return score.Missing(MEASURES, NOT_ASKED)
    return train_in(request, manifest, out, measures_settings(settings.as_dict()), progress)


def measures_beside(
    request: EvaluateRequest, model: store.ModelFolder, dataset: Dataset, progress: Progress
) -> store.ModelFolder | score.Missing | None:
    """The model on measurements of the same pages: beside the model, or trained where asked for."""
    described = model.description
    if described.network == MEASURES_NETWORK:
        return None
    place = request.model.with_name(f"{request.model.name}.measures")
    if (place / DESCRIPTION).exists():
        return same_pages(store.read_model(place), model, MEASURES)
    if not request.measures:
        return score.Missing(MEASURES, NOT_ASKED)
    if label.fingerprint(dataset) != described.data_fingerprint:
        return score.Missing(MEASURES, "not at hand: this is not the data set of the training")
    progress.say(f"Measuring the same pages and training on that, into {place}")
    try:
        settings = measures_settings(described.settings)
        trained = train_in(request, request.dataset, place, settings, progress)
        return same_pages(trained, model, MEASURES)
    except Refused as refused:
        return score.Missing(MEASURES, f"could not be trained: {refused.refusal.what}")


def seed_beside(
    request: EvaluateRequest, model: store.ModelFolder, dataset: Dataset, progress: Progress
) -> store.ModelFolder | score.Missing | None:
    """The seed network trained on the same pages: beside the model, or trained now."""
    described = model.description
    if described.network == "seed":
        return None
    if request.skip_seed:
        return score.Missing(SEED, "left out with --skip-seed")
    place = request.model.with_name(f"{request.model.name}.seed")
    if (place / DESCRIPTION).exists():
        return same_pages(store.read_model(place), model)
    if label.fingerprint(dataset) != described.data_fingerprint:
        return score.Missing(SEED, "not at hand: this is not the data set of the training")
    progress.say(f"Training the seed network on the same pages, into {place}")
    try:
        settings = seed_settings(described.settings)
        return same_pages(train_in(request, request.dataset, place, settings, progress), model)
    except Refused as refused:
        return score.Missing(SEED, f"could not be trained: {refused.refusal.what}")


def same_pages(
    beside: store.ModelFolder, model: store.ModelFolder, name: str = SEED
) -> store.ModelFolder | score.Missing:
    """The model beside, if it was trained on the model's training pages."""
    ours, theirs = read_split(model)[0], read_split(beside)[0]
    same_data = beside.description.data_fingerprint == model.description.data_fingerprint
    if not same_data or ours is None or theirs is None or dict(ours.part) != dict(theirs.part):
        return score.Missing(name, f"{beside.path.name} was trained on other pages")
    return beside


def seed_settings(own: Mapping[str, Any]) -> learn.TrainSettings:
    """The seed network's own settings, with the split and the seed of the model."""
    return learn.settings_for({"network": "seed", **{name: own[name] for name in KEPT}})


def measures_settings(own: Mapping[str, Any]) -> learn.TrainSettings:
    """The same for the model on measurements."""
    return learn.settings_for({"network": MEASURES_NETWORK, **{name: own[name] for name in KEPT}})


def read_split(model: store.ModelFolder) -> tuple[Split | None, dict[str, str]]:
    """The model's split, and the part of each file hash where it kept them."""
    if not model.split.exists():
        return None, {}
    given = json.loads(model.split.read_text(encoding="utf-8"))
    contents = {
        str(page["content"]): str(page["part"]) for page in given["pages"] if page.get("content")
    }
    return audit.split_from_dict(given, str(model.split)), contents


def group_by(
    request: EvaluateRequest, own: Mapping[str, Any], otherwise: audit.GroupBy
) -> audit.GroupBy:
    """How groups are found: as asked, else as the model was trained, else as given."""
    if request.group is not None:
        return audit.GroupBy.column(request.group)
    if request.group_pattern is not None:
        return audit.GroupBy.pattern(request.group_pattern)
    if own.get("group"):
        return audit.GroupBy.column(str(own["group"]))
    if own.get("group_pattern"):
        return audit.GroupBy.pattern(str(own["group_pattern"]))
    return audit.GroupBy.page() if own.get("random_split") else otherwise


def find_groups(
    request: EvaluateRequest, dataset: Dataset, own: Mapping[str, Any], split: Split | None
) -> tuple[Mapping[str, str], str]:
    """The group of each page and, in words, what groups are."""
    asked = request.group is not None or request.group_pattern is not None
    if not asked and split is not None and all(item.key in split.group for item in dataset):
        return split.group, f"as the model was trained: {split.method}"
    alone = audit.GroupBy.page()
    group = group_by(request, own, alone)
    try:
        return audit.find_groups(dataset, group), str(group)
    except Refused:
        if asked:
            raise
    return audit.find_groups(dataset, alone), str(alone)


def manifest_text(dataset: Dataset, split: Split) -> str:
    """The data set as a manifest with absolute paths and the split as a column."""
    items = [item for item in dataset if item.key in split.part and item.label is not None]
    names = sorted({name for item in items for name in item.columns} - {"path", "label", "split"})
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["path", "label", "split", *names])
    for item in items:
        others: Sequence[str] = [item.columns.get(name, "") for name in names]
        path = Path(item.path).resolve()
        table.writerow([path, item.label, split.part[item.key], *others])
    return stream.getvalue()
