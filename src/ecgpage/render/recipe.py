"""One recipe for many pages: what is fixed, what is left to chance, all from one seed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from ecgpage.render.page import RenderedPage
from ecgpage.render.random_style import like, random_style
from ecgpage.render.render import render_record
from ecgpage.render.style import LAYOUTS, PageStyle
from ecgpage.render.templates import TEMPLATES, template
from ecgpage.render.world_random import WORLDS, random_world
from ecgpage.render.world_values import World
from ecgpage.values import Record, Refusal, WrongUse

STRENGTHS: dict[str, float] = {"none": 0.0, "light": 0.3, "full": 1.0}
"""Named strengths of a world drawn by chance."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to render a folder of records.

    ``template`` is the name of a look, or ``random`` (a mix of everything) or ``like`` (small
    variations of the templates). ``layout`` and ``world`` take ``random``, or None for the
    template's layout; ``world`` takes a strength (``none``, ``light``, ``full``) or a kind
    (``photo`` ...). None leaves ``dpi``, ``speed_mm_per_s``, ``gain_mm_per_mv``, ``rhythm`` and
    ``simultaneous`` to the look. Each page's chance comes from ``seed`` and the record's name.
    """

    template: str = "random"
    layout: str | None = None
    world: str = "none"
    dpi: float | None = None
    speed_mm_per_s: float | None = None
    gain_mm_per_mv: float | None = None
    rhythm: tuple[str, ...] | None = None
    simultaneous: bool | None = None
    turned: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for value, known, setting in (
            (self.template, ("random", "like", *TEMPLATES), "template"),
            (self.layout or "random", ("random", *LAYOUTS), "layout"),
            (self.world, (*STRENGTHS, *WORLDS), "world"),
        ):
            if value not in known:
                raise _unknown(setting, value, known)

    def seed_of(self, name: str) -> int:
        """The seed of one page; it depends on nothing but the recipe's seed and the name."""
        return zlib.crc32(f"{self.seed}/{name}".encode())

    def style_of(self, name: str) -> PageStyle:
        """The look of one page."""
        seed = self.seed_of(name)
        if self.template == "random":
            style = random_style(seed)
        elif self.template == "like":
            style = like(TEMPLATES[list(TEMPLATES)[seed % len(TEMPLATES)]], seed)
        else:
            style = template(self.template)
        layout = self.layout
        if layout == "random":
            layout = LAYOUTS[(seed >> 8) % len(LAYOUTS)]
        changes = {
            "layout": layout,
            "dpi": self.dpi,
            "speed_mm_per_s": self.speed_mm_per_s,
            "gain_mm_per_mv": self.gain_mm_per_mv,
            "rhythm": self.rhythm,
            "simultaneous": self.simultaneous,
        }
        return replace(style, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]

    def world_of(self, name: str) -> World:
        """What happens to one page."""
        seed = self.seed_of(name)
        if self.world in STRENGTHS:
            return random_world(seed, STRENGTHS[self.world], turned=self.turned)
        return random_world(seed, kind=self.world, turned=self.turned)

    def page(self, record: Record) -> RenderedPage:
        """Render one record by the recipe."""
        name = record.name
        return render_record(
            record, self.style_of(name), self.seed_of(name), world=self.world_of(name)
        )


def _unknown(setting: str, value: str, known: tuple[str, ...]) -> WrongUse:
    import difflib

    near = difflib.get_close_matches(value, known, n=1)
    return WrongUse(
        Refusal(
            where=f"render, {setting}",
            what=f"'{value}' is not known",
            expected=f"one of: {', '.join(known)}",
            received=value,
            todo=f"Did you mean '{near[0]}'?" if near else "Choose one of the listed names.",
            code=f"unknown-{setting}",
        )
    )
