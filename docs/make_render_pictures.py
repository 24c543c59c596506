"""Draws the pictures of ``rendering.md``: ``python docs/make_render_pictures.py``.

Everything is simulated and seeded, so the pictures come out the same each time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ecgpage.render import (
    KINDS,
    LAYOUTS,
    TEMPLATES,
    WORLDS,
    Grid,
    PageStyle,
    RenderedPage,
    random_style,
    random_world,
    render_record,
    simulate,
    template,
)

OUT = Path(__file__).resolve().parent / "pictures"
Image8 = NDArray[np.uint8]


def tile(image: Image8, caption: str, width: int, height: int) -> Image8:
    """A picture scaled into a box, with its caption below."""
    scale = min(width / image.shape[1], height / image.shape[0])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    box = np.full((height + 26, width + 10, 3), 245, np.uint8)
    left = (width + 10 - size[0]) // 2
    box[4 : 4 + size[1], left : left + size[0]] = small
    picture = Image.fromarray(box)
    ImageDraw.Draw(picture).text((8, height + 7), caption, (30, 30, 30), ImageFont.load_default(13))
    return np.asarray(picture)


def sheet(tiles: list[Image8], columns: int) -> Image8:
    """Tiles of one size as a table."""
    while len(tiles) % columns:
        tiles.append(np.full_like(tiles[0], 245))
    rows = [np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]
    return np.vstack(rows)


def save(image: Image8, name: str, quality: int = 72) -> None:
    """Write a JPEG, and fail where it grows too large for the repository."""
    path = OUT / name
    Image.fromarray(image).save(path, quality=quality, optimize=True)
    size = path.stat().st_size
    print(f"{name}: {image.shape[1]}x{image.shape[0]}, {size / 1000:.0f} kB")
    if size > 200_000:
        raise SystemExit(f"{name} is larger than 200 kB; make it smaller")


def overlay(page: RenderedPage) -> Image8:
    """The page with the true centre lines and the sheet's corners on it."""
    image = page.page.image.copy()
    for trace in page.truth.traces:
        line = np.round(trace.points_px[np.isfinite(trace.values_mv)][:, ::-1] * 16)
        cv2.polylines(image, [line.astype(np.int32)], False, (0, 140, 255), 3, cv2.LINE_AA, 4)
    corners = np.round(page.truth.corners_px[:, ::-1] * 16).astype(np.int32)
    cv2.polylines(image, [corners], True, (220, 0, 160), 4, cv2.LINE_AA, 4)
    return image


def main() -> None:
    """Draw all pictures."""
    OUT.mkdir(exist_ok=True)
    record = simulate("normal", 11)
    layouts = [
        tile(render_record(record, PageStyle(layout=name, dpi=110), 1).page.image, name, 400, 300)
        for name in LAYOUTS
    ]
    save(sheet(layouts, 3), "render-layouts.jpg", 60)
    looks = [
        tile(render_record(simulate("normal", k), TEMPLATES[name], k).page.image, name, 400, 290)
        for k, name in enumerate(TEMPLATES)
    ]
    save(sheet(looks, 3), "render-templates.jpg", 48)
    mixed = [
        tile(
            render_record(simulate("normal", k), random_style(k, dpi=(96, 130)), k).page.image,
            f"random_style({k})", 400, 260,
        )
        for k in range(9)
    ]  # fmt: skip
    save(sheet(mixed, 3), "render-random.jpg", 55)
    worlds = []
    for k, kind in enumerate(WORLDS):
        style = template(("office-print", "thermal-strip", "letter-bars")[k % 3])
        page = render_record(record, style, k + 3, world=random_world(k + 3, 1.0, kind=kind))
        worlds.append(tile(page.page.image, f"{kind}, strength 1", 400, 300))
    save(sheet(worlds, 3), "render-worlds.jpg", 65)
    bent = render_record(
        record, template("office-print"), 4, world=random_world(8, 1.0, kind="crumpled")
    )
    save(tile(overlay(bent), "true centre lines and corners", 900, 680), "render-truth.jpg", 65)
    save(kinds(), "render-kinds.jpg", 42)


def kinds() -> Image8:
    """Each kind of simulated record, on a bare page."""
    style = replace(
        PageStyle(), dpi=70.0, paper_mm=(120.0, 268.0), inset_mm=(4.0, 3.0), header="none",
        footer="none", layout="3x4", pulse="none", line_width_mm=0.34,
        grid=Grid(minor=False, major_rgb=(245, 205, 205)),
    )  # fmt: skip
    tiles = [
        tile(render_record(simulate(name, 3), style, 1).page.image, name, 400, 180)
        for name in KINDS
    ]
    return sheet(tiles, 3)


if __name__ == "__main__":
    main()
