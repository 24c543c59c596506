"""What the pen has covered, layer by layer: the truth that separating ink from paper is held to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.render.layouts import place_cells
from ecgpage.render.page import (
    RenderedPage,
    draw_pulses,
    draw_separators,
    draw_traces,
    trace_of,
    write_name,
)
from ecgpage.render.printing import print_words
from ecgpage.render.style import PageStyle
from ecgpage.values import Record

Image = NDArray[np.float32]
LAYERS = ("trace", "pulse", "separator", "print")
NODE_MM = 2.5
"""Distance of the places that are carried to the page exactly; between them a line is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Coverage of a flat sheet by each of :data:`LAYERS`.

    ``cover`` has shape (rows, columns, 4), uint8, 255 fully inked; where layers cross, the first
    of them counts.
    """

    cover: NDArray[np.uint8]
    px_per_mm: float


def cover_layers(record: Record, style: PageStyle, px_per_mm: float, seed: int = 0) -> Layers:
    """Draw the layers of :func:`render_record`'s page on a raster of their own density."""
    fine = replace(style, dpi=px_per_mm * 25.4, ink_strength=1.0)
    trace, pulse, separator, words = (
        replace(fine, ink_rgb=tuple(255 * (k == layer) for k in range(len(LAYERS))))  # type: ignore[arg-type]
        for layer in range(len(LAYERS))
    )
    cells = place_cells(record, fine)
    canvas = np.zeros((*fine.shape_px, len(LAYERS)), np.uint8)
    print_words(canvas, words, seed)
    for cell in cells:
        write_name(canvas, words, cell)
    draw_separators(canvas, separator, cells)
    draw_pulses(canvas, pulse, cells)
    draw_traces(canvas, trace, [trace_of(record, fine, cell) for cell in cells])
    return Layers(canvas, px_per_mm)


def flat_crop(
    rendered: RenderedPage,
    layers: Layers,
    centre_mm: tuple[float, float],
    px_per_mm: float,
    size_px: int,
    *,
    wobble_mm: float = 0.0,
    turn_deg: float = 0.0,
    seed: int = 0,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A square of the page, flattened by its truth, and the coverage at the very same pixels.

    Parameters
    ----------
    rendered:
        The page with its truth.
    layers:
        From :func:`cover_layers`, finer than ``px_per_mm``.
    centre_mm:
        (down, across) on the flat sheet.
    px_per_mm, size_px:
        Density and side of the square.
    wobble_mm, turn_deg:
        Errors of flattening to imitate: the standard deviation of displacements that are
        unrelated 5 mm apart, and a turn. The coverage is what is seen, errors included.

    Returns
    -------
    image, cover
        ndarrays, shape (size_px, size_px, 3 and 4), uint8; cover's last axis is :data:`LAYERS`.
    """
    nodes, step = _places(rendered, centre_mm, px_per_mm, size_px, wobble_mm, turn_deg, seed)
    times = 2 if rendered.truth.px_per_mm > 1.3 * px_per_mm else 1
    image = cv2.remap(
        rendered.page.image, *_grown(nodes, step, size_px, times), cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip
    if times > 1:
        image = cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_AREA)
    cover = _cover_seen(rendered, layers, *_grown(nodes, step, size_px, 2))
    seen = cv2.resize(cover, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8), np.asarray(seen, np.uint8)


def _places(
    rendered: RenderedPage,
    centre_mm: tuple[float, float],
    px_per_mm: float,
    size_px: int,
    wobble_mm: float,
    turn_deg: float,
    seed: int,
) -> tuple[Image, float]:
    """Page places (row, column) of nodes of the square, and their distance in its pixels."""
    truth, rng = rendered.truth, np.random.default_rng([seed, 61])
    step = NODE_MM * px_per_mm
    count = int(np.ceil(size_px / step)) + 2
    at = (np.arange(count) * step - (size_px - 1) / 2) / px_per_mm
    down, across = np.meshgrid(at, at, indexing="ij")
    cos, sin = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    coarse = rng.normal(0.0, wobble_mm, (2, count // 2 + 2, count // 2 + 2)).astype(np.float32)
    size = (2 * coarse.shape[2], 2 * coarse.shape[1])
    bend = [cv2.resize(c, size, interpolation=cv2.INTER_CUBIC)[:count, :count] for c in coarse]
    down_mm = centre_mm[0] + cos * down - sin * across + bend[0]
    across_mm = centre_mm[1] + sin * down + cos * across + bend[1]
    places = np.stack([down_mm.ravel(), across_mm.ravel()], axis=1) * truth.px_per_mm - 0.5
    return truth.to_page(places).reshape(count, count, 2).astype(np.float32), step


def _cover_seen(
    rendered: RenderedPage, layers: Layers, columns: Image, rows: Image
) -> NDArray[np.uint8]:
    """The layers at places of the page, whatever the warp has made of them."""
    truth = rendered.truth
    height, width = truth.page_shape_px
    outside = (rows < -0.5) | (rows > height - 0.5) | (columns < -0.5) | (columns > width - 0.5)
    if truth.warp is not None:
        inner = [((v + 0.5) / truth.warp.step_px + 0.5) for v in (columns, rows)]
        seen: Image = np.asarray(
            cv2.remap(
                truth.warp.nodes_px, inner[0], inner[1], cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )  # fmt: skip
        rows, columns = np.ascontiguousarray(seen[..., 0]), np.ascontiguousarray(seen[..., 1])
    factor = np.float32(layers.px_per_mm / truth.px_per_mm)
    cover = cv2.remap(
        layers.cover, (columns + 0.5) * factor - 0.5, (rows + 0.5) * factor - 0.5,
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0),
    )  # fmt: skip
    cover[outside] = 0
    return np.asarray(cover, np.uint8)


def _grown(nodes: Image, step: float, size_px: int, times: int) -> tuple[Image, Image]:
    """Columns and rows on the page for each pixel of a square, ``times`` as fine."""
    at = (((np.arange(size_px * times) + 0.5) / times - 0.5) / step).astype(np.float32)
    across, down = np.meshgrid(at, at)
    full: Image = np.asarray(
        cv2.remap(nodes, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )
    return np.ascontiguousarray(full[..., 1]), np.ascontiguousarray(full[..., 0])
