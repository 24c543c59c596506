"""From a data set and its split to the feeds of a training."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecgpage.learn.augment import make_augmentation
from ecgpage.learn.pipeline import PageFeed, PageSource, open_source, sparing
from ecgpage.learn.preprocessing import Preprocessing
from ecgpage.learn.settings import TrainSettings
from ecgpage.learn.training.classes import Classes, choose_classes
from ecgpage.learn.training.data import TrainingData
from ecgpage.values import Dataset, Item, Page, Progress, Refusal, Refused, Silent, Split, WrongUse

Reader = Callable[[str], Page]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pages that were read and will be trained on.

    ``items`` maps ``train`` and ``validation`` to their readable pages; ``refusals`` are the
    pages that were left out; ``counts`` are the pages of each part by class.
    """

    settings: TrainSettings
    classes: Classes
    preprocessing: Preprocessing
    items: Mapping[str, tuple[Item, ...]]
    sources: Mapping[str, PageSource]
    refusals: tuple[Refusal, ...]
    fingerprint: str

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Pages of each part by class."""
        return {
            part: {name: sum(item.label == name for item in items) for name in self.classes.names}
            for part, items in self.items.items()
        }

    def feeds(self, seed: int) -> TrainingData:
        """Training pages shuffled and augmented from a seed; validation pages as they are."""
        settings = self.settings
        augmentation = make_augmentation(settings.augmentation, settings.augmentation_strength)
        training = PageFeed(
            self.sources["train"],
            self._labels("train"),
            batch_size=settings.batch_size,
            seed=seed,
            augmentation=augmentation,
        )
        validation = PageFeed(
            self.sources["validation"],
            self._labels("validation"),
            batch_size=settings.batch_size,
            shuffle=False,
        )
        counts = tuple(self.counts["train"].values())
        return TrainingData(training, validation, self.classes.names, counts, self.fingerprint)

    def _labels(self, part: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        numbers = [self.classes.number(str(item.label)) for item in self.items[part]]
        return np.asarray(numbers, dtype=np.int64)


def preprocessing_of(settings: TrainSettings) -> Preprocessing:
    """The preprocessing that settings ask for."""
    return Preprocessing(
        height=settings.height,
        width=settings.width,
        mode=settings.mode,
        normalise=settings.normalise,
        mask=settings.mask,
    )


def prepare(
    dataset: Dataset,
    split: Split,
    settings: TrainSettings,
    read: Reader,
    *,
    fingerprint: str,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Read the pages of train and validation once; pages of test are not opened.

    A page that cannot be read is left out and its refusal kept.

    Raises
    ------
    WrongUse
        Where train or validation holds no readable page, or a class none to train on.
    """
    preprocessing = preprocessing_of(settings)
    read = sparing(read, preprocessing)
    make_augmentation(settings.augmentation, settings.augmentation_strength)
    bad: dict[str, Refusal] = {}
    kept, sources = {}, {}
    for part in ("train", "validation"):
        items = [item for item in dataset if item.label and split.part.get(item.key) == part]
        kept[part] = _readable(items, read, preprocessing, cache, bad, progress or Silent())
        paths = [item.path for item in kept[part]]
        sources[part] = open_source(paths, read, preprocessing, cache)
    classes = choose_classes(str(item.label) for part in kept.values() for item in part)
    check_parts(kept, classes, dataset.source)
    return Prepared(
        settings,
        classes,
        preprocessing,
        kept,
        sources,
        tuple(bad.values()),
        _fingerprint(fingerprint, kept),
    )


def left_out(faults: Iterable[Refusal], refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """What opening and what reading refused; an absent file, which both name, is told once."""
    return (*(fault for fault in faults if fault.code != "absent-file"), *refusals)


def _readable(
    items: list[Item],
    read: Reader,
    preprocessing: Preprocessing,
    cache: str | Path | None,
    bad: dict[str, Refusal],
    progress: Progress,
) -> tuple[Item, ...]:
    """The items whose pages can be read; the refusals of the others go to ``bad``."""

    def noted(path: str) -> Page:
        try:
            return read(path)
        except Refused as refused:
            bad[path] = refused.refusal
            raise

    source = open_source([item.path for item in items], noted, preprocessing, cache)
    for refusal in source.fill(progress):
        if refusal not in bad.values():
            bad[refusal.where] = refusal
    return tuple(item for item in items if item.path not in bad)


def check_parts(kept: Mapping[str, tuple[Item, ...]], classes: Classes, source: str) -> None:
    """See that every class can be learned, and that validation can choose a threshold."""
    trained, validated = (Counter(item.label for item in kept[part]) for part in kept)
    untrained = [name for name in classes.names if not trained[name]]
    unseen = [name for name in classes.names if not validated[name]]
    if untrained:
        what = f"there is no page of class {untrained[0]!r} to train on"
    elif unseen and (len(classes.names) == 2 or len(unseen) == len(classes.names)):
        what = f"there is no page of class {unseen[0]!r} to validate on"
    else:
        return
    raise WrongUse(
        Refusal(
            where=source,
            what=what,
            expected="readable pages of every class in train and in validation",
            received="; ".join(_counted(part, kept[part]) for part in kept),
            todo="Add pages, or change the split (its fractions, column or groups).",
            code="empty-part",
        )
    )


def _counted(part: str, items: tuple[Item, ...]) -> str:
    counts = Counter(item.label for item in items)
    return f"{part}: " + (", ".join(f"{n} {name}" for name, n in counts.items()) or "nothing")


def _fingerprint(data: str, kept: Mapping[str, tuple[Item, ...]]) -> str:
    """Hash over the data set's own fingerprint and the pages of each part, in their order."""
    pages = {part: [item.key for item in items] for part, items in kept.items()}
    return hashlib.sha256(json.dumps([data, pages]).encode()).hexdigest()
