"""Rotation, perspective, folds and crumples: one map from page to sheet, known at nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.values.truth import Warp

if TYPE_CHECKING:
    from ecgpage.render.world_values import World

Field = NDArray[np.float64]
STEP_PX = 8
"""Distance of the nodes; between them the map is linear."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """A bent sheet as the camera sees it.

    ``slope`` has shape (2, m, n): how the sheet rises along rows and columns at each node of
    ``warp``; its shading follows from it.
    """

    warp: Warp
    slope: Field
    page_shape_px: tuple[int, int]


def shape_sheet(sheet_shape_px: tuple[int, int], world: World, rng: np.random.Generator) -> Relief:
    """Bend a sheet and place it before the camera."""
    page_shape_px = _page_shape(sheet_shape_px, world)
    homography = _homography(sheet_shape_px, page_shape_px, world)
    counts = [-(-size // STEP_PX) + 2 for size in page_shape_px]
    nodes = [(np.arange(count) - 0.5) * STEP_PX - 0.5 for count in counts]
    rows, columns = np.meshgrid(*nodes, indexing="ij")
    back = np.linalg.inv(homography)
    depth = back[2, 0] * columns + back[2, 1] * rows + back[2, 2]
    flat_c = (back[0, 0] * columns + back[0, 1] * rows + back[0, 2]) / depth
    flat_r = (back[1, 0] * columns + back[1, 1] * rows + back[1, 2]) / depth
    height = _height(flat_r, flat_c, sheet_shape_px, world, rng)
    slope = np.zeros((2, *counts))
    if np.any(height):
        slope[0], slope[1] = np.gradient(height, STEP_PX)
    slope *= (
        (flat_r > 0) & (flat_r < sheet_shape_px[0]) & (flat_c > 0) & (flat_c < sheet_shape_px[1])
    )
    look = rng.uniform(0.12, 0.3) * _direction(rng)
    middle = np.array(sheet_shape_px) / 2
    reach = 3.0 * float(max(sheet_shape_px))
    seen_r = flat_r - height * (look[0] + (flat_r - middle[0]) / reach)
    seen_c = flat_c - height * (look[1] + (flat_c - middle[1]) / reach)
    places = np.stack([seen_r, seen_c], axis=-1).astype(np.float32)
    return Relief(Warp(places, STEP_PX, homography), slope, page_shape_px)


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.sin(angle), np.cos(angle)])


def _page_shape(sheet_shape_px: tuple[int, int], world: World) -> tuple[int, int]:
    height, width = sheet_shape_px if world.turns % 2 == 0 else sheet_shape_px[::-1]
    return round(height * (1 + 2 * world.margin)), round(width * (1 + 2 * world.margin))


def _homography(
    sheet_shape_px: tuple[int, int], page_shape_px: tuple[int, int], world: World
) -> NDArray[np.float64]:
    """Sheet to page for (column, row, 1): centre, turn, tilt, and put back."""
    height, width = sheet_shape_px
    centre = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1.0]])
    angle = np.deg2rad(world.rotation_deg + 90.0 * world.turns)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    across, down = np.array(world.perspective) / max(page_shape_px)
    tilted = np.array([[1, 0, 0], [0, 1, 0], [across, down, 1.0]])
    rows, columns = page_shape_px
    placed = np.array([[1, 0, (columns - 1) / 2], [0, 1, (rows - 1) / 2], [0, 0, 1.0]])
    return np.asarray(placed @ tilted @ turned @ centre)


def _height(
    rows: Field,
    columns: Field,
    sheet_shape_px: tuple[int, int],
    world: World,
    rng: np.random.Generator,
) -> Field:
    """How far the sheet stands above the table, in px of the sheet."""
    out = np.zeros(rows.shape)
    height, width = sheet_shape_px
    if world.curl:
        steep = world.curl * rng.uniform(0.10, 0.3)
        across = (columns - width / 2) / width * rng.choice([-1.0, 1.0])
        out += steep * width * (across**2 + 0.3 * rng.uniform(-1, 1) * rows / height * across)
    for k in range(world.folds):
        along, size = ((columns, width), (rows, height))[(k + int(rng.integers(2))) % 2]
        at = size * rng.uniform(0.25, 0.75)
        tilt = rng.normal(0, 0.015)
        other = rows if along is columns else columns
        out += rng.choice([-1.0, 1.0]) * rng.uniform(0.04, 0.16) * _crease(
            along - at - tilt * other, rng.uniform(2, 6)
        )  # fmt: skip
    for count, scale in ((34, 1.0), (26, 0.36)):
        for _ in range(round(count * world.crumple)):
            out += _wrinkle(rows, columns, sheet_shape_px, world.crumple, scale, rng)
    return out


def _crease(distance: Field, softness: float) -> Field:
    return np.sqrt(distance**2 + softness**2)


def _wrinkle(
    rows: Field,
    columns: Field,
    sheet_shape_px: tuple[int, int],
    crumple: float,
    scale: float,
    rng: np.random.Generator,
) -> Field:
    """One ridge of limited length somewhere on the sheet."""
    height, width = sheet_shape_px
    size = float(max(sheet_shape_px))
    direction = _direction(rng)
    row, column = rng.uniform(-0.05, 1.05) * height, rng.uniform(-0.05, 1.05) * width
    along = (rows - row) * direction[0] + (columns - column) * direction[1]
    aside = (rows - row) * direction[1] - (columns - column) * direction[0]
    aside = aside + rng.uniform(-0.4, 0.4) * along**2 / size
    length, breadth = rng.uniform(0.06, 0.22, 2) * size * scale
    window = np.exp(-0.5 * ((along / length) ** 2 + (aside / breadth) ** 2))
    steep = rng.choice([-1.0, 1.0]) * rng.uniform(0.08, 0.38) * (0.4 + 0.6 * crumple)
    return np.asarray(steep * (_crease(aside, rng.uniform(2, 10)) - 0.6 * breadth) * window)


def move_pixels(
    image: NDArray[np.uint8], relief: Relief, world: World, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The page that the map shows; where there is no sheet, the table."""
    rows, columns = relief.page_shape_px
    map_r = upsample(relief.warp.nodes_px[..., 0], relief.page_shape_px)
    map_c = upsample(relief.warp.nodes_px[..., 1], relief.page_shape_px)
    page = _table(rows, columns, world.background, rng)
    cv2.remap(image, map_c, map_r, cv2.INTER_LINEAR, dst=page, borderMode=cv2.BORDER_TRANSPARENT)
    return page


