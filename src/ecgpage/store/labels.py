"""The label store: who said what of which page, and what holds now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

from ecgpage.store import queries, writes
from ecgpage.store.engine import open_engine, reading, writing
from ecgpage.store.queries import Consensus, Reader
from ecgpage.store.schema import migrate
from ecgpage.store.statements import check
from ecgpage.values import Dataset, Judgement, Refusal, Refused, WrongUse

BATCH = 500
"""Judgements that are committed together."""

ONLY_DATASET = "pages"
"""Name of a store's data set where nobody named one."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of judgements that were added: new ones, known ones, refused ones."""

    new: int
    known: int
    refused: tuple[Refusal, ...] = ()


class LabelStore:
    """Labels of one data set in an SQLite file or a PostgreSQL database.

    Parameters
    ----------
    url:
        A file, ``sqlite:///FILE`` or ``postgresql://USER@HOST/DATABASE``; made, or brought to
        the present schema, when it is opened.
    dataset:
        Name of the data set within the store; where None, the only one there is.

    Notes
    -----
    Nothing is ever changed or deleted: a reader who thinks again says so again. Several
    processes may read and write at once. What :meth:`add` has returned from, or told to
    ``on_commit``, is on the disk.

    Examples
    --------
    >>> with LabelStore("labels.sqlite") as labels:            # doctest: +SKIP
    ...     labels.add([Judgement("a.png", "Normal", "Ada", "person", now, blind=True)])
    ...     labels.current()
    """

    def __init__(self, url: str | os.PathLike[str], dataset: str | None = None) -> None:
        self._engine = open_engine(url)
        try:
            migrate(self._engine)
            self.name = dataset or self._only_dataset()
        except BaseException:
            self._engine.dispose()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def datasets(self) -> tuple[str, ...]:
        """Names of the data sets in this store."""
        with reading(self._engine) as connection:
            return queries.dataset_names(connection)

    def register(self, dataset: Dataset) -> None:
        """Note a data set's pages: where they lie now, and the manifest's other columns."""
        items = iter(dataset.items)
        while batch := list(islice(items, BATCH)):
            with writing(self._engine) as connection:
                number = writes.dataset_id(connection, self.name, dataset.root)
                writes.put_pages(connection, number, batch)

    def add(
        self,
        judgements: Iterable[Judgement],
        *,
        only_news: bool = False,
        batch: int = BATCH,
        on_commit: Callable[[Added], None] | None = None,
    ) -> Added:
        """Add judgements, committed batch by batch; adding one twice keeps it once.

        Parameters
        ----------
        judgements:
            Taken one by one, so that a stream of any length can be added.
        only_news:
            Also leave out what only repeats the same author's last word on the page, whatever
            its time: importing an unchanged file again then adds nothing.
        batch:
            How many are committed together.
        on_commit:
            Told the sum so far after each commit.

        Returns
        -------
        Added
            A judgement that cannot be kept is refused; the others go on.
        """
        new = known = 0
        refused: list[Refusal] = []
        stream = iter(judgements)
        while taken := list(islice(stream, batch)):
            fit = [judgement for judgement in taken if _fits(judgement, refused)]
            if fit:
                with writing(self._engine) as connection:
                    count = writes.put_judgements(connection, self.name, fit, only_news=only_news)
                new, known = new + count, known + len(fit) - count
            if on_commit is not None:
                on_commit(Added(new, known, tuple(refused)))
        return Added(new, known, tuple(refused))

    def undo(self, who: str) -> Judgement:
        """Take back a reader's last judgement; called again, the one before it.

        Returns the judgement that was added for it: the reader's label before, or none.

        Raises
        ------
        Refused
            ``nothing-to-undo``.
        """
        with writing(self._engine) as connection:
            return writes.put_undo(connection, self.name, who)

    def history(self, key: str | None = None) -> list[Judgement]:
        """Every judgement of a page, or of all pages, the earliest first."""
        with reading(self._engine) as connection:
            return queries.history(connection, self.name, key)

    def current(
        self, who: str | None = None, source: str | None = None, key: str | None = None
    ) -> dict[str, Judgement]:
        """The judgement that holds now for each labelled page.

        Each author's last word counts. Of several, an adjudication (tag ``adjudicated``) goes
        before other persons' readings, these before folders and CSV files, and these before
        rules and models; within one rank the latest.

        Parameters
        ----------
        who, source:
            Look at this author or this kind of author alone.
        key:
            Of this page alone.
        """
        with reading(self._engine) as connection:
            return queries.current(connection, self.name, who, source, key)

    def readers(self) -> tuple[Reader, ...]:
        """Everyone and everything that judged, with how much."""
        with reading(self._engine) as connection:
            return queries.readers(connection, self.name)

    def readings(self, *, blind_only: bool = False) -> dict[str, dict[str, str]]:
        """For each page, what each person calls it now: page -> reader -> label.

        ``blind_only`` leaves out readings not known to be blind, and adjudications.
        """
        with reading(self._engine) as connection:
            return queries.readings(connection, self.name, blind_only=blind_only)

    def consensus(self, *, blind_only: bool = False) -> dict[str, Consensus]:
        """For each page that a person read: the adjudicated label, else the majority's."""
        with reading(self._engine) as connection:
            return queries.consensus(connection, self.name, blind_only=blind_only)

    def dataset(self) -> Dataset:
        """The pages with their current labels."""
        with reading(self._engine) as connection:
            return queries.dataset(connection, self.name, str(self._engine.url.render_as_string()))

    def _only_dataset(self) -> str:
        names = self.datasets()
        if len(names) > 1:
            raise WrongUse(
                Refusal(self._engine.url.render_as_string(), "the store holds several data sets",
                        "the name of one of them", ", ".join(f"'{name}'" for name in names),
                        "Name one with --name.", "several-datasets")
            )  # fmt: skip
        return names[0] if names else ONLY_DATASET

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self.history())


def _fits(judgement: Judgement, refused: list[Refusal]) -> bool:
    try:
        check(judgement)
    except Refused as error:
        refused.append(error.refusal)
        return False
    return True
