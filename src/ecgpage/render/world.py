"""What happens to a sheet between the printer and the file."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from ecgpage.render.ink import Box, box_of
from ecgpage.render.page import RenderedPage, masked
from ecgpage.render.world_camera import finish
from ecgpage.render.world_light import light
from ecgpage.render.world_marks import mark
from ecgpage.render.world_shape import move_pixels, shape_sheet
from ecgpage.render.world_values import World
from ecgpage.values.truth import Trace, Truth


def weather(clean: RenderedPage, world: World, seed: int) -> RenderedPage:
    """Let a world happen to a clean sheet; the truth follows every pixel that moves.

    The chances of the world (where a fold lies, the noise) come from ``seed``.
    """
    rng = np.random.default_rng([seed, 41])
    image = mark(clean.page.image, clean.truth, world, rng)
    truth = replace(clean.truth, world=asdict(world))
    relief = None
    if world.bends:
        relief = shape_sheet(clean.truth.sheet_shape_px, world, rng)
        image = move_pixels(image, relief, world, rng)
        truth = moved_truth(truth, relief.warp, relief.page_shape_px)
    image = light(image, relief, world, rng)
    image = finish(image, world, rng)
    return RenderedPage(replace(clean.page, image=image), truth)


def moved_truth(truth: Truth, warp: object, page_shape_px: tuple[int, int]) -> Truth:
    """The truth of the sheet, carried to the page; what left the picture is not in it."""
    bent = replace(truth, warp=warp, page_shape_px=page_shape_px)  # type: ignore[arg-type]

    def box(box_px: Box) -> Box:
        top, left, bottom, right = box_px
        corners = np.array([[top, left], [top, right], [bottom, right], [bottom, left]])
        return box_of(bent.to_page(corners))

    def trace(old: Trace) -> Trace:
        points = bent.to_page(old.points_px)
        off = (points < -0.5).any(axis=1) | (points > np.array(page_shape_px) - 0.5).any(axis=1)
        values_mv = np.where(off, np.nan, old.values_mv)
        seen = points[np.isfinite(values_mv)]
        return replace(
            old,
            values_mv=values_mv,
            points_px=points,
            baseline_px=bent.to_page(old.baseline_px),
            box_px=box_of(seen) if seen.size else box(old.box_px),
            name_box_px=None if old.name_box_px is None else box(old.name_box_px),
        )

    traces = [trace(old) for old in truth.traces]
    return replace(
        bent,
        record=masked(truth.whole, traces),
        corners_px=bent.to_page(truth.corners_px),
        traces=tuple(traces),
        pulse_boxes_px=tuple(box(old) for old in truth.pulse_boxes_px),
        texts=tuple((text, box(old)) for text, old in truth.texts),
    )
