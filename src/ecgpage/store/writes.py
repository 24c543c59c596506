"""Everything that adds rows to the label store; each function works within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from ecgpage.store.statements import COLUMNS, as_judgements, as_row, content_key
from ecgpage.store.tables import DATASET, JUDGEMENT, JUDGEMENT_TAG, LATEST, PAGE, TAG
from ecgpage.values import Item, Judgement, Refusal, Refused


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that no unique key forbids; the others are there already."""
    if rows:
        postgres = connection.dialect.name == "postgresql"
        insert = postgresql.insert(table) if postgres else sqlite.insert(table)
        connection.execute(insert.on_conflict_do_nothing(), list(rows))


def dataset_id(connection: Connection, name: str, root: str = "") -> int:
    """The data set's number; it is made where it is new.

    Its row is locked until the transaction ends: PostgreSQL then lets one writer at a time
    into a data set, as SQLite does into the whole file.
    """
    row = {"name": name, "root": root, "recorded_at": datetime.now(UTC)}
    insert_new(connection, DATASET, [row])
    query = select(DATASET.c.id).where(DATASET.c.name == name).with_for_update()
    return int(connection.execute(query).scalar_one())


def page_ids(connection: Connection, dataset: int, keys: Iterable[str]) -> dict[str, int]:
    """The numbers of pages; those that are new are made."""
    wanted = list(dict.fromkeys(keys))
    query = select(PAGE.c.key, PAGE.c.id).where(
        PAGE.c.dataset_id == dataset, PAGE.c.key.in_(wanted)
    )
    found = {row.key: row.id for row in connection.execute(query)}
    new = [{"dataset_id": dataset, "key": key, "columns": {}} for key in wanted if key not in found]
    if new:
        insert_new(connection, PAGE, new)
        found = {row.key: row.id for row in connection.execute(query)}
    return found


def put_pages(connection: Connection, dataset: int, items: Sequence[Item]) -> None:
    """Note where pages lie now and what their manifest says of them."""
    numbers = page_ids(connection, dataset, [item.key for item in items])
    update = (
        PAGE.update()
        .where(PAGE.c.id == bindparam("number"))
        .values(path=bindparam("where"), columns=bindparam("cells"))
    )
    connection.execute(
        update,
        [
            {"number": numbers[item.key], "where": item.path, "cells": dict(item.columns)}
            for item in items
        ],
    )


def put_judgements(
    connection: Connection, name: str, judgements: Sequence[Judgement], *, only_news: bool
) -> int:
    """Add judgements that are not there yet; how many were new."""
    dataset = dataset_id(connection, name)
    pages = page_ids(connection, dataset, [judgement.key for judgement in judgements])
    now = datetime.now(UTC)
    rows: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {}
    last = _last_statements(connection, list(pages.values())) if only_news else {}
    for judgement in judgements:
        row = as_row(judgement, page_id=pages[judgement.key], dataset=name, recorded_at=now)
        reader = (row["page_id"], row["who"], row["source"])
        if only_news and last.get(reader) == row["statement_key"]:
            continue
        last[reader] = row["statement_key"]
        rows.setdefault(row["content_key"], (row, judgement.tags))
    known = select(JUDGEMENT.c.content_key).where(JUDGEMENT.c.content_key.in_(list(rows)))
    for key in connection.execute(known).scalars().all():
        del rows[key]
    insert_new(connection, JUDGEMENT, [row for row, _ in rows.values()])
    put_tags(connection, {key: tags for key, (_, tags) in rows.items() if tags})
    return len(rows)


def put_tags(connection: Connection, tags_by_content: Mapping[str, Sequence[str]]) -> None:
    """Attach tags to judgements named by their content key."""
    names = sorted({name for tags in tags_by_content.values() for name in tags})
    if not names:
        return
    insert_new(connection, TAG, [{"name": name} for name in names])
    found = connection.execute(select(TAG.c.name, TAG.c.id).where(TAG.c.name.in_(names)))
    tags = {row.name: row.id for row in found}
    keys = list(tags_by_content)
    query = select(JUDGEMENT.c.content_key, JUDGEMENT.c.id)
    numbers = connection.execute(query.where(JUDGEMENT.c.content_key.in_(keys)))
    rows = [
        {"judgement_id": number, "place": place, "tag_id": tags[tag]}
        for key, number in numbers
        for place, tag in enumerate(tags_by_content[key])
    ]
    insert_new(connection, JUDGEMENT_TAG, rows)


def put_undo(connection: Connection, name: str, who: str) -> Judgement:
    """Take back a reader's last judgement that still stands, by adding what was before it.

    Raises
    ------
    Refused
        ``nothing-to-undo``.
    """
    dataset = dataset_id(connection, name)
    undone = select(JUDGEMENT.c.undoes_id).where(JUDGEMENT.c.undoes_id.is_not(None))
    standing = (
        select(*COLUMNS, JUDGEMENT.c.page_id, JUDGEMENT.c.content_key)
        .join(PAGE, PAGE.c.id == JUDGEMENT.c.page_id)
        .where(PAGE.c.dataset_id == dataset, JUDGEMENT.c.who == who, JUDGEMENT.c.source == "person")
        .where(JUDGEMENT.c.undoes_id.is_(None), JUDGEMENT.c.id.not_in(undone))
        .order_by(JUDGEMENT.c.said_at.desc(), JUDGEMENT.c.id.desc())
    )
    last = connection.execute(standing.limit(1)).first()
    if last is None:
        raise Refused(
            Refusal(who, "there is nothing to undo", "a judgement of this reader", "none",
                    "Check the reader's name.", "nothing-to-undo")
        )  # fmt: skip
    before = connection.execute(
        standing.where(JUDGEMENT.c.page_id == last.page_id).offset(1).limit(1)
    ).first()
    kept = as_judgements(connection, [before])[0] if before is not None else None
    when = max(datetime.now(UTC), last.said_at + timedelta(microseconds=1))
    judgement = Judgement(
        key=last.key, label=kept.label if kept else None, who=who, source="person", when=when,
        blind=kept.blind if kept else None, score=kept.score if kept else None,
        note=kept.note if kept else "", tags=kept.tags if kept else (),
    )  # fmt: skip
    row = as_row(judgement, page_id=last.page_id, dataset=name, recorded_at=datetime.now(UTC))
    row |= {"undoes_id": last.id, "content_key": content_key(name, judgement, last.content_key)}
    insert_new(connection, JUDGEMENT, [row])
    put_tags(connection, {row["content_key"]: judgement.tags})
    return judgement


def _last_statements(
    connection: Connection, pages: Sequence[int]
) -> dict[tuple[int, str, str], str]:
    """What each reader, rule or file said last on each of these pages."""
    query = select(LATEST.c.page_id, LATEST.c.who, LATEST.c.source, LATEST.c.statement_key)
    found = connection.execute(query.where(LATEST.c.page_id.in_(pages)))
    return {(page, who, source): key for page, who, source, key in found}
