"""The printed header and footer: made up, drawn from the seed alone, never from the record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ecgpage.render.ink import Box, draw_lines
from ecgpage.render.layouts import layout_rows
from ecgpage.render.lettering import write
from ecgpage.render.style import PageStyle

Words = list[tuple[str, Box]]
Put = Callable[[str, float, float, float], None]


def print_words(sheet: NDArray[np.uint8], style: PageStyle, seed: int) -> Words:
    """Print header and footer on the sheet, in place; returns the words and their boxes."""
    rng = np.random.default_rng([seed, 7])
    words: Words = []
    scale = style.px_per_mm

    def put(text: str, row_mm: float, column_mm: float, size_mm: float) -> None:
        if not text or row_mm * scale >= sheet.shape[0] or column_mm * scale >= sheet.shape[1]:
            return
        box = write(
            sheet, text, (row_mm * scale, column_mm * scale),
            family=style.lettering.family, capital_px=size_mm * scale, rgb=style.ink_rgb,
        )  # fmt: skip
        words.append((text, box))

    headers = {"fields": _fields, "report": _report, "lines": _statements}
    if style.header in headers:
        headers[style.header](put, style, rng)
    if style.header == "report":
        _rules(sheet, style)
    if style.footer != "none":
        _footer(put, style, rng)
    return words


def _made_up(rng: np.random.Generator) -> dict[str, str]:
    day = f"{rng.integers(1, 29):02d}-{rng.integers(1, 13):02d}-{rng.integers(1995, 2026)}"
    time = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}"
    return {
        "id": str(rng.integers(10_000, 999_999)),
        "age": str(rng.integers(18, 95)),
        "sex": str(rng.choice(["Male", "Female"])),
        "date": f"{day} {time}",
        "place": str(rng.choice(["Ward A", "Ward B", "Room 3", "Room 12", "Clinic", "Unit 5"])),
        "height": str(rng.integers(150, 199)),
        "weight": str(rng.integers(48, 120)),
    }


def _fields(put: Put, style: PageStyle, rng: np.random.Generator) -> None:
    made_up = _made_up(rng)
    top, left, _, right = style.margins_mm
    width = style.paper_mm[1] - left - right
    columns = (
        (f"ID: {made_up['id']}", f"Age: {made_up['age']} yrs", f"Sex: {made_up['sex']}"),
        ("Name:", f"Height: {made_up['height']}"),
        (f"Date: {made_up['date']}", f"Weight: {made_up['weight']} kg"),
    )
    start = max(top, 0.0) + 6.0 if top < 12.0 else 6.0
    for k, lines in enumerate(columns):
        for n, text in enumerate(lines):
            put(text, start + 4.6 * n, max(left, 4.0) + width * (0.01 + 0.32 * k), 2.3)


def _report(put: Put, style: PageStyle, rng: np.random.Generator) -> None:
    made_up = _made_up(rng)
    left, width = max(style.margins_mm[1], 5.0), style.paper_mm[1]
    put("ECG REPORT", 7.5, width * 0.45, 3.8)
    line = f"ID : {made_up['id']}      Years    {made_up['sex']}      cm       kg      /    mmHg"
    put(line, 12.5, left, 2.2)
    put(f"Room No.: {made_up['place']}    Department:", 12.5, width * 0.60, 2.2)
    put("Exam.Room:      Medication:", 17.0, left, 2.2)
    put("Diagnosis Information:", 23.0, left, 2.2)
    for k, text in enumerate(("Technician :", "Ref-Phys. :", "Report Confirmed by:")):
        if style.margins_mm[0] > 30.0 + 4.5 * k:
            put(text, 27.0 + 4.5 * k, width * 0.70, 2.2)


def _rules(sheet: NDArray[np.uint8], style: PageStyle) -> None:
    scale, width = style.px_per_mm, style.paper_mm[1]
    for row_mm in (18.6, 19.4):
        line = np.array([[row_mm, 8.0], [row_mm, width - 8.0]]) * scale
        draw_lines(sheet, [line], 0.35 * scale, style.ink_rgb)


def _statements(put: Put, style: PageStyle, rng: np.random.Generator) -> None:
    made_up = _made_up(rng)
    left, width = max(style.margins_mm[1], 5.0), style.paper_mm[1]
    rows = (
        ("Vent. rate", f"{rng.integers(45, 130)} bpm"),
        ("PR interval", f"{rng.integers(110, 240)} ms"),
        ("QRS duration", f"{rng.integers(74, 150)} ms"),
        ("QT/QTc", f"{rng.integers(340, 480)}/{rng.integers(370, 490)} ms"),
        ("P-R-T axes", " ".join(str(v) for v in rng.integers(-40, 100, 3))),
    )
    for k, (name, value) in enumerate(rows):
        put(name, 5.0 + 3.6 * k, left + width * 0.16, 1.9)
        put(value, 5.0 + 3.6 * k, left + width * 0.27, 1.9)
    put(f"ID:{made_up['id']}", 5.0, left, 1.9)
    put(made_up["date"], 8.6, left, 1.9)
    put("Unconfirmed", 5.0, width * 0.82, 1.9)


def _footer(put: Put, style: PageStyle, rng: np.random.Generator) -> None:
    speed, gain = f"{style.speed_mm_per_s:g}", f"{style.gain_mm_per_mv:g}"
    bottom = style.paper_mm[0] - 2.5 if style.margins_mm[2] < 6.0 else (
        style.paper_mm[0] - style.margins_mm[2] + 5.0
    )  # fmt: skip
    left = max(style.margins_mm[1], 5.0)
    if style.footer == "scale":
        put(f"{speed}mm/s", bottom, left + style.paper_mm[1] * 0.14, 2.3)
        put(f"{gain}mm/mV", bottom, left + style.paper_mm[1] * 0.34, 2.3)
        return
    _, columns, strips = layout_rows(style.layout)
    low = rng.choice(["0.05", "0.15", "0.67"])
    high, mains = rng.choice(["25", "35", "40", "100", "150"]), rng.choice(["AC50", "AC60", "~50"])
    shape = f"{columns}*{10 / columns:g}s" + (f"+{strips}r" if strips else "")
    version = f"V{rng.integers(1, 4)}.{rng.integers(0, 10)}"
    line = f"{low}~{high}Hz  {mains}  {speed}mm/s  {gain}mm/mV  {shape}   {version}"
    put(line, bottom, left, 1.9)
    put(_made_up(rng)["date"], bottom, style.paper_mm[1] * 0.80, 1.9)
