"""Pages on a desk: who labels them, what they said, and how far they are."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ecgpage import label, store
from ecgpage.values import Dataset, Item, Judgement, Refusal, Refused

ADJUDICATOR = " (adjudication)"
"""Ending of the name under which a reader settles pages, so that their own reading stays."""

PACE_WINDOW = timedelta(minutes=5)
"""Pages a minute are counted over this time."""


LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """What to label, and where the labels go.

    ``records`` is a folder with digitised records (``<stem>.json``); None looks beside each
    page. ``model`` is a model folder, or one of cross-validation (``MODEL.cvK``).
    """

    source: str
    store: str
    blind: bool = False
    mask: bool = False
    model: Path | None = None
    records: Path | None = None
    label_column: str = "label"
    path_column: str = "path"
    name: str | None = None


@dataclass(slots=True)
class Clock:
    """Times that never repeat or go back, so that judgements keep the order they came in."""

    last: datetime = LONG_AGO
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """A time after every one given before."""
        with self.lock:
            self.last = max(datetime.now(UTC), self.last + timedelta(microseconds=1))
            return self.last


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """A data set that is open for labelling; several readers and threads share it."""

    request: LabelRequest
    dataset: Dataset
    items: Mapping[str, Item]
    labels: store.LabelStore
    clock: Clock = field(default_factory=Clock)

    def item(self, key: str) -> Item:
        """The page of that key.

        Raises
        ------
        Refused
            ``no-such-page``.
        """
        if key not in self.items:
            raise Refused(
                Refusal("key", "no page of this data set is called so", "the key of a page",
                        "another text", "Load the list of pages again.", "no-such-page")
            )  # fmt: skip
        return self.items[key]

    def close(self) -> None:
        """Let go of the store."""
        self.labels.close()


def open_desk(request: LabelRequest) -> Desk:
    """Open data set and store, and note the pages in the store."""
    dataset = label.open_dataset(
        request.source, label_column=request.label_column, path_column=request.path_column
    )
    labels = store.LabelStore(request.store, request.name)
    try:
        labels.register(dataset)
        latest = max((reader.last for reader in labels.readers()), default=LONG_AGO)
    except BaseException:
        labels.close()
        raise
    items = {item.key: item for item in dataset}
    return Desk(request, dataset, items, labels, Clock(latest))


def keep_label(
    desk: Desk,
    key: str,
    label: str | None,
    reader: str,
    *,
    blind: bool,
    note: str = "",
    tags: Sequence[str] = (),
    adjudicate: bool = False,
) -> Judgement:
    """Add a reader's label; when this returns it is on the disk.

    A reader who once labelled the page knowing a suggestion is not blind to it any more.

    Raises
    ------
    Refused
        ``no-such-page``, and what the store refuses.
    """
    desk.item(key)
    who = reader + ADJUDICATOR if adjudicate else reader
    unseen = blind and not adjudicate and not has_seen(desk, key, reader)
    kept = tuple(tag for tag in dict.fromkeys(tags) if tag != store.ADJUDICATED)
    judgement = Judgement(
        key, label, who, "person", desk.clock.now(), blind=unseen, note=note,
        tags=(*kept, store.ADJUDICATED) if adjudicate else kept,
    )  # fmt: skip
    added = desk.labels.add([judgement], only_news=True)
    if added.refused:
        raise Refused(added.refused[0])
    return judgement


def has_seen(desk: Desk, key: str, reader: str) -> bool:
    """Whether the reader labelled or settled this page with a suggestion in sight."""
    names = (reader, reader + ADJUDICATOR)
    return any(said.who in names and said.blind is False for said in desk.labels.history(key))


def take_back(desk: Desk, reader: str, *, adjudicate: bool = False) -> Judgement:
    """Undo a reader's last judgement; again and again, as far back as they go.

    Raises
    ------
    Refused
        ``nothing-to-undo``.
    """
    return desk.labels.undo(reader + ADJUDICATOR if adjudicate else reader)


def own_labels(desk: Desk, reader: str) -> dict[str, Judgement]:
    """What a reader calls each page now."""
    said = desk.labels.current(who=reader, source="person")
    return {key: judgement for key, judgement in said.items() if key in desk.items}


def suggestions(desk: Desk) -> dict[str, Judgement]:
    """What rules and models in the store say of each page, with their reasons."""
    rules = desk.labels.current(source="rule")
    return {**rules, **desk.labels.current(source="model")}


def said_of(desk: Desk, key: str, reader: str, *, blind: bool) -> list[Judgement]:
    """The history of a page; a blind reader sees their own words alone."""
    said = desk.labels.history(desk.item(key).key)
    return [one for one in said if one.who == reader] if blind else said


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a reader is: pages done and left, pages a minute (None before there are two)."""

    done: int
    left: int
    pages_per_minute: float | None


def pace(desk: Desk, own: Mapping[str, Judgement]) -> Pace:
    """Count a reader's pages; the pace is that of the last minutes."""
    since = datetime.now(UTC) - PACE_WINDOW
    times = sorted(said.when for said in own.values() if said.when >= since)
    minutes = (times[-1] - times[0]).total_seconds() / 60 if len(times) > 1 else 0.0
    speed = (len(times) - 1) / minutes if minutes > 0 else None
    return Pace(len(own), len(desk.items) - len(own), speed)
