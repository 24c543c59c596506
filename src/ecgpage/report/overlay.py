"""Pictures of what was found on a page: traces over the page, and each step of the way."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ecgpage.values import LEADS, Page, Reading

Colour = tuple[int, int, int]
WIDEST_PX = 2400

MARGIN = 0.07
"""Of the height that the traces take: how far beyond them a page is shown, lead names included."""

BLOCK = 0.02
"""Of the page's width: what is hidden is one colour over so much, larger than any print."""


def lead_colour(lead: str) -> Colour:
    """One colour a lead, blue-green-red."""
    hue = LEADS.index(lead) / len(LEADS) if lead in LEADS else 0.0
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.95, 0.8)
    return int(255 * blue), int(255 * green), int(255 * red)


def only_traces(page: Page, reading: Reading) -> Page:
    """The page with everything beyond its traces made coarse: header, footer, what lies beside.

    A page's header says who the patient is; a report that is passed on should not, unless asked.
    """
    known = [trace.points_px[np.isfinite(trace.points_px).all(axis=1)] for trace in reading.traces]
    points = np.concatenate(known) if known else np.empty((0, 2))
    rows, columns = page.image.shape[:2]
    seen = np.zeros((rows, columns), np.uint8)
    if len(points):
        hull = cv2.convexHull(np.round(points[:, ::-1]).astype(np.int32)[:, None])
        margin = round(MARGIN * float(np.ptp(points[:, 0]))) + 1
        cv2.fillConvexPoly(seen, hull, 255)
        cv2.polylines(seen, [hull], True, 255, 2 * margin)
    block = max(1, round(BLOCK * columns))
    small = (max(1, columns // block), max(1, rows // block))
    coarse = cv2.resize(page.image, small, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_NEAREST)
    shown = np.where(seen[..., None] > 0, page.image, coarse)
    return replace(page, image=shown)


def draw_overlay(page: Page, reading: Reading) -> NDArray[np.uint8]:
    """The page, paled, with the traces found on it; blue-green-red, at most 2400 pixels wide."""
    scale = min(1.0, WIDEST_PX / page.image.shape[1])
    size = (round(page.image.shape[1] * scale), round(page.image.shape[0] * scale))
    small = cv2.resize(page.image, size, interpolation=cv2.INTER_AREA)
    canvas = np.ascontiguousarray(128 + small[..., ::-1] // 2)
    for trace in reading.traces:
        points = (trace.points_px[:, ::-1] + 0.5) * scale * 16
        colour = lead_colour(trace.lead)
        seen = np.isfinite(points).all(axis=1)
        breaks = np.flatnonzero(np.diff(seen)) + 1
        for part in np.split(np.arange(len(points)), breaks):
            if len(part) and seen[part[0]]:
                line = np.round(points[part]).astype(np.int32)[:, None]
                cv2.polylines(canvas, [line], False, colour, 1, cv2.LINE_AA, 4)
        points = points[seen]
        if len(points):
            at = (int(points[0, 0] / 16), max(14, int(points[0, 1] / 16) - 18))
            words = f"{trace.lead} {trace.confidence:.2f}"
            cv2.putText(canvas, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return np.asarray(canvas, dtype=np.uint8)


def draw_steps(steps: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.uint8]]:
    """Pictures of the steps: colour pictures as they are, coverages as black on white."""
    out = {}
    for name, picture in steps.items():
        if picture.ndim == 3:
            out[name] = np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8)
        else:
            low, high = float(picture.min()), float(picture.max())
            out[name] = (255 - 255 * (picture - low) / max(high - low, 1e-6)).astype(np.uint8)
    return out


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a PNG, aside and then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    _, code = cv2.imencode(".png", picture)
    aside.write_bytes(code.tobytes())
    aside.replace(path)
