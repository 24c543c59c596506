"""Looks of pages, modelled on what hospitals, viewers and papers print, named by their look."""

from __future__ import annotations

from dataclasses import replace

from ecgpage.render.style import Grid, Lettering, PageStyle
from ecgpage.values import Refusal, WrongUse

A4 = (210.0, 297.0)
LETTER = (215.9, 279.4)

TEMPLATES: dict[str, PageStyle] = {
    # Two of one make: a framed grid of dots, or of dashes, under a report's head.
    "report-dots": PageStyle(
        name="report-dots", paper_mm=(199.9, 281.7), dpi=89.8, margins_mm=(36.2, 8.8, 7.0, 5.0),
        inset_mm=(4.0, 0.0), header="report", footer="settings", separator="line",
        grid=Grid("dots", (212, 200, 204), (247, 232, 232), 0.32, 0.24, frame_rgb=(238, 160, 165),
                  frame_width_mm=0.5),
        lettering=Lettering("roman", 2.4, "above", 1.2), pulse_width_mm=2.6, line_width_mm=0.42,
        paper_rgb=(255, 255, 255), grid_paper_rgb=(253, 250, 252),
    ),
    "report-dashes": PageStyle(
        name="report-dashes", paper_mm=(199.9, 281.7), dpi=89.8, margins_mm=(36.2, 8.8, 7.0, 5.0),
        inset_mm=(4.0, 0.0), header="report", footer="settings", separator="line",
        grid=Grid("dashes", (250, 244, 247), (222, 208, 215), 0.22, 0.32,
                  frame_rgb=(238, 160, 165), frame_width_mm=0.5),
        lettering=Lettering("roman", 2.4, "above", 1.2), pulse_width_mm=2.6, line_width_mm=0.42,
        grid_paper_rgb=(253, 249, 252),
    ),
    # A screenful of red grid, traces from edge to edge, the pulse at the end.
    "red-edge": PageStyle(
        name="red-edge", paper_mm=(128.0, 266.5), dpi=190.0, inset_mm=(6.0, 0.0),
        grid=Grid("lines", (255, 190, 190), (228, 60, 60), 0.13, 0.16),
        lettering=Lettering("serif", 2.5, "above", 4.8), header="none", footer="none",
        pulse="right", separator="ticks", line_width_mm=0.17,
    ),
    # Names below the traces, heavy bars between them, much empty grid above.
    "letter-bars": PageStyle(
        name="letter-bars", paper_mm=LETTER, dpi=200.0, inset_mm=(62.0, 8.0),
        grid=Grid("lines", (232, 178, 170), (190, 95, 95), 0.13, 0.20),
        lettering=Lettering("sans", 2.9, "below", 3.2), header="fields", footer="scale",
        separator="bar", line_width_mm=0.26,
    ),
    # The same on an office printer: a white rim, a hairline frame, dark red 5 mm lines alone.
    "office-print": PageStyle(
        name="office-print", paper_mm=LETTER, dpi=200.0, margins_mm=(6.0, 6.0, 6.0, 6.0),
        inset_mm=(56.0, 10.0),
        grid=Grid("lines", (236, 196, 196), (150, 62, 66), 0.08, 0.17, minor=False,
                  frame_rgb=(70, 60, 60), frame_width_mm=0.15),
        lettering=Lettering("sans", 2.7, "below", 3.0), header="fields", footer="scale",
        separator="bar", line_width_mm=0.2, ink_rgb=(30, 28, 32),
    ),
    # Dark grid on toned paper: the trace is hardly darker than the lines it crosses.
    "dense-dark": PageStyle(
        name="dense-dark", paper_mm=LETTER, dpi=200.0, inset_mm=(62.0, 8.0),
        paper_rgb=(243, 196, 156), grid=Grid("lines", (150, 112, 108), (96, 66, 76), 0.14, 0.26),
        lettering=Lettering("sans", 2.9, "below", 3.2), header="fields", footer="scale",
        separator="bar", line_width_mm=0.26, ink_rgb=(12, 10, 12),
    ),
    # A clean vector report: pale grid, bold fixed-width names high above, joined traces.
    "pale-report": PageStyle(
        name="pale-report", paper_mm=A4, dpi=150.0, margins_mm=(35.0, 8.5, 15.0, 8.5),
        inset_mm=(0.0, 0.0), grid=Grid("lines", (247, 222, 222), (240, 190, 190), 0.09, 0.18),
        lettering=Lettering("mono-bold", 2.0, "above", 17.0), header="none", footer="none",
        separator="none", line_width_mm=0.24, joined=True, drawn_rate_hz=125.0,
    ),
    # A teaching page from the web: saturated pink, bold bars.
    "pink-screen": PageStyle(
        name="pink-screen", paper_mm=(116.0, 262.0), dpi=140.0, inset_mm=(2.0, 0.0),
        paper_rgb=(255, 226, 238), grid=Grid("lines", (255, 196, 220), (250, 140, 190), 0.2, 0.3),
        lettering=Lettering("sans", 3.2, "below", 0.8), header="none", footer="none",
        pulse="none", separator="bar", line_width_mm=0.34, ink_rgb=(40, 30, 40),
    ),
    # Cream paper, brown grid, dark blue pen.
    "cream-blue": PageStyle(
        name="cream-blue", paper_mm=(138.0, 275.0), dpi=200.0, inset_mm=(4.0, 4.0),
        paper_rgb=(249, 238, 225), grid=Grid("lines", (233, 208, 182), (205, 170, 135), 0.12, 0.2),
        lettering=Lettering("serif", 2.2, "below", 2.5), header="none", footer="none",
        ink_rgb=(38, 36, 92), separator="none", joined=True, line_width_mm=0.22, rhythm=("V1",),
    ),
    # A reading sent out of a records system: measurements at the top, lilac grid, no rhythm strip.
    "lilac-export": PageStyle(
        name="lilac-export", layout="3x4", paper_mm=(130.0, 270.0), dpi=120.0,
        margins_mm=(24.0, 0.0, 0.0, 0.0), inset_mm=(2.0, 2.0), header="lines", footer="none",
        grid=Grid("lines", (238, 222, 236), (214, 170, 200), 0.16, 0.2),
        grid_paper_rgb=(248, 240, 247), lettering=Lettering("times", 2.3, "below", 2.6),
        separator="none", joined=True, line_width_mm=0.26,
    ),
    # A thermal printer's long strip: small print, faint grid, names over the line.
    "thermal-strip": PageStyle(
        name="thermal-strip", paper_mm=(150.0, 285.0), dpi=200.0, inset_mm=(4.0, 6.0),
        paper_rgb=(247, 244, 240), grid=Grid("lines", (228, 208, 206), (214, 178, 176), 0.1, 0.16),
        lettering=Lettering("plotter", 2.2, "above", 3.6), header="none", footer="settings",
        ink_rgb=(48, 44, 46), separator="none", line_width_mm=0.2, ink_strength=0.9,
    ),
    # Two columns of six limb and chest leads, a strip below, green-grey grid.
    "six-rows": PageStyle(
        name="six-rows", layout="6x2+1", paper_mm=A4, dpi=150.0, margins_mm=(18.0, 4.0, 10.0, 4.0),
        inset_mm=(4.0, 2.0), grid=Grid("lines", (222, 228, 220), (170, 186, 170), 0.12, 0.2),
        lettering=Lettering("sans-bold", 2.4, "above", 2.6), header="fields", footer="settings",
        separator="ticks", line_width_mm=0.24,
    ),
    # Twelve rows with the names in the margin, on plain paper without a grid.
    "rhythm-list": PageStyle(
        name="rhythm-list", layout="12x1", rhythm=(), paper_mm=A4, dpi=150.0,
        margins_mm=(16.0, 4.0, 10.0, 4.0), inset_mm=(6.0, 4.0), grid=Grid("none"),
        lettering=Lettering("sans", 2.4, "margin", 0.0), header="fields", footer="settings",
        separator="none", line_width_mm=0.22, gain_mm_per_mv=10.0,
    ),
    # A photocopy's model: black and white only, three strips below.
    "grey-three": PageStyle(
        name="grey-three", layout="3x4+3", rhythm=("V1", "II", "V5"), paper_mm=A4, dpi=150.0,
        margins_mm=(22.0, 6.0, 10.0, 6.0), inset_mm=(2.0, 2.0), header="lines", footer="settings",
        grid=Grid("lines", (222, 222, 222), (170, 170, 170), 0.1, 0.18),
        lettering=Lettering("mono", 2.2, "above", 2.8), separator="ticks", line_width_mm=0.26,
    ),
}  # fmt: skip
"""Fourteen looks; every one draws any record, layout, speed and gain."""


def template(name: str, **changes: object) -> PageStyle:
    """A template by name, with any of its settings changed."""
    if name not in TEMPLATES:
        raise WrongUse(
            Refusal(
                where="render",
                what=f"the template '{name}' is not known",
                expected=f"one of: {', '.join(TEMPLATES)}",
                received=name,
                todo="Choose one of the listed templates.",
                code="unknown-template",
            )
        )
    return replace(TEMPLATES[name], **changes)  # type: ignore[arg-type]
