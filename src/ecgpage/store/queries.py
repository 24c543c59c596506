"""What the label store is asked; each function works within one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, case, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from ecgpage.store.statements import COLUMNS, as_judgements
from ecgpage.store.tables import DATASET, JUDGEMENT, JUDGEMENT_TAG, LATEST, PAGE, TAG
from ecgpage.values import Dataset, Item, Judgement

ADJUDICATED = "adjudicated"
"""Tag of the judgement that settles a page on which readers disagree."""

RANKS: dict[str, int] = {"person": 1, "folder": 2, "csv": 2, "rule": 3, "model": 3}
"""Whose word goes before whose, the lowest first; an adjudication is 0."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One author of judgements: pages labelled now, judgements ever, time of the last."""

    who: str
    source: str
    pages: int
    judgements: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Consensus:
    """What persons make of a page together.

    ``label`` is None where the most votes fall on several labels and nobody has adjudicated;
    ``votes`` says who chose what (adjudications apart).
    """

    key: str
    label: str | None
    votes: dict[str, tuple[str, ...]]
    adjudicated: bool = False

    @property
    def agreed(self) -> bool:
        """Whether all readers chose one label."""
        return len(self.votes) <= 1


def dataset_names(connection: Connection) -> tuple[str, ...]:
    """Names of all data sets, sorted."""
    return tuple(connection.execute(select(DATASET.c.name).order_by(DATASET.c.name)).scalars())


def history(connection: Connection, name: str, key: str | None) -> list[Judgement]:
    """All judgements of one page or of all, by time."""
    query = (
        select(*COLUMNS)
        .join(PAGE, PAGE.c.id == JUDGEMENT.c.page_id)
        .where(PAGE.c.dataset_id == _number(name))
        .order_by(JUDGEMENT.c.said_at, JUDGEMENT.c.id)
    )
    if key is not None:
        query = query.where(PAGE.c.key == key)
    return as_judgements(connection, connection.execute(query).all())


def current(
    connection: Connection,
    name: str,
    who: str | None = None,
    source: str | None = None,
    key: str | None = None,
) -> dict[str, Judgement]:
    """The judgement that holds for each page, or for one, in the order of the pages."""
    place = func.row_number().over(
        partition_by=LATEST.c.page_id,
        order_by=(_rank(), LATEST.c.said_at.desc(), LATEST.c.id.desc()),
    )
    chosen = select(LATEST.c.id, place.label("place")).where(LATEST.c.label.is_not(None))
    if who is not None:
        chosen = chosen.where(LATEST.c.who == who)
    if source is not None:
        chosen = chosen.where(LATEST.c.source == source)
    if key is not None:
        page = select(PAGE.c.id).where(PAGE.c.dataset_id == _number(name), PAGE.c.key == key)
        chosen = chosen.where(LATEST.c.page_id == connection.execute(page).scalar())
    placed = chosen.subquery()
    query = (
        select(*COLUMNS)
        .join(PAGE, PAGE.c.id == JUDGEMENT.c.page_id)
        .join(placed, placed.c.id == JUDGEMENT.c.id)
        .where(PAGE.c.dataset_id == _number(name), placed.c.place == 1)
        .order_by(PAGE.c.id)
    )
    found = as_judgements(connection, connection.execute(query).all())
    return {judgement.key: judgement for judgement in found}


def readers(connection: Connection, name: str) -> tuple[Reader, ...]:
    """Every author with how much they said, the most industrious first."""
    labelled = (
        select(LATEST.c.who, LATEST.c.source, func.count().label("pages"))
        .join(PAGE, PAGE.c.id == LATEST.c.page_id)
        .where(PAGE.c.dataset_id == _number(name), LATEST.c.label.is_not(None))
        .group_by(LATEST.c.who, LATEST.c.source)
    )
    pages = {(who, source): count for who, source, count in connection.execute(labelled)}
    said = (
        select(
            JUDGEMENT.c.who, JUDGEMENT.c.source, func.count(), func.max(JUDGEMENT.c.said_at)
        )
        .join(PAGE, PAGE.c.id == JUDGEMENT.c.page_id)
        .where(PAGE.c.dataset_id == _number(name))
        .group_by(JUDGEMENT.c.who, JUDGEMENT.c.source)
    )  # fmt: skip
    found = [
        Reader(who, source, pages.get((who, source), 0), count, last)
        for who, source, count, last in connection.execute(said)
    ]
    return tuple(sorted(found, key=lambda reader: (-reader.judgements, reader.who, reader.source)))


