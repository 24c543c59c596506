"""Looks drawn by chance: a template as the root, then everything that pages differ in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ecgpage.render.layouts import AIR_MM, PULSE_MM, layout_rows
from ecgpage.render.style import FAMILIES, LAYOUTS, Grid, Lettering, PageStyle, Rgb
from ecgpage.render.templates import TEMPLATES
from ecgpage.values import LEADS

GRID_HUES: tuple[tuple[Rgb, Rgb], ...] = (
    ((250, 205, 205), (235, 140, 140)), ((255, 190, 190), (228, 60, 60)),
    ((252, 215, 230), (244, 150, 190)), ((250, 225, 200), (232, 170, 120)),
    ((215, 235, 215), (150, 195, 150)), ((210, 225, 245), (140, 170, 220)),
    ((225, 225, 225), (165, 165, 165)), ((236, 218, 200), (200, 165, 130)),
    ((190, 190, 190), (95, 95, 95)), ((205, 235, 235), (110, 190, 195)),
)  # fmt: skip
"""Minor and major ink of grids: reds, pinks, orange, green, blue, grey, brown, black, teal."""
PAPERS: tuple[Rgb, ...] = (
    (255, 255, 255), (255, 255, 255), (252, 250, 246), (255, 244, 244), (249, 238, 225),
    (244, 247, 250), (246, 241, 233),
)  # fmt: skip
INKS: tuple[Rgb, ...] = (
    (0, 0, 0),
    (0, 0, 0),
    (20, 20, 24),
    (38, 36, 92),
    (55, 50, 52),
    (70, 20, 30),
)


def random_style(
    seed: int,
    *,
    layouts: Sequence[str] = LAYOUTS,
    dpi: tuple[float, float] = (96.0, 300.0),
    templates: Sequence[str] | None = None,
    likeness: float = 0.0,
) -> PageStyle:
    """A look drawn from the seed.

    Parameters
    ----------
    seed:
        Decides everything.
    layouts:
        Draw the layout from these.
    dpi:
        Draw the resolution between these, evenly on a logarithmic scale.
    templates:
        Draw the root from these; all by default.
    likeness:
        0: mix freely. 1: stay with the template in all but small variations (its ``like``).
    """
    rng = np.random.default_rng([seed, 21])
    names = list(templates or TEMPLATES)
    root = TEMPLATES[names[int(rng.integers(len(names)))]]
    if rng.random() < likeness:
        return like(root, int(rng.integers(2**31)))
    layout = str(rng.choice(list(layouts)))
    strips = layout_rows(layout)[2]
    style = replace(
        like(root, int(rng.integers(2**31))),
        name=f"{root.name}-mixed",
        layout=layout,
        rhythm=_rhythm(strips, rng),
        simultaneous=bool(rng.random() < 0.2),
        gain_mm_per_mv=float(rng.choice([5.0, 10.0, 10.0, 10.0, 20.0])),
        dpi=float(np.exp(rng.uniform(*np.log(dpi)))),
        grid=_grid(rng),
        paper_rgb=_pick(PAPERS, rng),
        grid_paper_rgb=None,
        ink_rgb=_pick(INKS, rng),
        ink_strength=float(rng.uniform(0.75, 1.0)),
        line_width_mm=float(rng.uniform(0.16, 0.45)),
        lettering=_lettering(rng, layout),
        pulse=str(rng.choice(["left", "left", "right", "none"])),
        separator=str(rng.choice(["none", "ticks", "bar", "line"])),
        joined=bool(rng.random() < 0.25),
        footer=str(rng.choice(["none", "scale", "settings"])),
    )
    return _fit(style, rng)


def like(style: PageStyle, seed: int) -> PageStyle:
    """A page of the same make: colours, widths and places a little different."""
    rng = np.random.default_rng([seed, 22])

    def shade(rgb: Rgb, spread: float = 7.0) -> Rgb:
        red, green, blue = np.clip(np.array(rgb) + rng.normal(0, spread, 3), 0, 255).astype(int)
        return int(red), int(green), int(blue)

    grid = replace(
        style.grid,
        minor_rgb=shade(style.grid.minor_rgb),
        major_rgb=shade(style.grid.major_rgb),
        minor_width_mm=style.grid.minor_width_mm * float(rng.uniform(0.8, 1.25)),
        major_width_mm=style.grid.major_width_mm * float(rng.uniform(0.8, 1.25)),
    )
    lettering = replace(
        style.lettering,
        size_mm=style.lettering.size_mm * float(rng.uniform(0.9, 1.12)),
        offset_mm=style.lettering.offset_mm + float(rng.uniform(-0.5, 0.5)),
    )
    top, bottom = style.inset_mm
    return replace(
        style,
        name=f"{style.name}-like",
        grid=grid,
        lettering=lettering,
        dpi=style.dpi * float(rng.uniform(0.95, 1.05)),
        line_width_mm=style.line_width_mm * float(rng.uniform(0.85, 1.2)),
        inset_mm=(top + float(rng.uniform(0, 2.0)), bottom + float(rng.uniform(0, 2.0))),
        rhythm=style.rhythm if rng.random() < 0.7 else _rhythm(max(len(style.rhythm), 1), rng),
    )


def _pick(choices: tuple[Rgb, ...], rng: np.random.Generator) -> Rgb:
    return choices[int(rng.integers(len(choices)))]


def _rhythm(strips: int, rng: np.random.Generator) -> tuple[str, ...]:
    usual = ("II", "V1", "V5")
    if rng.random() < 0.6:
        return usual[:strips]
    return tuple(str(v) for v in rng.choice(LEADS, strips, replace=False))


def _grid(rng: np.random.Generator) -> Grid:
    minor, major = GRID_HUES[int(rng.integers(len(GRID_HUES)))]
    kind = str(rng.choice(["lines", "lines", "lines", "lines", "dots", "dashes", "none"]))
    return Grid(
        kind=kind,
        minor_rgb=minor,
        major_rgb=major,
        minor=bool(rng.random() < 0.88),
        minor_width_mm=float(rng.uniform(0.3, 0.4) if kind == "dots" else rng.uniform(0.08, 0.18)),
        major_width_mm=float(rng.uniform(0.14, 0.32)),
        frame_rgb=major if rng.random() < 0.3 else None,
        snap=bool(rng.random() < 0.3),
    )


def _lettering(rng: np.random.Generator, layout: str) -> Lettering:
    tight = layout in ("12x1", "3x4+3", "6x2", "6x2+1")
    places = (
        ["above", "above", "below", "margin"] if layout == "12x1" else ["above", "above", "below"]
    )
    return Lettering(
        family=str(rng.choice(FAMILIES)),
        size_mm=float(rng.uniform(1.9, 2.6 if tight else 3.4)),
        place=str(rng.choice(places)),
        offset_mm=float(rng.uniform(0.8, 3.0 if tight else 6.5)),
    )


def _fit(style: PageStyle, rng: np.random.Generator) -> PageStyle:
    """Choose the speed, and make the paper wide and high enough for what it must show."""
    rows, _, strips = layout_rows(style.layout)
    speed = float(rng.choice([25.0, 25.0, 25.0, 25.0, 50.0]))
    _, left, _, right = style.margins_mm
    seconds = 10.0 if speed == 25.0 or rng.random() < 0.3 else 5.0
    names = 9.0 if style.lettering.place == "margin" else 0.0
    width = seconds * speed + left + right + 2 * PULSE_MM + AIR_MM + names
    room = (rows + strips) * float(rng.uniform(18.0, 30.0)) * (style.gain_mm_per_mv / 10.0) ** 0.5
    top, _, bottom, _ = style.margins_mm
    height = room + sum(style.inset_mm) + top + bottom
    return replace(
        style,
        speed_mm_per_s=speed,
        seconds=seconds,
        paper_mm=(float(np.clip(height, 100.0, 330.0)), max(width, style.paper_mm[1])),
    )
