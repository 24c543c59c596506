"""From an archive of pages to tables in Parquet, on whatever engine and from wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ecgpage import learn, read, store, work
from ecgpage.flows.archive_looks import Looks, work_of
from ecgpage.flows.archive_page import OnePage
from ecgpage.values import Outcome, PageDone, Progress, Refusal, Silent, unpack

PART_PAGES = {"measure": 1_000}
"""Pages a part where nothing is asked for; a measured page has some hundred rows."""

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class ArchiveRequest:
    """Which pages, where the tables go, and how far a run may be followed.

    ``paths`` are files, folders, patterns, addresses and lists. ``ledger`` is an SQLite file or
    PostgreSQL's address; ``run`` names the run for ``ecgpage status``.
    """

    paths: tuple[str, ...]
    parquet: str
    ledger: str | None = None
    run: str | None = None
    means: work.Means = field(default_factory=work.Means)
    part_pages: int | None = None
    retry_refused: bool = False


@dataclass(slots=True)
class Archived:
    """What is in the output now, what this run did of it, and some reasons for refusals."""

    run: str = ""
    count: store.Count = field(default_factory=store.Count)
    worked: int = 0
    examples: list[Refusal] = field(default_factory=list)


def default_ledger() -> str:
    """Where runs are noted unless a ledger is named: one file in the user's cache folder."""
    return str(learn.default_cache_folder().parent / "archive.sqlite")


def states(ledger: str | None, run: str | None) -> tuple[store.RunState, ...]:
    """How far the runs of a ledger are, or one of them."""
    return store.run_states(ledger or default_ledger(), run)


def work_through(
    request: ArchiveRequest, look: Looks, progress: Progress | None = None
) -> Archived:
    """Enter every page into the ledger, work on those that are not done, write the parts.

    Called again, after a kill or with more pages, it does what is missing and nothing else.
    """
    progress = progress or Silent()
    what = work_of(look)
    told = Archived(request.run or f"{what.command}-{what.key[:8]}")
    part_pages = request.part_pages or PART_PAGES.get(what.command, 10_000)
    with store.ArchiveBook(
        request.ledger or default_ledger(), what, _absolute(request.parquet), run=told.run,
        part_pages=part_pages, retry_refused=request.retry_refused,
    ) as book:  # fmt: skip
        entries = ((one.place, one.size, one.stamp) for one in read.find_entries(request.paths))
        for _ in progress.steps(book.enter(entries), "listing"):
            pass
        while left := book.to_do():
            outcomes = _worked(book, request.means, look, progress)
            for outcome in progress.steps(outcomes, what.command, left):
                _tell(told, outcome)
        for _ in progress.steps(book.write_parts(), "writing"):
            pass
        told.count = book.count
    return told


def _worked(
    book: store.ArchiveBook, means: work.Means, look: Looks, progress: Progress
) -> Iterator[Outcome[PageDone]]:
    def watched(address: str) -> None:
        progress.say(f"Dashboard: {address}")
        book.dashboard(address)

    for outcome in work.run(
        OnePage(look), book.tasks(), key=lambda task: task.place, ledger=book, jobs=means.jobs,
        limit_s=means.limit_s, limit_mb=means.limit_mb, engine=means.engine(watched),
        fingerprint=lambda task: str(task.number), ordered=False,
    ):  # fmt: skip
        yield _with_refusal(outcome)


def _with_refusal(outcome: Outcome[PageDone]) -> Outcome[PageDone]:
    """A refusal that came back as an answer, in its usual place."""
    if outcome.value is None or not outcome.value.code:
        return outcome
    said = unpack(outcome.value.packed)["refusal"]
    return Outcome(outcome.key, outcome.value, Refusal(**said | {"where": outcome.key}))


def _tell(told: Archived, outcome: Outcome[PageDone]) -> None:
    told.worked += 1
    if outcome.refusal is not None and len(told.examples) < _EXAMPLES:
        told.examples.append(outcome.refusal)


def _absolute(place: str) -> str:
    """A local folder is the same one wherever the next run is started."""
    return place if read.is_url(place) else str(Path(place).absolute())