def readings(
    connection: Connection, name: str, *, blind_only: bool = False
) -> dict[str, dict[str, str]]:
    """Page -> reader -> label, of persons' latest judgements."""
    found: dict[str, dict[str, str]] = {}
    for judgement in _by_persons(connection, name):
        counts = judgement.blind is True and ADJUDICATED not in judgement.tags
        if judgement.label is not None and (counts or not blind_only):
            found.setdefault(judgement.key, {})[judgement.who] = judgement.label
    return found


def consensus(
    connection: Connection, name: str, *, blind_only: bool = False
) -> dict[str, Consensus]:
    """The adjudicated label or the majority's, for each page that a person read."""
    by_page: dict[str, list[Judgement]] = {}
    for judgement in _by_persons(connection, name):
        by_page.setdefault(judgement.key, []).append(judgement)
    found = {key: _agree(key, said, blind_only=blind_only) for key, said in by_page.items()}
    return {key: value for key, value in found.items() if value.votes or value.adjudicated}


def dataset(connection: Connection, name: str, source: str) -> Dataset:
    """The pages of a data set with the labels that hold now."""
    row = connection.execute(select(DATASET).where(DATASET.c.name == name)).first()
    root = row.root if row is not None else ""
    labels = current(connection, name)
    query = select(PAGE).where(PAGE.c.dataset_id == _number(name)).order_by(PAGE.c.id)
    items = tuple(
        Item(
            key=page.key,
            path=page.path or str(Path(root) / page.key),
            label=labels[page.key].label if page.key in labels else None,
            columns=dict(page.columns),
        )
        for page in connection.execute(query)
    )
    return Dataset(items, root, source)


def _agree(key: str, said: Sequence[Judgement], *, blind_only: bool) -> Consensus:
    settled = [j for j in said if ADJUDICATED in j.tags]
    votes: dict[str, tuple[str, ...]] = {}
    for judgement in said:
        if judgement in settled or judgement.label is None:
            continue
        if judgement.blind is True or not blind_only:
            votes[judgement.label] = (*votes.get(judgement.label, ()), judgement.who)
    if settled:
        return Consensus(key, max(settled, key=lambda j: j.when).label, votes, adjudicated=True)
    most = Counter({label: len(names) for label, names in votes.items()}).most_common(2)
    tie = len(most) == 2 and most[0][1] == most[1][1]
    return Consensus(key, None if tie or not most else most[0][0], votes)


def _by_persons(connection: Connection, name: str) -> list[Judgement]:
    """Each person's last word on each page where it still stands."""
    query = (
        select(*COLUMNS)
        .join(PAGE, PAGE.c.id == JUDGEMENT.c.page_id)
        .join(LATEST, LATEST.c.id == JUDGEMENT.c.id)
        .where(PAGE.c.dataset_id == _number(name), LATEST.c.source == "person")
        .where(LATEST.c.label.is_not(None))
        .order_by(PAGE.c.id, JUDGEMENT.c.id)
    )
    return as_judgements(connection, connection.execute(query).all())


def _number(name: str) -> ColumnElement[int]:
    return select(DATASET.c.id).where(DATASET.c.name == name).scalar_subquery()


def _rank() -> ColumnElement[int]:
    settled = (
        exists()
        .where(JUDGEMENT_TAG.c.judgement_id == LATEST.c.id)
        .where(TAG.c.id == JUDGEMENT_TAG.c.tag_id, TAG.c.name == ADJUDICATED)
    )
    ranks = [(LATEST.c.source == source, rank) for source, rank in RANKS.items()]
    return case((settled, 0), *ranks, else_=len(RANKS))
