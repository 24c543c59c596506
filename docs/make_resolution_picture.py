"""Draw docs/pictures/resolution.png: what is left of a trace at the networks' resolutions.

Run from the repository's root: ``python docs/make_resolution_picture.py``. The page is one that
the project renders itself, and the same at each run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ecgpage.learn import Preprocessing, find_region
from ecgpage.render import demo_pages
from ecgpage.values import Page

OUT = Path(__file__).parent / "pictures" / "resolution.png"
SEED, PAGE = 7, 6

LOOKS = (
    ("the page, 1100 pixels wide", None),
    ("128 x 128 grey, whole page: what the notebook's network sees",
     Preprocessing(height=128, width=128, mode="grey", mask=False)),
    ("480 x 276 ink, region of interest: what ours sees", Preprocessing()),
)  # fmt: skip


def main(out: Path = OUT) -> None:
    """Draw the page and both reductions: whole above, one and a half leads enlarged below."""
    page = [rendered.page for rendered, _ in demo_pages(PAGE + 1, SEED)][PAGE]
    figure = Figure(figsize=(15, 6.6), layout="constrained", facecolor="white")
    axes = figure.subplots(2, 3, height_ratios=(1.0, 1.0))
    for column, (title, preprocessing) in enumerate(LOOKS):
        picture, closeup = seen(page, preprocessing)
        axes[0, column].set_title(title, fontsize=11)
        for axis, shown in zip(axes[:, column], (picture, closeup), strict=True):
            height = 0.62 * shown.shape[1] / shown.shape[0]
            axis.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest",
                        aspect=height)  # fmt: skip
            axis.set_xticks([])
            axis.set_yticks([])
    axes[1, 0].set_ylabel("the same stretch, enlarged", fontsize=11)
    out.parent.mkdir(exist_ok=True)
    figure.savefig(out, dpi=80)


def seen(
    page: Page, preprocessing: Preprocessing | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The whole picture, and the part of it that shows the same stretch of the page."""
    region = find_region(page)
    rows, columns = page.image.shape[:2]
    height, width = region.bottom - region.top, region.right - region.left
    part = np.array([
        region.top + 0.02 * height, region.top + 0.30 * height,
        region.left + 0.50 * width, region.left + 0.80 * width,
    ])  # fmt: skip
    if preprocessing is None:
        return page.image, cut(page.image, part)
    reduced = preprocessing.reduce(page)
    picture = 255 - reduced if preprocessing.mode == "ink" else reduced
    if preprocessing.mask:
        part -= np.array([region.top, region.top, region.left, region.left])
        rows, columns = height, width
    part *= np.repeat([preprocessing.height / rows, preprocessing.width / columns], 2)
    return picture, cut(picture, part)


def cut(image: NDArray[np.uint8], part: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A part of an image, its pixels enlarged and not smoothed."""
    top, bottom, left, right = part.round().astype(int)
    inner = np.ascontiguousarray(image[top:bottom, left:right])
    larger = max(1, 300 // inner.shape[1])
    return np.asarray(
        cv2.resize(inner, None, fx=larger, fy=larger, interpolation=cv2.INTER_NEAREST)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)
