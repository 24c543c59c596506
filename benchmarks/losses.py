"""Where decibels are lost on fully distorted renders: geometry, scale, or tracing.

    python benchmarks/losses.py ../shared/data [--pages 80] [--seed 30000]

Each page is read as it is; from a sheet that was made flat by its true warp; and from that sheet
with its true speed and gain. What the first lacks of the second is lost by the geometry and the
table around the paper, what the second lacks of the third by the scale. Both metrics in dB;
a refused page counts as 0. Error of the sheet as in ``benchmarks/rectify.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
from rectify import misplaced

from digitise import LAYOUTS, load
from ecgpage import digitise, render, score
from ecgpage.digitise import pipeline
from ecgpage.digitise.flat import flat_sheet
from ecgpage.digitise.flatten.rectify import warp
from ecgpage.digitise.flatten.sheet import Sheet
from ecgpage.values import Refused
from ecgpage.values.truth import Truth

STEP_PX = 8
STAGES = ("as it is", "true warp", "true warp and scale")


def pages(data: Path, count: int, seed: int) -> Iterator[tuple[int, render.RenderedPage]]:
    """Renders of all layouts at 150 dpi and more in worlds of full strength."""
    files = sorted((data / "ptbxl/records").rglob("*.hea"))
    for k in range(count):
        style = render.random_style(seed + k)
        layout = LAYOUTS[k % len(LAYOUTS)]
        rhythm = ("V1", "II", "V5") if layout == "3x4+3" else ("II",)
        style = replace(
            style, layout=layout, rhythm=rhythm, dpi=max(150.0, style.dpi), simultaneous=False
        )
        record = load(files[(7 + k * 97) % len(files)].with_suffix(""))
        world = render.random_world(seed + k)
        yield seed + k, render.render_record(record, style, seed=seed + k, world=world)


def true_sheet(page: render.RenderedPage) -> Sheet:
    """The page made flat by its own warp."""
    truth = page.truth
    scale = (truth.px_per_mm, truth.px_per_mm)
    if truth.warp is None:
        return Sheet(image=page.page.image, px_per_mm=scale)
    rows, columns = truth.sheet_shape_px
    r, c = np.mgrid[0 : rows + STEP_PX : STEP_PX, 0 : columns + STEP_PX : STEP_PX].astype(float)
    at = np.stack([r.ravel(), c.ravel()], axis=1)
    nodes = truth.to_page(at).reshape(*r.shape, 2).astype(np.float32)
    return Sheet(
        image=warp(page.page.image, nodes, (rows, columns), STEP_PX),
        px_per_mm=scale,
        nodes_px=nodes,
        step_px=STEP_PX,
    )


def reached(
    page: render.RenderedPage, settings: digitise.Settings, sheet: Sheet | None
) -> tuple[float, float]:
    """Both metrics of the page, read from a given sheet if there is one."""
    try:
        if sheet is None:
            record = digitise.digitise(page.page, settings)
        else:
            with mock.patch.object(pipeline, "flat_sheet", return_value=(sheet, None)):
                record = digitise.digitise(page.page, settings)
    except Refused:
        return 0.0, 0.0
    found = score.compare_records(page.truth.record, record)
    return found.challenge_snr_db, found.kaggle_snr_db


def geometry(page: render.RenderedPage) -> str:
    """The sheet's error in words."""
    truth: Truth = page.truth
    try:
        found = misplaced(flat_sheet(page.page, digitise.Settings())[0], truth)
    except Refused as error:
        return error.refusal.received
    return f"mean {found.mean_mm:.2f} mm, high {found.high_mm:.2f} mm, scale {found.scale:.3f}"


def main() -> None:
    """Print a line a page, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pages", type=int, default=80)
    parser.add_argument("--seed", type=int, default=30000)
    given = parser.parse_args()
    table = []
    for seed, page in pages(given.data, given.pages, given.seed):
        plain = digitise.Settings()
        told = digitise.Settings(
            speed_mm_per_s=page.truth.speed_mm_per_s, gain_mm_per_mv=page.truth.gain_mm_per_mv
        )
        sheet = true_sheet(page)
        stages = [reached(page, plain, None), reached(page, plain, sheet),
                  reached(page, told, sheet)]  # fmt: skip
        table.append(stages)
        world, grid = page.truth.world["name"], page.truth.style["grid"]["kind"]  # type: ignore[index]
        values = ", ".join(f"{a:.1f}/{b:.1f}" for a, b in stages)
        print(f"{seed} {page.truth.layout} {world} {grid}: {values}; {geometry(page)}", flush=True)
    for stage, (challenge, kaggle) in zip(STAGES, np.mean(table, axis=0), strict=True):
        print(f"{stage:20} {challenge:6.2f} {kaggle:6.2f}")


if __name__ == "__main__":
    main()
