"""From a dropped file to its report, and again with marks that a person has moved."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ecgpage import digitise, measure, read, render, report, store
from ecgpage.flows.measure import MeasureRequest, open_any
from ecgpage.values import Mark, Measured, Page, Reading, Record, Refused, Waves

_ANY_SCAN = render.World(noise=8.0, blur_px=0.8)
"""A page that is not crisp is shown to the ink network as well."""


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """Where a person's marks are kept, and who the person is."""

    store: str
    reader: str = ""
    options: MeasureRequest = field(default_factory=lambda: MeasureRequest((), Path()))


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One electrocardiogram as it is shown: page, traces on it, waves found, what they mean."""

    key: str
    name: str
    record: Record
    page: Page
    reading: Reading | None
    traces: Sequence[report.Drawn]
    found: Waves
    marks: tuple[Mark, ...]
    measured: Measured


def open_files(files: Sequence[Path], request: ViewRequest) -> Shown:
    """Read the first page or record among the files, measure it, lay a person's marks on it.

    Raises
    ------
    Refused
        Where nothing can be read or digitised.
    """
    key = content_key(files)
    ordered = sorted(files, key=_headers_first)
    path, is_record = next(iter(read.find_mixed([str(file) for file in ordered])))
    opened = open_any(path, is_record=is_record, request=request.options)
    if opened.page is None or opened.reading is None:
        drawn = render.render_record(opened.record, render.PageStyle(header="none"))
        page, traces = drawn.page, list[report.Drawn](drawn.truth.traces)
    else:
        page, traces = opened.page, list[report.Drawn](opened.reading.traces)
    found = measure.find_waves(opened.record)
    with store.MarkStore(request.store) as marks:
        current = marks.current(key)
    measured = measure.measure_record(opened.record, found, measure.corrections_of(current))
    return Shown(
        key, Path(path).name, opened.record, page, opened.reading, traces, found, current, measured
    )


def content_key(files: Sequence[Path]) -> str:
    """Hash of the files' content, in the order of their names."""
    hashed = hashlib.sha256()
    for file in sorted(files):
        hashed.update(file.read_bytes())
    return hashed.hexdigest()


def set_mark(
    shown: Shown, request: ViewRequest, lead: str, wave: str, bound: str, beat: int,
    time_s: float | None,
) -> Shown:  # fmt: skip
    """Keep a person's mark (None takes it back) and measure again with it."""
    mark = Mark(
        shown.key, lead, wave, bound, beat, time_s, request.reader or "viewer", datetime.now(UTC)
    )
    with store.MarkStore(request.store) as marks:
        marks.add(mark)
        current = marks.current(shown.key)
    measured = measure.measure_record(shown.record, shown.found, measure.corrections_of(current))
    return replace(shown, marks=current, measured=measured)


def overlay(shown: Shown) -> dict[str, Any]:
    """Traces, marks, verdict and the main numbers, for the page."""
    line = shown.measured.as_dict(shown.name)
    rows, columns = shown.page.image.shape[:2]
    return {
        "name": shown.name,
        "rows_px": rows,
        "columns_px": columns,
        "verdict": line["verdict"],
        "findings": [one["statement"] for one in line["findings"]],
        "numbers": report.summary(line),
        **report.marks_on_page(shown.traces, shown.measured.waves, shown.marks),
    }


def warm_up() -> None:
    """Read a made-up page, so that the first dropped one does not wait for networks to load."""
    made = render.simulate("normal", 0)
    scanned = render.render_record(made, render.PageStyle(dpi=150.0), world=_ANY_SCAN)
    with contextlib.suppress(Refused):
        reading = digitise.read_page(scanned.page)
        measured = measure.measure_record(reading.record)
        report.measured_page(measured, "", measure.GROUPS, (), scanned.page, reading)


def report_html(shown: Shown) -> str:
    """The report as a page of its own."""
    return report.measured_page(
        shown.measured, shown.name, measure.GROUPS, measure.cannot_tell(shown.record),
        shown.page, shown.reading,
    )  # fmt: skip


def picture_jpeg(shown: Shown) -> bytes:
    """The page as a picture."""
    return read.encode_jpeg(shown.page.image, 88)


def _headers_first(path: Path) -> tuple[bool, str]:
    return path.suffix.lower() != ".hea", path.name
