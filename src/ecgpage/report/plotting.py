"""Plots that stand in a page as SVG and follow its colours, or in a file as PNG."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from ecgpage.values import write_beside

INK, LINE, MODEL, OTHER, BAND = "#1b2430", "#d5dae1", "#0b6e99", "#c2571b", "#cfe3ec"
"""Colours while drawing; in a page each becomes the style sheet's variable."""

VARIABLES = {INK: "--ink", LINE: "--line", MODEL: "--model", OTHER: "--other", BAND: "--band"}

DRESS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
}

Draw = Callable[[Figure], None]


def as_svg(draw: Draw, size: tuple[float, float], salt: str) -> Markup:
    """The plot as an ``<svg>`` element in the page's colours and font; ``salt`` names its ids."""
    with rc_context({**DRESS, "svg.hashsalt": salt}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        stream = StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    text = text.replace('id="', f'id="{salt}-').replace('"#', f'"#{salt}-')
    text = text.replace("url(#", f"url(#{salt}-")
    text = text.replace("font: 10px 'sans-serif'", "font: 10px inherit")
    return Markup(text)


def as_png(draw: Draw, size: tuple[float, float], path: Path, dpi: int = 150) -> Path:
    """The plot as a PNG file on white; written aside, then renamed."""
    with rc_context(DRESS):
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        draw(figure)
        stream = BytesIO()
        figure.savefig(stream, format="png", dpi=dpi)
    with write_beside(path) as aside:
        aside.write_bytes(stream.getvalue())
    return path
