"""From records and pages to waves, measurements, findings and a verdict."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ecgpage import digitise, measure, read, store, work
from ecgpage.flows.pages import draw, stamp_of
from ecgpage.values import (
    Measured,
    Page,
    Progress,
    Reading,
    Record,
    Refusal,
    Silent,
    file_and_page,
    write_beside,
)


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """Which records and pages, and where the results go; ``jobs`` 0 takes all cores.

    ``age_y`` and ``sex`` choose normal limits where a record does not say them itself. Reports
    show a page's header and footer only with ``header``.
    """

    paths: tuple[str, ...]
    json: Path
    html: Path | None = None
    age_y: float | None = None
    sex: str | None = None
    settings: digitise.Settings = field(default_factory=digitise.Settings)
    dpi: float = 200.0
    jobs: int = 1
    means: work.Means | None = None
    header: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One record or page to come, and the stem of its report."""

    path: str
    is_record: bool
    stem: str


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A record, and the page and reading that it came from, if it did."""

    record: Record
    page: Page | None = None
    reading: Reading | None = None


@dataclass(slots=True)
class MeasuredMany:
    """How many records got which verdict, how often each finding was made, what was refused."""

    verdicts: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)


def measure_paths(request: MeasureRequest, progress: Progress | None = None) -> MeasuredMany:
    """Measure everything; called again after a kill it goes on where it was."""
    tasks = find_tasks(request)
    told = MeasuredMany()
    book = request.json.with_name(f".{request.json.name}.sqlite")
    request.json.parent.mkdir(parents=True, exist_ok=True)
    with (
        store.SqlLedger[dict[str, Any]](book, "measure") as ledger,
        write_beside(request.json) as aside,
        aside.open("w", encoding="utf-8") as lines,
    ):
        for outcome in work.run(
            partial(measure_one, request), tasks, key=lambda task: task.path, name="measuring",
            jobs=request.jobs, means=request.means, ledger=ledger, total=len(tasks),
            progress=progress or Silent(),
            fingerprint=lambda task: f"{stamp_of(task.path)} {settings_of(request)}",
        ):  # fmt: skip
            if outcome.value is not None:
                told.verdicts[outcome.value["verdict"]["label"]] += 1
                told.findings.update(one["statement"] for one in outcome.value["findings"])
                lines.write(json.dumps(outcome.value, ensure_ascii=False, allow_nan=False) + "\n")
            if outcome.refusal is not None:
                told.refusals.append(outcome.refusal)
    return told


def find_tasks(request: MeasureRequest) -> list[Task]:
    """What is to be measured, each with a stem of its own."""
    taken: Counter[str] = Counter()
    tasks = []
    for path, is_record in read.find_mixed(request.paths):
        stem = Path(file_and_page(path)[0]).stem
        taken[stem] += 1
        number = taken[stem]
        tasks.append(Task(path, is_record, stem if number == 1 else f"{stem}_{number}"))
    return tasks


def settings_of(request: MeasureRequest) -> str:
    """Everything that changes what is written, as one string."""
    return (
        f"{request.settings} {request.html} {request.age_y} {request.sex} {request.dpi} "
        f"{request.header} {measure.VERSION}"
    )


def measure_one(request: MeasureRequest, task: Task) -> dict[str, Any]:
    """Measure one record or page, and write its report where one is wanted."""
    opened = open_any(task.path, is_record=task.is_record, request=request)
    measured = measure.measure_record(opened.record)
    if request.html is not None:
        path = request.html / f"{task.stem}.html"
        write_report(path, task.path, opened, measured, header=request.header)
    return measured.as_dict(task.path)


def open_any(path: str, *, is_record: bool, request: MeasureRequest) -> Opened:
    """A record as it is, a DICOM waveform with its drawn page, or a page through the digitiser."""
    person = measure.person_notes(request.age_y, request.sex)
    if is_record:
        return Opened(measure.with_notes(read.read_record(path), person))
    thing = read.read_one(path, dpi=request.dpi)
    if isinstance(thing, Record):
        file, index = file_and_page(path)
        return Opened(measure.with_notes(thing, person), draw(thing, file, index or 0, request.dpi))
    reading = digitise.read_page(thing, request.settings)
    return Opened(measure.with_notes(reading.record, person), thing, reading)


def write_report(
    path: Path, source: str, opened: Opened, measured: Measured, *, header: bool
) -> None:
    """The report of one record as a page of its own."""
    from ecgpage import report

    text = report.measured_page(
        measured, source, measure.GROUPS, measure.cannot_tell(measured.record),
        opened.page, opened.reading, header,
    )  # fmt: skip
    store.write_text(path, text)
