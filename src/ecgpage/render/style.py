"""How a page looks before the world gets at it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecgpage.values import Refusal, WrongUse

Rgb = tuple[int, int, int]

LAYOUTS: tuple[str, ...] = ("3x4", "3x4+1", "3x4+3", "6x2", "6x2+1", "12x1")
"""Rows x columns, and how many rhythm strips below."""
GRIDS: tuple[str, ...] = ("lines", "dots", "dashes", "none")
"""How the millimetre lines are drawn; 5 mm lines stay lines except with ``dashes``."""
PULSES: tuple[str, ...] = ("left", "right", "none")
SEPARATORS: tuple[str, ...] = ("none", "ticks", "bar", "line")
PLACES: tuple[str, ...] = ("above", "below", "on", "margin")
"""Where a lead's name stands: above or below the start of its trace, touching it, or before it."""
FAMILIES: tuple[str, ...] = (
    "sans", "sans-bold", "serif", "mono", "mono-bold", "times", "plotter", "roman",
)  # fmt: skip
HEADERS: tuple[str, ...] = ("none", "fields", "report", "lines")
FOOTERS: tuple[str, ...] = ("none", "scale", "settings")


@dataclass(frozen=True, slots=True)
class Grid:
    """The printed grid. Widths in mm; ``major_every`` small squares between the heavy lines."""

    kind: str = "lines"
    minor_rgb: Rgb = (250, 205, 205)
    major_rgb: Rgb = (235, 140, 140)
    minor_width_mm: float = 0.10
    major_width_mm: float = 0.18
    minor: bool = True
    major_every: int = 5
    frame_rgb: Rgb | None = None
    frame_width_mm: float = 0.4
    snap: bool = False


@dataclass(frozen=True, slots=True)
class Lettering:
    """The lead names: family, height of a capital letter and distance from 0 mV, in mm."""

    family: str = "sans"
    size_mm: float = 2.6
    place: str = "above"
    offset_mm: float = 7.0


@dataclass(frozen=True, slots=True)
class PageStyle:
    """One look of a page. Lengths in mm on the flat sheet, which is ``dpi / 25.4`` px per mm.

    ``margins_mm`` (top, left, bottom, right) lie between the paper's edge and the grid;
    ``inset_mm`` (top, bottom) between the grid's edge and the band that the rows share.
    ``seconds`` is the time that the page shows; None shows all that fits. ``joined`` lets the
    pen jump from one column to the next, as many machines do. ``drawn_rate_hz`` thins the
    samples before drawing (None draws every sample).
    """

    name: str = "plain"
    layout: str = "3x4+1"
    rhythm: tuple[str, ...] = ("II",)
    simultaneous: bool = False
    speed_mm_per_s: float = 25.0
    gain_mm_per_mv: float = 10.0
    dpi: float = 200.0
    paper_mm: tuple[float, float] = (215.9, 279.4)
    margins_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    inset_mm: tuple[float, float] = (40.0, 12.0)
    seconds: float | None = None
    paper_rgb: Rgb = (255, 255, 255)
    grid_paper_rgb: Rgb | None = None
    grid: Grid = field(default_factory=Grid)
    lettering: Lettering = field(default_factory=Lettering)
    ink_rgb: Rgb = (0, 0, 0)
    line_width_mm: float = 0.28
    ink_strength: float = 1.0
    pulse: str = "left"
    pulse_width_mm: float = 5.0
    separator: str = "ticks"
    joined: bool = False
    header: str = "fields"
    footer: str = "scale"
    drawn_rate_hz: float | None = None

    def __post_init__(self) -> None:
        for value, known, setting in (
            (self.layout, LAYOUTS, "layout"),
            (self.grid.kind, GRIDS, "grid kind"),
            (self.pulse, PULSES, "pulse"),
            (self.separator, SEPARATORS, "separator"),
            (self.lettering.place, PLACES, "place of the lead names"),
            (self.lettering.family, FAMILIES, "font family"),
            (self.header, HEADERS, "header"),
            (self.footer, FOOTERS, "footer"),
        ):
            if value not in known:
                raise _unknown(setting, value, known)
        if min(self.dpi, self.speed_mm_per_s, self.gain_mm_per_mv, *self.paper_mm) <= 0:
            raise _unknown("scale", "a length or rate of zero or less", ("positive numbers",))

    @property
    def px_per_mm(self) -> float:
        """Scale of the flat sheet."""
        return self.dpi / 25.4

    @property
    def shape_px(self) -> tuple[int, int]:
        """(rows, columns) of the flat sheet."""
        height, width = self.paper_mm
        return round(height * self.px_per_mm), round(width * self.px_per_mm)


def _unknown(setting: str, value: object, known: tuple[str, ...]) -> WrongUse:
    return WrongUse(
        Refusal(
            where=f"page style, {setting}",
            what="this value is not known",
            expected=f"one of: {', '.join(known)}",
            received=str(value),
            todo="Choose one of the listed values.",
            code="unknown-style-value",
        )
    )
