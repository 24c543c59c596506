"""Pages for a demonstration: simulated records in several looks, with labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ecgpage.render.page import RenderedPage
from ecgpage.render.random_style import like
from ecgpage.render.render import render_record
from ecgpage.render.simulate import simulate_dataset
from ecgpage.render.style import PageStyle
from ecgpage.render.templates import TEMPLATES
from ecgpage.render.world_random import random_world
from ecgpage.render.world_values import World

DEMO_TEMPLATES: tuple[str, ...] = ("report-dots", "red-edge", "cream-blue", "thermal-strip")
DEMO_KINDS: tuple[str, ...] = (
    "normal", "sinus-arrhythmia", "early-repolarisation", "sinus-tachycardia",
    "atrial-fibrillation", "ventricular-ectopics", "lbbb", "rbbb", "lvh-strain",
    "st-elevation-anterior", "st-elevation-inferior", "st-elevation-lateral", "st-depression",
    "t-inversion-anterior", "t-inversion-lateral", "t-flat",
)  # fmt: skip
"""Kinds that show in more than one lead's shape, so that a few hundred pages can teach them."""
DEMO_WIDTH_PX = 1100


def demo_pages(
    n: int,
    seed: int,
    *,
    templates: Sequence[str] = DEMO_TEMPLATES,
    kinds: Sequence[str] = DEMO_KINDS,
) -> Iterator[tuple[RenderedPage, str]]:
    """``n`` pages about 1100 px wide, with their label, Normal or Abnormal.

    Look, size, printed words and wear are drawn by a stream of chance of their own that never
    sees the record, so nothing but the trace tells the label.
    """
    looks = np.random.default_rng([seed, 31])
    for k, record in enumerate(simulate_dataset(n, seed, kinds=kinds)):
        style = _demo_style(looks, templates)
        world = _demo_world(looks)
        drawn = replace(record, name=f"demo-{k:04d}")
        page = render_record(drawn, style, int(looks.integers(2**31)), world=world)
        yield page, record.notes["label"]


def _demo_world(rng: np.random.Generator) -> World:
    """A slightly crooked scan or a fair photo that fills the picture."""
    kind = "scan" if rng.random() < 0.6 else "photo"
    world = random_world(int(rng.integers(2**31)), strength=0.3, kind=kind)
    return replace(world, margin=0.0, background="white", stains=0)


def _demo_style(rng: np.random.Generator, templates: Sequence[str]) -> PageStyle:
    name = templates[int(rng.integers(len(templates)))]
    style = like(TEMPLATES[name], int(rng.integers(2**31)))
    return replace(style, dpi=25.4 * DEMO_WIDTH_PX / style.paper_mm[1])
