"""From pages to leads in mV, a folder of records, and a summary of what was refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ecgpage import digitise, read, store, work
from ecgpage.flows.pages import open_page, stamp_of
from ecgpage.report import overlay
from ecgpage.values import Progress, Refusal, Silent, file_and_page


@dataclass(frozen=True, slots=True)
class DigitiseRequest:
    """Which pages, where to, and what to write beside WFDB and JSON.

    ``formats`` may hold ``csv`` and ``dcm``; ``jobs`` 0 takes all cores; ``means`` stands
    in its place where a cluster or limits are wanted.
    """

    paths: tuple[str, ...]
    out: Path
    settings: digitise.Settings = field(default_factory=digitise.Settings)
    formats: tuple[str, ...] = ()
    overlay: bool = False
    debug: bool = False
    dpi: float = 200.0
    jobs: int = 1
    means: work.Means | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One page to come, and the stem of its files."""

    path: str
    stem: str


@dataclass(slots=True)
class Digitised:
    """How many pages were read, by layout, and what was refused."""

    layouts: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """How often each reason was given."""
        return Counter(refusal.what for refusal in self.refusals)


def digitise_pages(request: DigitiseRequest, progress: Progress | None = None) -> Digitised:
    """Digitise every page; called again after a kill it goes on where it was."""
    tasks = list(find_tasks(request))
    told = Digitised()
    request.out.mkdir(parents=True, exist_ok=True)
    with store.SqlLedger[dict[str, Any]](request.out / ".digitised.sqlite", "digitise") as ledger:
        for outcome in work.run(
            partial(digitise_one, request), tasks, key=lambda task: task.path, name="digitising",
            jobs=request.jobs, means=request.means, ledger=ledger, total=len(tasks),
            progress=progress or Silent(),
            fingerprint=lambda task: f"{stamp_of(task.path)} {settings_of(request)}",
        ):  # fmt: skip
            if outcome.value is not None:
                told.layouts[str(outcome.value["layout"])] += 1
            if outcome.refusal is not None:
                told.refusals.append(outcome.refusal)
    return told


def find_tasks(request: DigitiseRequest) -> Iterator[Task]:
    """The pages to come, each with a stem of its own."""
    taken: Counter[str] = Counter()
    for entry in read.find_entries(request.paths):
        path = entry.place
        stem = Path(file_and_page(path)[0]).stem
        taken[stem] += 1
        yield Task(str(path), stem if taken[stem] == 1 else f"{stem}_{taken[stem]}")


def settings_of(request: DigitiseRequest) -> str:
    """Everything that changes what is written, as one string."""
    return f"{request.settings} {request.formats} {request.overlay} {request.debug} {request.dpi}"


def digitise_one(request: DigitiseRequest, task: Task) -> dict[str, Any]:
    """Read one page and write its files."""
    page = open_page(task.path, dpi=request.dpi)
    reading = digitise.read_page(page, request.settings)
    digitise.write_reading(reading, request.out, task.stem, request.formats)
    if request.overlay or request.debug:
        picture = overlay.draw_overlay(page, reading)
        overlay.write_picture(request.out / f"{task.stem}.overlay.png", picture)
    if request.debug and not reading.vector:
        steps = digitise.step_pictures(page, request.settings)
        for name, drawn in overlay.draw_steps(steps).items():
            overlay.write_picture(request.out / f"{task.stem}.{name}.png", drawn)
    return {"layout": reading.layout, "rhythm": list(reading.rhythm)}
