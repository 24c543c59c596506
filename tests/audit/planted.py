"""Pages drawn for tests, and the ways in which people copy them."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ecgpage.values import Page

Picture = NDArray[np.uint8]


def drawn_page(seed: int, *, patient: str = "", rate_bpm: float | None = None) -> Picture:
    """A page of one template (grid, frame, words) with a trace of its own, 707 x 996."""
    rng = np.random.default_rng(seed)
    page = np.full((707, 996, 3), 255, np.uint8)
    for x in range(30, 980, 8):
        page[128:682, x] = (255, 225, 225)
    for y in range(128, 682, 8):
        page[y, 30:980] = (255, 225, 225)
    cv2.rectangle(page, (30, 128), (980, 682), (230, 150, 150), 2)
    words = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(page, "ECG REPORT", (400, 30), words, 0.8, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(page, f"ID {patient or seed}", (30, 60), words, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(page, "25 mm/s 10 mm/mV", (30, 700), words, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    beat_px = 60 / (rate_bpm or rng.uniform(50, 110)) * 95
    first = rng.uniform(0, beat_px)
    x = np.arange(60, 960)
    for row in range(4):
        y = np.full(len(x), 200.0 + 125 * row)
        for column in range(4):
            part = (x - 60) // 225 == column
            heights = rng.uniform(-25, 60), rng.uniform(-15, 25), rng.uniform(-3, 10)
            phase = (x - 60 - first) % beat_px
            for height, centre, width in zip(heights, (20, 42, 8), (1.8, 7, 4), strict=True):
                y -= part * height * np.exp(-(((phase - centre) / width) ** 2))
        y += np.cumsum(rng.normal(0, 0.25, len(x)))
        points = np.stack([x, np.clip(y, 135, 675)], axis=1).round().astype(np.int32)
        cv2.polylines(page, [points], False, (20, 20, 20), 2, cv2.LINE_AA)
    return page


def copies(page: Picture, rng: np.random.Generator) -> dict[str, Picture]:
    """The page resized, recompressed, grey, cropped, brighter and all of it at once."""
    rows, columns = page.shape[:2]
    size = rng.uniform(0.5, 1.5)
    cut = rng.uniform(0, 0.06, 4)
    cropped = page[
        int(cut[0] * rows) : rows - int(cut[1] * rows),
        int(cut[2] * columns) : columns - int(cut[3] * columns),
    ]
    grey = cv2.cvtColor(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    half = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    larger = cv2.resize(page, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    return {
        "resized": cv2.resize(page, None, fx=size, fy=size, interpolation=cv2.INTER_AREA),
        "half": half,
        "larger": larger,
        "jpeg 30": saved(page, "JPEG", quality=30),
        "jpeg 95": saved(page, "JPEG", quality=95),
        "webp": saved(page, "WEBP", quality=60),
        "grey": grey,
        "cropped": np.ascontiguousarray(cropped),
        "darker": (page * 0.7).astype(np.uint8),
        "brighter": np.clip(page * 1.1 + 15.0, 0, 255).astype(np.uint8),
        "half, grey, jpeg 40": saved(
            cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), "JPEG", quality=40
        ),
    }


def saved(page: Picture, format: str, **options: int) -> Picture:
    """The picture as a file of that format gives it back."""
    stream = BytesIO()
    Image.fromarray(page).save(stream, format, **options)
    return np.asarray(Image.open(stream).convert("RGB"))


def as_page(image: Picture, source: str = "drawn") -> Page:
    """The picture as a page that lies in no file."""
    return Page(np.ascontiguousarray(image), source, format="PNG")
