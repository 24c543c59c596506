"""How straight a page becomes: the grid's place on the rectified sheet against the true warp.

    python benchmarks/rectify.py [--pages 60] [--seed 5000] [--worlds photo,folded] [--grids lines]

Own renders of simulated records, every kind of grid and world in turn. Points of the sheet are
carried back to the page and on to the sheet that was printed; what the two sheets differ by, apart
from where their origins lie, is the error, in mm. Only the part of the page that carries traces
counts. ``slipped`` is the share of pages where a twentieth of the points or more is off by 0.5 mm
or more; ``scale`` the share where the millimetre is off by 3 % or more (1 mm lines taken for
5 mm lines among them); ``seen`` how much of the traces' area the sheet holds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecgpage import digitise, render
from ecgpage.digitise.flat import flat_sheet
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.values import Refused
from ecgpage.values.truth import Truth

WORLDS = ("none", "scan", "photo", "folded", "crumpled", "copy", "screen")
GRIDS = ("lines", "dots", "dashes")
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Error of one sheet: mean and 95th percentile in mm, relative error of the scale, share seen.

    ``down`` and ``across`` are mean errors along the two axes.
    """

    mean_mm: float
    high_mm: float
    down_mm: float
    across_mm: float
    scale: float
    seen: float


def pages(
    count: int, seed: int, worlds: tuple[str, ...], grids: tuple[str, ...], strength: float
) -> Iterator[tuple[int, str, str, render.RenderedPage]]:
    """Renders in which worlds and grids take turns; the rest is drawn from the seed."""
    for k in range(count):
        style = render.random_style(seed + k)
        kind = grids[(k // len(worlds)) % len(grids)]
        name = worlds[k % len(worlds)]
        if style.grid.kind != kind:
            style = replace(style, grid=replace(style.grid, kind=kind))
        style = replace(style, dpi=max(style.dpi, 110.0))
        world = None
        if name != "none":
            world = render.random_world(seed + k, strength, kind=name)
        record = render.simulate("normal", seed + k)
        yield seed + k, name, kind, render.render_record(record, style, seed=k, world=world)


def traced_area(truth: Truth) -> tuple[float, float, float, float]:
    """(top, left, bottom, right) of the traces in mm of the printed sheet."""
    points = np.concatenate([truth.to_sheet(t.points_px) for t in truth.traces])
    points = points / truth.px_per_mm
    low, high = np.percentile(points, 1, axis=0), np.percentile(points, 99, axis=0)
    return low[0], low[1], high[0], high[1]


def misplaced(sheet: Sheet, truth: Truth) -> Misplaced:
    """Compare a sheet with the truth of its page."""
    rows, columns = sheet.image.shape[:2]
    down, across = sheet.px_per_mm
    r, c = np.meshgrid(
        np.arange(0, rows - 1, 2.5 * down), np.arange(0, columns - 1, 2.5 * across), indexing="ij"
    )
    points = np.stack([r.ravel(), c.ravel()], axis=1)
    on_page = sheet.to_page(points)
    true_mm = truth.to_sheet(on_page) / truth.px_per_mm
    top, left, bottom, right = traced_area(truth)
    inside = (true_mm > [top, left]).all(axis=1) & (true_mm < [bottom, right]).all(axis=1)
    inside &= (on_page > 0).all(axis=1) & (on_page < np.array(truth.page_shape_px) - 1).all(axis=1)
    if sheet.grid is not None:
        at = (points * sheet.grid.shape / [rows, columns]).astype(int)
        inside &= sheet.grid[at[:, 0], at[:, 1]]
    if inside.sum() < 20:
        return Misplaced(np.nan, np.nan, np.nan, np.nan, 1.0, 0.0)
    here = points[inside] / [down, across]
    there = true_mm[inside]
    linear = np.linalg.lstsq(np.c_[here, np.ones(len(here))], there, rcond=None)[0][:2]
    turned = np.round(linear / np.sqrt(abs(np.linalg.det(linear))))
    scale = float(np.abs(np.abs(linear).sum(axis=0) - 1).max())
    error = there - here @ turned
    error = error - np.median(error, axis=0)
    size = np.hypot(error[:, 0], error[:, 1])
    true_r, true_c = np.mgrid[top:bottom:2.5, left:right:2.5]
    wanted = truth.to_page(np.stack([true_r.ravel(), true_c.ravel()], axis=1) * truth.px_per_mm)
    visible = (wanted > 0).all(axis=1) & (wanted < np.array(truth.page_shape_px) - 1).all(axis=1)
    return Misplaced(
        float(size.mean()), float(np.percentile(size, 95)),
        float(np.abs(error[:, 0]).mean()), float(np.abs(error[:, 1]).mean()),
        scale, min(float(inside.sum() / max(visible.sum(), 1)), 1.0),
    )  # fmt: skip


def main() -> None:
    """Print a line a world and grid, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=63)
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--worlds", default=",".join(WORLDS))
    parser.add_argument("--grids", default=",".join(GRIDS))
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    worlds, grids = tuple(given.worlds.split(",")), tuple(given.grids.split(","))
    told: dict[str, list[tuple[Misplaced | None, float]]] = {}
    for seed, world, grid, page in pages(given.pages, given.seed, worlds, grids, given.strength):
        begin = time.process_time()
        try:
            found = misplaced(flat_sheet(page.page, digitise.Settings())[0], page.truth)
        except Refused as error:
            found = None
            if given.verbose:
                print(f"  {seed} {world} {grid}: {error.refusal.received}")
        seconds = time.process_time() - begin
        if given.verbose and found is not None:
            print(
                f"  {seed} {world} {grid}: mean {found.mean_mm:.3f} high {found.high_mm:.3f} "
                f"scale {found.scale:.4f} seen {found.seen:.2f} {seconds:.2f} s",
                flush=True,
            )
        for key in (world, grid, "all"):
            told.setdefault(key, []).append((found, seconds))
    print("           pages refused  mean mm   down  across  high mm  slipped  scale  seen  s")
    for key in (*worlds, *grids, "all"):
        print_line(key, told.get(key, []))


def print_line(key: str, told: list[tuple[Misplaced | None, float]]) -> None:
    """One line of the table: means over the pages that were not refused."""
    found = [f for f, _ in told if f is not None]
    if not found:
        return
    table = np.array([[f.mean_mm, f.down_mm, f.across_mm, f.high_mm] for f in found])
    good = np.array([f.scale < 0.03 for f in found])
    mean = np.nanmedian(table, axis=0)
    slipped = np.mean([not f.high_mm < 0.5 for f in found])
    print(
        f"{key:10} {len(told):5} {len(told) - len(found):7} {mean[0]:8.3f} {mean[1]:6.3f} "
        f"{mean[2]:7.3f} {mean[3]:8.3f} {slipped:8.2f} {1 - good.mean():6.2f} "
        f"{np.mean([f.seen for f in found]):5.2f} {np.median([s for _, s in told]):5.2f}"
    )


if __name__ == "__main__":
    main()
