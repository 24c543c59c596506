"""A page as the picture that is shown, and what is known of its geometry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ecgpage import learn, read, store
from ecgpage.flows.label_pages import Desk
from ecgpage.flows.pages import pages_of
from ecgpage.label.t_band import BAND
from ecgpage.values import Page, Refusal, Refused

QUALITY = 88
"""JPEG quality of pages on the screen: thin traces stay clean, a page is about 1 MB."""

PAPER = 255
"""Brightness of what is masked."""


def picture(desk: Desk, key: str, *, mask: bool) -> bytes:
    """The page at its real size as JPEG, without anything its file said beside the pixels.

    ``mask`` paints everything outside the region of the traces white, on the server.

    Raises
    ------
    Refused
        ``no-such-page``, or why the file cannot be read (naming the page, not its place).
    """
    page = open_page(desk, key)
    if mask or desk.request.mask:
        page = masked(page)
    return read.encode_jpeg(page.image, QUALITY)


def open_page(desk: Desk, key: str) -> Page:
    """The first page of the file."""
    item = desk.item(key)
    try:
        page = next(pages_of(item.path), None)
    except Refused as error:
        raise Refused(replace(error.refusal, where=read.printable(key))) from error
    if page is None:
        raise Refused(
            Refusal(read.printable(key), "the file holds no page", "at least one page", "none",
                    "Look at the file, or leave it out.", "no-pages")
        )  # fmt: skip
    return page


def masked(page: Page) -> Page:
    """The page with header and footer painted over."""
    region = learn.find_region(page)
    image = np.full_like(page.image, PAPER)
    rows, columns = slice(region.top, region.bottom), slice(region.left, region.right)
    image[rows, columns] = page.image[rows, columns]
    return replace(page, image=image)


def overlays(desk: Desk, key: str) -> dict[str, Any]:
    """The T band, and scale, traces and waves where a digitised record lies there.

    A record that lacks any of these, or that is none, leaves them empty.
    """
    item = desk.item(key)
    path = Path(item.path).with_suffix(".json")
    if desk.request.records is not None:
        path = desk.request.records / path.name
    found = store.read_json(path) or {}
    return {
        "band": {"top": BAND[0], "bottom": BAND[1]},
        "px_per_mm": scale_of(found.get("px_per_mm")),
        "speed_mm_per_s": number(found.get("speed_mm_per_s")),
        "gain_mm_per_mv": number(found.get("gain_mm_per_mv")),
        "traces": [trace for one in many(found.get("traces")) if (trace := trace_of(one))],
        "waves": [wave for one in many(found.get("waves")) if (wave := wave_of(one))],
    }


def scale_of(value: Any) -> dict[str, float] | None:
    """Pixels per mm down and across; one number stands for both."""
    pair = value if isinstance(value, dict) else {"down": value, "across": value}
    down, across = number(pair.get("down")), number(pair.get("across"))
    return None if down is None or across is None else {"down": down, "across": across}


def trace_of(value: Any) -> dict[str, Any] | None:
    """One stretch of a lead: its points (row, column) in pixels, or its box, on the time axis."""
    if not isinstance(value, dict):
        return None
    points = [pair for one in many(value.get("points_px")) if (pair := numbers(one, 2))]
    box = numbers(value.get("box_px"), 4)
    if not points and box is None:
        return None
    times = {name: number(value.get(name)) for name in ("start_s", "end_s")}
    return {"lead": str(value.get("lead", "")), "points_px": points, "box_px": box, **times}


def wave_of(value: Any) -> dict[str, Any] | None:
    """One marked wave; its times in seconds on the record's axis."""
    if not isinstance(value, dict):
        return None
    times = {name: number(value.get(name)) for name in ("onset_s", "peak_s", "offset_s")}
    return {"lead": str(value.get("lead", "")), "wave": str(value.get("wave", "")), **times}


def many(value: Any) -> list[Any]:
    """The list, or nothing."""
    return value if isinstance(value, list) else []


def numbers(value: Any, count: int) -> list[float] | None:
    """So many numbers, or None."""
    found = [number(one) for one in many(value)]
    kept = [one for one in found if one is not None]
    return kept if len(kept) == len(found) == count else None


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) else None