def upsample(nodes: NDArray[np.floating], page_shape_px: tuple[int, int]) -> NDArray[np.float32]:
    """Values at the nodes as values at every pixel of the page, linear between."""
    size = (nodes.shape[1] * STEP_PX, nodes.shape[0] * STEP_PX)
    full = cv2.resize(nodes.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    rows, columns = page_shape_px
    return np.asarray(full[STEP_PX : STEP_PX + rows, STEP_PX : STEP_PX + columns], np.float32)


def _table(rows: int, columns: int, kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What the sheet lies on."""
    plain = {"white": (255, 255, 255), "black": (0, 0, 0)}
    if kind in plain:
        return np.full((rows, columns, 3), plain[kind], np.uint8)
    colour = {"dark": (52, 48, 50), "wood": (150, 108, 74), "cloth": (110, 128, 150)}[kind]
    grain = {"dark": (rows // 6, columns // 90), "wood": (rows // 8, columns // 160),
             "cloth": (rows // 5, columns // 5)}[kind]  # fmt: skip
    coarse = rng.normal(0, 1, (max(grain[0], 2), max(grain[1], 2))).astype(np.float32)
    noise = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_LINEAR)
    grey = cv2.convertScaleAbs(noise, alpha=12, beta=100)
    scaled = [cv2.convertScaleAbs(grey, alpha=value / 100) for value in colour]
    return np.asarray(cv2.merge(scaled), np.uint8)
