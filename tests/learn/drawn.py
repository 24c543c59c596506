"""Pages drawn with a few lines of NumPy, in several looks, for tests that must always run."""

from __future__ import annotations

import cv2
import numpy as np

from ecgpage.values import Page


def drawn_page(
    *,
    grid: str = "red",
    paper: tuple[int, int, int] = (255, 255, 255),
    trace: tuple[int, int, int] = (0, 0, 0),
    frame: bool = True,
    header: str = "ECG REPORT 61/min",
    dark: bool = False,
    rows: int = 700,
    columns: int = 1000,
    seed: int = 0,
) -> Page:
    """Four rows of beats over a grid between row 130 and 680, header above and footer below."""
    image = np.full((rows, columns, 3), paper, dtype=np.uint8)
    top, bottom, left, right = 130, rows - 20, 30, columns - 20
    colours = {"red": (250, 170, 170), "grey": (190, 190, 190), "blue": (170, 170, 250)}
    if grid in colours:
        for row in range(top, bottom, 18):
            image[row, left:right] = colours[grid]
        for column in range(left, right, 18):
            image[top:bottom, column] = colours[grid]
    if frame and grid != "none":
        cv2.rectangle(image, (left, top), (right, bottom), colours[grid], 2)
    rng = np.random.default_rng(seed)
    for k in range(4):
        middle = top + 75 + k * 135
        line = np.array([[c, middle + _beat(c)] for c in range(left + 15, right - 15)])
        line[:, 1] += np.round(rng.normal(0, 0.7, len(line))).astype(int)
        cv2.polylines(image, [line], False, trace, 2, cv2.LINE_AA)
    for row, text in ((40, header), (100, "ID 4711 Technician"), (rows - 5, "25 mm/s 10 mm/mV")):
        if header:
            cv2.putText(image, text, (40, row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, trace, 1)
    if dark:
        image = 255 - image
    return Page(image, source="drawn.png")


def _beat(column: int) -> int:
    phase = column % 97
    if 40 <= phase < 46:
        return -60 + 20 * abs(phase - 43)
    return -round(12 * np.exp(-(((phase - 72) / 8) ** 2)))
