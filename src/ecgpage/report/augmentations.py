"""Augmented pages side by side, as PNG or HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ecgpage.report.plotting import as_png
from ecgpage.report.style import fill, picture_source
from ecgpage.values import write_beside

Picture = NDArray[np.uint8]


class Sampled(Protocol):
    """A page and its changed copies, pictures of shape (height, width) with dark traces."""

    @property
    def name(self) -> str:
        """What the page is called."""
        ...

    @property
    def plain(self) -> Picture:
        """The page without a change."""
        ...

    @property
    def changed(self) -> Mapping[str, Sequence[Picture]]:
        """Changed copies by the name of the augmentation."""
        ...


def draw_augmentations(samples: Sequence[Sampled], path: Path) -> Path:
    """One row for each page and augmentation: the page itself, then its changed copies."""
    rows = [(sample, name) for sample in samples for name in sample.changed]
    columns = 1 + max((len(sample.changed[name]) for sample, name in rows), default=0)
    height, width = samples[0].plain.shape

    def draw(figure: Figure) -> None:
        axes = figure.subplots(max(1, len(rows)), columns, squeeze=False)
        for axis in axes.flat:
            axis.axis("off")
        for line, (sample, name) in zip(axes, rows, strict=False):
            pictures = [sample.plain, *sample.changed[name]]
            for axis, picture in zip(line, pictures, strict=False):
                axis.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
            line[0].set_title(f"{Path(sample.name).name}, unchanged", fontsize=8)
            line[1].set_title(f"{name}: drawn anew for each epoch", fontsize=8, loc="left")

    each = 3.2
    return as_png(draw, (each * columns, (each * height / width + 0.35) * len(rows)), path)


def write_augmentations(samples: Sequence[Sampled], path: Path) -> Path:
    """The same as one self-contained HTML file."""
    page = fill("augmentations.html", samples=samples, picture=_picture)
    with write_beside(path) as aside:
        aside.write_text(page, encoding="utf-8")
    return path


def _picture(picture: Picture) -> Markup:
    """The source of an image; it holds nothing that would need escaping."""
    return Markup(picture_source(picture, "PNG"))
