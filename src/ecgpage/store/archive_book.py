"""The ledger of an archive: every page under a number that it keeps, and what became of it."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from ecgpage.store.archive_lock import only_writer
from ecgpage.store.archive_parts import write_part
from ecgpage.store.archive_schema import (
    DATASETS,
    DONE,
    NEW,
    PAGES,
    PARTS,
    REFUSED,
    RUNS,
    TABLES,
)
from ecgpage.store.archive_tables import check_parquet, tables_of
from ecgpage.store.engine import disk_full_told
from ecgpage.store.ledger import connect_ledger
from ecgpage.store.places import holds_files, join
from ecgpage.values import (
    Outcome,
    PageDone,
    PageTask,
    Refusal,
    Work,
    WrongUse,
    file_and_page,
    pack_refusal,
)

SET_ASIDE = (
    "worker-died", "timed-out", "too-much-memory", "unexpected", "empty-file", "too-large-file",
)  # fmt: skip
"""Refusals that stand although the content has no hash: the file as it is gives no other answer,
and some cost a process each time."""

_CHUNK = 500
_CANDIDATES = 64
_ROWS_A_COMMIT = 256
_SECONDS_A_COMMIT = 0.5
_RATE_S = 60.0


@dataclass(slots=True)
class Count:
    """How many pages a data set has, and what became of them."""

    pages: int = 0
    done: int = 0
    refused: int = 0


class ArchiveBook:
    """The ledger of one data set: one work, one output.

    A page has a number from the moment it is first seen, and stands in the part of the output
    that follows from it, whatever happens later; so a part written again holds the same pages,
    and no row can be there twice. One run at a time may write.

    Parameters
    ----------
    url:
        An SQLite file, or PostgreSQL's address.
    work, output:
        What is done, and the address that the results are written to.
    run:
        The run's name for :func:`ecgpage.store.run_states`.
    part_pages:
        Pages a part, where the data set is new.
    retry_refused:
        Work again on every page that was refused, not only on those that could not be read.
    """

    def __init__(
        self,
        url: str,
        work: Work,
        output: str,
        *,
        run: str,
        part_pages: int,
        retry_refused: bool = False,
    ) -> None:
        check_parquet()
        self.work, self.output, self.run = work, output.rstrip("/"), run
        self._exits = ExitStack()
        self._engine = connect_ledger(url, TABLES)
        self._exits.callback(self._engine.dispose)
        self._part_pages, self._retry = part_pages, retry_refused
        self._unwritten: list[tuple[int, dict[str, Any]]] = []
        self._rates: deque[tuple[float, int]] = deque()
        self._committed_s = time.monotonic()
        self.count = Count()

    def __enter__(self) -> ArchiveBook:
        try:
            self._exits.enter_context(only_writer(self._engine, f"{self.output} {self.work.key}"))
            self._open()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._exits:
            self.flush()
            self._tell("ended" if kind is None else "stopped")

    # -- the list of pages

    def enter(self, entries: Iterable[tuple[str, int | None, str]]) -> Iterator[int]:
        """Enter files (place, size, stamp), each once; yields how many after each chunk.

        A file whose stamp has changed is to be worked on again, with all its pages.
        """
        source = iter(entries)
        while chunk := list(itertools.islice(source, _CHUNK)):
            self._enter_chunk({_row_key(place): (size, stamp) for place, size, stamp in chunk})
            yield len(chunk)
        self._tell("running")

    def to_do(self) -> int:
        """How many pages are to be worked on."""
        self.flush()
        query = sa.select(sa.func.count()).where(*self._mine, PAGES.c.state == NEW)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def tasks(self) -> Iterator[PageTask]:
        """The pages that are to be worked on now, by number, in flat memory."""
        last = -1
        while True:
            query = (
                sa.select(PAGES)
                .where(*self._mine, PAGES.c.state == NEW, PAGES.c.number > last)
                .order_by(PAGES.c.number)
                .limit(_CHUNK)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
                known = self._known(connection, rows)
            if not rows:
                return
            for row in rows:
                last = row.number
                hashes = known.get((row.bytes, row.page), ())
                yield PageTask(row.number, row.file, row.page, row.whole, hashes)

    # -- what became of them

    def known(self, key: str, fingerprint: str) -> Outcome[PageDone] | None:  # noqa: ARG002
        """Nothing: :meth:`tasks` leaves out what is known."""
        return None

    def write(self, outcome: Outcome[PageDone], fingerprint: str) -> None:
        """Keep what became of a page; ``fingerprint`` is its number."""
        self._unwritten.append((int(fingerprint), _columns(outcome)))
        late = time.monotonic() - self._committed_s >= _SECONDS_A_COMMIT
        if late or len(self._unwritten) >= _ROWS_A_COMMIT:
            self.flush()

    def flush(self) -> None:
        """Write what is still in memory, and the parts that are complete by it."""
        self._committed_s = time.monotonic()
        if not self._unwritten:
            return
        rows, self._unwritten = self._unwritten, []
        with disk_full_told(self._engine), self._engine.begin() as connection:
            self._settle(connection, dict(rows))
            parts = sorted({number // self._part_pages for number, _ in rows})
            self._soil(connection, parts)
        self._tell("running")
        for part in parts:
            if (part + 1) * self._part_pages <= self._next and self._settled(part):
                self._write_part(part)

    def write_parts(self) -> Iterator[int]:
        """Write every part whose files do not hold what the ledger does; yields their numbers."""
        self.flush()
        query = sa.select(PARTS.c.part).where(
            PARTS.c.dataset == self._dataset, PARTS.c.written.is_(False)
        )
        with self._engine.connect() as connection:
            parts = connection.execute(query.order_by(PARTS.c.part)).scalars().all()
        for part in parts:
            self._write_part(part)
            yield part

    def dashboard(self, address: str) -> None:
        """Note where the run can be watched."""
        with self._engine.begin() as connection:
            mine = RUNS.c.name == self.run
            connection.execute(RUNS.update().where(mine).values(dashboard=address))

    # -- within

    @property
    def _mine(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (PAGES.c.dataset == self._dataset,)

    def _open(self) -> None:
        """Find the data set, or begin it where nothing lies at its output yet."""
        key = f"{self.output} {self.work.key}"
        with self._engine.begin() as connection:
            found = connection.execute(sa.select(DATASETS).where(DATASETS.c.key == key)).first()
            if found is None:
                self._refuse_foreign_parts()
                row = {"key": key, "work": self.work.key, "output": self.output,
                       "part_pages": self._part_pages}  # fmt: skip
                made = connection.execute(DATASETS.insert().values(row)).inserted_primary_key
                assert made is not None
                self._dataset = int(made[0])
            else:
                self._dataset, self._part_pages = found.id, found.part_pages
            same = sa.select(DATASETS.c.id).where(DATASETS.c.work == self.work.key)
            self._same_work = list(connection.execute(same).scalars())
            highest = sa.select(sa.func.max(PAGES.c.number)).where(*self._mine)
            last = connection.execute(highest).scalar()
            self._next = 0 if last is None else int(last) + 1
            self._try_again(connection)
        self._count_all()
        self._begin_run()

    def _refuse_foreign_parts(self) -> None:
        for table in tables_of(self.work.command):
            place = join(self.output, table, f"work={self.work.key}")
            if holds_files(place):
                raise _foreign_parts(place)

    def _try_again(self, connection: sa.Connection) -> None:
        again = [PAGES.c.dataset == self._dataset, PAGES.c.state == REFUSED]
        if not self._retry:
            again += [PAGES.c.sha256.is_(None), PAGES.c.code.not_in(SET_ASIDE)]
        connection.execute(PAGES.update().where(*again).values(state=NEW))

    def _count_all(self) -> None:
        query = sa.select(PAGES.c.state, sa.func.count()).where(*self._mine).group_by(PAGES.c.state)
        with self._engine.connect() as connection:
            states = {row[0]: row[1] for row in connection.execute(query)}
        self.count = Count(sum(states.values()), states.get(DONE, 0), states.get(REFUSED, 0))

    def _begin_run(self) -> None:
        now = time.time()
        row = {
            "name": self.run, "dataset": self._dataset, "command": self.work.command,
            "version": self.work.version, "output": self.output, "dashboard": None,
            "state": "running", "pages": 0, "done": 0, "refused": 0, "rate_hz": None,
            "started_s": now, "updated_s": now,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(RUNS.delete().where(RUNS.c.name == self.run))
            connection.execute(RUNS.insert().values(row))
        self._tell("running")

    def _tell(self, state: str) -> None:
        """Say how far the run is, for whoever asks from elsewhere."""
        now, settled = time.monotonic(), self.count.done + self.count.refused
        self._rates.append((now, settled))
        while len(self._rates) > 2 and now - self._rates[1][0] >= _RATE_S:
            self._rates.popleft()
        since_s, before = self._rates[0]
        rate = (settled - before) / (now - since_s) if now > since_s else None
        values = {
            "state": state, "pages": self.count.pages, "done": self.count.done,
            "refused": self.count.refused, "rate_hz": rate, "updated_s": time.time(),
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(RUNS.update().where(RUNS.c.name == self.run).values(values))

    def _enter_chunk(self, files: Mapping[tuple[str, int, bool], tuple[int | None, str]]) -> None:
        names = list({file for file, _, _ in files})
        query = sa.select(PAGES.c.file, PAGES.c.page, PAGES.c.stamp, PAGES.c.state).where(
            *self._mine, PAGES.c.file.in_(names)
        )
        with disk_full_told(self._engine), self._engine.begin() as connection:
            found = {(row.file, row.page): row for row in connection.execute(query)}
            fresh = []
            for (file, page, whole), (size, stamp) in files.items():
                before = found.get((file, page))
                if before is None:
                    fresh.append(self._fresh(file, page, whole, size, stamp))
                elif stamp and before.stamp != stamp:
                    self._change(connection, file, size, stamp)
            if fresh:
                connection.execute(PAGES.insert(), fresh)
        self.count.pages += len(fresh)

    def _fresh(
        self, file: str, page: int, whole: bool, size: int | None, stamp: str
    ) -> dict[str, Any]:
        number, self._next = self._next, self._next + 1
        return {
            "dataset": self._dataset, "number": number, "file": file, "page": page,
            "whole": whole, "stamp": stamp, "bytes": size, "state": NEW,
        }  # fmt: skip

    def _change(self, connection: sa.Connection, file: str, size: int | None, stamp: str) -> None:
        """A file is another one now: all its pages are to be worked on again."""
        mine = [*self._mine, PAGES.c.file == file]
        states = connection.execute(sa.select(PAGES.c.state).where(*mine)).scalars().all()
        self.count.done -= sum(state == DONE for state in states)
        self.count.refused -= sum(state == REFUSED for state in states)
        connection.execute(PAGES.update().where(*mine).values(stamp=stamp, bytes=size, state=NEW))

    def _known(
        self, connection: sa.Connection, rows: Sequence[Any]
    ) -> dict[tuple[int, int], tuple[str, ...]]:
        """By size and page number: hashes of what was done in this work, at whatever output.

        Not more than :data:`_CANDIDATES` rows are looked at for a size, for pages without
        compression are all of one size; a copy that is missed is worked on again, nothing else.
        """
        query = (
            sa.select(PAGES.c.sha256)
            .where(PAGES.c.dataset.in_(self._same_work), PAGES.c.bytes == sa.bindparam("size"))
            .where(PAGES.c.page == sa.bindparam("number"), PAGES.c.sha256.is_not(None))
            .where(PAGES.c.value.is_not(None))
            .limit(_CANDIDATES)
        )
        found: dict[tuple[int, int], tuple[str, ...]] = {}
        for size, page in {(row.bytes, row.page) for row in rows if row.bytes is not None}:
            hashes = connection.execute(query, {"size": size, "number": page}).scalars()
            found[size, page] = tuple(dict.fromkeys(hashes))
        return found

    def _settle(self, connection: sa.Connection, columns: Mapping[int, dict[str, Any]]) -> None:
        """Enter what became of pages, by their numbers, and the pages that follow in a file."""
        before = (PAGES.c.number, PAGES.c.state, PAGES.c.file, PAGES.c.page, PAGES.c.whole,
                  PAGES.c.stamp, PAGES.c.bytes)  # fmt: skip
        query = sa.select(*before).where(*self._mine, PAGES.c.number.in_(columns))
        values = []
        for row in connection.execute(query).all():
            now = {"bytes": row.bytes} | columns[row.number]
            pages, same = now.pop("pages"), now.pop("same")
            if same:
                now |= self._donor(connection, now["sha256"], now["bytes"], row.page)
            values.append({f"new_{name}": value for name, value in now.items()})
            values[-1]["number_"] = row.number
            self.count.done += (now["state"] == DONE) - (row.state == DONE)
            self.count.refused += (now["state"] == REFUSED) - (row.state == REFUSED)
            if row.whole and pages > 1:
                self._expand(connection, row, pages, now["bytes"])
        update = PAGES.update().where(*self._mine, PAGES.c.number == sa.bindparam("number_"))
        names = ("state", "code", "value", "sha256", "bytes", "seconds")
        connection.execute(update.values({n: sa.bindparam(f"new_{n}") for n in names}), values)

    def _donor(
        self, connection: sa.Connection, digest: str, size: int, page: int
    ) -> dict[str, Any]:
        query = (
            sa.select(PAGES.c.code, PAGES.c.value)
            .where(PAGES.c.dataset.in_(self._same_work), PAGES.c.bytes == size)
            .where(PAGES.c.sha256 == digest, PAGES.c.page == page, PAGES.c.value.is_not(None))
            .limit(1)
        )
        donor = connection.execute(query).one()
        return {"state": REFUSED if donor.code else DONE, "code": donor.code, "value": donor.value}

    def _expand(self, connection: sa.Connection, first: Any, pages: int, size: int) -> None:
        query = sa.select(PAGES.c.page).where(*self._mine, PAGES.c.file == first.file)
        there = set(connection.execute(query).scalars())
        fresh = [
            self._fresh(first.file, page, False, size, first.stamp)
            for page in range(2, pages + 1)
            if page not in there
        ]
        if fresh:
            connection.execute(PAGES.insert(), fresh)
            self.count.pages += len(fresh)

    def _soil(self, connection: sa.Connection, parts: Sequence[int]) -> None:
        """Note that the files of these parts do not hold what the ledger does."""
        mine = PARTS.c.dataset == self._dataset
        there = set(
            connection.execute(
                sa.select(PARTS.c.part).where(mine, PARTS.c.part.in_(parts))
            ).scalars()
        )
        if there:
            connection.execute(
                PARTS.update().where(mine, PARTS.c.part.in_(there)).values(written=False)
            )
        fresh = [part for part in parts if part not in there]
        if fresh:
            rows = [{"dataset": self._dataset, "part": part, "written": False} for part in fresh]
            connection.execute(PARTS.insert(), rows)

    def _part_range(self, part: int) -> tuple[sa.ColumnElement[bool], ...]:
        first = part * self._part_pages
        return (*self._mine, PAGES.c.number.between(first, first + self._part_pages - 1))

    def _settled(self, part: int) -> bool:
        query = sa.select(PAGES.c.number).where(*self._part_range(part), PAGES.c.state == NEW)
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is None

    def _write_part(self, part: int) -> None:
        query = (
            sa.select(PAGES)
            .where(*self._part_range(part), PAGES.c.state != NEW)
            .order_by(PAGES.c.number)
        )
        with self._engine.connect() as connection:
            write_part(self.work, self.output, part, connection.execute(query).all())
        with disk_full_told(self._engine), self._engine.begin() as connection:
            mine = (PARTS.c.dataset == self._dataset, PARTS.c.part == part)
            connection.execute(PARTS.update().where(*mine).values(written=True))


def _row_key(place: str) -> tuple[str, int, bool]:
    file, index = file_and_page(place)
    return _storable(file), (index or 0) + 1, index is None


def _storable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _columns(outcome: Outcome[PageDone]) -> dict[str, Any]:
    """An outcome as columns of its page's row, with what :meth:`_settle` takes out of them."""
    done = outcome.value
    if done is None:
        assert outcome.refusal is not None
        value = pack_refusal(outcome.refusal)
        return {"state": REFUSED, "code": outcome.refusal.code, "value": value, "sha256": None,
                "seconds": None, "pages": 1, "same": False}  # fmt: skip
    return {
        "state": REFUSED if done.code else DONE, "code": done.code or None,
        "value": done.packed or None, "sha256": done.sha256, "bytes": done.size,
        "seconds": done.seconds, "pages": done.pages, "same": done.same,
    }  # fmt: skip


def _foreign_parts(place: str) -> WrongUse:
    return WrongUse(
        Refusal(
            where=place,
            what="results lie there that this ledger knows nothing of",
            expected="an output that is new, or the ledger that belongs to it",
            received="files of another ledger",
            todo="Name its ledger with --ledger, or another output.",
            code="foreign-parts",
        )
    )
