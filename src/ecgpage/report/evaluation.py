"""An evaluation as one self-contained page, and its plots as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgpage.report import evaluation_words as words
from ecgpage.report.evaluation_plots import PLOTS
from ecgpage.report.plotting import as_png, as_svg
from ecgpage.report.style import fill, picture_source, shrunk
from ecgpage.values import write_beside

WIDTH_PX = 900
"""Pictures in the page are at most this wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A page that was called wrong.

    ``page`` is the page, (rows, columns, 3) uint8; ``seen`` what the network saw of it,
    (height, width); ``held_on_to`` how much each patch spoke for the wrong call (log-odds lost
    where it is covered), on any coarser grid over ``seen``. ``probability`` is of the class
    that was called.
    """

    key: str
    label: str
    predicted: str
    probability: float
    page: NDArray[np.uint8]
    seen: NDArray[np.float32]
    held_on_to: NDArray[np.float64]


def evaluation_page(found: Mapping[str, Any], mistakes: Sequence[Mistake] = ()) -> str:
    """The whole report as HTML.

    Parameters
    ----------
    found:
        What ``ecgpage evaluate --json`` writes.
    mistakes:
        The worst ones, the worst first.
    """
    plots = {
        name: as_svg(partial(draw, found=found), _size(name, size, found), f"plot-{name}")
        for name, (draw, size) in PLOTS.items()
        if name != "confusion" and (name not in ("roc", "precision_recall") or found["curves"])
    }
    shown = [
        {
            "mistake": mistake,
            "page": picture_source(shrunk(mistake.page, WIDTH_PX)),
            "map": picture_source(shrunk(explained(mistake), WIDTH_PX)),
        }
        for mistake in mistakes
    ]
    return fill(
        "evaluation.html",
        found=found,
        plots=plots,
        mistakes=shown,
        words=words,
        confusion=_shares(found["confusion"]),
    )


def draw_evaluation(
    found: Mapping[str, Any], mistakes: Sequence[Mistake], folder: Path
) -> list[Path]:
    """Every plot and every mistake as a PNG in a folder."""
    from PIL import Image

    paths = [
        as_png(partial(draw, found=found), _size(name, size, found), folder / f"{name}.png")
        for name, (draw, size) in PLOTS.items()
        if found["curves"] or name not in ("roc", "precision_recall")
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for number, mistake in enumerate(mistakes, start=1):
        path = folder / f"mistake-{number:02d}.png"
        with write_beside(path) as aside:
            Image.fromarray(explained(mistake)).save(aside, "PNG")
        paths.append(path)
    return paths


def explained(mistake: Mistake) -> NDArray[np.uint8]:
    """What the network saw, coloured where it held on: orange for its call, blue against it.

    Returns
    -------
    ndarray, shape (rows, columns, 3), uint8
    """
    from PIL import Image

    seen = np.asarray(mistake.seen, dtype=np.float64)
    low, high = np.quantile(seen, [0.001, 0.999])
    grey = np.clip((seen - low) / max(high - low, 1e-9), 0, 1)
    if np.median(grey) < 0.5:
        grey = 1 - grey
    enlarge = max(1, round(WIDTH_PX / seen.shape[1]))
    rows, columns = seen.shape[0] * enlarge, seen.shape[1] * enlarge
    picture = _resized(grey, rows, columns)
    strength = mistake.held_on_to / max(float(np.abs(mistake.held_on_to).max()), 1e-9)
    heat = np.clip(
        np.asarray(
            Image.fromarray(strength.astype(np.float32)).resize(
                (columns, rows), Image.Resampling.BICUBIC
            )
        ),
        -1,
        1,
    )
    tint = np.where(heat[..., None] > 0, np.array([240, 130, 40]), np.array([60, 120, 220]))
    alpha = (0.62 * np.abs(heat) ** 1.2)[..., None]
    paper = 255 * (1 - alpha) + tint * alpha
    return np.asarray(np.clip(paper * picture[..., None], 0, 255), dtype=np.uint8)


def _resized(grey: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    from PIL import Image

    image = Image.fromarray(grey.astype(np.float32))
    wide = np.asarray(image.resize((columns, rows), Image.Resampling.BICUBIC))
    return np.asarray(np.clip(wide, 0, 1))


def _size(name: str, size: tuple[float, float], found: Mapping[str, Any]) -> tuple[float, float]:
    if name != "baselines":
        return size
    known = sum(base["figures"] is not None for base in found["baselines"].values())
    return size[0], 0.9 + 0.42 * (1 + known)


def _shares(confusion: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the confusion matrix with each cell's share of its row."""
    rows = []
    for label, counts in zip(confusion["labels"], confusion["rows"], strict=True):
        total = max(sum(counts), 1)
        rows.append({"label": label, "cells": [(count, count / total) for count in counts]})
    return rows
