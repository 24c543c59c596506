"""Pairs to train the ink network on: a flattened square of a rendered page, and its coverage.

The renderer's looks and worlds are drawn by chance, then driven further towards what scans and
photos show: grids of any hue and as dark as the ink, coloured papers, creases with hard edges,
mottled paper, a camera's sharpening.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage import render
from ecgpage.digitise.ink.network import AS_IT_IS, PX_PER_MM, paper_levels
from ecgpage.render.coverage import Layers, cover_layers, flat_crop
from ecgpage.render.world_camera import through_jpeg
from ecgpage.values import Record

Rng = np.random.Generator
Bytes = NDArray[np.uint8]
SIZE_PX = 256
AIR_PX = 56
"""Cut off all around after light was taken out, which looks this far."""
CROPS = 32
LAYERS_PX_PER_MM = 12.0


def page_pairs(record: Record, seed: int, crops: int = CROPS) -> Iterator[tuple[Bytes, Bytes]]:
    """Brightness against the paper, and coverage, of squares of one page.

    Shapes (256, 256, 3) and (256, 256, 4), uint8.
    """
    rng = np.random.default_rng([seed, 71])
    style = look(seed, rng)
    world = None
    if rng.random() > 0.15:
        world = render.random_world(seed, float(rng.uniform(0.2, 1.0)))
    page = render.render_record(record, style, seed, world=world)
    layers = cover_layers(record, style, LAYERS_PX_PER_MM, seed)
    for k in range(crops):
        density = style.px_per_mm * float(rng.uniform(0.95, 1.12))
        if not AS_IT_IS[0] <= density <= AS_IT_IS[1]:
            density = PX_PER_MM * float(rng.uniform(0.9, 1.1))
        size = SIZE_PX + 2 * AIR_PX
        image, cover = flat_crop(
            page, layers, _place(page, rng), density, size,
            wobble_mm=float(rng.choice([0.0, 0.03, 0.1, 0.2])) if world else 0.0,
            turn_deg=float(rng.normal(0, 0.5)) if world else 0.0, seed=seed * 1000 + k,
        )  # fmt: skip
        if world is not None:
            image = roughen(image, density, rng)
        inner = slice(AIR_PX, AIR_PX + SIZE_PX)
        given = np.stack(paper_levels(image, density), axis=2)[inner, inner]
        yield np.ascontiguousarray(given), np.ascontiguousarray(cover[inner, inner])


def look(seed: int, rng: Rng) -> render.PageStyle:
    """A random style; two in three get a grid, paper and ink of any colour and strength."""
    style = render.random_style(seed, dpi=(90.0, 300.0))
    if rng.random() < 0.33:
        return style
    ink_level = float(rng.choice([rng.uniform(0.0, 0.15), rng.uniform(0.0, 0.45)]))
    ink = _colour(rng, ink_level, float(rng.uniform(0, 0.3)))
    paper = _colour(rng, float(rng.uniform(0.75, 1.0)), float(rng.choice([0.0, 0.06, 0.5, 0.75])))
    major_level = float(rng.uniform(0.0, 0.85))
    minor_level = min(0.95, major_level + float(rng.choice([0.0, 0.1, rng.uniform(0.1, 0.5)])))
    dull = float(rng.choice([0.0, rng.uniform(0.0, 0.9), rng.uniform(0.3, 0.9)]))
    hue = float(rng.uniform(0, 1))
    major = _colour(rng, major_level, dull, hue)
    minor = _colour(rng, minor_level, dull * float(rng.uniform(0.5, 1.0)),
                    hue if rng.random() < 0.75 else None)  # fmt: skip
    grid = replace(
        style.grid,
        kind=str(rng.choice(["lines"] * 6 + ["dots", "dashes"])),
        minor_rgb=minor,
        major_rgb=major,
        minor=bool(rng.random() < 0.8),
        minor_width_mm=float(rng.uniform(0.05, 0.2)),
        major_width_mm=float(rng.uniform(0.1, 0.4)),
        snap=bool(rng.random() < 0.4),
    )
    return replace(
        style, grid=grid, ink_rgb=ink, paper_rgb=paper, grid_paper_rgb=None,
        line_width_mm=float(rng.uniform(0.14, 0.6)), ink_strength=float(rng.uniform(0.6, 1.0)),
        separator=str(rng.choice(["none", "ticks", "bar", "bar", "line"])),
    )  # fmt: skip


def roughen(image: Bytes, density: float, rng: Rng) -> Bytes:
    """Creases, mottled paper, blur of motion, sharpening, noise and JPEG on one square."""
    size = image.shape[0]
    level = np.ones((size, size), np.float32)
    row, column = np.mgrid[0:size, 0:size].astype(np.float32)
    for _ in range(int(rng.poisson(0.9))):
        angle = rng.uniform(0, np.pi)
        bend = rng.normal(0, 0.0008)
        along = (row - size / 2) * np.cos(angle) - (column - size / 2) * np.sin(angle)
        away = (row - size / 2) * np.sin(angle) + (column - size / 2) * np.cos(angle)
        away = (away - rng.uniform(-size / 2, size / 2) + bend * along**2) / density
        soft = float(np.exp(rng.uniform(np.log(0.08), np.log(4.0))))
        height = rng.normal(0, 0.18)
        if rng.random() < 0.5:
            level *= 1 + height * np.exp(-0.5 * (away / soft) ** 2)
        else:
            level *= 1 + height * (1 / (1 + np.exp(np.clip(-away / soft, -50, 50))) - 0.5)
    for scale_mm, most in ((0.25, 0.04), (1.5, 0.06), (8.0, 0.2)):
        if rng.random() < 0.35:
            count = max(3, int(size / density / scale_mm))
            coarse = rng.normal(0, rng.uniform(0, most), (count, count)).astype(np.float32)
            level *= 1 + cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    out = image.astype(np.float32) * np.clip(level, 0.2, 1.5)[..., None]
    if rng.random() < 0.12:
        length = int(rng.integers(2, 5))
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        angle = rng.uniform(0, np.pi)
        for t in np.linspace(-length / 2, length / 2, 8 * length):
            kernel[round(length + t * np.sin(angle)), round(length + t * np.cos(angle))] += 1
        out = cv2.filter2D(out, -1, kernel / kernel.sum())
    if rng.random() < 0.25:
        wide = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.7, 2.0)))
        out += (out - wide) * float(rng.uniform(0.3, 1.5))
    if rng.random() < 0.2:
        out += rng.normal(0, rng.uniform(2, 14), out.shape).astype(np.float32)
    elif rng.random() < 0.2:
        grain = rng.normal(0, rng.uniform(2, 12), (size, size, 1)).astype(np.float32)
        out += cv2.GaussianBlur(grain, (0, 0), float(rng.uniform(0.5, 1.2)))[..., None]
    done = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        done = through_jpeg(np.ascontiguousarray(done), int(rng.uniform(30, 90)))
    return done


def _place(page: render.RenderedPage, rng: Rng) -> tuple[float, float]:
    """Centre of a square in mm: mostly on a trace, sometimes at its ends or anywhere."""
    truth = page.truth
    scale = truth.px_per_mm
    rows, columns = truth.sheet_shape_px
    trace = truth.traces[int(rng.integers(len(truth.traces)))]
    chance = rng.random()
    if chance < 0.12 or not len(trace.points_px):
        return float(rng.uniform(0, rows) / scale), float(rng.uniform(0, columns) / scale)
    which = int(rng.integers(len(trace.points_px)))
    if chance < 0.5:
        which = 0 if chance < 0.44 else -1
    point = truth.to_sheet(trace.points_px[which][None])[0] / scale
    moved = point + rng.uniform(-10, 10, 2)
    return float(moved[0]), float(moved[1])


def _colour(
    rng: Rng, value: float, saturation: float, hue: float | None = None
) -> tuple[int, int, int]:
    turn = float(rng.uniform(0, 1)) if hue is None else hue
    red, green, blue = colorsys.hsv_to_rgb(turn, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def records(
    folder: Path | None, count: int, seed: int, *, odd: bool = True
) -> Iterator[tuple[Record, int]]:
    """Simulated records and, one in three where a folder is given, recorded ones.

    Recorded ones with odd stems are for training, the others for measuring.
    """
    rng = np.random.default_rng([seed, 72])
    files: Sequence[Path] = ()
    if folder is not None:
        files = sorted(f for f in folder.rglob("*.hea") if _odd(f.stem) == odd)
    drawn = render.simulate_dataset(count, seed)
    for k, record in enumerate(drawn):
        if files and rng.random() < 0.34:
            record = _load(files[int(rng.integers(len(files)))])
        yield record, seed * 100_000 + k


def _odd(stem: str) -> bool:
    digits = "".join(c for c in stem.split("_")[0] if c.isdigit())
    return bool(digits) and int(digits) % 2 == 1


def _load(path: Path) -> Record:
    import wfdb

    from ecgpage.values import LEADS

    signal, header = wfdb.rdsamp(str(path.with_suffix("")))
    names = [name.strip().lower() for name in header["sig_name"]]
    rows = [np.asarray(signal[:, names.index(lead.lower())], dtype=float) for lead in LEADS]
    return Record(np.stack(rows), float(header["fs"]), name=path.stem)


__all__ = ["Layers", "look", "page_pairs", "records", "roughen"]
